"""One turn of a dialog as an intent sees it: what Lex sent, and the answers it may give."""

import re
import textwrap
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from services.bot.identity import Customer, e164
from services.bot.ports import Bank
from shared.errors import Unauthenticated
from shared.schemas.base import Wire
from shared.schemas.lex import (
    Button,
    CodeHookEvent,
    CodeHookResponse,
    ConfirmationState,
    DialogAction,
    ImageResponseCard,
    Intent,
    IntentState,
    Message,
    SessionState,
    Slot,
    SlotValue,
    plain,
)

IDENTITY_TOKEN = "identityToken"  # noqa: S105  the attribute's name
PENDING_INTENT = "pendingIntent"
OPEN_INTENT = "openIntent"
CHANNEL = "omnilex:channel"
_CHANNEL_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,31}")
CALLER_NUMBER = "omnilex:caller-number"
PIN = "Pin"

_MESSAGE_LENGTH = 1000
_MESSAGES = 10
_BUTTONS = 5
_CARDS = 3
_BUTTON_LENGTH = 50


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


class PendingIntent(Wire):
    """An intent that waits, for the customer's verification or for an answer, with the slot values it has so far."""

    name: str
    slots: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class IntentHandler:
    """How the bot answers an intent. A pending intent in place of an answer asks to carry on with that one.

    What an `aside` answers leaves the intent that waits for an answer where it is: the bot comes back to it. `called`
    is what the customer calls it.
    """

    answer: Callable[["Turn", Bank], Awaitable[Answer | PendingIntent]]
    slots: tuple[str, ...] = ()
    needs_identity: bool = False
    aside: bool = False
    called: str | None = None


@dataclass(slots=True)
class Turn:
    """The state of the dialog, changed as the turn is answered. `customer` is set for a verified customer only.

    `interrupted` is the intent that waited for another answer when the customer turned to this one.
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
    customer: Customer | None = None
    interrupted: PendingIntent | None = None
    messages: list[Message] = field(default_factory=list)

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

    def say(self, text: str, *cards: Message) -> None:
        wrapped = (
            textwrap.wrap(text, _MESSAGE_LENGTH, replace_whitespace=False) if len(text) > _MESSAGE_LENGTH else [text]
        )
        self.messages += [plain(part) for part in wrapped]
        self.messages += cards

    def elicit(self, slot: str, text: str, *cards: Message) -> Answer:
        """Asks for the slot, which is empty from now on."""
        self.take(slot)
        self.confirmation = "None"
        self.say(text, *cards)
        return Answer(DialogAction(type="ElicitSlot", slot_to_elicit=slot), "InProgress")

    def confirm(self, text: str, title: str) -> Answer:
        self.confirmation = "None"
        self.say(text, *choice_cards(title, ["Yes", "No"]))
        return Answer(DialogAction(type="ConfirmIntent"), "InProgress")

    def fulfilled(self, text: str, *cards: Message) -> Answer:
        self.say(text, *cards)
        return Answer(DialogAction(type="Close"), "Fulfilled")

    def failed(self, text: str, *cards: Message) -> Answer:
        self.say(text, *cards)
        return Answer(DialogAction(type="Close"), "Failed")

    def delegate(self) -> Answer:
        return Answer(DialogAction(type="Delegate"), "InProgress")

    def remember_pending(self) -> None:
        """Keeps the intent and its slot values, but never a PIN, until the customer is verified."""
        self._keep(PENDING_INTENT)

    def take_pending(self) -> PendingIntent | None:
        """The intent that waited, which waits no longer."""
        return self._take(PENDING_INTENT)

    def remember_open(self) -> None:
        """Keeps the intent and its slot values, but never a PIN, until the customer answers."""
        self._keep(OPEN_INTENT)

    def take_open(self) -> PendingIntent | None:
        """The intent that waited for an answer; None when the answer has come."""
        opened = self._take(OPEN_INTENT)
        return opened if opened and opened.name != self.intent else None

    def _keep(self, attribute: str) -> None:
        slots = {name: self.value(name) for name in self.slots if name != PIN}
        self.attributes[attribute] = PendingIntent(name=self.intent, slots=slots).model_dump_json()

    def _take(self, attribute: str) -> PendingIntent | None:
        try:
            return PendingIntent.model_validate_json(self.attributes.pop(attribute, ""))
        except ValidationError:
            return None


def read_event(event: CodeHookEvent) -> Turn:
    """The turn that Lex tells of; nobody is verified in it yet."""
    state, requested = event.session_state, event.request_attributes or {}
    intent = state.intent or next((choice.intent for choice in event.interpretations), Intent(name="FallbackIntent"))
    return Turn(
        session_id=event.session_id,
        intent=intent.name,
        slots=dict(intent.slots),
        confirmation=intent.confirmation_state or "None",
        transcript=event.input_transcript,
        channel=_channel(requested.get(CHANNEL)),
        caller_number=e164(requested.get(CALLER_NUMBER)),
        attributes=dict(state.session_attributes or {}),
        in_dialog=event.invocation_source == "DialogCodeHook",
    )


def _channel(named: str | None) -> str:
    """What the request calls its channel; `lex` when it does not, or not in a word."""
    return named if named and _CHANNEL_NAME.fullmatch(named) else "lex"


def write_response(turn: Turn, answer: Answer) -> CodeHookResponse:
    """The answer in Lex's format; a PIN is never in it."""
    if PIN in turn.slots:
        turn.slots[PIN] = None
    intent = Intent(name=turn.intent, state=answer.state, slots=turn.slots, confirmation_state=turn.confirmation)
    session = SessionState(dialog_action=answer.action, intent=intent, session_attributes=turn.attributes)
    return CodeHookResponse(session_state=session, messages=turn.messages[:_MESSAGES] or None)


def choice_cards(title: str, values: Sequence[str]) -> list[Message]:
    """Cards with a button for each value, as many as Lex allows."""
    buttons = [Button(text=value[:_BUTTON_LENGTH], value=value[:_BUTTON_LENGTH]) for value in values]
    groups = [buttons[start : start + _BUTTONS] for start in range(0, len(buttons), _BUTTONS)][:_CARDS]
    return [
        Message(content_type="ImageResponseCard", image_response_card=ImageResponseCard(title=title, buttons=group))
        for group in groups
    ]
