"""Telling voices apart in one channel, without training: cepstra of short windows, clustered, then smoothed.

Cepstra as Davis and Mermelstein (IEEE ASSP 28/4, 1980); pitch by autocorrelation with
the window's own divided out (Boersma 1993); k-means on whitened windows; the
number of voices by the silhouette (Rousseeuw 1987); smoothing by the Viterbi path with a price for each change.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct

from services.media.analysis.recording import SAMPLE_RATE

Floats = NDArray[np.float64]

WINDOW = 1.2
"""Seconds of one window; windows follow each other by half of it."""

_HOP = SAMPLE_RATE // 50
_LENGTH = SAMPLE_RATE * 40 // 1000
_SPECTRUM = 2048
_BANDS = 26
_CEPSTRA = 16
_LOW, _HIGH = 150.0, 3600.0  # Hz: what a telephone carries
_PITCH = (75.0, 330.0)  # Hz
_VOICED = 0.5  # autocorrelation of a voiced frame
_NEARLY = 0.93  # of the highest peak: the first such lag is taken, or the pitch falls an octave
_OCTAVES = 0.2  # what a voice wanders in pitch from window to window
_PITCH_WEIGHT = 2.0
_ROUNDS = 40
_STARTS = 6
_SEPARATE = 0.33  # silhouette below which the windows are one voice; one speaker alone reaches 0.25 to 0.30
_CHANGE = 0.8  # price of a change of voice within speech, in mean differences of a window's distances
_CHANGE_IN_PAUSE = 0.25  # share of that price after a pause


@dataclass(frozen=True)
class Window:
    """Seconds from the start of the recording, and what the voice is like there."""

    start: float
    end: float
    features: Floats


@dataclass(frozen=True)
class Voices:
    """`labels` has the number of a voice for each window; `confidence` 0..1; one voice when they do not separate."""

    count: int
    labels: NDArray[np.intp]
    confidence: float


def windows_of(samples: NDArray[np.int16], start: float) -> list[Window]:
    """The windows of one stretch of speech that begins at `start` seconds; a short stretch is one window."""
    signal = samples.astype(np.float64) / 32768.0
    if len(signal) < _LENGTH + 4 * _HOP:
        return []
    frames = _framed(signal)
    cepstra = _cepstra(_framed(np.append(signal[0], signal[1:] - 0.97 * signal[:-1])))
    features = np.concatenate([cepstra, _pitch(frames)[:, None]], axis=1)
    size = int(WINDOW * SAMPLE_RATE / _HOP)
    edges = list(range(0, max(1, len(frames) - size // 2), size // 2))
    seconds = _HOP / SAMPLE_RATE
    return [
        Window(start + at * seconds, start + min(at + size, len(frames)) * seconds, _summary(features[at : at + size]))
        for at in edges
    ]


def tell_apart(windows: Sequence[Window], most: int) -> Voices:
    """Voices of the windows, numbered in order of first appearance. Linear in the number of windows.

    Two to `most` voices are tried; one is the answer when no division separates the windows.
    """
    one = Voices(1, np.zeros(len(windows), np.intp), 0.5)
    if len(windows) < 6:
        return one
    points = _whitened(np.stack([window.features for window in windows]))
    best, best_separation = one, _SEPARATE
    for count in range(2, min(most, len(windows) // 3) + 1):
        labels, centres = _clustered(points, count)
        separation = _silhouette(points, labels, centres)
        if separation > best_separation and len(set(labels.tolist())) == count:
            smooth = _smoothed(_distances(points, centres), _after_pause(windows))
            best = Voices(len(set(smooth.tolist())), _renumbered(smooth), round(min(1.0, 0.35 + separation), 2))
            best_separation = separation
    return best


def _framed(samples: Floats) -> Floats:
    frames = np.lib.stride_tricks.sliding_window_view(samples, _LENGTH)[::_HOP]
    return np.asarray(frames * np.hanning(_LENGTH), np.float64)


def _cepstra(frames: Floats) -> Floats:
    """(frames, 16): the energy term is left out, since loudness is not a voice."""
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    bands = np.log(power @ _mel_bands().T + 1e-10)
    return np.asarray(dct(bands, axis=1, norm="ortho")[:, 1 : _CEPSTRA + 1], np.float64)


def _mel_bands() -> Floats:
    def mel(hertz: float) -> float:
        return 2595 * float(np.log10(1 + hertz / 700))

    edges = 700 * (10 ** (np.linspace(mel(_LOW), mel(_HIGH), _BANDS + 2) / 2595) - 1)
    bins = np.arange(_LENGTH // 2 + 1) * SAMPLE_RATE / _LENGTH
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0, np.minimum(rising, falling))


def _pitch(frames: Floats) -> Floats:
    """log2 of Hz for voiced frames, NaN for the others."""
    shortest, longest = int(SAMPLE_RATE / _PITCH[1]), int(SAMPLE_RATE / _PITCH[0])
    own = _autocorrelation(frames)[:, shortest:longest]
    lags = own / _autocorrelation(np.hanning(_LENGTH)[None, :])[:, shortest:longest]
    highest = lags.max(axis=1)
    lag = np.argmax(lags >= _NEARLY * highest[:, None], axis=1)
    return np.where(highest > _VOICED, np.log2(SAMPLE_RATE / (lag + shortest)), np.nan)


def _autocorrelation(frames: Floats) -> Floats:
    """1 at lag 0."""
    raw = np.fft.irfft(np.abs(np.fft.rfft(frames, _SPECTRUM, axis=1)) ** 2, _SPECTRUM, axis=1)
    return np.asarray(raw / np.maximum(raw[:, :1], 1e-12), np.float64)


def _summary(features: Floats) -> Floats:
    """Means of the cepstra, and the median pitch (NaN if hardly anything is voiced)."""
    cepstra, pitch = features[:, :-1], features[:, -1]
    voiced = pitch[~np.isnan(pitch)]
    middle = np.median(voiced) if len(voiced) > 3 else np.nan
    return np.concatenate([cepstra.mean(axis=0), [middle]])


def _whitened(points: Floats) -> Floats:
    """Cepstra around 0 with spread 1. Pitch in steps of its usual wandering: scaled to its spread, one voice alone
    would always fall apart into its higher and its lower half. Unknown pitch is the mean.
    """
    known = points[:, -1][~np.isnan(points[:, -1])]
    points = np.where(np.isnan(points), known.mean() if len(known) else 0.0, points)
    centred = points - points.mean(axis=0)
    spread = centred.std(axis=0)
    spread[-1] = _OCTAVES / np.sqrt(_PITCH_WEIGHT)
    return np.asarray(centred / np.where(spread > 1e-9, spread, 1.0), np.float64)


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
