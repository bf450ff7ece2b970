"""The copy of a recording that people listen to: an MP3, silent wherever personal data was said."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from services.media.analysis.recording import SAMPLE_RATE, decoded
from services.media.analysis.redaction import PLACEHOLDER
from services.media.analysis.source import Identified
from services.media.analysis.transcript import Utterance
from shared.schemas.interaction import Recording, Silence

COPY_TYPE = "audio/mpeg"

_MARGIN = 0.25  # seconds on either side: recognisers place the edges of words only so well
_BITS_PER_SECOND = 32_000  # of one channel: clear for speech at 16 kHz


def recording_of(identified: Identified, turns: Iterable[Utterance]) -> Recording:
    """What is to be played of a recording whose redacted `turns` these are."""
    silenced = _joined([_wide(begin, end, identified.duration) for begin, end in _hidden(turns)])
    if silenced:
        return Recording(media_type=COPY_TYPE, copied="redacted", silenced=silenced)
    if identified.media_type is None:
        return Recording(media_type=COPY_TYPE, copied="not_playable")
    return Recording(media_type=identified.media_type)


def write_copy(source: Path, target: Path, *, stereo: bool, silenced: Sequence[Silence]) -> None:
    """Writes the MP3 at 16 kHz to the file `target`. Memory does not grow with the length."""
    layout = "stereo" if stereo else "mono"
    with av.open(str(target), "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=SAMPLE_RATE, layout=layout)
        stream.bit_rate = _BITS_PER_SECOND * (2 if stereo else 1)
        stream.codec_context.open()
        form = stream.codec_context
        pieces = av.AudioResampler(form.format, layout, SAMPLE_RATE, form.frame_size)
        at = 0
        for block in quieted(decoded(source, stereo=stereo), silenced):
            for piece in pieces.resample(_frame(block, layout, at)):
                container.mux(stream.encode(piece))
            at += block.shape[1]
        for last in (*pieces.resample(None), None):
            container.mux(stream.encode(last))


def quieted(blocks: Iterator[NDArray[np.int16]], silenced: Sequence[Silence]) -> Iterator[NDArray[np.int16]]:
    """The blocks with every channel silent in these stretches (in order of time)."""
    edges = [(round(one.start * SAMPLE_RATE), round(one.end * SAMPLE_RATE)) for one in silenced]
    at = first = 0
    for block in blocks:
        end = at + block.shape[1]
        while first < len(edges) and edges[first][1] <= at:
            first += 1
        touched = [edge for edge in edges[first : first + _MOST_IN_A_BLOCK] if edge[0] < end]
        if touched:
            block = block.copy()  # noqa: PLW2901  what was decoded is left as it is
        for begin, stop in touched:
            block[:, max(0, begin - at) : stop - at] = 0
        yield block
        at = end


_MOST_IN_A_BLOCK = 64  # blocks last a second, and joined stretches twice the margin at least


def _frame(block: NDArray[np.int16], layout: str, at: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block.T.reshape(1, -1)), format="s16", layout=layout)
    frame.sample_rate = SAMPLE_RATE
    frame.pts = at
    return frame


def _hidden(turns: Iterable[Utterance]) -> Iterator[tuple[float, float]]:
    """When something was said that is hidden; the whole turn where its words have no times."""
    for turn in turns:
        if not PLACEHOLDER.search(turn.text):
            continue
        words = [word for word in turn.words if PLACEHOLDER.search(word.text)]
        yield from [(word.start, word.end) for word in words] or [(turn.start, turn.end)]


def _wide(begin: float, end: float, duration: float | None) -> Silence:
    last = duration if duration is not None else end + _MARGIN
    return Silence(start=round(max(0.0, begin - _MARGIN), 3), end=round(min(last, end + _MARGIN), 3))


def _joined(stretches: Sequence[Silence]) -> list[Silence]:
    joined: list[Silence] = []
    for stretch in sorted(stretches, key=lambda one: one.start):
        if joined and stretch.start <= joined[-1].end:
            joined[-1] = Silence(start=joined[-1].start, end=max(joined[-1].end, stretch.end))
        else:
            joined.append(stretch)
    return joined
