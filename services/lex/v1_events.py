"""Lex V1's code hook spoken by a V2 runtime: the event in V1's shape, a V1 handler's answer back in V2's.

Source: Lex V1 guide, "Lambda function input event and response format".
"""

from typing import Literal

from pydantic import Field, JsonValue

from shared.schemas.base import LexWire
from shared.schemas.lex import (
    ActiveContext,
    ActiveContextTimeToLive,
    Button,
    CodeHookEvent,
    Confidence,
    Intent,
    Interpretation,
    Slot,
    wire_dict,
)

_MOST_ALTERNATIVES = 4
Document = dict[str, JsonValue]


class V1Message(LexWire):
    content_type: Literal["PlainText", "SSML", "CustomPayload"]
    content: str


class V1Attachment(LexWire):
    title: str = ""
    sub_title: str | None = None
    image_url: str | None = None
    buttons: list[Button] | None = None


class V1ResponseCard(LexWire):
    generic_attachments: list[V1Attachment] = Field(default_factory=list)


class V1DialogAction(LexWire):
    """`intent_name`, `slots` and `slot_to_elicit` are there or not as the type demands."""

    type: Literal["Close", "ConfirmIntent", "Delegate", "ElicitIntent", "ElicitSlot"]
    fulfillment_state: Literal["Fulfilled", "Failed"] | None = None
    intent_name: str | None = None
    slots: dict[str, str | None] | None = None
    slot_to_elicit: str | None = None
    message: V1Message | None = None
    response_card: V1ResponseCard | None = None


class V1Context(LexWire):
    name: str
    time_to_live: ActiveContextTimeToLive
    parameters: dict[str, str] = Field(default_factory=dict)


class V1Answer(LexWire):
    session_attributes: dict[str, str] | None = None
    active_contexts: list[V1Context] | None = None
    dialog_action: V1DialogAction


def v1_event(event: CodeHookEvent) -> Document:
    """The event as a V1 handler knows it. Slots are their interpreted values, `userId` is the session id."""
    state, listed = event.session_state, event.interpretations
    acting = state.intent or (listed[0].intent if listed else None)
    score = _score(listed[0]) if listed else None
    current = _intent(acting, score) if acting else None
    return {
        "messageVersion": "1.0",
        "invocationSource": event.invocation_source,
        "userId": event.session_id,
        "sessionAttributes": dict(state.session_attributes or {}),
        "requestAttributes": dict(event.request_attributes) if event.request_attributes else None,
        "bot": {"name": event.bot.name, "alias": event.bot.alias_name or event.bot.alias_id,
                "version": event.bot.version},
        "outputDialogMode": "Voice" if event.response_content_type.startswith("audio/") else "Text",
        "currentIntent": current,
        "alternativeIntents": [_intent(e.intent, _score(e)) for e in listed[1 : 1 + _MOST_ALTERNATIVES]],
        "inputTranscript": event.input_transcript,
        "recentIntentSummaryView": [],
        "sentimentResponse": None,
        "kendraResponse": acting.kendra_response if acting else None,
        "activeContexts": [_context(context) for context in state.active_contexts or []],
    }  # fmt: skip


def v2_answer(document: Document, event: CodeHookEvent) -> Document:
    """A V1 handler's answer to the event as V2's document. Raises ValueError for what V1 would refuse."""
    answer = V1Answer.model_validate(document)
    action = answer.dialog_action
    _check(action, event)
    state: Document = {"dialogAction": {"type": action.type, "slotToElicit": action.slot_to_elicit}}
    if action.type != "ElicitIntent":
        state["intent"] = _v2_intent(action, event)
    if answer.session_attributes is not None:
        state["sessionAttributes"] = dict(answer.session_attributes)
    if answer.active_contexts is not None:
        state["activeContexts"] = [
            {
                "name": context.name,
                "timeToLive": wire_dict(context.time_to_live),
                "contextAttributes": dict(context.parameters),
            }
            for context in answer.active_contexts
        ]
    return {"sessionState": state, "messages": _messages(action)}


def _score(entry: Interpretation) -> float | None:
    score = entry.nlu_confidence
    return score.score if isinstance(score, Confidence) else score


def _intent(intent: Intent, score: float | None) -> Document:
    return {
        "name": intent.name,
        "nluIntentConfidenceScore": score,
        "slots": {name: _value(slot) for name, slot in intent.slots.items()},
        "slotDetails": {name: _details(slot) for name, slot in intent.slots.items()},
        "confirmationStatus": intent.confirmation_state or "None",
    }


def _value(slot: Slot | None) -> str | None:
    return slot.value.interpreted_value if slot and slot.value else None


def _details(slot: Slot | None) -> Document | None:
    if slot is None or slot.value is None:
        return None
    resolutions: list[JsonValue] = [{"value": value} for value in slot.value.resolved_values]
    return {"originalValue": slot.value.original_value, "resolutions": resolutions}


def _context(context: ActiveContext) -> Document:
    return {
        "name": context.name,
        "timeToLive": wire_dict(context.time_to_live),
        "parameters": dict(context.context_attributes),
    }


def _check(action: V1DialogAction, event: CodeHookEvent) -> None:
    needed = {
        "Close": ("fulfillment_state",),
        "ConfirmIntent": ("intent_name", "slots"),
        "Delegate": ("slots",),
        "ElicitIntent": (),
        "ElicitSlot": ("intent_name", "slots", "slot_to_elicit"),
    }[action.type]
    missing = [name for name in needed if getattr(action, name) is None]
    if missing:
        raise ValueError(f"{action.type} lacks {', '.join(V1DialogAction.model_fields[n].alias or n for n in missing)}")
    acting = event.session_state.intent
    unchanged = acting is not None and action.slots == {name: _value(slot) for name, slot in acting.slots.items()}
    if action.type == "Delegate" and event.invocation_source == "FulfillmentCodeHook" and unchanged:
        raise ValueError("Delegate after fulfilment changes nothing")


def _v2_intent(action: V1DialogAction, event: CodeHookEvent) -> Document:
    """The acting intent, or the one that the answer names; a value that is not new keeps what is known of it."""
    acting = event.session_state.intent
    name = action.intent_name or (acting.name if acting else "")
    held = acting.slots if acting and acting.name == name else {}
    intent: Document = {"name": name}
    if action.slots is None:
        intent["slots"] = {slot: wire_dict(filled) if filled else None for slot, filled in held.items()}
    else:
        intent["slots"] = {slot: _filled(value, held.get(slot)) for slot, value in action.slots.items()}
    if action.fulfillment_state is not None:
        intent["state"] = action.fulfillment_state
    return intent


def _filled(value: str | None, held: Slot | None) -> JsonValue:
    if value is None:
        return None
    if held is not None and _value(held) == value:
        return wire_dict(held)
    return {"shape": "Scalar", "value": {"originalValue": value, "interpretedValue": value, "resolvedValues": [value]}}


def _messages(action: V1DialogAction) -> list[JsonValue]:
    messages: list[JsonValue] = []
    if action.message is not None:
        messages.append({"contentType": action.message.content_type, "content": action.message.content})
    for attachment in action.response_card.generic_attachments if action.response_card else []:
        card = wire_dict(attachment)
        if "subTitle" in card:
            card["subtitle"] = card.pop("subTitle")
        messages.append({"contentType": "ImageResponseCard", "imageResponseCard": card})
    return messages
