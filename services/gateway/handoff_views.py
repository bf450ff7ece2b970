"""What staff see of conversations that were handed over: the queue, the packet, what is said, as it is said."""

import logging
from collections.abc import Collection, Sequence
from typing import NamedTuple, cast
from weakref import WeakSet

from sqlalchemy import Connection

from services.gateway import cursors, store
from services.gateway.handoff_feed import HandoffFeed, HandoffLook
from services.gateway.handoffs import known
from services.gateway.ports import SentimentScorer
from services.gateway.records import HISTORY_PAGE, Records
from services.gateway.said import deliveries_of, said
from services.gateway.store import StoredConversation, StoredHandoff, StoredMessage
from services.gateway.wakeups import Wakeups
from shared.callers import Caller
from shared.db import Database
from shared.errors import Forbidden, NotFound, Problem
from shared.schemas.base import Page
from shared.schemas.handoffs import (
    Handoff,
    HandoffHeader,
    HandoffLinks,
    HandoffMessages,
    HandoffStatus,
    SentimentSoFar,
)

log = logging.getLogger("omnilex.gateway")

_OVERSEES = frozenset({"supervisor", "admin"})
_LAST_TURNS = 12
_SCORED_TURNS = 60


class _Whole(NamedTuple):
    handoff: StoredHandoff
    row: StoredConversation
    latest: list[StoredMessage]


