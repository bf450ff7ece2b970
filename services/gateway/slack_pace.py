"""How fast Slack may be called: a message a second in a channel, and not before it says so where it said too fast.

Source: "Rate limits" of Slack's Web API. Counted in this process; what several send together, Slack itself holds back.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from services.gateway.ports import ProviderBusy

_KEYS_BEFORE_SWEEP = 10_000


class SlackPace:
    """`seconds` are between the end of one message of a channel and the beginning of the next."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._lines: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._free_at: dict[str, float] = {}
        self._held_until: dict[tuple[str, str], float] = {}

    @asynccontextmanager
    async def turn(self, channel: str) -> AsyncIterator[None]:
        """The block runs once the channel may have another message, and alone."""
        line = self._lines.setdefault(channel, asyncio.Lock())
        async with line:
            wait = self._free_at.get(channel, 0.0) - self._clock()
            if wait > 0:
                await asyncio.sleep(wait)
            try:
                yield
            finally:
                self._free_at[channel] = self._clock() + self._seconds
                self._sweep()

    def hold(self, team: str, method: str, seconds: float) -> None:
        """The workspace is not to be called by this method for so long."""
        self._held_until[team, method] = self._clock() + seconds

    def check(self, team: str, method: str) -> None:
        """Raises ProviderBusy, with the time that is left, while the method is held."""
        left = self._held_until.get((team, method), 0.0) - self._clock()
        if left > 0:
            raise ProviderBusy("ratelimited", retry_after=left)
        self._held_until.pop((team, method), None)

    def _sweep(self) -> None:
        if len(self._free_at) > _KEYS_BEFORE_SWEEP:
            now = self._clock()
            self._free_at = {channel: at for channel, at in self._free_at.items() if at > now}
