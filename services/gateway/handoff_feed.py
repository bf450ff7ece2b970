"""A conversation that was handed over, told to the agent who follows it as it goes on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from time import monotonic

from services.gateway.feeds import FeedEvent
from services.gateway.said import Deliveries, said
from services.gateway.store import StoredMessage
from services.gateway.wakeups import Watch
from shared.errors import Problem
from shared.schemas.handoffs import HandoffHeader, SaidTurn

_LOOK_EVERY = 1.0
_QUIET_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class HandoffLook:
    """Messages after a number, and how the last ones of our side fared."""

    session_id: str
    header: HandoffHeader
    messages: list[StoredMessage]
    deliveries: Deliveries


class HandoffFeed:
    """`ended` is set once nothing more will come. Ends when the hand-off is over, or may no longer be read."""

    def __init__(
        self, first: HandoffLook, look: Callable[[int], Awaitable[HandoffLook]], watch: Watch, after: int
    ) -> None:
        self.ended = asyncio.Event()
        self._seen = first
        self._look = look
        self._watch = watch.__enter__()
        self._after = after
        self._shown: dict[int, SaidTurn] = {}
        self._header: HandoffHeader | None = None

    def close(self) -> None:
        """Must be called by whoever opened it; once more does no harm."""
        self.ended.set()
        self._watch.__exit__()

    def stop(self) -> None:
        self.ended.set()
        self._watch.wake()

    async def batches(self) -> AsyncIterator[list[FeedEvent]]:
        """What happened, together what happened at once; an empty list whenever nothing did for 15 seconds."""
        quiet_since = monotonic()
        while not self.ended.is_set():
            events = self._events(self._seen)
            if self._seen.header.ended_at is not None and not self._seen.messages:
                yield events
                return
            if events or monotonic() - quiet_since >= _QUIET_SECONDS:
                yield events
                quiet_since = monotonic()
            await self._watch.wait(_LOOK_EVERY)
            try:
                self._seen = await self._look(self._after)
            except Problem:
                return

    def _events(self, seen: HandoffLook) -> list[FeedEvent]:
        turns = said(seen.messages, seen.deliveries)
        events = [FeedEvent("message", turn, turn.sequence) for turn in turns]
        self._after = turns[-1].sequence if turns else self._after
        self._shown |= {turn.sequence: turn for turn in turns if turn.delivery is not None}
        for sequence, (delivery, error) in seen.deliveries.items():
            known = self._shown.get(sequence)
            if known is not None and known.delivery != delivery:
                fared = known.model_copy(update={"delivery": delivery, "delivery_error": error})
                self._shown[sequence] = fared
                events.append(FeedEvent("delivery", fared))
        if seen.header != self._header:
            self._header = seen.header
            events.append(FeedEvent("handoff", seen.header))
        return events
