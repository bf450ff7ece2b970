"""The gateway's work in the background: turns that wait, and messages that are to be sent."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from services.gateway.conversations import Conversations
from services.gateway.outbox import Outbox
from shared.background import in_background, stopped

log = logging.getLogger("omnilex.gateway")

_LOOK_EVERY = 1.0
_AT_ONCE = 64
_STRETCH = 200
_LAST_SECONDS = 10.0


class Rounds:
    """Works on each conversation by one task at a time; looks around every second for what nobody told of.

    Each channel has places of its own to send from: a provider that is slow to fail holds up nobody else.
    """

    def __init__(self, conversations: Conversations, outbox: Outbox) -> None:
        self._conversations = conversations
        self._outbox = outbox
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._answering = asyncio.Semaphore(_AT_ONCE)
        self._sending: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(_AT_ONCE))

    def attend(self, session_id: str) -> None:
        """Has the conversation worked on, once more if it is being worked on."""
        if session_id in self._running:
            self._again.add(session_id)
            return
        task = asyncio.create_task(self._work(session_id))
        self._running[session_id] = task
        task.add_done_callback(lambda _: self._ended(session_id))

    @asynccontextmanager
    async def going(self) -> AsyncIterator[None]:
        """Looks around for the life of the block; at its end what is being worked on is finished first."""
        try:
            async with in_background(self._look()):
                yield
        finally:
            self._again.clear()
            running = list(self._running.values())
            if running:
                await asyncio.wait(running, timeout=_LAST_SECONDS)
            await stopped(running)

    async def _look(self) -> None:
        while True:
            await self._guarded(lambda: self._attend_to(self._conversations.with_work))
            await self._guarded(lambda: self._attend_to(self._outbox.with_work))
            await asyncio.sleep(_LOOK_EVERY)

    async def _attend_to(self, find: Callable[[int], Awaitable[list[str]]]) -> None:
        for session_id in await find(_STRETCH):
            self.attend(session_id)

    async def _work(self, session_id: str) -> None:
        async with self._answering:
            await self._guarded(lambda: self._conversations.answer_waiting(session_id))
        async with self._sending[session_id.partition(":")[0]]:
            await self._guarded(lambda: self._outbox.send_waiting(session_id))

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        """What fails is tried again at a later look."""
        try:
            await work()
        except Exception:
            log.exception("gateway.round_failed")

    def _ended(self, session_id: str) -> None:
        del self._running[session_id]
        if session_id in self._again:
            self._again.discard(session_id)
            self.attend(session_id)
