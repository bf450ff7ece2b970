"""One call of the code hook, in Lex V1's format or in V2's: told apart, read, and answered in its own."""

import hashlib
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
    if not event.session_id.strip() or _crowded(event):
        raise MalformedRequest("This is not an event that Lex would send.")
    return HookCall(event, version, hashlib.sha256(body).hexdigest())


def _event(body: bytes) -> tuple[Literal["v1", "v2"], CodeHookEvent]:
    document = _DOCUMENT.validate_json(body)
    if "currentIntent" in document:
        return "v1", as_v2(V1Event.model_validate_json(body))
    return "v2", CodeHookEvent.model_validate_json(body)


def _crowded(event: CodeHookEvent) -> bool:
    intent = event.session_state.intent
    counts = (
        len(intent.slots) if intent else 0,
        len(event.interpretations),
        len(event.session_state.session_attributes or {}),
    )
    return max(counts) > _BEARABLE
