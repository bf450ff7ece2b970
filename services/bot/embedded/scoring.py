"""What speaks for an answer and against it, and the one score that comes of it."""

import math
from dataclasses import dataclass

_SURELY_NOT = 50
# Beyond what the weights were fitted to, a count tells no more than at the edge of it.
_MOST_SUBJECTS = 10
_FEWEST_PHRASINGS = 200


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for an entry, and what is known of the query.

    `subject` (0..1): how much of the query the entry is about. `covered` (0..1): the share of the query's words, by
    their rarity, that the entry has. `outside` (0..1): how near the nearest line is that no FAQ answers, as a sentence.
    `manner`: whether the query is put like a phrasing of the FAQ (above 0) or like those lines (below). `lacking`
    (0..1): the share of the query's words with a subject that no entry has. `subjects` and `words`: how many words it
    has with a subject, and in all, each once. `phrasings`: how many the index has, for among many one is like the query
    by chance.
    """

    subject: float
    covered: float
    outside: float
    manner: float
    lacking: float
    subjects: int
    words: int
    phrasings: int

    def weighable(self) -> dict[str, float]:
        """The evidence as the calibration weighs it, counts by their logarithm."""
        return {
            "subject": self.subject,
            "covered": self.covered,
            "outside": self.outside,
            "manner": self.manner,
            "lacking": self.lacking,
            "subjects": math.log(min(self.subjects, _MOST_SUBJECTS)),
            "wordy": math.log(self.words / self.subjects),
            "phrasings": math.log(max(self.phrasings, _FEWEST_PHRASINGS)),
        }


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights of the evidence in the logistic function. `wordy` is for the number of words to one with a subject.

    Fitted by `python -m bench.bot.faq_fit` to questions and lines left out of the index, in a whole FAQ, in half of it
    and in one without other ways to ask.
    """

    subject: float = 5.94
    covered: float = 2.61
    outside: float = -4.74
    manner: float = 0.26
    lacking: float = -2.41
    subjects: float = 3.16
    wordy: float = 0.33
    phrasings: float = -0.55
    start: float = -2.28

    def score(self, evidence: Evidence) -> float:
        """0..1; nothing for an entry that has none of the query's words, however like it the parts of words are."""
        if not evidence.covered:
            return 0.0
        return 1 / (1 + math.exp(-max(self.log_odds(evidence), -_SURELY_NOT)))

    def log_odds(self, evidence: Evidence) -> float:
        return self.start + sum(float(getattr(self, name)) * value for name, value in evidence.weighable().items())
