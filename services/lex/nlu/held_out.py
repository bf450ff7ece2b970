"""What a fitted kernel classifier would say of its own training texts without them, in closed form.

With G the ridged kernel matrix, a = G^-1 Y, leaving out the rows B gives f_B = Y_B - (G^-1_BB)^-1 a_B.
"""

from typing import NamedTuple

import numpy as np

from services.lex.nlu.training import TrainingSet
from services.lex.nlu.vectors import Doubles, Floats, Integers

_RIDGE = 0.1
_BLOCK = 128  # rows of a triangle at a time: nearly all of its inverse is then products of matrices


class Fitted(NamedTuple):
    """`root` is R with R^T R = G^-1, the inverse of G's Cholesky factor; `alpha` the solution."""

    root: Floats
    alpha: Floats


class HeldOut(NamedTuple):
    """Of every text, its best score without its utterance, whether it is the right intent's, and its best score
    without its intent."""

    score: Doubles
    right: Doubles
    foreign: Doubles


def fit(kernel: Floats, rows: TrainingSet) -> Fitted:
    """Least squares for all intents at once. Raises LinAlgError for what is no kernel matrix; `kernel` is used up."""
    kernel[np.diag_indices(len(kernel))] += _RIDGE
    root = _inverse(_factored(kernel))
    return Fitted(root, root.T @ (root @ rows.target()))


def held_out(fitted: Fitted, rows: TrainingSet) -> HeldOut:
    """For the texts of utterances, not for the intents' names."""
    target = rows.target()
    alone = _without(fitted.root, target, fitted.alpha, rows.utterances)[: rows.real]
    foreign = _without(fitted.root, target, fitted.alpha, rows.intents)
    foreign[np.arange(len(foreign)), rows.intents] = -np.inf
    right = alone.argmax(1) == rows.intents[: rows.real]
    found = (alone.max(1), right, foreign[: rows.real].max(1))
    return HeldOut(*(values.astype(np.float64) for values in found))


def _without(root: Floats, target: Floats, alpha: Floats, groups: Integers) -> Floats:
    """The score each row gets from a model trained without its group."""
    scores = target - alpha / np.einsum("ij,ij->j", root, root)[:, None]
    order = np.argsort(groups, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(groups[order])) + 1):
        if len(rows) > 1:
            part = root[:, rows]
            scores[rows] = target[rows] - np.linalg.solve(part.T @ part, alpha[rows])
    return np.asarray(scores, np.float32)


def _factored(kernel: Floats) -> Floats:
    """The Cholesky factor in place of the lower triangle. Numpy's of the whole takes twice the memory and the time."""
    for start in range(0, len(kernel), _BLOCK):
        rows, below = slice(start, start + _BLOCK), slice(start + _BLOCK, None)
        kernel[start:, rows] -= kernel[start:, :start] @ kernel[rows, :start].T
        kernel[rows, rows] = np.linalg.cholesky(kernel[rows, rows])
        kernel[below, rows] = np.linalg.solve(kernel[rows, rows], kernel[below, rows].T).T
    return kernel


def _inverse(triangle: Floats) -> Floats:
    """Of a lower triangle T, whatever is above it.

    From its top down: of the rows R, the part left of the diagonal is -(T_RR^-1) T_R,left (T_left^-1).
    """
    found = np.zeros_like(triangle)
    for start in range(0, len(triangle), _BLOCK):
        rows = slice(start, start + _BLOCK)
        corner = np.linalg.inv(triangle[rows, rows])
        found[rows, rows] = corner
        found[rows, :start] = -corner @ (triangle[rows, :start] @ found[:start, :start])
    return found
