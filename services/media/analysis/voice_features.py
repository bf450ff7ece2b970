"""What a voice is like in a short window: its cepstra and its pitch.

Cepstra as Davis and Mermelstein (IEEE ASSP 28/4, 1980); pitch by autocorrelation with
the window's own divided out (Boersma 1993).
"""

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


@dataclass(frozen=True)
class Window:
    """Seconds from the start of the recording, and what the voice is like there."""

    start: float
    end: float
    features: Floats


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
