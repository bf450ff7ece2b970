"""One call of the code hook, in Lex V1's format or in V2's: told apart, read, and answered in its own."""

import hashlib
import re
from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue, TypeAdapter, ValidationError

from services.bot.v1_events import V1Event, as_v2, in_v1
from shared.errors import MalformedRequest
from shared.schemas.lex import CodeHookEvent, CodeHookResponse, wire_dict

Document = dict[str, JsonValue]
_DOCUMENT: TypeAdapter[Document] = TypeAdapter(Document)
_MOST_BYTES = 64 * 1024  # Lex's own limit is 12 KB
_BEARABLE = 100  # slots, attributes, alternatives
# Session ids as the models of both runtimes have them; V1 puts "AMAZON." before the name of a built-in intent.
_SESSION_ID = re.compile(r"[0-9a-zA-Z._:-]{2,100}")
_INTENT_NAME = re.compile(r"(?:AMAZON\.)?[0-9a-zA-Z](?:[_-]?[0-9a-zA-Z]){0,99}[_-]?")


@dataclass(frozen=True, slots=True)
class HookCall:
    """`digest` is of the event as it came: Lex repeats a call byte for byte."""

    event: CodeHookEvent
    version: Literal["v1", "v2"]
    digest: str

    def written(self, answer: CodeHookResponse) -> Document:
        """The answer in the format that the call came in."""
        return in_v1(answer) if self.version == "v1" else wire_dict(answer)


def read_call(body: bytes) -> HookCall:
    """Raises MalformedRequest, which repeats nothing of the body, for what is no event of Lex."""
    if len(body) > _MOST_BYTES:
        raise MalformedRequest("The event is larger than Lex sends.")
    try:
        version, event = _event(body)
    except (ValidationError, RecursionError) as error:
        raise MalformedRequest("This is not an event of a Lex code hook, neither of V1 nor of V2.") from error
    if not _SESSION_ID.fullmatch(event.session_id) or not _well_named(event) or _crowded(event):
        raise MalformedRequest("This is not an event that Lex would send.")
    return HookCall(event, version, hashlib.sha256(body).hexdigest())


def _event(body: bytes) -> tuple[Literal["v1", "v2"], CodeHookEvent]:
    document = _DOCUMENT.validate_json(body)
    if "currentIntent" in document:
        return "v1", as_v2(V1Event.model_validate_json(body))
    return "v2", CodeHookEvent.model_validate_json(body)


def _well_named(event: CodeHookEvent) -> bool:
    intents = [event.session_state.intent] if event.session_state.intent else []
    intents += [choice.intent for choice in event.interpretations]
    return all(_INTENT_NAME.fullmatch(intent.name) for intent in intents)


def _crowded(event: CodeHookEvent) -> bool:
    intent = event.session_state.intent
    counts = (
        len(intent.slots) if intent else 0,
        len(event.interpretations),
        len(event.session_state.session_attributes or {}),
    )
    return max(counts) > _BEARABLE
