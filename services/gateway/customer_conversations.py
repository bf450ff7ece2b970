"""What a customer talked of with the bank on any channel: one line of conversations, for staff."""

import logging

from sqlalchemy import Connection

from services.gateway import cursors, store
from services.gateway.records import Records
from services.gateway.said import said
from services.gateway.store import CustomersPart, StoredConversation, StoredMessage
from shared.callers import Caller
from shared.db import Database
from shared.schemas.base import Page
from shared.schemas.handoffs import CustomerConversation

log = logging.getLogger("omnilex.gateway")

_TURNS = 50


class CustomerConversations:
    """A conversation counts, or the part of it, in which the customer was verified; nobody else's turns are shown."""

    def __init__(self, database: Database, records: Records) -> None:
        self._database = database
        self._records = records

    async def page(
        self, caller: Caller, customer_id: str, cursor: str | None, limit: int
    ) -> Page[CustomerConversation]:
        """The latest first, each with its last turns. Raises InvalidRequest for a bad cursor."""
        before = cursors.read(cursor)

        def work(db: Connection) -> list[tuple[CustomersPart, StoredConversation, list[StoredMessage]]]:
            parts = store.parts_of(db, customer_id, before, limit + 1)
            rows = store.conversations_named(db, [part.session_id for part in parts])
            return [
                (part, rows[part.session_id], store.latest_of(db, part.session_id, customer_id, _TURNS))
                for part in parts
            ]

        found = await self._database.read(lambda session: work(session.connection()))
        log.info("conversations.read", extra={"customer_id": customer_id, "staff": caller.subject})
        items = [
            CustomerConversation(
                conversation_id=part.session_id,
                channel=row.channel,
                began_at=part.began_at,
                last_at=part.last_at,
                turn_count=part.turns,
                answered_by=self._records.dialog(row).answered_by,
                turns=said(latest[::-1], {}),
            )
            for part, row, latest in found[:limit]
        ]
        last = found[limit - 1][0] if len(found) > limit else None
        return Page[CustomerConversation](
            items=items, next_cursor=cursors.written(last.last_at, last.session_id) if last is not None else None
        )
