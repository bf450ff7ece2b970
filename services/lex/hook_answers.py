"""Reading what a code hook answers, in Lex's own words where it is refused.

Source: Lex V2 guide, "Lambda response format" and its quotas; the reasons name places, never values.
"""

from typing import Literal

from pydantic import JsonValue, TypeAdapter, ValidationError

from services.lex.errors import HookFailed
from services.lex.sessions import attributes_fit
from services.lex.v1_events import v2_answer
from shared.schemas.lex import CodeHookEvent, CodeHookResponse

LARGEST_ANSWER = 50 * 1024
Version = Literal["v1", "v2"]
_REFUSED = "Invalid Lambda Response: Received invalid response from Lambda: "
_DOCUMENT: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])


def function_error(kind: Literal["Handled", "Unhandled"] = "Unhandled") -> HookFailed:
    """What Lex says of a function that ended in an error."""
    return HookFailed(f"Invalid Lambda Response: Received error response from Lambda: {kind}")


def read_answer(content: bytes, event: CodeHookEvent, version: Version) -> CodeHookResponse:
    """The answer to `event` in its schema, one of a V1 handler translated. Raises HookFailed."""
    if len(content) > LARGEST_ANSWER:
        raise HookFailed(f"{_REFUSED}larger than {LARGEST_ANSWER} bytes")
    try:
        document = _DOCUMENT.validate_json(content)
    except ValidationError as error:
        raise HookFailed(f"{_REFUSED}not a JSON object") from error
    if "errorMessage" in document and not document.keys() & {"sessionState", "dialogAction"}:
        raise function_error("Handled")
    try:
        answer = CodeHookResponse.model_validate(v2_answer(document, event) if version == "v1" else document)
    except ValidationError as error:
        raise HookFailed(_REFUSED + _places(error)) from error
    except ValueError as error:
        raise HookFailed(f"{_REFUSED}{error}") from error
    if not attributes_fit(answer.session_state.session_attributes):
        raise HookFailed(f"{_REFUSED}the session attributes are larger than 12 KB")
    return answer


def _places(error: ValidationError) -> str:
    return ", ".join(".".join(str(part) for part in item["loc"]) for item in error.errors(include_input=False))
