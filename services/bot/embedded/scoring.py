"""What speaks for an answer and against it, and the one score that comes of it."""

import math
from dataclasses import dataclass

_FOREIGN_COUNTED = 2


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for an entry: each 0..1, but for `foreign`, a number of words.

    `subject`: how much of the query the entry is about. `outside`: how near the nearest line is that no FAQ answers, as
    a sentence. `covered`: the share of the query's words, by their rarity, that the entry has. `foreign`: words of the
    rest of the world.
    """

    subject: float
    outside: float
    covered: float
    foreign: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights of the evidence in the logistic function.

    Fitted to phrasings left out of the index and to lines left out of those from outside, equally heavy as groups: a
    score of 0.5 says that the two are equally likely.
    """

    subject: float = 3.9
    outside: float = -5.6
    covered: float = 1.0
    foreign: float = -1.8
    start: float = -0.3

    def score(self, evidence: Evidence) -> float:
        """0..1; nothing for an entry that has none of the query's words, however like it the parts of words are."""
        if not evidence.covered:
            return 0.0
        total = (
            self.start
            + self.subject * evidence.subject
            + self.outside * evidence.outside
            + self.covered * evidence.covered
            + self.foreign * min(evidence.foreign, _FOREIGN_COUNTED)
        )
        return 1 / (1 + math.exp(-total))
