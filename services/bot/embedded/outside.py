"""What speaks against an answer: the lines that no FAQ answers, and how they are put."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from services.bot.embedded.features import ASKING, CONCEPT, PAIR, PART, SUBJECTS, WORD
from services.bot.embedded.vocabulary import ANY_NUMBER
from services.bot.embedded.weights import Columns, Floats, rarity, unit_rows

# By measurement with one phrasing of each entry left out in turn; all are flat around here.
_BY_FORM = {WORD: 1.0, CONCEPT: 0.7, ASKING: 0.5, PAIR: 0.6, SUBJECTS: 0.3, PART: 0.1}
_OF_NUMBER = 0.2
_ANSWERED = 0.8
_UNSEEN = 0.5
_FEW = 200
_AT_ONCE = 200


class Outside:
    """The lines from outside, but for those that are all but a phrasing of an entry: this bank does answer them."""

    def __init__(self, columns: Columns, phrasings: sparse.csr_array, lines: sparse.csr_array) -> None:
        count = phrasings.shape[0] + lines.shape[0]
        self._weights = columns.weights(_BY_FORM) * rarity(phrasings.sum(axis=0) + lines.sum(axis=0), count)
        if (number := columns.of(WORD + ANY_NUMBER)) is not None:
            self._weights[number] *= _OF_NUMBER
        lines = lines[_nearest(unit_rows(lines, self._weights), unit_rows(phrasings, self._weights)) < _ANSWERED]
        self._lines = sparse.csc_array(unit_rows(lines, self._weights))
        self._manner = np.where(columns.kinds == PAIR, _log_odds(phrasings, lines), 0)

    def nearness(self, asked: NDArray[np.intp], unheard: float) -> float:
        """How near the nearest line is to the query as a sentence (cosine); `unheard` is the square of what the query
        has besides its known features."""
        weights = self._weights[asked]
        length = math.sqrt(float(weights @ weights) + unheard) or 1
        return float((self._lines[:, asked] @ (weights / length)).max(initial=0))

    def manner(self, asked: NDArray[np.intp]) -> float:
        """How much more often the query's neighbouring words stand in phrasings than in lines from outside: the sum of
        their log odds, positive for the FAQ."""
        return float(self._manner[asked].sum())


def _nearest(rows: sparse.csr_array, others: sparse.csr_array) -> Floats:
    """The cosine of each row with the one nearest to it of the others, all of length one."""
    if not others.shape[0]:
        return np.zeros(rows.shape[0])
    turned = sparse.csc_array(others.T)
    parts = [(rows[start : start + _AT_ONCE] @ turned).max(axis=1) for start in range(0, rows.shape[0], _AT_ONCE)]
    return np.concatenate([np.zeros(0), *(part.toarray().ravel() for part in parts)])


def _log_odds(phrasings: sparse.csr_array, lines: sparse.csr_array) -> Floats:
    """Of each feature to be in a phrasing rather than in a line. With few of either, little is known: it comes to 0."""
    inside, outside = phrasings.shape[0], lines.shape[0]
    if not inside or not outside:
        return np.zeros(phrasings.shape[1])
    share = 2 * _UNSEEN / (inside + outside)
    odds = (phrasings.sum(axis=0) / inside + share) / (lines.sum(axis=0) / outside + share)
    return np.asarray(np.log(odds) * (inside / (inside + _FEW)) * (outside / (outside + _FEW)))
