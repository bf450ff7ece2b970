"""What staff see of what was sent in a conversation."""

from typing import Literal, cast

from sqlalchemy import Connection

from services.gateway import store
from services.gateway.store import StoredOutgoing
from shared.db import Database
from shared.errors import NotFound
from shared.schemas.delivery import Deliveries, Delivery, OptOut

_LIMIT = 200


async def deliveries_of(database: Database, session_id: str) -> Deliveries:
    """Raises NotFound."""

    def work(db: Connection) -> Deliveries:
        row = store.conversation(db, session_id)
        if row is None:
            raise NotFound("There is no such conversation.")
        found = store.opt_out(db, row.channel, row.address) if row.address else None
        return Deliveries(
            messages=[_shown(outgoing) for outgoing in store.outgoing_of(db, session_id, _LIMIT)],
            opt_out=OptOut(word=found.word, since=found.since) if found else None,
        )

    return await database.read(lambda session: work(session.connection()))


def _shown(row: StoredOutgoing) -> Delivery:
    return Delivery(
        number=row.id,
        status=cast('Literal["waiting", "sending", "sent", "failed"]', row.status),
        created_at=row.created_at,
        sent_at=row.sent_at,
        attempts=row.attempts,
        reply_to=row.reply_to,
        provider_id=row.provider_id,
        delivery=row.delivery,
        error=row.error,
    )
