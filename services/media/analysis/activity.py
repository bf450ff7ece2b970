"""Where somebody speaks: stretches of a channel that stand out from its noise (energy, two passes)."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.media.analysis.loudness import FRAME

FRAMES_PER_SECOND = 100

_HANGOVER = 30  # frames of quiet within speech, as between words
_SHORTEST = 12  # frames; less is a click
_PADDING = 15
_LONGEST = 1500  # frames: a recogniser's search and a speaker's features want an end
_SPLIT_FROM = 800
_CLEARANCE = 5.0  # dB between quiet and loud; less is a steady sound, not speech
_BELOW_SPEECH = 30.0


@dataclass(frozen=True)
class Stretch:
    """Speech on one channel, in 10 ms frames from the start, `end` exclusive."""

    channel: int
    begin: int
    end: int


def speech_stretches(decibels: NDArray[np.float32], channel: int) -> list[Stretch]:
    """Stretches in order, without overlap, 15 s at most. `decibels` is the level of each 10 ms of one channel."""
    if not len(decibels):
        return []
    quiet, loud = np.percentile(decibels, [2, 95])
    if loud - quiet < _CLEARANCE:
        return []
    threshold = max(quiet + 0.3 * (loud - quiet), loud - _BELOW_SPEECH)
    loud_frames = np.flatnonzero(decibels > threshold)
    runs = [run for run in _runs(loud_frames) if run[1] - run[0] >= _SHORTEST]
    padded = _padded(runs, len(decibels))
    return [Stretch(channel, begin, end) for run in padded for begin, end in _short(run, decibels)]


def _runs(frames: NDArray[np.intp]) -> list[tuple[int, int]]:
    if not len(frames):
        return []
    breaks = np.flatnonzero(np.diff(frames) > _HANGOVER)
    begins = frames[np.concatenate([[0], breaks + 1])]
    ends = frames[np.concatenate([breaks, [len(frames) - 1]])] + 1
    return [(int(begin), int(end)) for begin, end in zip(begins, ends, strict=True)]


def _padded(runs: Sequence[tuple[int, int]], length: int) -> Iterator[tuple[int, int]]:
    """Soft beginnings and ends of words are kept; hangover is twice the padding, so that neighbours do not overlap."""
    return ((max(0, begin - _PADDING), min(length, end + _PADDING)) for begin, end in runs)


def _short(run: tuple[int, int], decibels: NDArray[np.float32]) -> Iterator[tuple[int, int]]:
    """Cut where it is quietest between 8 s and 15 s."""
    begin, end = run
    while end - begin > _LONGEST:
        cut = begin + _SPLIT_FROM + int(np.argmin(decibels[begin + _SPLIT_FROM : begin + _LONGEST]))
        yield begin, cut
        begin = cut
    yield begin, end


def joined(stretches: Sequence[Stretch], longest: float) -> list[Stretch]:
    """Neighbours on a channel as one, pauses included, while the whole is no longer than `longest` seconds."""
    blocks: list[Stretch] = []
    for stretch in sorted(stretches, key=lambda one: (one.channel, one.begin)):
        last = blocks[-1] if blocks else None
        near = last and last.channel == stretch.channel and stretch.end - last.begin <= longest * FRAMES_PER_SECOND
        if last and near:
            blocks[-1] = Stretch(last.channel, last.begin, stretch.end)
        else:
            blocks.append(stretch)
    return blocks


def cut_out(
    blocks: Iterator[NDArray[np.int16]], stretches: Sequence[Stretch]
) -> Iterator[tuple[Stretch, NDArray[np.int16]]]:
    """The samples of each stretch, in order of its end. Memory: the stretches that are open at the same time."""
    pending = deque(sorted(stretches, key=lambda stretch: stretch.begin))
    opened: list[Stretch] = []
    held, held_from = np.zeros((1, 0), np.int16), 0
    for block in blocks:
        held = np.concatenate([held, block], axis=1) if held.shape[1] else block
        reached = held_from + held.shape[1]
        while pending and pending[0].begin * FRAME < reached:
            opened.append(pending.popleft())
        for stretch in [one for one in opened if one.end * FRAME <= reached]:
            opened.remove(stretch)
            yield stretch, held[stretch.channel, stretch.begin * FRAME - held_from : stretch.end * FRAME - held_from]
        needed = min((one.begin * FRAME for one in opened), default=reached)
        held, held_from = held[:, needed - held_from :], needed
    for stretch in opened:
        yield stretch, held[stretch.channel, stretch.begin * FRAME - held_from :]
