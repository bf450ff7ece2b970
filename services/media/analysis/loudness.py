"""How loud a recording is, where it is cut off, and whether its channels differ: one pass, kept as 10 ms levels."""

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
_LIMIT = 32_000.0 / _FULL_SCALE  # G.711 ends at 32124 (mu-law) and 32256 (A-law)
_CUT_OFF = 3  # samples at the limit within 10 ms; a loud voice touches it once
_HEARD = -50.0  # dBFS


@dataclass(frozen=True)
class Levels:
    """`power` has shape (channels, frames): mean square of each 10 ms, 1.0 at full scale. `correlation` of the pair.

    `limited`, of the same shape, counts the samples at full scale. `shared` is the mean product of the pair.
    """

    power: NDArray[np.float32]
    correlation: float | None
    limited: NDArray[np.int16]
    shared: NDArray[np.float32] | None = None

    @property
    def decibels(self) -> NDArray[np.float32]:
        """dBFS of each 10 ms, silence as -100."""
        return np.asarray(10 * np.log10(np.maximum(self.power, 1e-10)), np.float32)

    def live(self) -> list[int]:
        """The channels in which anything can be heard."""
        if not self.power.shape[1]:
            return []
        return [at for at, one in enumerate(np.percentile(self.decibels, 99, axis=1)) if one > _DEAD]

    def mixed(self) -> NDArray[np.float32]:
        """The level of each 10 ms of the channels mixed down, in the form of `power`."""
        if self.shared is None:
            return self.power
        return np.asarray((self.power.sum(axis=0, keepdims=True) + 2 * self.shared) / 4, np.float32)

    def cut_off(self) -> float:
        """The share, 0..1, of what can be heard in which the loudest is cut off: that of the worst channel."""
        heard = self.decibels > _HEARD
        cut = heard & (self.limited >= _CUT_OFF)
        shares = [float(one.sum() / own.sum()) for one, own in zip(cut, heard, strict=True) if own.any()]
        return max(shares, default=0.0)

    def identical(self) -> bool:
        """Whether both channels carry the same sound, be it at different levels."""
        return self.correlation is not None and abs(self.correlation) >= _SAME


def measure(path: Path, *, stereo: bool) -> Levels:
    """The levels of a recording. Memory: 10 bytes for each 10 ms and channel."""
    channels = 2 if stereo else 1
    rest = np.zeros((channels, 0), np.float32)
    parts: list[_Part] = []
    sums = np.zeros(3)
    for block in decoded(path, stereo=stereo):
        samples = np.concatenate([rest, block.astype(np.float32) / _FULL_SCALE], axis=1)
        whole = samples.shape[1] // FRAME * FRAME
        parts.append(_part(samples[:, :whole].reshape(channels, -1, FRAME)))
        rest = samples[:, whole:]
        if stereo:
            left, right = block.astype(np.float64)
            sums += (left @ left, right @ right, left @ right)
    if not parts:
        parts.append(_part(np.zeros((channels, 0, FRAME), np.float32)))
    power, limited, shared = (np.concatenate([part[at] for part in parts], axis=-1) for at in range(3))
    return Levels(power, _correlation(sums) if stereo else None, limited, shared if stereo else None)


_Part = tuple[NDArray[np.float32], NDArray[np.int16], NDArray[np.float32]]


def _part(frames: NDArray[np.float32]) -> _Part:
    limited = np.count_nonzero(np.abs(frames) >= _LIMIT, axis=2).astype(np.int16)
    shared = np.asarray(np.mean(frames[0] * frames[-1], axis=1), np.float32)
    return np.mean(frames**2, axis=2, dtype=np.float32), limited, shared


def _correlation(sums: NDArray[np.float64]) -> float:
    left, right, both = sums
    return float(both / np.sqrt(left * right)) if left and right else 0.0


def per_second(path: Path, *, by_channel: bool) -> dict[str, list[float | None]]:
    """`seconds` of a recording that is read for nothing else."""
    return seconds(measure(path, stereo=by_channel), by_channel=by_channel)


def seconds(levels: Levels, *, by_channel: bool) -> dict[str, list[float | None]]:
    """dBFS of each second, one decimal, by channel (`ch_0`, and `ch_1` if `by_channel`); null for digital silence."""
    power = levels.power if by_channel else levels.mixed()
    return {f"ch_{at}": [_dbfs(one) for one in _seconds(row)] for at, row in enumerate(power)}


def _seconds(row: NDArray[np.float32]) -> list[float]:
    return [float(np.mean(row[at : at + 100])) for at in range(0, len(row), 100)]


def _dbfs(power: float) -> float | None:
    return round(float(10 * np.log10(power)), 1) if power > 0 else None
