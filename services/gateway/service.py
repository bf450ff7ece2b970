"""The gateway's rules: what is limited, what is checked, and where a request goes on to."""

import asyncio
from collections.abc import Sequence

from services.gateway.calling import Calling
from services.gateway.channel_reports import ChannelReporter
from services.gateway.channels.webchat import WebChat
from services.gateway.code_hook import CodeHookCalls
from services.gateway.customer_conversations import CustomerConversations
from services.gateway.handoff_views import HandoffViews
from services.gateway.issued_staff import IssuedStaff
from services.gateway.limits import TokenBuckets
from services.gateway.messaging import Messaging
from services.gateway.ports import RelayCall, RelayedAnswer, Upstream
from services.gateway.shared_limits import SharedBuckets
from services.gateway.slack import SlackDoor
from services.gateway.staff import Staff
from services.gateway.texting import Texting
from shared.callers import Caller
from shared.db import Database
from shared.errors import NotFound, Unavailable
from shared.schemas.chat import ChatReply, ChatSession, ChatText


class Gateway:
    """`needed` are the services that must answer for the gateway to be ready."""

    def __init__(
        self,
        *,
        database: Database,
        messaging: Messaging,
        handoff_views: HandoffViews,
        channels: ChannelReporter,
        chat: WebChat,
        texting: Texting | None,
        calling: Calling | None,
        slack: SlackDoor | None,
        staff: Staff | IssuedStaff,
        accounts: Upstream,
        bot: Upstream,
        media: Upstream,
        insights: Upstream,
        needed: Sequence[Upstream],
        code_hook_calls: CodeHookCalls,
        new_chats: SharedBuckets,
        chat_messages: TokenBuckets,
    ) -> None:
        self.chat = chat
        self.texting = texting
        self.calling = calling
        self._slack = slack
        self.staff = staff
        self.accounts = accounts
        self.bot = bot
        self.media = media
        self.insights = insights
        self.messaging = messaging
        self.handoff_views = handoff_views
        self.channels = channels
        self.customer_conversations = CustomerConversations(messaging.database, messaging.records)
        self._database = database
        self._needed = needed
        self._code_hook_calls = code_hook_calls
        self._new_chats = new_chats
        self._chat_messages = chat_messages

    @property
    def slack(self) -> SlackDoor:
        """Raises NotFound where Slack is not configured."""
        if self._slack is None:
            raise NotFound("Slack is not configured.")
        return self._slack

    async def ready(self) -> None:
        """Raises Unavailable, naming every service that does not answer."""
        await self._database.ready()
        answers = await asyncio.gather(*(upstream.alive() for upstream in self._needed))
        missing = [upstream.name for upstream, alive in zip(self._needed, answers, strict=True) if not alive]
        if missing:
            raise Unavailable(f"Not answering: {', '.join(missing)}.")

    async def start_chat(self, address: str, locale_id: str | None) -> ChatSession:
        """Raises TooManyRequests when the address has begun too many of late, and as `WebChat.start`."""
        self.messaging.channel_limits.take("web")
        key = self.messaging.addresses.address("chats", address)
        return await self.chat.start(locale_id, self._new_chats.taking(key))

    async def say(self, caller: Caller, message: ChatText) -> ChatReply:
        """Raises TooManyRequests, and all that `Conversations.turn` raises."""
        self.messaging.channel_limits.take("web")
        self._chat_messages.take(caller.subject)
        return await self.chat.say(caller, message)

    async def call_code_hook(
        self, body: bytes, *, timestamp: str | None, signature: str | None, content_type: str
    ) -> RelayedAnswer:
        """Passes an event of Lex to the bot as it was signed. Raises Unauthenticated, as `CodeHookCalls.admit`."""
        await self._code_hook_calls.admit(timestamp=timestamp, signature=signature, body=body)
        headers = {"x-timestamp": timestamp or "", "x-signature": signature or "", "content-type": content_type}
        return await self.bot.relay(
            RelayCall("POST", "/lex/fulfillment", headers=headers, body=body, seconds=CODE_HOOK_SECONDS)
        )


CODE_HOOK_SECONDS = 30.0
"""What Lex gives its code hook."""
