"""One utterance as a conversation log entry of Lex V2 ("Viewing text logs in Amazon CloudWatch Logs"), obfuscated."""

import json
from collections.abc import Collection, Mapping

from pydantic import JsonValue

from services.lex.dialog.conditions import Piece
from services.lex.dialog.events import DialogEvent, TriedBranch
from services.lex.dialog.turn import Turn
from services.lex.obfuscation import Obfuscation, scrub
from shared.schemas.lex import Intent, Slot, SlotValue, wire_dict

_TYPED = ("$.inputTranscript", "$.transcriptions[0].transcription")


def log_entry(
    turn: Turn,
    obfuscation: Obfuscation,
    *,
    operation: str,
    hidden_attributes: Collection[str],
) -> dict[str, JsonValue]:
    """The entry of a finished turn. No value of an obfuscated slot is in it."""
    session = turn.session
    acting = session.intent.name if session.intent else None
    transcript, removed = obfuscation.transcript(turn.text, turn.heard, turn.heard_by, _unresolved(turn, obfuscation))
    attributes: dict[str, JsonValue] = {
        name: f"{{{name}}}" if name in hidden_attributes else value for name, value in session.attributes.items()
    }
    entry: dict[str, JsonValue] = {
        "message-version": "2.0",
        "bot": _bot(turn),
        "messages": [wire_dict(message) for message in turn.messages],
        "utteranceContext": {},
        "sessionState": _state(turn, obfuscation, attributes),
        "interpretations": _interpretations(turn, obfuscation),
        "sessionId": turn.address.session_id,
        "inputTranscript": transcript,
        "rawInputTranscript": transcript,
        "transcriptions": [_transcription(turn, transcript, acting, obfuscation)],
        "missedUtterance": turn.missed,
        "requestId": turn.request_id,
        "timestamp": turn.now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "developerOverride": turn.overridden,
        "inputMode": turn.input_mode,
        "requestAttributes": dict(turn.request_attributes),
        "responseReason": "UtteranceResponse",
        "operationName": operation,
    }
    if turn.events:
        entry["dialogEventLogs"] = [_event(event, obfuscation, hidden_attributes) for event in turn.events]
    scrubbed = scrub(entry, {**removed, **obfuscation.values(session.intent)})
    if not isinstance(scrubbed, dict):
        raise AssertionError("a document stays a document")
    return scrubbed | {"sessionId": turn.address.session_id, "requestId": turn.request_id}


def _event(event: DialogEvent, obfuscation: Obfuscation, hidden_attributes: Collection[str]) -> dict[str, JsonValue]:
    """A path that was taken; what does not apply to it is left out."""
    entry: dict[str, JsonValue] = {}
    if event.tried:
        entry["conditionalEvaluationResult"] = [
            {
                "conditionalBranchName": branch.name,
                "expressionString": branch.expression,
                "evaluatedExpression": "".join(
                    _shown(piece, obfuscation, hidden_attributes) for piece in branch.pieces
                ),
                "evaluationResult": "true" if branch.held else "false",
            }
            for branch in event.tried
        ]
    if event.label:
        entry["dialogCodeHookInvocationLabel"] = event.label
    if said := [message.content for message in event.said if message.content]:
        entry["response"] = "\n".join(said)
    if event.step and event.step.dialog_action:
        action = event.step.dialog_action
        step: dict[str, JsonValue] = {"dialogAction": {"type": action.type}}
        if action.slot_to_elicit:
            step["dialogAction"] = {"type": action.type, "slotToElicit": action.slot_to_elicit}
        if event.step.intent and event.step.intent.name:
            step["intent"] = {"name": event.step.intent.name}
        entry["nextStep"] = step
    return entry


def _evaluated(branch: TriedBranch, obfuscation: Obfuscation, hidden_attributes: Collection[str]) -> str:
    return "".join(_shown(piece, obfuscation, hidden_attributes) for piece in branch.pieces)


def _shown(piece: Piece, obfuscation: Obfuscation, hidden_attributes: Collection[str]) -> str:
    """A reference as its value, unless that is to be hidden; what was typed stands in the transcript only."""
    inside = piece.text.strip("{}[]() ")
    hidden = (
        (piece.kind == "slot" and obfuscation.hides(inside))
        or (piece.kind == "session" and inside in hidden_attributes)
        or (piece.kind == "path" and inside in _TYPED)
    )
    if piece.kind == "text" or hidden:
        return piece.text
    if piece.value is None:
        return "null"
    return json.dumps(piece.value if isinstance(piece.value, str) else ",".join(piece.value), ensure_ascii=False)


def _unresolved(turn: Turn, obfuscation: Obfuscation) -> str | None:
    """The obfuscated slot that was asked for and did not get its value."""
    if turn.asked is None:
        return None
    intent, slot = turn.asked
    answered = turn.heard_by == intent and slot in turn.heard
    return slot if slot in obfuscation.slots_of(intent) and not answered else None


def _transcription(turn: Turn, text: str, acting: str | None, obfuscation: Obfuscation) -> dict[str, JsonValue]:
    heard = {name: finding.slot() for name, finding in turn.heard.items()}
    sure: dict[str, JsonValue] = {}
    if turn.transcription_confidence is not None:
        sure["transcriptionConfidence"] = str(turn.transcription_confidence)
    return sure | {
        "transcription": text,
        "resolvedContext": {"intent": acting} if acting else {},
        "resolvedSlots": _slots(heard, turn.heard_by, obfuscation),
    }


def _bot(turn: Turn) -> dict[str, JsonValue]:
    bot = turn.served.described()
    return {
        "id": bot.id,
        "name": bot.name,
        "aliasId": bot.alias_id,
        "aliasName": bot.alias_name,
        "localeId": bot.locale_id,
        "version": bot.version,
    }


def _state(turn: Turn, obfuscation: Obfuscation, attributes: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """A missed utterance leaves out the intent and the slot to elicit."""
    state: dict[str, JsonValue] = {"sessionAttributes": attributes, "originatingRequestId": turn.request_id}
    if turn.session.dialog_action is not None:
        state["dialogAction"] = wire_dict(turn.session.dialog_action)
    if turn.session.intent is not None and not turn.missed:
        state["intent"] = _intent(turn.session.intent, obfuscation)
    return state


def _interpretations(turn: Turn, obfuscation: Obfuscation) -> list[JsonValue]:
    listed: list[JsonValue] = []
    for entry in turn.session.interpretations:
        document = wire_dict(entry)
        document["intent"] = _intent(entry.intent, obfuscation)
        score = document.pop("nluConfidence", None)
        if isinstance(score, dict):
            document["nluConfidence"] = str(score.get("score"))
        listed.append(document)
    return listed


def _intent(intent: Intent, obfuscation: Obfuscation) -> dict[str, JsonValue]:
    return wire_dict(intent) | {"slots": _slots(intent.slots, intent.name, obfuscation)}


def _slots(slots: Mapping[str, Slot | None], intent: str | None, obfuscation: Obfuscation) -> dict[str, JsonValue]:
    hidden = obfuscation.slots_of(intent) if intent else set()
    shown: dict[str, JsonValue] = {}
    for name, slot in slots.items():
        written = _masked(name) if slot is not None and name in hidden else slot
        shown[name] = wire_dict(written) if written is not None else None
    return shown


def _masked(name: str) -> Slot:
    mark = f"{{{name}}}"
    return Slot(value=SlotValue(original_value=mark, interpreted_value=mark, resolved_values=[mark]))
