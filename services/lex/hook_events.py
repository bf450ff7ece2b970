"""Writing the event for a code hook, in the version that its handler knows."""

from typing import Literal

from pydantic_core import to_json

from services.lex.errors import HookFailed
from services.lex.v1_events import v1_event
from shared.schemas.lex import CodeHookEvent, wire_json

LARGEST_EVENT = 12 * 1024
"""Bytes of an event. Source: the quotas of Amazon Lex, input of a Lambda function."""

Version = Literal["v1", "v2"]


def written_event(event: CodeHookEvent, version: Version) -> bytes:
    """The event as JSON. Raises HookFailed for one that Lex would not send."""
    body = to_json(v1_event(event)) if version == "v1" else wire_json(event)
    if len(body) - _searched(event) > LARGEST_EVENT:
        raise HookFailed(f"The event for the code hook is larger than {LARGEST_EVENT} bytes.")
    return body


def _searched(event: CodeHookEvent) -> int:
    """Bytes of what a search found, which is bounded where it is made and not the conversation's own."""
    intents = [event.session_state.intent, *(entry.intent for entry in event.interpretations)]
    return sum(len(to_json(intent.kendra_response)) for intent in intents if intent and intent.kendra_response)
