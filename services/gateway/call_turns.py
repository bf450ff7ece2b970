"""Turns of telephone calls: each goes on though nobody waits for it any more, and is taken once."""

import asyncio
import logging

from services.gateway.conversations import Conversations
from services.gateway.wakeups import Wakeups
from shared.errors import Problem
from shared.schemas.chat import ChatReply

log = logging.getLogger("omnilex.gateway")

_LOOK_EVERY = 1.0
_LAST_SECONDS = 10.0


class CallTurns:
    """An answer is waited for `wait` seconds."""

    def __init__(self, conversations: Conversations, wakeups: Wakeups, *, wait: float) -> None:
        self._conversations = conversations
        self._wakeups = wakeups
        self._wait = wait
        self._running: dict[str, asyncio.Task[ChatReply]] = {}

    async def take(self, session_id: str, message_id: str, text: str) -> ChatReply | None:
        """The answer; None when it takes longer, and then `wait_for` gives it. Raises as `Conversations.turn`."""
        name = f"{session_id} {message_id}"
        task = self._running.get(name)
        if task is None:
            task = asyncio.create_task(self._conversations.turn(session_id, text, {}, message_id))
            self._running[name] = task
            task.add_done_callback(lambda done: self._done(name, done))
        await asyncio.wait({task}, timeout=self._wait)
        return task.result() if task.done() else None

    async def wait_for(self, session_id: str, message_id: str) -> ChatReply | None:
        """The answer to a turn that is being taken, here or by another process; None when it takes longer still.

        Raises Unavailable when the turn failed, and Unauthenticated.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + self._wait
        with self._wakeups.watch(session_id) as watch:
            while (reply := await self._conversations.answer_to(session_id, message_id)) is None:
                left = until - loop.time()
                if left <= 0:
                    return None
                await watch.wait(min(left, _LOOK_EVERY))
        return reply

    async def finish(self) -> None:
        """Waits for what is going on, for a while."""
        if self._running:
            await asyncio.wait(list(self._running.values()), timeout=_LAST_SECONDS)

    def _done(self, name: str, task: asyncio.Task[ChatReply]) -> None:
        self._running.pop(name, None)
        if not task.cancelled() and (fault := task.exception()) is not None and not isinstance(fault, Problem):
            log.error("call.turn_failed", exc_info=fault)
