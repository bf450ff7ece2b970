"""The request being served: one ContextVar, read by logs, by spans and by every outgoing call."""

import re
import secrets
from collections.abc import Mapping
from contextvars import ContextVar, Token
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

REQUEST_ID_HEADER = "x-request-id"
TRACEPARENT_HEADER = "traceparent"

_PLAIN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})")
_DIGITS = b"0123456789abcdef" * 16
_LETTERS = (b"abcdef" * 43)[:256]

SpanKind = Literal["server", "client", "consumer"]


class SpanSink(Protocol):
    """Where spans go that have ended."""

    def record(
        self,
        context: "RequestContext",
        *,
        name: str,
        kind: SpanKind,
        seconds: float,
        attributes: Mapping[str, str | int],
        error: str | None,
    ) -> None:
        """Takes the span that the context stands for, which ends now. `error` is its type, null when it went well.

        Never waits and never raises: what there is no room for is dropped.
        """


@dataclass(frozen=True, slots=True)
class RequestContext:
    """`trace_id` 32 hex digits, `span_id` and `parent_id` 16: the ids of W3C Trace Context, level 1.

    `spans` takes the spans of a request that is traced; it is null for any other.
    """

    request_id: str
    trace_id: str
    span_id: str
    flags: str = "01"
    parent_id: str | None = None
    spans: SpanSink | None = field(default=None, compare=False, repr=False)

    @property
    def traceparent(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"

    def child(self) -> "RequestContext":
        """The same request within a span of its own."""
        return replace(self, span_id=_hex(16), parent_id=self.span_id)


_current: ContextVar[RequestContext | None] = ContextVar("omnilex_request", default=None)


def _hex(digits: int) -> str:
    """Random lower-case hex with a letter in every fourth place: a search of the logs for a PIN finds PINs only."""
    return hex_of(secrets.token_bytes(digits))


def hex_of(drawn: bytes) -> str:
    """An id of one hex digit for each byte, of the kind that ids drawn at random have."""
    digits = bytearray(drawn)
    letters = digits[3::4].translate(_LETTERS)
    digits = digits.translate(_DIGITS)
    digits[3::4] = letters
    return digits.decode()


def new_context(request_id: str | None = None, traceparent: str | None = None) -> RequestContext:
    """A context for one request: ids from outside are kept only when they are short, plain and well formed."""
    if request_id is None or not _PLAIN_ID.fullmatch(request_id):
        request_id = _hex(24)
    parent = _TRACEPARENT.fullmatch(traceparent or "")
    trace_id, parent_id, flags = parent.groups() if parent else (_hex(32), None, "01")
    return RequestContext(request_id, trace_id, _hex(16), flags, parent_id)


def current_context() -> RequestContext | None:
    return _current.get()


def enter_context(context: RequestContext) -> Token[RequestContext | None]:
    """Binds the context to the running task and to the tasks it starts; hand the result to `leave_context`."""
    return _current.set(context)


def leave_context(token: Token[RequestContext | None]) -> None:
    """Brings back what was bound before: a request served inside of another leaves that one its own ids."""
    _current.reset(token)
