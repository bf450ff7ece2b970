"""One turn of a conversation while it is worked on."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.lex.bots import ServedLocale
from services.lex.definition.model import IntentDefinition, SlotDefinition
from services.lex.dialog.composites import parts_suffice
from services.lex.dialog.events import DialogEvent
from services.lex.nlu.understanding import Candidate
from services.lex.sessions import Address, Session
from services.lex.slots.resolver import Finding, Reading
from shared.schemas.lex import DialogAction, Intent, Message

TIME_ZONE_ATTRIBUTE = "x-amz-lex:time-zone"
INTENT_SWITCH_ATTRIBUTE = "x-amz-lex:intent-switch"
DEFAULT_TIME_ZONE = "America/New_York"  # Lex's default in us-east-1
MOST_MESSAGES = 10


@dataclass(slots=True)
class Turn:
    """`text` is empty for PutSession. `heard` holds the slots taken from this text, with their places in it; they are
    slots of the intent `heard_by`, which a hook may have left since; `captured` are those whose capture has not been
    answered yet. `contexts` are those that this text finds active.
    """

    served: ServedLocale
    address: Address
    session: Session
    text: str
    now: datetime
    request_id: str
    request_attributes: dict[str, str] = field(default_factory=dict)
    input_mode: Literal["Text", "Speech", "DTMF"] = "Text"
    transcription_confidence: float | None = 1.0
    time_zone: str = DEFAULT_TIME_ZONE
    answer_attributes: dict[str, str] | None = None
    messages: list[Message] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    heard: dict[str, Finding] = field(default_factory=dict)
    heard_by: str | None = None
    captured: set[str] = field(default_factory=set)
    asked: tuple[str, str] | None = None
    in_prompt: bool = False
    missed: bool = False
    overridden: bool = False
    failed: bool = False
    quiet: bool = False
    contexts: set[str] = field(default_factory=set)
    contexts_opened: bool = False
    hook_seen: set[tuple[str, str | None]] = field(default_factory=set)
    read_against: Reading | None = None
    events: list[DialogEvent] = field(default_factory=list)

    @property
    def intent(self) -> Intent:
        """The intent being acted on. Only called where there is one."""
        if self.session.intent is None:
            raise AssertionError("no intent is active")
        return self.session.intent

    @property
    def definition(self) -> IntentDefinition:
        return self.served.intents[self.intent.name]

    def slot(self, name: str) -> SlotDefinition:
        return self.definition.slots[name]

    def filled(self, name: str) -> bool:
        """Whether the slot has a value; one whose readings are still ambiguous has none."""
        slot = self.intent.slots.get(name)
        if slot is None or slot.sub_slots is None:
            return slot is not None and bool(slot.values or (slot.value and slot.value.interpreted_value is not None))
        return parts_suffice(self.slot(name), slot)

    def say(self, messages: list[Message]) -> None:
        """Adds to what is sent, up to the ten messages that Lex sends."""
        room = MOST_MESSAGES - len(self.messages)
        self.messages += messages[:room]

    def act(self, action: DialogAction) -> None:
        """Sets what the bot waits for next."""
        self.session.dialog_action = action

    def reading(self) -> Reading:
        """What values are resolved against: date and time where the customer is. The same one for the whole turn."""
        if self.read_against is None:
            here = self._local_time()
            self.read_against = Reading(today=here.date(), time=here.time())
        return self.read_against

    def _local_time(self) -> datetime:
        """The time in the zone that the request names; where it names none, or one that is none, in the bot's."""
        try:
            return self.now.astimezone(ZoneInfo(self.request_attributes[TIME_ZONE_ATTRIBUTE]))
        except (KeyError, ZoneInfoNotFoundError, ValueError, OSError):
            return self.now.astimezone(ZoneInfo(self.time_zone))
