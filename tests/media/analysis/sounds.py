"""Recordings made on the spot: tones, noise and something like voices, in the formats that telephones leave behind."""

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]
"""-1..1, of shape (channels, n) or (n,)."""


def tone(seconds: float, rate: int = 8000, hertz: float = 440.0, level: float = 0.3) -> Samples:
    return level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


def noise(seconds: float, rate: int = 8000, level: float = 0.1, seed: int = 1) -> Samples:
    return level * np.random.default_rng(seed).standard_normal(int(seconds * rate))


def silence(seconds: float, rate: int = 8000) -> Samples:
    return np.zeros(int(seconds * rate))


_VOWELS = np.array([[300, 2300, 3000], [500, 1800, 2500], [700, 1200, 2500], [450, 900, 2400], [320, 800, 2300]])


def voice(seconds: float, *, pitch: float, tract: float, rate: int = 8000, seed: int = 1) -> Samples:
    """Vowels of 150 ms by a pulse train and formants scaled by `tract`: what features need to tell voices apart."""
    random = np.random.default_rng(seed)
    count, syllable = int(seconds * rate), int(0.15 * rate)
    places = np.arange(count) // syllable
    vowels = _VOWELS[random.integers(0, len(_VOWELS), places[-1] + 1)] * tract
    phase = 2 * np.pi * np.cumsum(pitch * (1 + 0.15 * random.uniform(-1, 1, places[-1] + 1)[places])) / rate
    signal = np.zeros(count)
    for number in range(1, int(rate / 2 / pitch / 1.2)):
        nearness = np.exp(-(((number * pitch - vowels) / 200) ** 2)).sum(axis=1) + 0.05
        signal += nearness[places] * np.sin(number * phase)
    return 0.2 * signal / np.abs(signal).max() + 0.002 * random.standard_normal(count)


def save(path: Path, samples: Samples, *, codec: str, rate: int = 8000) -> Path:
    """Writes the samples with FFmpeg; the container follows from the file's ending."""
    planes = np.atleast_2d(samples)
    layout = "stereo" if len(planes) == 2 else "mono"
    whole = np.clip(planes * 32767, -32767, 32767).astype(np.int16)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(whole.T.reshape(1, -1)), format="s16", layout=layout)
        frame.sample_rate = rate
        resampler = av.AudioResampler(
            stream.codec_context.format, layout, rate, stream.codec_context.frame_size or None
        )
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return path
