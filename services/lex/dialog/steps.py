"""The stations of an intent's flow."""

from dataclasses import dataclass
from typing import Literal

Station = Literal[
    "StartIntent",
    "ElicitSlot",
    "AskAgain",
    "SlotCaptured",
    "SlotMissed",
    "SlotFailed",
    "ConfirmIntent",
    "Confirmed",
    "Declined",
    "ConfirmationMissed",
    "ConfirmationFailed",
    "FulfillIntent",
    "CloseIntent",
    "ElicitIntent",
    "EndConversation",
]


@dataclass(frozen=True, slots=True)
class Go:
    """Where the flow goes next. `heard`: the step comes straight from the customer's text."""

    to: Station
    intent: str | None = None
    slot: str | None = None
    heard: bool = False
