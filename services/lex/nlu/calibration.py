"""From raw scores to a confidence that a threshold can be held against.

The confidence is sigmoid(slope * (score + known share) + offset). The two numbers are fitted on scores each training
text gets when its utterance is left out (right or wrong), and on scores it gets from a bot without its intent (always
wrong). Both follow in closed form from the inverse of the kernel matrix G: leaving out the rows B gives
f_B = Y_B - (G^-1_BB)^-1 a_B.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from services.lex.nlu.vectors import Floats, Integers

Doubles = npt.NDArray[np.float64]
# Measured on the bots of bench/lex: with synonyms in the kernel 0.10 rejects too little.
_OUT_OF_SCOPE_SHARE = 0.20


class Calibration(NamedTuple):
    slope: float
    offset: float

    def confidence(self, score: Doubles) -> Doubles:
        """`score` is the classifier's plus the share of the text's stems that the bot knows."""
        return np.asarray(1 / (1 + np.exp(-np.clip(self.slope * score + self.offset, -30, 30))))


# Where a bot has too little to tell.
START = Calibration(4.5, -2.0)


class Fitted(NamedTuple):
    """`inverse` of the ridged kernel matrix (its lower triangle), `alpha` = inverse @ target, and the intent and
    utterance of each row."""

    inverse: Floats
    target: Floats
    alpha: Floats
    intents: Integers
    utterances: Integers


def calibrate(fitted: Fitted, real: int, stems: Sequence[Sequence[int]], words: int) -> Calibration:
    """Fits on the first `real` rows (the rest are intent names); `stems` are the rows' stem ids."""
    held_out = _left_out(fitted, fitted.utterances)[:real]
    foreign = _left_out(fitted, fitted.intents)
    foreign[np.arange(len(foreign)), fitted.intents] = -np.inf
    known, known_elsewhere = _known_shares(fitted, real, stems, words)
    right = (held_out.argmax(1) == fitted.intents[:real]).astype(np.float64)
    score = np.concatenate([held_out.max(1) + known, foreign[:real].max(1) + known_elsewhere])
    weight = np.repeat([1 - _OUT_OF_SCOPE_SHARE, _OUT_OF_SCOPE_SHARE], real)
    return _logistic(score, np.concatenate([right, np.zeros(real)]), weight)


def _left_out(fitted: Fitted, groups: Integers) -> Floats:
    """The score each row gets from a model trained without its group."""
    scores = fitted.target - fitted.alpha / np.diag(fitted.inverse)[:, None]
    order = np.argsort(groups, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(groups[order])) + 1):
        if len(rows) > 1:
            lower = np.tril(fitted.inverse[np.ix_(rows, rows)])
            block = lower + np.tril(lower, -1).T
            scores[rows] = fitted.target[rows] - np.linalg.solve(block, fitted.alpha[rows])
    return np.asarray(scores, np.float32)


def _known_shares(fitted: Fitted, real: int, stems: Sequence[Sequence[int]], words: int) -> tuple[Doubles, Doubles]:
    """The share of each text's stems that another utterance knows, and that another intent knows."""
    in_utterance = _presence(fitted.utterances, stems, words)
    seen = np.asarray(in_utterance.sum(0)).ravel()
    owner = np.zeros(in_utterance.shape[0], np.int64)
    owner[fitted.utterances] = fitted.intents
    of_intent = sp.csr_matrix((np.ones(len(owner)), (owner, np.arange(len(owner)))))
    by_intent = np.asarray((of_intent @ in_utterance).todense())
    shares = np.zeros((2, real))
    for row in range(real):
        ids = np.unique(np.array(stems[row], np.int64))
        if len(ids):
            shares[0, row] = np.mean(seen[ids] > 1)
            shares[1, row] = np.mean(seen[ids] > by_intent[fitted.intents[row], ids])
    return shares[0], shares[1]


def _presence(groups: Integers, stems: Sequence[Sequence[int]], words: int) -> sp.csr_matrix:
    """Which group of rows has which stem, as 1."""
    rows = np.repeat(groups, [len(ids) for ids in stems])
    columns = np.fromiter((stem for ids in stems for stem in ids), np.int64, len(rows))
    table = sp.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(int(groups.max()) + 1, words))
    table.data[:] = 1
    return table


def _logistic(x: Doubles, truth: Doubles, weight: Doubles, *, pull: float = 0.1, rounds: int = 50) -> Calibration:
    """Weighted logistic regression of one variable by Newton steps, drawn towards `START` as by a few texts."""
    start = np.array(START)
    beta = start.copy()
    design = np.stack([x, np.ones_like(x)], 1)
    for _ in range(rounds):
        p = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
        slope = design.T @ (weight * (p - truth)) + pull * (beta - start)
        curve = (design * (weight * p * (1 - p))[:, None]).T @ design + pull * np.eye(2)
        step = np.linalg.solve(curve, slope)
        beta = beta - np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-6:
            break
    return Calibration(float(max(beta[0], 0.5)), float(beta[1]))
