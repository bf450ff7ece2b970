"""The exceptions of the Lex runtime API, framework-free: `routes` turns them into Lex's own error answers.

Names and status codes: botocore model of `lexv2-runtime`. Messages are for the caller and never repeat the input.
"""

from typing import ClassVar, Literal

_ERROR_RESPONSE = "Invalid Lambda Response: Received error response from Lambda: "
_INVALID_RESPONSE = "Invalid Lambda Response: Received invalid response from Lambda: "


class LexFault(Exception):
    """`kind` goes into the header `x-amzn-ErrorType`, the message into the body."""

    kind: ClassVar[str] = "InternalServerException"
    status: ClassVar[int] = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ValidationFailed(LexFault):
    kind, status = "ValidationException", 400


class AccessDenied(LexFault):
    kind, status = "AccessDeniedException", 403


class ResourceNotFound(LexFault):
    kind, status = "ResourceNotFoundException", 404


class SessionConflict(LexFault):
    kind, status = "ConflictException", 409


class DependencyFailed(LexFault):
    kind, status = "DependencyFailedException", 424


class InternalFailure(LexFault):
    kind, status = "InternalServerException", 500


class HookFailed(Exception):
    """The code hook could not be asked, answered with an error, or answered nonsense. The text is Lex's own."""


class HookTimedOut(HookFailed):
    """The code hook did not answer within its time."""

    def __init__(self) -> None:
        super().__init__(f"{_ERROR_RESPONSE}Unhandled: it did not answer in time")


def function_error(kind: Literal["Handled", "Unhandled"] = "Unhandled", why: str = "") -> HookFailed:
    """What Lex says of a function that ended in an error: one that it reported itself, or any other."""
    return HookFailed(f"{_ERROR_RESPONSE}{kind}{why and f': {why}'}")


def invalid_response(why: str) -> HookFailed:
    """What Lex says of an answer that it does not take. `why` names places in it, never values."""
    return HookFailed(f"{_INVALID_RESPONSE}{why}")
