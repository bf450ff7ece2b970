"""Web chat: the widget, the command line and the mobile app. A bearer token stands for one conversation."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from services.gateway.feeds import Feed
from services.gateway.messaging import Messaging
from shared.callers import Caller, Tokens
from shared.errors import InvalidRequest, Unauthenticated
from shared.schemas.chat import ChatHistory, ChatMessage, ChatReply, ChatSession, ChatText

CHANNEL = "web"


class WebChat:
    """A token is good until it expires or its conversation is ended; it is never renewed.

    `greetings` by locale are the locales that a customer may choose; `greeting` is that of everybody else.
    """

    def __init__(
        self, messaging: Messaging, tokens: Tokens, *, greeting: str, greetings: Mapping[str, str], seconds: int
    ) -> None:
        self._conversations = messaging.conversations
        self._feeds = messaging.feeds
        self._tokens = tokens
        self._greeting = greeting
        self._greetings = greetings
        self._seconds = seconds

    async def start(self, locale_id: str | None, before: Callable[[Connection], None]) -> ChatSession:
        """Raises InvalidRequest for a locale in which no chat is held, and what `before`, in its transaction, does."""
        if locale_id is not None and locale_id not in self._greetings:
            raise InvalidRequest("No chat is held in this locale.", members={"locales": [*sorted(self._greetings)]})
        content = self._greetings[locale_id] if locale_id is not None else self._greeting
        greeting = [ChatMessage(content_type="PlainText", content=content)]
        expires_at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=self._seconds)
        session_id = await self._conversations.open(CHANNEL, greeting, locale_id, before)
        token = self._tokens.mint(session_id, seconds=self._seconds)
        return ChatSession(session_id=session_id, token=token, expires_at=expires_at, messages=greeting)

    def caller(self, token: str) -> Caller:
        """The customer of the conversation that the token is for. Raises Unauthenticated."""
        return Caller("customer", str(self._claims(token)["sub"]))

    def expiry(self, token: str) -> datetime:
        """When the token expires. Raises Unauthenticated."""
        return datetime.fromtimestamp(float(str(self._claims(token)["exp"])), UTC)

    async def say(self, caller: Caller, message: ChatText) -> ChatReply:
        return await self._conversations.turn(caller.subject, message.text, {}, message.message_id)

    async def history(self, caller: Caller, after: int) -> ChatHistory:
        return await self._conversations.history(caller.subject, after)

    async def follow(self, caller: Caller, after: int, until: datetime) -> Feed:
        """What happens in the conversation after message number `after`. Raises as `Feeds.open` does."""
        return await self._feeds.open(caller.subject, after, until)

    async def end(self, caller: Caller) -> None:
        await self._conversations.close(caller.subject)

    def _claims(self, token: str) -> dict[str, object]:
        claims = self._tokens.verify(token)
        if not str(claims["sub"]).startswith(f"{CHANNEL}:"):
            raise Unauthenticated("The token is not valid.")
        return claims
