"""Queries on what one customer said, wherever. Each takes the connection of the caller's transaction."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, and_, func, or_, select

from services.gateway.store.conversations import StoredMessage
from services.gateway.store.tables import METADATA

_MESSAGES = METADATA.tables["chat_message"]
_began, _last = func.min(_MESSAGES.c.at), func.max(_MESSAGES.c.at)


class CustomersPart(NamedTuple):
    """The part of a conversation that is a customer's."""

    session_id: str
    began_at: datetime
    last_at: datetime
    turns: int


def parts_of(db: Connection, customer_id: str, before: tuple[datetime, str] | None, limit: int) -> list[CustomersPart]:
    """The latest first, those that come after `before` in this order."""
    query = (
        select(_MESSAGES.c.session_id, _began, _last, func.count())
        .where(_MESSAGES.c.customer_id == customer_id)
        .group_by(_MESSAGES.c.session_id)
        .order_by(_last.desc(), _MESSAGES.c.session_id.desc())
        .limit(limit)
    )
    if before is not None:
        moment, session_id = before
        query = query.having(or_(_last < moment, and_(_last == moment, _MESSAGES.c.session_id < session_id)))
    return [CustomersPart(*row) for row in db.execute(query)]


def said_by(db: Connection, customer_id: str, since: datetime) -> int:
    """How many messages the customer has sent since then, on any channel."""
    mine = and_(_MESSAGES.c.customer_id == customer_id, _MESSAGES.c.at > since, _MESSAGES.c.sender == "customer")
    return db.execute(select(func.count()).where(mine)).scalar_one()


def latest_of(db: Connection, session_id: str, customer_id: str, limit: int) -> list[StoredMessage]:
    """The newest first."""
    query = (
        select(*(_MESSAGES.c[name] for name in StoredMessage._fields))
        .where(_MESSAGES.c.session_id == session_id, _MESSAGES.c.customer_id == customer_id)
        .order_by(_MESSAGES.c.sequence.desc())
        .limit(limit)
    )
    return [StoredMessage(*row) for row in db.execute(query)]
