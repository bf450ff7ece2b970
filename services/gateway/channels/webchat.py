"""Web chat: the widget, the command line and the mobile app. A bearer token stands for one conversation."""

from datetime import UTC, datetime, timedelta

from services.gateway.messaging import Messaging
from shared.callers import Caller, Tokens
from shared.errors import Unauthenticated
from shared.schemas.chat import ChatHistory, ChatMessage, ChatReply, ChatSession, ChatText

CHANNEL = "web"


class WebChat:
    """A token is good until it expires or its conversation is ended; it is never renewed."""

    def __init__(self, messaging: Messaging, tokens: Tokens, *, greeting: str, seconds: int) -> None:
        self._conversations = messaging.conversations
        self._tokens = tokens
        self._greeting = greeting
        self._seconds = seconds

    async def start(self, locale_id: str | None = None) -> ChatSession:
        greeting = [ChatMessage(content_type="PlainText", content=self._greeting)]
        expires_at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=self._seconds)
        session_id = await self._conversations.open(CHANNEL, greeting, locale_id)
        token = self._tokens.mint(session_id, seconds=self._seconds)
        return ChatSession(session_id=session_id, token=token, expires_at=expires_at, messages=greeting)

    def caller(self, token: str) -> Caller:
        """The customer of the conversation that the token is for. Raises Unauthenticated."""
        session_id = str(self._tokens.verify(token)["sub"])
        if not session_id.startswith(f"{CHANNEL}:"):
            raise Unauthenticated("The token is not valid.")
        return Caller("customer", session_id)

    async def say(self, caller: Caller, message: ChatText) -> ChatReply:
        return await self._conversations.turn(caller.subject, message.text, {}, message.message_id)

    async def history(self, caller: Caller, after: int) -> ChatHistory:
        return await self._conversations.history(caller.subject, after)

    async def end(self, caller: Caller) -> None:
        await self._conversations.close(caller.subject)
