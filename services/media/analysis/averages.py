"""Averages, quarters, trend and change of one speaker (docs/reference/definitions.md, "Sentiment of a speaker")."""

from collections.abc import Sequence

from shared.schemas.interaction import Quarter, Turn


def average(turns: Sequence[Turn]) -> float | None:
    """Mean score of the turns that have one, four decimals; null if none has."""
    return mean_of(scores(turns))


def scores(turns: Sequence[Turn]) -> list[float]:
    """The scores that there are, in order of the turns."""
    return [turn.sentiment.score for turn in turns if turn.sentiment.score is not None]


def mean_of(values: Sequence[float]) -> float | None:
    """Four decimals; null of nothing."""
    return round(sum(values) / len(values), 4) if values else None


def quarters(turns: Sequence[Turn], duration: float) -> list[Quarter]:
    """The interaction in four equal parts; a turn counts where its midpoint falls, the last part closed.

    An interaction without length (one chat message) has all its turns in the first part.
    """
    parts: list[list[Turn]] = [[], [], [], []]
    for turn in turns:
        midpoint = (turn.start + turn.end) / 2
        parts[min(3, max(0, int(4 * midpoint / duration))) if duration > 0 else 0].append(turn)
    return [_quarter(part) for part in parts]


def _quarter(turns: Sequence[Turn]) -> Quarter:
    if not turns:
        return Quarter()
    return Quarter(score=average(turns), begin=min(turn.start for turn in turns), end=max(turn.end for turn in turns))


def trend(parts: Sequence[Quarter]) -> float | None:
    """Last quarter with a score less the first; null with fewer than two."""
    known = [part.score for part in parts if part.score is not None]
    return _rise(known) if len(known) > 1 else None


def change(turns: Sequence[Turn]) -> float | None:
    """Score of the last scored turn less that of the first; null without one."""
    known = scores(turns)
    return _rise(known) if known else None


def _rise(values: Sequence[float]) -> float:
    return round(values[-1] - values[0], 4)
