"""From raw scores to a confidence that a threshold can be held against.

The confidence is sigmoid(slope * (score + known share) + offset). The two numbers are fitted on scores each training
text gets when it is left out (right or wrong), and on scores it gets from a bot without its intent (always wrong). Both
follow in closed form from the inverse of the kernel matrix G: leaving out the rows B gives
f_B = Y_B - (G^-1_BB)^-1 a_B.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from services.lex.nlu.vectors import Floats, Integers

Doubles = npt.NDArray[np.float64]
_OUT_OF_SCOPE_SHARE = 0.15


class Calibration(NamedTuple):
    slope: float
    offset: float


# Where a bot has too little to tell.
START = Calibration(4.5, -2.0)


class Fitted(NamedTuple):
    """`inverse` of the ridged kernel matrix, `alpha` = inverse @ target, and the intent and sample of each row."""

    inverse: Floats
    target: Floats
    alpha: Floats
    intents: Integers
    samples: Integers


def calibrate(fitted: Fitted, real: int, stems: Sequence[set[int]], words: int) -> Calibration:
    """Fits on the first `real` rows (the rest are intent names); `stems` are the rows' sets of stem ids."""
    held_out = _left_out(fitted, fitted.samples)[:real]
    foreign = _left_out(fitted, fitted.intents)
    foreign[np.arange(len(foreign)), fitted.intents] = -np.inf
    known, known_elsewhere = _known_shares(fitted, stems[:real], stems, words)
    right = (held_out.argmax(1) == fitted.intents[:real]).astype(np.float64)
    score = np.concatenate([held_out.max(1) + known, foreign[:real].max(1) + known_elsewhere])
    weight = np.repeat([1 - _OUT_OF_SCOPE_SHARE, _OUT_OF_SCOPE_SHARE], real)
    return _logistic(score, np.concatenate([right, np.zeros(real)]), weight)


def _left_out(fitted: Fitted, groups: Integers) -> Floats:
    """The score each row gets from a model trained without its group."""
    scores = fitted.target - fitted.alpha / np.diag(fitted.inverse)[:, None]
    order = np.argsort(groups, kind="stable")
    bounds = np.flatnonzero(np.diff(groups[order])) + 1
    for rows in np.split(order, bounds):
        if len(rows) > 1:
            block = fitted.inverse[np.ix_(rows, rows)]
            scores[rows] = fitted.target[rows] - np.linalg.solve(block, fitted.alpha[rows])
    return np.asarray(scores, np.float32)


def _known_shares(
    fitted: Fitted, real: Sequence[set[int]], every: Sequence[set[int]], words: int
) -> tuple[Doubles, Doubles]:
    """The share of each text's stems that another sample knows, and that another intent knows."""
    in_sample = _presence(fitted.samples, every, words)
    seen = in_sample.sum(0)
    sample_intents = fitted.intents[np.unique(fitted.samples, return_index=True)[1]]
    by_intent = np.stack([in_sample[sample_intents == n].sum(0) for n in range(fitted.target.shape[1])])
    shares = np.zeros((2, len(real)))
    for row, stems in enumerate(real):
        ids = np.fromiter(stems, np.int64, len(stems))
        if len(ids):
            shares[0, row] = np.mean(seen[ids] > 1)
            shares[1, row] = np.mean(seen[ids] > by_intent[fitted.intents[row], ids])
    return shares[0], shares[1]


def _presence(groups: Integers, every: Sequence[set[int]], words: int) -> npt.NDArray[np.bool_]:
    table = np.zeros((int(groups.max()) + 1, words), np.bool_)
    for group, stems in zip(groups, every, strict=True):
        table[group, list(stems)] = True
    return table


def _logistic(x: Doubles, truth: Doubles, weight: Doubles, *, pull: float = 0.02, rounds: int = 50) -> Calibration:
    """Weighted logistic regression of one variable by Newton steps, drawn slightly towards `START`."""
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
