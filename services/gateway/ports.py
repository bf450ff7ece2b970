"""What the gateway needs from the outside."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from pydantic import BaseModel, JsonValue

from shared.callers import Caller
from shared.schemas.chat import ChatMessage
from shared.schemas.lex import RecognizeTextResponse


class LexRuntime(Protocol):
    """The conversation engine: Amazon Lex V2 or the embedded stand-in. `locale_id` null is the one of the settings."""

    async def recognize(
        self, session_id: str, text: str, request_attributes: Mapping[str, str], locale_id: str | None
    ) -> RecognizeTextResponse:
        """One turn. Raises UpstreamFailed, Unavailable or UpstreamTimeout."""

    async def end(self, session_id: str, locale_id: str | None) -> None:
        """Ends the session, so that its log is closed; one that is not there is no error."""


class Reach(BaseModel, frozen=True):
    """How to reach the other end of a channel, and the request attributes that the channel vouches for."""

    destination: dict[str, str] = {}
    attributes: dict[str, str] = {}


class Addressee(Reach, frozen=True):
    """Whom an answer is rendered for.

    `answers` is the id of the message that is answered, null where our side speaks first. `secret_wanted` is whether
    the answer asks for a PIN or the like, `secret_given` whether such a one was asked for before that message.
    """

    answers: str | None = None
    secret_wanted: bool = False
    secret_given: bool = False


@dataclass(frozen=True, slots=True)
class Inbound:
    """A customer's message that a provider delivered. `message_id` is the provider's own: repeated, it is the same.

    With `follows` it counts only while that message is the customer's last: who presses a button of an answer to
    something older means a question that has passed. `answered_with` is said without asking the bot; empty, nothing
    is. `noted` is said at once, before what the bot answers. The bot is not asked before `held_back` is over. With
    `for_us` it is answered though a person has the conversation.
    """

    channel: str
    session_id: str
    message_id: str
    text: str
    reach: Reach
    address: str | None = None
    locale_id: str | None = None
    follows: str | None = None
    answered_with: str | None = None
    noted: str | None = None
    held_back: timedelta = timedelta(0)
    for_us: bool = False


@dataclass(frozen=True, slots=True)
class Rendered:
    """Messages as the provider takes them, in order; `choices` are the values of buttons shown as numbers from 1."""

    payloads: Sequence[dict[str, JsonValue]]
    choices: Sequence[str] = ()


class PushChannel(Protocol):
    """A channel whose answers go to a provider.

    `response_takes` is how long an answer is kept back after its message came in, to go out with the response to the
    provider's webhook; zero where such a response takes no answer.
    """

    @property
    def response_takes(self) -> timedelta: ...

    def render(self, messages: Sequence[ChatMessage], reach: Addressee) -> Rendered: ...


class Undeliverable(Exception):
    """The provider refused the message for good. `code` is its own word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ProviderBusy(Exception):
    """The provider did not take the message now; with `unsure` it may have taken it all the same.

    One that says when it will (`retry_after`, in seconds) is asked again then, however often it says so.
    """

    def __init__(self, reason: str, *, retry_after: float | None = None, unsure: bool = False) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.unsure = unsure


class Provider(Protocol):
    """Sends messages of one channel."""

    async def send(self, payload: Mapping[str, JsonValue]) -> str:
        """The provider's id of the message. Raises Undeliverable or ProviderBusy."""

    async def find(self, payload: Mapping[str, JsonValue], since: datetime, known: Collection[str] = ()) -> str | None:
        """The id of the same message if it was taken after that moment, and is none of those that are `known` to be
        other messages. Raises ProviderBusy."""


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


class SentimentScorer(Protocol):
    """Tells how texts of one speaker feel."""

    async def scores(self, texts: Sequence[str], language: str) -> Sequence[float | None]:
        """One for each text, -1..+1, null when it cannot be known. Raises a Problem when there is nobody to tell."""


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
