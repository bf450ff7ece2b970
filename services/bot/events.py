"""The bot's turn out of a Lex V2 event, and its answer in Lex V2's format."""

import re
from collections.abc import Mapping

from services.bot.dialog import SECRET_SLOTS, Answer, Turn
from services.bot.identity import e164
from services.bot.wording import wording_of
from shared.schemas.lex import CodeHookEvent, CodeHookResponse, Intent, SessionState, Slot, SlotValue

CHANNEL = "omnilex:channel"
CALLER_NUMBER = "omnilex:caller-number"
CHANNEL_ADDRESS = "omnilex:channel-address"
PEOPLE = "omnilex:people"
CONNECT_NUMBER = "connectCallerNumber"

_MESSAGES = 10
# Amazon's name of the platform, by ours.
_PLATFORMS = {"twilio": "sms", "slack": "slack", "facebook": "facebook", "connect": "connect"}
_PLATFORMS |= {"connect chat": "connect-chat", "twilio-sms": "sms"}
_CHANNEL_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,31}")


def read_event(event: CodeHookEvent) -> Turn:
    """The turn that Lex tells of; nobody is verified in it yet."""
    state, requested = event.session_state, event.request_attributes or {}
    intent = state.intent or next((choice.intent for choice in event.interpretations), Intent(name="FallbackIntent"))
    return Turn(
        session_id=event.session_id,
        intent=intent.name,
        slots={name: slot if slot and _filled(slot) else None for name, slot in intent.slots.items()},
        confirmation=intent.confirmation_state or "None",
        transcript=event.input_transcript,
        channel=_channel(requested),
        caller_number=e164(
            requested.get(CALLER_NUMBER)
            or _senders_number(requested)
            or _connects_number(requested, state.session_attributes or {})
        ),
        address=requested.get(CHANNEL_ADDRESS),
        attributes=dict(state.session_attributes or {}),
        in_dialog=event.invocation_source == "DialogCodeHook",
        words=wording_of(event.bot.locale_id),
        spoken=event.input_mode != "Text" or _channel(requested) == "voice",
        has_people=requested.get(PEOPLE) == "yes",
    )


def _filled(slot: Slot) -> bool:
    texts = (slot.value.interpreted_value, slot.value.original_value) if slot.value else ()
    return any(texts) or bool(slot.values or slot.sub_slots)


def _channel(requested: Mapping[str, str]) -> str:
    """Where the customer is, as the gateway says, else as Amazon Lex does; `lex` when nobody says."""
    name = requested.get(CHANNEL) or _platform(requested) or "lex"
    return name if _CHANNEL_NAME.fullmatch(name) else "unknown"


def _platform(requested: Mapping[str, str]) -> str | None:
    named = requested.get("x-amz-lex:channels:platform", "") or requested.get("x-amz-lex:channel-type", "")
    return _PLATFORMS.get(named.lower())


def _senders_number(requested: Mapping[str, str]) -> str | None:
    """With Twilio the user's id is the number; with others it may be ten digits too, but of something else."""
    return requested.get("x-amz-lex:user-id") if _platform(requested) == "sms" else None


def _connects_number(requested: Mapping[str, str], attributes: Mapping[str, str]) -> str | None:
    """The flow in Amazon Connect puts the caller's number into the session; only on a call is it one."""
    return attributes.get(CONNECT_NUMBER) if _platform(requested) == "connect" else None


def _whole(slot: Slot | None) -> Slot | None:
    """The slot as Lex takes it back: without empty texts, and null when Lex has not settled on a value."""
    if slot is None or slot.value is None:
        return slot
    value = slot.value
    if not value.interpreted_value:
        return None
    resolved = [text for text in value.resolved_values if text]
    kept = SlotValue(
        original_value=value.original_value or None, interpreted_value=value.interpreted_value, resolved_values=resolved
    )
    return slot.model_copy(update={"value": kept})


def write_response(turn: Turn, answer: Answer) -> CodeHookResponse:
    """The answer in Lex's format; a PIN is never in it."""
    for secret in SECRET_SLOTS & turn.slots.keys():
        turn.slots[secret] = None
    slots = {name: _whole(slot) for name, slot in turn.slots.items()}
    intent = Intent(name=turn.intent, state=answer.state, slots=slots, confirmation_state=turn.confirmation)
    session = SessionState(dialog_action=answer.action, intent=intent, session_attributes=turn.attributes)
    return CodeHookResponse(session_state=session, messages=turn.messages[:_MESSAGES] or None)
