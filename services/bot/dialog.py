"""One turn of a dialog as an intent sees it: what the customer said, and the answers that may be given."""

import textwrap
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from babel.dates import format_date
from pydantic import ValidationError

from services.bot.identity import Customer
from services.bot.messages import choice_cards, spoken
from services.bot.ports import Bank
from services.bot.wording import ENGLISH, Wording
from shared.errors import Unauthenticated
from shared.schemas.base import Wire
from shared.schemas.lex import ConfirmationState, DialogAction, IntentState, Message, Slot, SlotValue, plain

PENDING_INTENT = "pendingIntent"
OPEN_INTENT = "openIntent"
CUSTOMER = "omnilex:customer"  # who is verified, for the gateway to know whose conversation it is; proves nothing
SECRET_SLOTS = frozenset({"Pin", "CurrentPin", "NewPin", "NewPinAgain"})

_MESSAGE_LENGTH = 1000
_SHOWS_CARDS = frozenset({"web", "slack", "facebook", "lex", "connect-chat"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What Lex shall do next, and how the intent stands."""

    action: DialogAction
    state: IntentState

    @property
    def outcome(self) -> str:
        """For logs: `elicitslot.pin`, `close.failed`."""
        what = self.action.slot_to_elicit if self.action.type == "ElicitSlot" else self.state
        return f"{self.action.type}.{what}".lower()

    @property
    def waits(self) -> bool:
        """Whether the customer has been asked something."""
        return self.action.type in ("ElicitSlot", "ConfirmIntent")


class PendingIntent(Wire):
    """An intent that waits, for the customer's verification or for an answer, with the slot values it has so far."""

    name: str
    slots: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class StepUp:
    """In place of an answer: the customer's PIN is wanted once more, and then the same intent."""


Outcome = Answer | PendingIntent | StepUp


@dataclass(frozen=True, slots=True)
class IntentHandler:
    """How the bot answers an intent. A pending intent in place of an answer asks to carry on with that one.

    `needs_identity` may depend on the turn. What an `aside` answers leaves the intent that waits for an answer where it
    is: the bot comes back to it. `called` is what the customer calls it. What is `resumable` is offered again in
    another conversation of the customer's when it was left unfinished.
    """

    answer: Callable[["Turn", Bank], Awaitable[Outcome]]
    slots: tuple[str, ...] = ()
    needs_identity: bool | Callable[["Turn"], bool] = False
    aside: bool = False
    called: Callable[[Wording], str] | None = None
    resumable: bool = False

    def is_for_customers(self, turn: "Turn") -> bool:
        """Whether nobody but a verified customer may be answered in this turn."""
        return self.needs_identity(turn) if callable(self.needs_identity) else self.needs_identity


@dataclass(slots=True)
class Turn:
    """The state of the dialog, changed as the turn is answered. `customer` is set for a verified customer only.

    `interrupted` is the intent that waited for another answer when the customer turned to this one. `address` is who is
    at the other end of the channel, as an opaque key. `spoken` says that the customer is heard, not read,
    `has_people` that a person can take the conversation over on this channel.
    """

    session_id: str
    intent: str
    slots: dict[str, Slot | None]
    confirmation: ConfirmationState
    transcript: str
    channel: str
    caller_number: str | None
    attributes: dict[str, str]
    in_dialog: bool = True
    words: Wording = ENGLISH
    address: str | None = None
    spoken: bool = False
    has_people: bool = False
    customer: Customer | None = None
    just_verified: bool = False
    interrupted: PendingIntent | None = None
    messages: list[Message] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def verified(self) -> Customer:
        """The customer. Raises Unauthenticated when nobody is verified."""
        if self.customer is None:
            raise Unauthenticated("No customer is verified.")
        return self.customer

    def value(self, slot: str) -> str | None:
        """The slot's value as Lex read it, else as it was typed."""
        filled = self.slots.get(slot)
        value = filled.value if filled else None
        text = (value.interpreted_value or value.original_value) if value else None
        return text.strip() or None if text else None

    def texts(self, slot: str) -> list[str]:
        """What may be meant by the slot: as Lex read it, as it was typed, and what Lex resolved it to."""
        filled = self.slots.get(slot)
        value = filled.value if filled else None
        if value is None:
            return []
        candidates = (value.interpreted_value, value.original_value, *value.resolved_values)
        return list(dict.fromkeys(text for text in candidates if text))

    def fill(self, slot: str, text: str) -> None:
        if self.value(slot) != text:
            value = SlotValue(original_value=text, interpreted_value=text, resolved_values=[text])
            self.slots[slot] = Slot(value=value)

    def take(self, slot: str) -> Slot | None:
        """What the slot holds, cleared from it."""
        held, self.slots[slot] = self.slots.get(slot), None
        return held

    def switch(self, intent: str, slots: Mapping[str, str | None]) -> None:
        """Goes over to another intent, unconfirmed."""
        self.intent, self.confirmation, self.slots = intent, "None", {}
        for name, text in slots.items():
            self.slots[name] = None
            if text is not None:
                self.fill(name, text)

    def date(self, moment: date | datetime) -> str:
        """The day as the customer's language writes it: "March 3"."""
        return format_date(moment, format=self.words.day, locale=self.words.locale)

    def say(self, text: str, *cards: Message) -> None:
        """Adds a text, and the cards where the channel shows them."""
        self.said.append(text)
        if self.spoken:
            self.messages += spoken(text, self.words.general.ending_in)
        elif len(text) > _MESSAGE_LENGTH:
            self.messages += map(plain, textwrap.wrap(text, _MESSAGE_LENGTH, replace_whitespace=False))
        else:
            self.messages.append(plain(text))
        if self.channel in _SHOWS_CARDS and not self.spoken:
            self.messages += cards

    def elicit(self, slot: str, text: str, *cards: Message) -> Answer:
        """Asks for the slot, which is empty from now on."""
        self.take(slot)
        self.confirmation = "None"
        self.say(text, *cards)
        return Answer(DialogAction(type="ElicitSlot", slot_to_elicit=slot), "InProgress")

    def confirm(self, text: str, title: str) -> Answer:
        self.confirmation = "None"
        self.say(text, *choice_cards(title, [self.words.general.yes, self.words.general.no]))
        return Answer(DialogAction(type="ConfirmIntent"), "InProgress")

    def fulfilled(self, text: str, *cards: Message) -> Answer:
        self.say(text, *cards)
        return Answer(DialogAction(type="Close"), "Fulfilled")

    def failed(self, text: str, *cards: Message) -> Answer:
        self.say(text, *cards)
        return Answer(DialogAction(type="Close"), "Failed")

    def delegate(self) -> Answer:
        return Answer(DialogAction(type="Delegate"), "InProgress")

    def remember_pending(self, intent: str | None = None) -> None:
        """Keeps the intent and its slot values, but never a PIN, until the customer is verified.

        Of an intent that is named only the name is kept.
        """
        if intent is None:
            self._keep(PENDING_INTENT)
        else:
            self.attributes[PENDING_INTENT] = PendingIntent(name=intent, slots={}).model_dump_json()

    def take_pending(self) -> PendingIntent | None:
        """The intent that waited, which waits no longer."""
        return self._take(PENDING_INTENT)

    def is_pending(self, intent: str) -> bool:
        """Whether that intent waits for the customer's verification."""
        pending = self._read(PENDING_INTENT)
        return pending is not None and pending.name == intent

    def remember_open(self) -> None:
        """Keeps the intent and its slot values, but never a PIN, until the customer answers."""
        self._keep(OPEN_INTENT)

    def take_open(self) -> PendingIntent | None:
        """The intent that waited for an answer; None when the answer has come."""
        opened = self._take(OPEN_INTENT)
        return opened if opened and opened.name != self.intent else None

    def opened(self) -> PendingIntent | None:
        """The intent that waits for an answer, whichever it is."""
        return self._read(OPEN_INTENT)

    def _keep(self, attribute: str) -> None:
        slots = {name: self.value(name) for name in self.slots if name not in SECRET_SLOTS}
        self.attributes[attribute] = PendingIntent(name=self.intent, slots=slots).model_dump_json()

    def _take(self, attribute: str) -> PendingIntent | None:
        pending = self._read(attribute)
        self.attributes.pop(attribute, None)
        return pending

    def _read(self, attribute: str) -> PendingIntent | None:
        try:
            return PendingIntent.model_validate_json(self.attributes.get(attribute, ""))
        except ValidationError:
            return None
