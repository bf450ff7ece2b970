"""The stations of an intent's flow."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from shared.schemas.lex import Slot

Station = Literal[
    "StartIntent",
    "Unrecognised",
    "Begun",
    "ElicitSlot",
    "AskAgain",
    "SlotCaptured",
    "SlotMissed",
    "SlotFailed",
    "ConfirmIntent",
    "Confirmed",
    "Declined",
    "ConfirmationChanged",
    "ConfirmationMissed",
    "ConfirmationFailed",
    "FulfillIntent",
    "CloseIntent",
    "ElicitIntent",
    "EndConversation",
]


@dataclass(frozen=True, slots=True)
class Go:
    """Where the flow goes next. `heard`: the step comes straight from the customer's text.

    `given` are slots that the step sets in the intent it begins; `attempt` counts a prompt's retries.
    """

    to: Station
    intent: str | None = None
    slot: str | None = None
    heard: bool = False
    attempt: int = 0
    given: Mapping[str, Slot | None] = field(default_factory=dict)
