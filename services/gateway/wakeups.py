"""Tells who waits for a conversation in this process that something happened in it."""

import asyncio
from collections import defaultdict


class Wakeups:
    """Nothing is handed over: who was woken looks into the database. Across processes one has to look now and then."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    def wake(self, session_id: str) -> None:
        for event in self._waiting.get(session_id, ()):
            event.set()

    def watch(self, session_id: str) -> "Watch":
        return Watch(self._waiting, session_id)


class Watch:
    """A context in which no wake-up is missed: what happens between two `wait`s ends the second at once."""

    def __init__(self, waiting: defaultdict[str, set[asyncio.Event]], session_id: str) -> None:
        self._waiting = waiting
        self._session_id = session_id
        self._event = asyncio.Event()

    def __enter__(self) -> "Watch":
        self._waiting[self._session_id].add(self._event)
        return self

    def __exit__(self, *_: object) -> None:
        events = self._waiting.get(self._session_id, set())
        events.discard(self._event)
        if not events:
            self._waiting.pop(self._session_id, None)

    def wake(self) -> None:
        """Ends the present or the next `wait` of this one alone."""
        self._event.set()

    async def wait(self, seconds: float, *, together: float = 0.0) -> bool:
        """Whether something happened within the time; what happens within `together` seconds after it is part of it."""
        try:
            await asyncio.wait_for(self._event.wait(), seconds)
        except TimeoutError:
            return False
        if together:
            await asyncio.sleep(together)
        self._event.clear()
        return True
