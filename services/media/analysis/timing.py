"""Talk time, silences, interruptions and pace, from the times of words (docs/reference/definitions.md)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.media.analysis.transcript import Utterance
from shared.schemas.interaction import Silence

_JOIN_GAP = 0.5
_LONG_SILENCE = 3.0
_INTERRUPTION = 1.0


@dataclass(frozen=True)
class Span:
    """A stretch of talk, in seconds."""

    start: float
    end: float


def talk_spans(turns: Iterable[Utterance]) -> list[Span]:
    """Where one speaker talks: word spans joined over gaps under 0.5 s, in order; a turn without words counts whole."""
    raw = sorted((part.start, part.end) for turn in turns for part in (turn.words or (turn,)) if part.end >= part.start)
    return _joined(raw, _JOIN_GAP)


def talk_time(spans: Sequence[Span]) -> float:
    """Seconds, three decimals."""
    return round(sum(span.end - span.start for span in spans), 3)


def words_per_minute(word_count: int, seconds: float) -> float | None:
    """Over talk time; one decimal; null without talk."""
    return round(60 * word_count / seconds, 1) if seconds > 0 else None


def silences(spans: Iterable[Span], duration: float) -> list[Silence]:
    """Stretches of 3.0 s or more in which nobody talks. `spans` are those of all speakers.

    The time before the first word and after the last one counts too: nobody speaks then either.
    """
    joined = _joined(sorted((span.start, span.end) for span in spans), 0.0)
    starts = [0.0, *(span.end for span in joined)]
    ends = [*(span.start for span in joined), duration]
    return [
        Silence(start=round(start, 3), end=round(end, 3))
        for start, end in zip(starts, ends, strict=True)
        if round(end - start, 3) >= _LONG_SILENCE
    ]


def interruptions(own: Sequence[Span], other: Sequence[Span]) -> list[float]:
    """When the owner of `own` breaks in: the other has talked for 1.0 s or more, and both go on together for 1.0 s.

    Both lists are in order; linear.
    """
    found: list[float] = []
    at = 0
    for span in own:
        while at < len(other) and other[at].end <= span.start:
            at += 1
        if at == len(other):
            break
        talked = round(span.start - other[at].start, 3)
        together = round(min(span.end, other[at].end) - span.start, 3)
        if talked >= _INTERRUPTION and together >= _INTERRUPTION:
            found.append(span.start)
    return found


def response_gaps(messages: Iterable[Utterance]) -> list[float | None]:
    """For each message of a chat, in order: the seconds since the other side's last one, where it answers that.

    A message that follows one of the same speaker answers nothing: null, as for the first.
    """
    gaps: list[float | None] = []
    before: Utterance | None = None
    for message in messages:
        answers = before is not None and before.speaker != message.speaker
        gaps.append(round(message.start - before.start, 3) if before is not None and answers else None)
        before = message
    return gaps


def _joined(raw: Sequence[tuple[float, float]], gap: float) -> list[Span]:
    joined: list[Span] = []
    for start, end in raw:
        if joined and (start <= joined[-1].end or round(start - joined[-1].end, 3) < gap):
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, end))
        else:
            joined.append(Span(start, end))
    return joined
