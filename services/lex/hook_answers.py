"""Reading what a code hook answers, in Lex's own words where it is refused.

Source: Lex V2 guide, "Lambda response format" and its quotas; the reasons name places, never values.
"""

from pydantic import JsonValue, TypeAdapter, ValidationError

from services.lex.errors import function_error, invalid_response
from services.lex.hook_events import Version
from services.lex.sessions import attributes_fit
from services.lex.v1_events import v2_answer
from shared.schemas.lex import CodeHookEvent, CodeHookResponse

LARGEST_ANSWER = 50 * 1024
_DOCUMENT: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])


def read_answer(content: bytes, event: CodeHookEvent, version: Version) -> CodeHookResponse:
    """The answer to `event` in its schema, one of a V1 handler translated. Raises HookFailed."""
    if len(content) > LARGEST_ANSWER:
        raise invalid_response(f"larger than {LARGEST_ANSWER} bytes")
    try:
        document = _DOCUMENT.validate_json(content)
    except ValidationError as error:
        raise invalid_response("not a JSON object") from error
    if "errorMessage" in document and not document.keys() & {"sessionState", "dialogAction"}:
        raise function_error("Handled")
    try:
        answer = CodeHookResponse.model_validate(v2_answer(document, event) if version == "v1" else document)
    except ValidationError as error:
        raise invalid_response(_places(error)) from error
    except ValueError as error:
        raise invalid_response(str(error)) from error
    if not attributes_fit(answer.session_state.session_attributes):
        raise invalid_response("the session attributes are larger than 12 KB")
    return answer


def _places(error: ValidationError) -> str:
    return ", ".join(".".join(str(part) for part in item["loc"]) for item in error.errors(include_input=False))
