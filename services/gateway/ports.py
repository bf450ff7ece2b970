"""What the gateway needs from the outside."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from shared.callers import Caller
from shared.schemas.lex import RecognizeTextResponse


class LexRuntime(Protocol):
    """The conversation engine: Amazon Lex V2 or the embedded stand-in."""

    async def recognize(
        self, session_id: str, text: str, request_attributes: Mapping[str, str]
    ) -> RecognizeTextResponse:
        """One turn. Raises UpstreamFailed, Unavailable or UpstreamTimeout."""

    async def end(self, session_id: str) -> None:
        """Ends the session, so that its log is closed; one that is not there is no error."""


@dataclass(frozen=True, slots=True)
class RelayCall:
    """A request to pass on. `caller` is the person it is made for; `body` is passed on as it comes in."""

    method: str
    path: str
    caller: Caller | None = None
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: AsyncIterator[bytes] | bytes | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class RelayedAnswer:
    """An answer being passed back; `chunks` must be read to the end or closed."""

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]


class Upstream(Protocol):
    """A service behind the gateway."""

    @property
    def name(self) -> str: ...

    async def relay(self, call: RelayCall) -> RelayedAnswer:
        """The answer of the service: a good one, or a refusal that is the caller's own doing.

        Raises UpstreamFailed, Unavailable or UpstreamTimeout for everything else.
        """

    async def alive(self) -> bool:
        """Whether the service answers, found out within a second."""
