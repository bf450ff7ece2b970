"""What a fitted kernel classifier would say of its own training texts without them, in closed form.

With G the ridged kernel matrix, a = G^-1 Y, leaving out the rows B gives f_B = Y_B - (G^-1_BB)^-1 a_B.
"""

from typing import NamedTuple

import numpy as np
from scipy.linalg import lapack

from services.lex.nlu.training import TrainingSet
from services.lex.nlu.vectors import Doubles, Floats, Integers

_RIDGE = 0.1


class Fitted(NamedTuple):
    """`factor` is the Cholesky factor of the ridged kernel matrix, in the lower triangle, `alpha` the solution."""

    factor: Floats
    alpha: Floats


class HeldOut(NamedTuple):
    """Of every text, its best score without its utterance, whether it is the right intent's, and its best score
    without its intent."""

    score: Doubles
    right: Doubles
    foreign: Doubles


def fit(kernel: Floats, rows: TrainingSet) -> Fitted:
    """Least squares for all intents at once; `kernel` is used up."""
    kernel[np.diag_indices(len(kernel))] += _RIDGE
    factor, failed = lapack.spotrf(kernel.T, lower=1, overwrite_a=1)
    if failed:
        raise ArithmeticError(f"the kernel matrix is not positive definite ({failed})")
    return Fitted(factor, np.ascontiguousarray(lapack.spotrs(factor, rows.target(), lower=1)[0]))


def held_out(fitted: Fitted, rows: TrainingSet) -> HeldOut:
    """For the texts of utterances, not for the intents' names. The factor is used up."""
    inverse, _ = lapack.spotri(fitted.factor, lower=1, overwrite_c=1)
    target = rows.target()
    alone = _without(inverse, target, fitted.alpha, rows.utterances)[: rows.real]
    foreign = _without(inverse, target, fitted.alpha, rows.intents)
    foreign[np.arange(len(foreign)), rows.intents] = -np.inf
    right = alone.argmax(1) == rows.intents[: rows.real]
    found = (alone.max(1), right, foreign[: rows.real].max(1))
    return HeldOut(*(values.astype(np.float64) for values in found))


def _without(inverse: Floats, target: Floats, alpha: Floats, groups: Integers) -> Floats:
    """The score each row gets from a model trained without its group."""
    scores = target - alpha / np.diag(inverse)[:, None]
    order = np.argsort(groups, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(groups[order])) + 1):
        if len(rows) > 1:
            lower = np.tril(inverse[np.ix_(rows, rows)])
            block = lower + np.tril(lower, -1).T
            scores[rows] = target[rows] - np.linalg.solve(block, alpha[rows])
    return np.asarray(scores, np.float32)
