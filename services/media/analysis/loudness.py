"""How loud a recording is, and whether its channels differ: one pass over the samples, kept as 10 ms levels."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.media.analysis.recording import SAMPLE_RATE, decoded

FRAME = SAMPLE_RATE // 100
"""Samples in one level: 10 ms."""

_FULL_SCALE = 32768.0
_DEAD = -60.0  # dBFS that a live channel reaches at least now and then
_SAME = 0.98  # correlation from which two channels carry the same sound


@dataclass(frozen=True)
class Levels:
    """`power` has shape (channels, frames): mean square of each 10 ms, 1.0 at full scale. `correlation` of the pair."""

    power: NDArray[np.float32]
    correlation: float | None

    @property
    def decibels(self) -> NDArray[np.float32]:
        """dBFS of each 10 ms, silence as -100."""
        return np.asarray(10 * np.log10(np.maximum(self.power, 1e-10)), np.float32)

    def live(self) -> list[int]:
        """The channels in which anything can be heard."""
        if not self.power.shape[1]:
            return []
        return [at for at, one in enumerate(np.percentile(self.decibels, 99, axis=1)) if one > _DEAD]

    def identical(self) -> bool:
        """Whether both channels carry the same sound, be it at different levels."""
        return self.correlation is not None and abs(self.correlation) >= _SAME


def measure(path: Path, *, stereo: bool) -> Levels:
    """The levels of a recording. Memory: 4 bytes for each 10 ms and channel."""
    channels = 2 if stereo else 1
    rest = np.zeros((channels, 0), np.float32)
    parts: list[NDArray[np.float32]] = []
    sums = np.zeros(3)
    for block in decoded(path, stereo=stereo):
        samples = np.concatenate([rest, block.astype(np.float32) / _FULL_SCALE], axis=1)
        whole = samples.shape[1] // FRAME * FRAME
        frames = samples[:, :whole].reshape(channels, -1, FRAME)
        parts.append(np.mean(frames**2, axis=2, dtype=np.float32))
        rest = samples[:, whole:]
        if stereo:
            left, right = block.astype(np.float64)
            sums += (left @ left, right @ right, left @ right)
    power = np.concatenate(parts, axis=1) if parts else np.zeros((channels, 0), np.float32)
    return Levels(power, _correlation(sums) if stereo else None)


def _correlation(sums: NDArray[np.float64]) -> float:
    left, right, both = sums
    return float(both / np.sqrt(left * right)) if left and right else 0.0


def per_second(path: Path, *, by_channel: bool) -> dict[str, list[float | None]]:
    """dBFS of each second, one decimal, by channel (`ch_0`, and `ch_1` if `by_channel`); null for digital silence."""
    power = measure(path, stereo=by_channel).power
    return {f"ch_{at}": [_dbfs(one) for one in _seconds(row)] for at, row in enumerate(power)}


def _seconds(row: NDArray[np.float32]) -> list[float]:
    return [float(np.mean(row[at : at + 100])) for at in range(0, len(row), 100)]


def _dbfs(power: float) -> float | None:
    return round(float(10 * np.log10(power)), 1) if power > 0 else None
