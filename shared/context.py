"""The request being served: one ContextVar, read by logs and by every outgoing call."""

import re
import secrets
from contextvars import ContextVar, Token
from dataclasses import dataclass

REQUEST_ID_HEADER = "x-request-id"
TRACEPARENT_HEADER = "traceparent"

_PLAIN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})")
_DIGITS = b"0123456789abcdef" * 16
_LETTERS = (b"abcdef" * 43)[:256]


@dataclass(frozen=True, slots=True)
class RequestContext:
    """`trace_id` 32 hex digits, `span_id` 16: the ids of W3C Trace Context, level 1."""

    request_id: str
    trace_id: str
    span_id: str
    flags: str = "01"

    @property
    def traceparent(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"


_current: ContextVar[RequestContext | None] = ContextVar("omnilex_request", default=None)


def _hex(digits: int) -> str:
    """Random lower-case hex with a letter in every fourth place: a search of the logs for a PIN finds PINs only."""
    drawn = bytearray(secrets.token_bytes(digits))
    letters = drawn[3::4].translate(_LETTERS)
    drawn = drawn.translate(_DIGITS)
    drawn[3::4] = letters
    return drawn.decode()


def new_context(request_id: str | None = None, traceparent: str | None = None) -> RequestContext:
    """A context for one request: ids from outside are kept only when they are short, plain and well formed."""
    if request_id is None or not _PLAIN_ID.fullmatch(request_id):
        request_id = _hex(24)
    parent = _TRACEPARENT.fullmatch(traceparent or "")
    trace_id, flags = parent.groups() if parent else (_hex(32), "01")
    return RequestContext(request_id, trace_id, _hex(16), flags)


def current_context() -> RequestContext | None:
    return _current.get()


def enter_context(context: RequestContext) -> Token[RequestContext | None]:
    """Binds the context to the running task and to the tasks it starts; hand the result to `leave_context`."""
    return _current.set(context)


def leave_context(token: Token[RequestContext | None]) -> None:
    """Brings back what was bound before: a request served inside of another leaves that one its own ids."""
    _current.reset(token)
