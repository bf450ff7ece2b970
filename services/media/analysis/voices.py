"""Telling voices apart in one channel, without training: windows of speech, clustered where voices differ most.

What somebody says changes from window to window, who says it does not: the directions in which windows of a stretch of
speech differ little among themselves, and much from those of other stretches, are those of the voice (linear
discriminants, Fisher 1936, with stretches for classes). In these, k-means; the number of voices by the silhouette
(Rousseeuw 1987); smoothing by the Viterbi path with a price for each change. docs/benchmarks.md has how good it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from services.media.analysis.voice_features import Floats, Window

_LEAST_PAIRS = 8  # of windows of one stretch: fewer tell nothing of what is usual within a voice
_SHRINKAGE = (0.2, 10.0)  # of what is usual towards no correlation: share, and share at one pair
_DIRECTIONS = 3
_OTHERWISE_ONE = (1.3, 35.0)  # distinctness below which it is one voice: of long calls, and what one window adds
_ROUNDS = 40
_STARTS = 6
_CHANGE = 0.8  # price of a change of voice within speech, in mean differences of a window's distances
_CHANGE_IN_PAUSE = 0.25  # share of that price after a pause


@dataclass(frozen=True)
class Voices:
    """`labels` has the number of a voice for each window; `confidence` 0..1; one voice when they do not separate."""

    count: int
    labels: NDArray[np.intp]
    confidence: float


def tell_apart(windows: Sequence[Window], most: int) -> Voices:
    """Voices of the windows, numbered in order of first appearance. Linear in the number of windows.

    One is the answer when two do not differ by more than a voice does from itself; else the division into two to
    `most` that separates the windows best.
    """
    one = Voices(1, np.zeros(len(windows), np.intp), 0.5)
    pairs = _pairs(windows)
    if len(pairs) < _LEAST_PAIRS or most < 2:
        return one
    features = _known(np.stack([window.features for window in windows]))
    ratio, points = _discriminated(features, pairs)
    labels, _ = _clustered(points, 2)
    distinctness = ratio * _persistence(labels, pairs) / (_OTHERWISE_ONE[0] + _OTHERWISE_ONE[1] / len(windows))
    if distinctness <= 1:
        return one
    labels = _best_division(points, most, _after_pause(windows))
    return Voices(len(set(labels.tolist())), labels, round(1 - 0.4 * float(np.exp(1 - distinctness)), 2))


def _best_division(points: Floats, most: int, after_pause: NDArray[np.bool_]) -> NDArray[np.intp]:
    best, best_separation = np.zeros(len(points), np.intp), -1.0
    for count in range(2, max(2, min(most, len(points) // 3)) + 1):
        labels, centres = _clustered(points, count)
        separation = _silhouette(points, labels, centres)
        if separation > best_separation:
            best, best_separation = _renumbered(_smoothed(_distances(points, centres), after_pause)), separation
    return best


def _pairs(windows: Sequence[Window]) -> NDArray[np.intp]:
    """Windows whose last but one neighbour is of the same stretch of speech, and shares no sound with it."""
    apart = _after_pause(windows)
    return np.array([at for at in range(2, len(windows)) if not (apart[at] or apart[at - 1])], np.intp)


def _known(features: Floats) -> Floats:
    """Around 0. A pitch that is not known is the usual one."""
    pitch = features[:, -1]
    usual = np.median(pitch[~np.isnan(pitch)]) if not np.isnan(pitch).all() else 0.0
    filled = np.where(np.isnan(features), usual, features)
    return np.asarray(filled - filled.mean(axis=0), np.float64)


def _discriminated(features: Floats, pairs: NDArray[np.intp]) -> tuple[float, Floats]:
    """The windows in the directions of the voice, and how much more they differ in the first than pairs do."""
    differences = features[pairs] - features[pairs - 2]
    within = differences.T @ differences / (2 * len(pairs))
    share, of_one = _SHRINKAGE
    within += np.diag(np.diag(within)) * (share + of_one / len(pairs)) + 1e-9 * np.eye(len(within))
    ratios, directions = eigh(features.T @ features / len(features), within)
    return float(ratios[-1]), np.asarray(features @ directions[:, : -1 - _DIRECTIONS : -1], np.float64)


def _persistence(labels: NDArray[np.intp], pairs: NDArray[np.intp]) -> float:
    """How much more often pairs are of one voice than they would be by chance (Cohen's kappa), 0..1.

    Windows of one voice are divided by what is said, and that changes all the time.
    """
    same = float(np.mean(labels[pairs] == labels[pairs - 2]))
    chance = float(np.sum((np.bincount(labels) / len(labels)) ** 2))
    return max(0.0, (same - chance) / (1 - chance)) if chance < 1 else 0.0


def _after_pause(windows: Sequence[Window]) -> NDArray[np.bool_]:
    """For each window, whether it begins after the one before has ended."""
    starts = np.array([window.start for window in windows])
    ends = np.array([window.end for window in windows])
    return np.concatenate([[False], starts[1:] > ends[:-1]])


def _distances(points: Floats, centres: Floats) -> Floats:
    return np.asarray(np.linalg.norm(points[:, None, :] - centres[None, :, :], axis=2), np.float64)


def _clustered(points: Floats, count: int) -> tuple[NDArray[np.intp], Floats]:
    """k-means, the best of some starts; the seed is fixed, so that a file gives the same result each time."""
    random = np.random.default_rng(7)
    results = [_from_start(points, random.choice(len(points), count, replace=False)) for _ in range(_STARTS)]
    _, labels, centres = min(results, key=lambda result: result[0])
    return labels, centres


def _from_start(points: Floats, chosen: NDArray[np.int64]) -> tuple[float, NDArray[np.intp], Floats]:
    """The sum of squared distances, the labels and the centres that these points lead to."""
    centres = points[chosen]
    for _ in range(_ROUNDS):
        labels = np.argmin(_distances(points, centres), axis=1)
        moved = np.stack([_centre(points, labels == one, before) for one, before in enumerate(centres)])
        if np.allclose(moved, centres):
            break
        centres = moved
    distances = _distances(points, centres)
    return float((distances.min(axis=1) ** 2).sum()), np.argmin(distances, axis=1), centres


def _centre(points: Floats, mine: NDArray[np.bool_], before: Floats) -> Floats:
    return np.asarray(points[mine].mean(axis=0), np.float64) if mine.any() else before


def _silhouette(points: Floats, labels: NDArray[np.intp], centres: Floats) -> float:
    """By distance to centres, so that it is linear: mean of (other - own) / max(other, own), -1..1."""
    distances = _distances(points, centres)
    rows = np.arange(len(points))
    own = distances[rows, labels]
    distances[rows, labels] = np.inf
    other = distances.min(axis=1)
    return float(np.mean((other - own) / np.maximum(np.maximum(other, own), 1e-12)))


def _smoothed(distances: Floats, after_pause: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The cheapest path through the windows, where a change of voice costs something, and less after a pause."""
    price = _CHANGE * float(np.abs(distances[:, :1] - distances[:, 1:]).mean())
    length, count = distances.shape
    cost, back = distances[0].copy(), np.zeros(distances.shape, np.intp)
    moves = price * (1 - np.eye(count))
    for at in range(1, length):
        reached = cost[:, None] + moves * (_CHANGE_IN_PAUSE if after_pause[at] else 1.0)
        back[at] = np.argmin(reached, axis=0)
        cost = reached[back[at], np.arange(count)] + distances[at]
    path = np.zeros(length, np.intp)
    path[-1] = int(np.argmin(cost))
    for at in range(length - 1, 0, -1):
        path[at - 1] = back[at, path[at]]
    return path


def _renumbered(labels: NDArray[np.intp]) -> NDArray[np.intp]:
    order = {label: number for number, label in enumerate(dict.fromkeys(labels.tolist()))}
    return np.array([order[label] for label in labels.tolist()], np.intp)
