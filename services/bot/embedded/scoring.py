"""What speaks for an answer and against it, and the one score that comes of it."""

import math
from dataclasses import dataclass

_FOREIGN_COUNTED = 2


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for an entry: each 0..1, but for `foreign`, a number of words.

    `subject`: how much of the query the entry is about. `form`: how near its nearest phrasing is, as a sentence.
    `outside`: the same for the nearest line that no FAQ answers. `covered`: the share of the query's words, by their
    rarity, that the entry has. `foreign`: words of the rest of the world.
    """

    subject: float
    form: float
    outside: float
    covered: float
    foreign: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights of the evidence in the logistic function.

    Fitted to phrasings left out of the index and to lines left out of those from outside, equally heavy as groups: a
    score of 0.5 says that the two are equally likely.
    """

    subject: float = 4.25
    form: float = 3.85
    outside: float = -4.35
    covered: float = 0.25
    foreign: float = -1.5
    start: float = -2.55

    def score(self, evidence: Evidence) -> float:
        total = (
            self.start
            + self.subject * evidence.subject
            + self.form * evidence.form
            + self.outside * evidence.outside
            + self.covered * evidence.covered
            + self.foreign * min(evidence.foreign, _FOREIGN_COUNTED)
        )
        return 1 / (1 + math.exp(-total))
