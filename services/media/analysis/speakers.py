"""The speakers of an interaction: role, label, and what A4 and A5 say of each."""

from collections.abc import Mapping, Sequence

from services.media.analysis import averages, timing
from services.media.analysis.roles import Role
from services.media.analysis.timing import Span
from shared.schemas.interaction import RoleName, Speaker, Turn

_FIXED_LABELS: dict[RoleName, str] = {"BOT": "Bot", "IVR": "IVR"}


def labels(roles: Mapping[str, Role], names: Sequence[str]) -> dict[str, str]:
    """What people read: `names` are the agent's side and the caller's side; speakers beyond those are `Unknown-n`."""
    given: dict[str, str] = {}
    taken: set[str] = set()
    by_role = dict(zip(("AGENT", "CALLER"), names, strict=False))
    for number, (speaker, role) in enumerate(roles.items()):
        label = _FIXED_LABELS.get(role.name) or by_role.get(role.name) or f"Unknown-{number}"
        given[speaker] = label if label not in taken else f"Unknown-{number}"
        taken.add(given[speaker])
    return given


def describe(
    turns: Sequence[Turn],
    roles: Mapping[str, Role],
    names: Sequence[str],
    spans: Mapping[str, Sequence[Span]],
    duration: float,
) -> list[Speaker]:
    """One row per speaker, in order of first appearance. `spans` (talk) is empty for chats."""
    shown = labels(roles, names)
    return [
        _speaker(
            [turn for turn in turns if turn.speaker == speaker], role, shown[speaker], spans.get(speaker, []), duration
        )
        for speaker, role in roles.items()
    ]


def _speaker(turns: Sequence[Turn], role: Role, name: str, spans: Sequence[Span], duration: float) -> Speaker:
    parts = averages.quarters(turns, duration)
    talk = timing.talk_time(spans)
    gaps = [turn.response_gap for turn in turns if turn.response_gap is not None]
    return Speaker(
        speaker=turns[0].speaker,
        role=role.name,
        name=name,
        role_source=role.source,
        role_confidence=role.confidence,
        average=averages.average(turns),
        turns=len(turns),
        turns_scored=len(averages.scores(turns)),
        quarters=parts,
        trend=averages.trend(parts),
        change=averages.change(turns),
        talk_time=talk,
        words_per_minute=timing.words_per_minute(sum(len(turn.text.split()) for turn in turns), talk),
        response_gap=round(sum(gaps) / len(gaps), 3) if gaps else None,
    )


def side(turns: Sequence[Turn], role: RoleName, duration: float) -> tuple[float | None, float | None]:
    """Average and trend of all turns of a role; a bot's turns are never an agent's."""
    own = [turn for turn in turns if turn.role == role]
    return averages.average(own), averages.trend(averages.quarters(own, duration))
