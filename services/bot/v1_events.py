"""Amazon Lex V1's code hook: its event read as V2's, and the bot's answer written in V1's format.

Source: Lex V1 guide, "Lambda function input event and response format". A V1 event has a `currentIntent`.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import Field, JsonValue

from shared.schemas.base import LexWire
from shared.schemas.lex import (
    CodeHookBot,
    CodeHookEvent,
    CodeHookResponse,
    ConfirmationState,
    Intent,
    Interpretation,
    Message,
    SessionState,
    Slot,
    SlotValue,
)

_MESSAGE_LENGTH = 1000
_TITLE = 80
_BUTTON_TEXT = 15
_ATTACHMENTS = 10
_BUILT_IN = "AMAZON."
_SPEAK, _SPOKEN = "<speak>", "</speak>"
Document = dict[str, JsonValue]


class V1Resolution(LexWire):
    value: str


class V1SlotDetail(LexWire):
    original_value: str | None = None
    resolutions: list[V1Resolution] = Field(default_factory=list)


class V1Intent(LexWire):
    name: str
    nlu_intent_confidence_score: float | None = None
    slots: dict[str, str | None] = Field(default_factory=dict)
    slot_details: dict[str, V1SlotDetail | None] | None = None
    confirmation_status: ConfirmationState = "None"


class V1Bot(LexWire):
    """`locale_id` is not Amazon's: a V1 bot has one language, which the forwarder may tell."""

    name: str
    alias: str | None = None
    version: str = "$LATEST"
    locale_id: str = "en_US"


class V1Event(LexWire):
    message_version: str
    invocation_source: Literal["DialogCodeHook", "FulfillmentCodeHook"]
    user_id: str = Field(min_length=1, max_length=100)
    input_transcript: str = ""
    output_dialog_mode: Literal["Text", "Voice"] = "Text"
    bot: V1Bot
    session_attributes: dict[str, str] | None = None
    request_attributes: dict[str, str] | None = None
    current_intent: V1Intent
    alternative_intents: list[V1Intent] | None = None


def as_v2(event: V1Event) -> CodeHookEvent:
    """The same turn as V2 tells it: the user's id is the session, and a voice is the input mode."""
    current = _intent(event.current_intent)
    choices = [event.current_intent, *(event.alternative_intents or [])]
    bot = event.bot
    return CodeHookEvent(
        message_version=event.message_version,
        invocation_source=event.invocation_source,
        input_mode="Speech" if event.output_dialog_mode == "Voice" else "Text",
        session_id=event.user_id,
        input_transcript=event.input_transcript,
        bot=CodeHookBot(
            id=bot.name, name=bot.name, alias_id=bot.alias or "", version=bot.version, locale_id=bot.locale_id
        ),
        interpretations=[
            Interpretation(intent=_intent(choice), nlu_confidence=choice.nlu_intent_confidence_score)
            for choice in choices
        ],
        request_attributes=event.request_attributes,
        session_state=SessionState(intent=current, session_attributes=event.session_attributes),
    )


def _intent(intent: V1Intent) -> Intent:
    details = intent.slot_details or {}
    slots = {name: _slot(value, details.get(name)) for name, value in intent.slots.items()}
    name = intent.name.removeprefix(_BUILT_IN)  # AMAZON.FallbackIntent is FallbackIntent
    return Intent(name=name, slots=slots, confirmation_state=intent.confirmation_status)


def _slot(value: str | None, detail: V1SlotDetail | None) -> Slot | None:
    if value is None:
        return None
    resolved = [resolution.value for resolution in detail.resolutions] if detail else []
    original = detail.original_value if detail else None
    return Slot(
        value=SlotValue(original_value=original or value, interpreted_value=value, resolved_values=resolved or [value])
    )


def in_v1(answer: CodeHookResponse) -> Document:
    """The answer as V1 takes it: one message, and cards as one response card."""
    state = answer.session_state
    action, intent = state.dialog_action, state.intent
    if action is None or intent is None:
        raise ValueError("an answer in V1's format needs an action and an intent")
    written: Document = {"type": action.type}
    if action.type == "Close":
        written["fulfillmentState"] = "Fulfilled" if intent.state == "Fulfilled" else "Failed"
    elif action.type in ("ElicitSlot", "ConfirmIntent"):
        written |= {"intentName": intent.name, "slots": _values(intent.slots)}
    elif action.type == "Delegate":
        written["slots"] = _values(intent.slots)
    if action.type == "ElicitSlot":
        written["slotToElicit"] = action.slot_to_elicit
    messages = answer.messages or []
    if message := _message(messages):
        written["message"] = message
    if card := _card(messages):
        written["responseCard"] = card
    return {"sessionAttributes": dict(state.session_attributes or {}), "dialogAction": written}


def _values(slots: Mapping[str, Slot | None]) -> Document:
    return {
        name: (slot.value.interpreted_value or slot.value.original_value) if slot and slot.value else None
        for name, slot in slots.items()
    }


def _message(messages: Sequence[Message]) -> Document | None:
    """All texts as one, as far as they go into one; V1 takes no more."""
    texts = [message for message in messages if message.content]
    if not texts:
        return None
    if any(message.content_type == "SSML" for message in texts):
        inner = [(message.content or "").removeprefix(_SPEAK).removesuffix(_SPOKEN) for message in texts]
        while len(inner) > 1 and len(" ".join(inner)) > _MESSAGE_LENGTH - len(_SPEAK + _SPOKEN):
            inner.pop()  # a tag cannot be cut
        return {"contentType": "SSML", "content": f"{_SPEAK}{' '.join(inner)}{_SPOKEN}"}
    text = "\n".join(message.content or "" for message in texts)
    return {"contentType": "PlainText", "content": _cut(text)}


def _cut(text: str) -> str:
    """The text within V1's limit, cut at a word."""
    if len(text) <= _MESSAGE_LENGTH:
        return text
    return text[: _MESSAGE_LENGTH - 1].rsplit(maxsplit=1)[0] + "…"


def _card(messages: Sequence[Message]) -> Document | None:
    attachments: list[JsonValue] = []
    for message in messages:
        if card := message.image_response_card:
            buttons: list[JsonValue] = [
                {"text": button.text[:_BUTTON_TEXT], "value": button.value} for button in card.buttons or []
            ]
            attachments.append({"title": card.title[:_TITLE], "buttons": buttons})
    if not attachments:
        return None
    return {
        "version": 1,
        "contentType": "application/vnd.amazonaws.card.generic",
        "genericAttachments": attachments[:_ATTACHMENTS],
    }
