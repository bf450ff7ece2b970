"""Roles that a person has put right: everything in a result that follows from who is who, without a new analysis."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.media.analysis.roles import BY_ORDER, GUESSED, Role
from services.media.analysis.speakers import labels, side
from shared.schemas.interaction import Interaction, RoleName


def with_roles(
    document: Interaction, corrected: Mapping[str, RoleName], names: Sequence[str], processed_at: datetime
) -> Interaction:
    """The document with these roles for these speakers, said by a person; `names` label the two sides.

    Speakers that it does not have are left aside. It is the same document when it says so already.
    """
    before = {one.speaker: Role(one.role, one.role_source, one.role_confidence) for one in document.speakers}
    said = {name: Role(role, "person", 1.0) for name, role in corrected.items() if name in before}
    roles = before | said
    if roles == before:
        return document
    shown = labels(roles, names)
    speakers = [
        one.model_copy(
            update={
                "role": roles[one.speaker].name,
                "role_source": roles[one.speaker].source,
                "role_confidence": roles[one.speaker].confidence,
                "name": shown[one.speaker],
            }
        )
        for one in document.speakers
    ]
    turns = [turn.model_copy(update={"role": roles[turn.speaker].name}) for turn in document.turns]
    caller_average, caller_trend = side(turns, "CALLER", document.duration)
    agent_average, agent_trend = side(turns, "AGENT", document.duration)
    guessed = any(role.source == "inferred" for role in roles.values())
    return document.model_copy(
        update={
            "speakers": speakers,
            "turns": turns,
            "caller_average": caller_average,
            "caller_trend": caller_trend,
            "agent_average": agent_average,
            "agent_trend": agent_trend,
            "warnings": [one for one in document.warnings if guessed or one not in (GUESSED, BY_ORDER)],
            "processed_at": processed_at,
        }
    )