class HandoffViews:
    """`language` is that of a conversation that has none of its own: a locale of Lex."""

    def __init__(
        self, database: Database, records: Records, wakeups: Wakeups, scorer: SentimentScorer, *, language: str
    ) -> None:
        self._database = database
        self._records = records
        self._wakeups = wakeups
        self._scorer = scorer
        self._language = language
        self._open: WeakSet[HandoffFeed] = WeakSet()

    def stop(self) -> None:
        """Ends whatever is being followed."""
        for feed in list(self._open):
            feed.stop()

    async def page(self, statuses: Collection[HandoffStatus], cursor: str | None, limit: int) -> Page[HandoffHeader]:
        """The longest waiting first. Raises InvalidRequest for a bad cursor."""
        after = cursors.read(cursor)

        def work(db: Connection) -> tuple[list[StoredHandoff], dict[str, StoredConversation]]:
            found = store.handoff_page(db, list(statuses), after, limit + 1)
            return found, store.conversations_named(db, [handoff.session_id for handoff in found])

        found, rows = await self._database.read(lambda session: work(session.connection()))
        items = [self.header(handoff, rows[handoff.session_id]) for handoff in found[:limit]]
        last = found[limit - 1] if len(found) > limit else None
        return Page[HandoffHeader](
            items=items, next_cursor=cursors.written(last.created_at, last.id) if last is not None else None
        )

    async def read(self, caller: Caller, handoff_id: str) -> Handoff:
        """The packet. Raises NotFound, and Forbidden when another agent has the conversation."""

        def work(db: Connection) -> _Whole:
            handoff, row = self._readable(db, caller, handoff_id)
            return _Whole(handoff, row, _not_dropped(store.latest_messages(db, row.session_id, _SCORED_TURNS))[::-1])

        handoff, row, latest = await self._database.read(lambda session: work(session.connection()))
        log.info("handoff.read", extra={"handoff_id": handoff.id, "staff": caller.subject})
        header = self.header(handoff, row)
        return Handoff(
            **header.model_dump(),
            slots=self._slots(handoff),
            turns=said(latest[-_LAST_TURNS:], {}),
            sentiment=await self._sentiment(latest, row.locale_id or self._language),
            links=_links(handoff.id, header.customer_id),
        )

    async def messages(self, caller: Caller, handoff_id: str, after: int) -> HandoffMessages:
        """What was said after message number `after`. Raises as `read` does."""
        look = await self.look(caller, handoff_id, after)
        return HandoffMessages(messages=said(look.messages, look.deliveries), handoff=look.header)

    async def follow(self, caller: Caller, handoff_id: str, after: int) -> HandoffFeed:
        """What is said after that number, as it is said. To be closed. Raises as `read` does."""
        first = await self.look(caller, handoff_id, after)
        feed = HandoffFeed(
            first, lambda number: self.look(caller, handoff_id, number), self._wakeups.watch(first.session_id), after
        )
        self._open.add(feed)
        return feed

    async def look(self, caller: Caller, handoff_id: str, after: int) -> HandoffLook:
        """As one moment knew it. Raises as `read` does, and Forbidden for one who is no agent any more."""

        def work(db: Connection) -> HandoffLook:
            if not store.roles_of(db, caller.subject) & caller.roles:
                raise Forbidden("You are not of the staff any more.")
            handoff, row = self._readable(db, caller, handoff_id)
            messages = _not_dropped(store.messages_after(db, row.session_id, after, HISTORY_PAGE))
            sendings = store.sayings_after(db, row.session_id, max(0, row.last_sequence - HISTORY_PAGE))
            return HandoffLook(row.session_id, self.header(handoff, row), messages, deliveries_of(sendings))

        return await self._database.read(lambda session: work(session.connection()))

    def header(self, handoff: StoredHandoff, row: StoredConversation) -> HandoffHeader:
        packet = self._records.people.packet(handoff)
        return HandoffHeader(
            handoff_id=handoff.id,
            channel=handoff.channel,
            status=cast("HandoffStatus", handoff.status),
            created_at=handoff.created_at,
            waiting_since=handoff.waiting_since,
            verified=packet.customer_id is not None,
            customer_id=packet.customer_id,
            intent=packet.intent,
            taken_by=handoff.taken_by,
            taken_at=handoff.taken_at,
            unanswered_since=handoff.unanswered_since,
            ended_at=handoff.ended_at,
            ended_by=handoff.ended_by,
        )

    def _readable(self, db: Connection, caller: Caller, handoff_id: str) -> tuple[StoredHandoff, StoredConversation]:
        handoff = known(store.handoff(db, handoff_id))
        if handoff.status != "waiting" and handoff.taken_by != caller.subject and not caller.roles & _OVERSEES:
            raise Forbidden("Only who has the conversation, and supervisors, may read it.")
        row = store.conversation(db, handoff.session_id)
        if row is None:
            raise NotFound("There is no such hand-off.")
        return handoff, row

    def _slots(self, handoff: StoredHandoff) -> dict[str, str | None]:
        """Those of the packet, without a secret one whatever the bot gave along."""
        secret = self._records.rules.obfuscated_slots
        slots = self._records.people.packet(handoff).slots
        return {name: None if value is None else str(value) for name, value in slots.items() if name not in secret}

    async def _sentiment(self, messages: Sequence[StoredMessage], locale: str) -> SentimentSoFar | None:
        """Null when there is nothing to score, or nobody who could."""
        texts = [message.content for message in messages if message.sender == "customer" and message.content]
        if not texts:
            return None
        try:
            found = await self._scorer.scores(texts, locale.replace("_", "-"))
        except Problem as problem:
            log.warning("handoff.unscored", extra={"slug": problem.slug})
            return None
        scores = [score for score in found if score is not None]
        if not scores:
            return None
        return SentimentSoFar(
            average=round(sum(scores) / len(scores), 4),
            change=round(scores[-1] - scores[0], 4) if len(scores) > 1 else None,
            last=scores[-1],
            turns_scored=len(scores),
        )


def _not_dropped(messages: Sequence[StoredMessage]) -> list[StoredMessage]:
    """Without what came too quickly for anybody to read."""
    return [message for message in messages if message.status != "dropped"]


def _links(handoff_id: str, customer_id: str | None) -> HandoffLinks:
    path = f"/api/v1/handoffs/{handoff_id}"
    return HandoffLinks(
        messages=f"{path}/messages",
        events=f"{path}/events",
        conversations=f"/api/v1/customers/{customer_id}/conversations" if customer_id else None,
    )
