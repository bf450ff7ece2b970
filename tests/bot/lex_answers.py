"""An answer of the code hook as Amazon Lex looks at it before it believes it.

Sources: the Lex V2 guide, "Lambda response format"; the Lex V1 guide, "Lambda function input event and response
format"; the botocore models of both runtimes for what a message, a card and a slot may be.
"""

import json
from collections.abc import Mapping
from typing import Any

from tests.adapters.service_model import operation, violations

Document = Mapping[str, Any]
_V1_MEMBERS = {
    "Close": {"fulfillmentState"},
    "ConfirmIntent": {"intentName", "slots"},
    "Delegate": {"slots"},
    "ElicitIntent": set(),
    "ElicitSlot": {"intentName", "slots", "slotToElicit"},
}
_SAID = {"message", "responseCard"}
_LARGEST_ANSWER, _LARGEST_ATTRIBUTES = 50 * 1024, 12 * 1024


def faults_of(answer: Document, event: Document) -> list[str]:
    """What Lex would refuse; nothing for a good answer."""
    found = ["larger than an answer may be"] * (len(json.dumps(answer).encode()) > _LARGEST_ANSWER)
    return found + (_v1(answer, event) if "currentIntent" in event else _v2(answer, event))


def _v2(answer: Document, event: Document) -> list[str]:
    state = answer.get("sessionState")
    if not isinstance(state, dict) or not answer.keys() <= {"sessionState", "messages", "requestAttributes"}:
        return ["no sessionState, or something beside it"]
    action, intent, messages = state.get("dialogAction", {}), state.get("intent"), answer.get("messages", [])
    result = operation("lexv2-runtime", "RecognizeText").output_shape
    whole = {"sessionId": "12", "sessionState": state, "messages": messages}
    found = violations(result, _without_nulls(whole)) + _attributes(state.get("sessionAttributes"))
    if action.get("type") in (None, "None"):
        found.append("no dialogAction")
    if not isinstance(intent, dict) or not intent.get("name"):
        return [*found, "no intent"]
    if action.get("type") == "Close" and intent.get("state") not in ("Fulfilled", "Failed"):
        found.append("closed in a state that is none")
    if action.get("type") == "ElicitSlot" and action.get("slotToElicit") not in intent["slots"]:
        found.append("elicits a slot that the intent does not have")
    if action.get("type") != "ElicitSlot" and "slotToElicit" in action:
        found.append("slotToElicit without need")
    found += _same_slots(intent["name"], intent["slots"], event["sessionState"].get("intent") or {})
    return found + [f"message {place}: {fault}" for place, one in enumerate(messages) for fault in _message(one)]


def _without_nulls(value: object) -> object:
    """A slot that is not filled is null."""
    if isinstance(value, dict):
        return {name: _without_nulls(one) for name, one in value.items() if one is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value


def _message(message: Document) -> list[str]:
    card = message["contentType"] == "ImageResponseCard"
    found = ["content and card do not fit the type"] * (card == ("content" in message))
    if message["contentType"] == "SSML" and not _is_ssml(message["content"]):
        found.append("not SSML")
    return found


def _is_ssml(content: str) -> bool:
    return content.startswith("<speak>") and content.endswith("</speak>") and content.count("<speak>") == 1


def _v1(answer: Document, event: Document) -> list[str]:
    action = answer.get("dialogAction")
    if not isinstance(action, dict) or not answer.keys() <= {"sessionAttributes", "dialogAction"}:
        return ["no dialogAction, or something beside it"]
    members = _V1_MEMBERS.get(action.get("type", ""))
    if members is None:
        return ["no type"]
    given = action.keys() - {"type"}
    found = [f"{action['type']} with {sorted(given)}"] * (not members <= given <= members | _SAID)
    found += _attributes(answer.get("sessionAttributes"))
    if action["type"] == "Delegate" and event["invocationSource"] == "FulfillmentCodeHook":
        found.append("delegates the fulfilment")
    if action["type"] == "Close" and action.get("fulfillmentState") not in ("Fulfilled", "Failed"):
        found.append("closed in a state that is none")
    if action["type"] == "ElicitSlot" and action.get("slotToElicit") not in action.get("slots", {}):
        found.append("elicits a slot that the intent does not have")
    slots = action.get("slots", {})
    found += ["a slot that is no text"] * any(not isinstance(value, str | None) for value in slots.values())
    name = action.get("intentName", event["currentIntent"]["name"])
    found += _same_slots(name, slots, event["currentIntent"]) if "slots" in action else []
    message, shapes = action.get("message"), operation("lex-runtime", "PostText").output_shape
    result: dict[str, object] = (
        {"message": message["content"], "messageFormat": message["contentType"]} if message else {}
    )
    if "responseCard" in action:
        card = dict(action["responseCard"])
        result["responseCard"] = {**card, "version": str(card["version"])}  # a number in the hook's answer
    if message and message["contentType"] == "SSML" and not _is_ssml(message["content"]):
        found.append("not SSML")
    found += ["the message is too long"] * (message is not None and len(message["content"]) > 1000)
    return found + violations(shapes, result)


def _attributes(attributes: object) -> list[str]:
    if attributes is None:
        return []
    if not isinstance(attributes, dict) or not all(isinstance(value, str) for value in attributes.values()):
        return ["a session attribute that is no text"]
    return ["larger than session attributes may be"] * (len(json.dumps(attributes).encode()) > _LARGEST_ATTRIBUTES)


def _same_slots(name: str, slots: Mapping[str, object], asked: Document) -> list[str]:
    """An intent that stays the same keeps its slots: all of them, and no others."""
    if name != asked.get("name") or slots.keys() == (asked.get("slots") or {}).keys():
        return []
    return [f"slots of {name}: {sorted(slots)}"]
