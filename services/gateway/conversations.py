"""Conversations with the bot, whatever the channel: heard once, answered in order, kept without PINs.

A message is kept before its turn and settled with its answer, in two transactions; what it said waits sealed in
between. A process that dies loses nothing: whoever sees that it is gone takes the turn anew. The runtime is told the
message's number, and answers one that it has already answered as it did then.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from weakref import WeakValueDictionary

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from services.gateway import store
from services.gateway.conversation_rules import letters_id
from services.gateway.liveness import Instance
from services.gateway.ports import Inbound, LexRuntime, Reach
from services.gateway.records import Records, Turn, going_on
from services.gateway.settling import surely
from services.gateway.store import StoredConversation
from services.gateway.wakeups import Wakeups
from shared.db import Database
from shared.errors import Problem, Unavailable, UpstreamFailed, UpstreamTimeout
from shared.schemas.chat import ChatHistory, ChatMessage, ChatReply

CHANNEL = "omnilex:channel"
CHANNEL_ADDRESS = "omnilex:channel-address"
MESSAGE_ID = "omnilex:message-id"
PEOPLE = "omnilex:people"
_NO_ANSWER = "We can't answer right now. Please send your message again in a moment."
_BUSY_POLL = 0.1
_TYPING = timedelta(seconds=6)
_BUSY_SECONDS = 40.0
_NUMBER = re.compile(r"[1-9][0-9]?")


class Conversations:
    def __init__(
        self, database: Database, runtime: LexRuntime, records: Records, *, instance: Instance, wakeups: Wakeups
    ) -> None:
        self._database = database
        self._runtime = runtime
        self._records = records
        self._instance = instance
        self._wakeups = wakeups
        self._queues: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def open(
        self,
        channel: str,
        greeting: Sequence[ChatMessage],
        locale_id: str | None = None,
        before: Callable[[Connection], None] | None = None,
    ) -> str:
        """A new conversation, which begins with the greeting. Its id says the channel and nothing of the customer.

        What `before` raises keeps it from beginning.
        """
        now = self._records.now()
        new = StoredConversation(letters_id(f"{channel}:"), channel, now, now, locale_id=locale_id)

        def work(db: Connection) -> None:
            if before is not None:
                before(db)
            self._records.begin(db, new, greeting)

        await self._database.at_once(work)
        return new.session_id

    async def open_named(
        self,
        session_id: str,
        channel: str,
        greeting: Sequence[ChatMessage],
        *,
        reach: Reach,
        address: str | None,
        locale_id: str | None,
    ) -> None:
        """The conversation of that id, new with the greeting unless there is one; `reach` tells what is vouched for."""
        now = self._records.now()
        new = StoredConversation(session_id, channel, now, now, locale_id=locale_id, address=address)
        try:
            await self._database.at_once(lambda db: self._records.begin_once(db, new, reach, greeting))
        except IntegrityError:  # another process began it at the same moment
            return

    async def answer_to(self, session_id: str, message_id: str) -> ChatReply | None:
        """The answer to a message; None as long as there is none.

        Raises Unavailable when its turn failed, Unauthenticated when the conversation has ended.
        """
        return await self._database.at_once(lambda db: self._records.answer_to(db, session_id, message_id))

    async def turn(
        self, session_id: str, text: str, attributes: Mapping[str, str], message_id: str | None = None
    ) -> ChatReply:
        """What the bot answers; a message that comes in meanwhile waits for its turn.

        A `message_id` that was answered before gets the same answer. The customer's message is kept even when the
        runtime fails with UpstreamFailed, Unavailable or UpstreamTimeout. Raises Unauthenticated when the conversation
        has ended.
        """
        async with self._queue(session_id):
            found = await self._heard_once_free(session_id, text, message_id)
            self._wakeups.wake(session_id)
            if isinstance(found, ChatReply):
                return found
            try:
                return await self._answered(found, attributes)
            except (UpstreamFailed, Unavailable, UpstreamTimeout) as problem:
                raise type(problem)(_NO_ANSWER) from problem

    async def receive(self, inbound: Inbound, alongside: Callable[[Connection], None] | None = None) -> bool:
        """Keeps a message that a provider delivered, for `answer_waiting`; whether it is a new one.

        What is done `alongside` is done with a new message only, both or neither.
        """

        def work(db: Connection) -> bool:
            new = self._records.keep(db, inbound)
            if new and alongside is not None:
                alongside(db)
            return new

        try:
            new = await self._database.at_once(work)
        except IntegrityError:  # another process began the conversation at the same moment
            new = await self._database.at_once(work)
        self._wakeups.wake(inbound.session_id)
        return new

    async def answer_waiting(self, session_id: str) -> None:
        """Takes the turns of everything in the conversation that waits for one, in order.

        Stops at a message that has to wait longer: the runtime failed, or another process has its turn.
        """
        async with self._queue(session_id):
            while found := await self._database.at_once(lambda db: self._records.begin_next(db, session_id)):
                try:
                    await self._answered(found, {})
                except Problem:
                    return

    async def with_work(self, limit: int) -> list[str]:
        """Conversations in which a message waits for its turn, or lost it with the process that had taken it."""
        now = self._records.now()
        seen_after = self._instance.seen_after(now)
        return await self._database.at_once(lambda db: store.conversations_with_work(db, now, seen_after, limit))

    async def history(self, session_id: str, after: int) -> ChatHistory:
        """The messages after number `after`, at most 500 of them. Raises Unauthenticated when it has ended."""
        return await self._database.at_once(lambda db: self._records.history(db, session_id, after))

    async def agent_types(self, session_id: str) -> None:
        """Whoever follows the conversation sees a member of staff type for the next few seconds."""
        until = self._records.now() + _TYPING
        await self._database.at_once(lambda db: store.change_conversation(db, session_id, agent_typing_until=until))
        self._wakeups.wake(session_id)

    async def forget(self, session_id: str) -> None:
        """Ends the session at the runtime, and with it every verification. Raises as `turn` does."""
        async with self._queue(session_id):
            row = await self._database.at_once(lambda db: store.conversation(db, session_id))
            await self._runtime.end(session_id, row.locale_id if row is not None else None)

    async def close(self, session_id: str) -> None:
        """Ends the conversation at the runtime, then here. Raises as `turn` does, and then it has not ended."""
        async with self._queue(session_id):
            row = await self._database.at_once(lambda db: going_on(store.conversation(db, session_id)))
            await self._runtime.end(session_id, row.locale_id)
            await self._database.at_once(lambda db: self._records.end(db, session_id))
        self._wakeups.wake(session_id)

    @asynccontextmanager
    async def _queue(self, session_id: str) -> AsyncIterator[None]:
        """The line of this process's turns in one conversation."""
        async with self._queues.setdefault(session_id, asyncio.Lock()):
            yield

    async def _heard_once_free(self, session_id: str, text: str, message_id: str | None) -> Turn | ChatReply:
        """As `Records.hear`, once no other process has a turn of the conversation. Raises Unavailable."""
        for _ in range(int(_BUSY_SECONDS / _BUSY_POLL)):
            found = await self._database.at_once(lambda db: self._records.hear(db, session_id, text, message_id))
            if found is not None:
                return found
            await asyncio.sleep(_BUSY_POLL)
        raise Unavailable(_NO_ANSWER)

    async def _answered(self, turn: Turn, attributes: Mapping[str, str]) -> ChatReply:
        """Asks the runtime, and settles the message with its answer. Raises what the runtime raises."""
        session_id = turn.row.session_id
        text = _chosen(turn.text, self._records.choices(turn))
        try:
            requested = self._request_attributes(turn, attributes)
            answer = await self._runtime.recognize(session_id, text, requested, turn.row.locale_id)
        except BaseException:
            await asyncio.shield(self._database.at_once(lambda db: self._records.put_off(db, turn)))
            raise
        reply = await surely(lambda: self._database.at_once(lambda db: self._records.finish(db, turn, answer)))
        self._wakeups.wake(session_id)
        if reply is None:
            raise Unavailable(_NO_ANSWER)
        return reply

    def _request_attributes(self, turn: Turn, attributes: Mapping[str, str]) -> dict[str, str]:
        row = turn.row
        found = {CHANNEL: row.channel, MESSAGE_ID: str(turn.message.sequence), **attributes}
        if row.address is not None:
            found[CHANNEL_ADDRESS] = row.address
        if row.reach is not None:
            found |= self._records.sayings.reach(row).attributes
        if self._records.people.on(row.channel):
            found[PEOPLE] = "yes"
        return found


def _chosen(text: str, choices: Sequence[str]) -> str:
    """The value of the button whose number the customer sent, else what was sent."""
    number = text.strip().rstrip(".)")
    if _NUMBER.fullmatch(number) and int(number) <= len(choices):
        return choices[int(number) - 1]
    return text
