"""The rules of conversations, and how their moments and names are made."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from string import ascii_lowercase

from services.gateway.flood import FloodLimits
from services.gateway.people import HandoffRules


def utc_now() -> datetime:
    """To the millisecond."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def letters_id(prefix: str = "") -> str:
    """Letters only (122 bits), so that a search of what is stored for a PIN finds PINs only."""
    return prefix + "".join(secrets.choice(ascii_lowercase) for _ in range(26))


@dataclass(frozen=True, slots=True)
class ConversationRules:
    """`identity` is how long after its last turn a conversation counts as verified at most.

    `no_answer` and `too_much` are said on a channel that is reached by a provider: after the runtime failed for good,
    and before a flooded conversation pauses.
    """

    obfuscated_slots: frozenset[str]
    identity: timedelta
    flood: FloodLimits
    no_answer: str
    too_much: str
    handoff: HandoffRules
