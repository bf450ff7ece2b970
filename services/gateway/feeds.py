"""What happens in a conversation, told to whoever follows it, as it happens.

A feed looks into the database whenever it is woken: it tells of nothing that was not committed, and misses nothing that
was. What another process did is found by one query a second for all the feeds of this one.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Literal, NamedTuple

from pydantic import BaseModel
from sqlalchemy import Connection

from services.gateway import store
from services.gateway.limits import TokenBuckets
from services.gateway.records import HISTORY_PAGE, Records, going_on
from services.gateway.store import Standing, StoredConversation, StoredMessage
from services.gateway.transcript import entry
from services.gateway.wakeups import Wakeups, Watch
from shared.db import Database
from shared.errors import Unavailable
from shared.schemas.chat import ChatDialog, ChatEnded, ChatTyping

log = logging.getLogger("omnilex.gateway")

_LOOK_EVERY = 1.0
_TOGETHER = 0.03  # seconds: a message and a quick answer to it are read at once
_LOOKED_AT_ONCE = 500


class FeedEvent(NamedTuple):
    """`id` is the sequence of a message: who comes back names the last one it saw."""

    name: Literal["message", "dialog", "typing", "ended", "delivery", "handoff"]
    data: BaseModel
    id: int | None = None


@dataclass(frozen=True, slots=True)
class FeedLimits:
    """Open feeds of one conversation (the oldest makes room) and of this process; new ones of a conversation.

    `quiet` is how long nothing is said before a follower hears that there is nothing.
    """

    each: int
    in_all: int
    per_minute: int
    quiet: timedelta


class _Look(NamedTuple):
    row: StoredConversation
    messages: list[StoredMessage]


class Feeds:
    def __init__(self, database: Database, records: Records, wakeups: Wakeups, limits: FeedLimits) -> None:
        self._database = database
        self._records = records
        self._wakeups = wakeups
        self.quiet = limits.quiet
        self._limits = limits
        self._openings = TokenBuckets(limits.per_minute)
        self._open: defaultdict[str, list[Feed]] = defaultdict(list)
        self._count = 0
        self._stopping = False
        self._looking: asyncio.Task[None] | None = None

    @property
    def count(self) -> int:
        return self._count

    async def open(self, session_id: str, after: int, until: datetime) -> "Feed":
        """What was said after message number `after`, then what happens until that moment. To be closed.

        Raises Unauthenticated for a conversation that has ended, TooManyRequests when it is followed anew too often,
        and Unavailable while this process has no room or is stopping.
        """
        if self._stopping or self._count >= self._limits.in_all:
            raise Unavailable("No more streams can be opened at the moment.", headers={"Retry-After": "5"})
        self._openings.take(session_id)
        self._count += 1
        feed = Feed(self, session_id, after, until, self._wakeups.watch(session_id))
        self._open[session_id].append(feed)
        try:
            await feed.begin()
        except BaseException:
            feed.close()
            raise
        for older in self._open[session_id][: -self._limits.each]:
            older.replace()
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_out())
        return feed

    def stop(self) -> None:
        """Ends every feed; none is opened any more. Whoever follows goes on with another process."""
        self._stopping = True
        for feeds in list(self._open.values()):
            for feed in feeds:
                feed.stop()

    async def look(self, session_id: str, after: int) -> _Look | None:
        """The conversation, and its messages after that number as they are then or a moment later.

        What is told of the conversation is never ahead of its messages: once it has ended, they are all there.
        """

        def work(db: Connection) -> _Look | None:
            row = store.conversation(db, session_id)
            return _Look(row, store.messages_after(db, session_id, after, HISTORY_PAGE)) if row is not None else None

        return await self._database.look(work)

    def dialog(self, row: StoredConversation) -> ChatDialog:
        return self._records.dialog(row)

    def now(self) -> datetime:
        return self._records.now()

    def closed(self, feed: "Feed") -> None:
        feeds = self._open.get(feed.session_id, [])
        if feed in feeds:
            feeds.remove(feed)
            self._count -= 1
        if not feeds:
            self._open.pop(feed.session_id, None)

    async def _look_out(self) -> None:
        """Wakes the feeds of conversations that are not as those saw them last."""
        while self._open:
            await asyncio.sleep(_LOOK_EVERY)
            try:
                await self._compare(list(self._open))
            except Exception:  # the database is away: the next look may find it again
                log.exception("feeds.look_failed")

    async def _compare(self, session_ids: list[str]) -> None:
        for start in range(0, len(session_ids), _LOOKED_AT_ONCE):
            those = session_ids[start : start + _LOOKED_AT_ONCE]
            for standing in await self._database.look(partial(store.standings, session_ids=those)):
                if any(feed.standing != standing for feed in self._open.get(standing.session_id, ())):
                    self._wakeups.wake(standing.session_id)


class Feed:
    """One follower of a conversation. `ended` is set once nothing more will come, whether or not it was read."""

    def __init__(self, feeds: Feeds, session_id: str, after: int, until: datetime, watch: Watch) -> None:
        self.session_id = session_id
        self.standing: Standing | None = None
        self.ended = asyncio.Event()
        self._feeds = feeds
        self._after = after
        self._until = until
        self._watch = watch.__enter__()
        self._replaced = False
        self._seen: _Look | None = None

    async def begin(self) -> None:
        """Raises Unauthenticated for a conversation that has ended."""
        await self._look()
        going_on(self._seen.row if self._seen else None)

    def replace(self) -> None:
        """A newer feed takes this one's place."""
        self._replaced = True
        self._watch.wake()

    def stop(self) -> None:
        self.ended.set()
        self._watch.wake()

    def close(self) -> None:
        """Must be called by whoever opened it; once more does no harm."""
        self.ended.set()
        self._watch.__exit__()
        self._feeds.closed(self)

    async def batches(self) -> AsyncIterator[list[FeedEvent]]:
        """What happened, together what happened at once; an empty list whenever nothing did for a while."""
        dialog, typing, quiet_since = None, ChatTyping(by=None), self._feeds.now()
        while not self.ended.is_set() and self._seen is not None:
            row, messages = self._seen
            now = self._feeds.now()
            events = [FeedEvent("message", entry(message), message.sequence) for message in messages]
            self._after = messages[-1].sequence if messages else self._after
            self._seen = _Look(row, [])
            if (present := self._feeds.dialog(row)) != dialog:
                dialog = present
                events.append(FeedEvent("dialog", present))
            if (writing := ChatTyping(by=_who_types(row, now))) != typing:
                typing = writing
                events.append(FeedEvent("typing", writing))
            more = len(messages) == HISTORY_PAGE
            reason = None if more else self._over(row, now)
            if reason is not None:
                yield [*events, FeedEvent("ended", ChatEnded(reason=reason))]
                return
            if events or now - quiet_since >= self._feeds.quiet:
                yield events
                quiet_since = now
            if more or await self._watch.wait(self._patience(row, quiet_since), together=_TOGETHER):
                await self._look()

    async def _look(self) -> None:
        self._seen = await self._feeds.look(self.session_id, self._after)
        if self._seen is not None:
            row = self._seen.row
            self.standing = Standing(*(getattr(row, name) for name in Standing._fields))

    def _over(self, row: StoredConversation, now: datetime) -> Literal["ended", "expired", "replaced"] | None:
        if row.ended_at is not None:
            return "ended"
        if now >= self._until:
            return "expired"
        return "replaced" if self._replaced else None

    def _patience(self, row: StoredConversation, quiet_since: datetime) -> float:
        """Seconds until something is to be said even if nothing happens."""
        now = self._feeds.now()
        due = [quiet_since + self._feeds.quiet, self._until]
        if row.agent_typing_until is not None and row.agent_typing_until > now:
            due.append(row.agent_typing_until)
        return max((min(due) - now).total_seconds(), 0.001)


def _who_types(row: StoredConversation, now: datetime) -> Literal["bot", "agent"] | None:
    if row.turn_by is not None:
        return "bot"
    return "agent" if row.agent_typing_until is not None and row.agent_typing_until > now else None
