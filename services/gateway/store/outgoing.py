"""Queries on what waits to be sent. Each takes the connection of the caller's transaction."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, and_, func, insert, or_, select, update

from services.gateway.store.tables import METADATA

_OUTGOING = METADATA.tables["outgoing_message"]
_INSTANCES = METADATA.tables["gateway_instance"]
_LATEST = 200
_OPEN = _OUTGOING.c.status.in_(("waiting", "sending"))


class StoredOutgoing(NamedTuple):
    """A row of `OutgoingRow`."""

    id: int
    session_id: str
    channel: str
    reply_to: int | None
    payload: bytes | None
    status: str
    attempts: int
    created_at: datetime
    due_at: datetime
    sending_by: str | None
    sent_at: datetime | None
    provider_id: str | None
    delivery: str | None
    error: str | None
    sequence: int | None


_ALL = select(*(_OUTGOING.c[name] for name in StoredOutgoing._fields))


def add_outgoing(db: Connection, rows: Sequence[dict[str, object]]) -> None:
    """Each row has what `OutgoingRow` has no default for."""
    if rows:
        db.execute(insert(_OUTGOING), [{"status": "waiting", "attempts": 0, **row} for row in rows])


def sessions_to_send(
    db: Connection, channels: Collection[str], now: datetime, seen_after: datetime, limit: int
) -> list[str]:
    """Conversations on these channels of which something is due, or was being sent by a process not seen since."""
    alive = select(_INSTANCES.c.id).where(_INSTANCES.c.seen_at > seen_after)
    due = or_(
        and_(_OUTGOING.c.status == "waiting", _OUTGOING.c.due_at <= now),
        and_(_OUTGOING.c.status == "sending", func.substr(_OUTGOING.c.sending_by, 1, 16).not_in(alive)),
    )
    query = select(_OUTGOING.c.session_id).where(_OUTGOING.c.channel.in_(channels), due)
    return list(db.scalars(query.distinct().limit(limit)))


def oldest_open(db: Connection, session_id: str) -> StoredOutgoing | None:
    """The next message of the conversation that is not sent yet, kept from others until the transaction ends."""
    query = _ALL.where(_OUTGOING.c.session_id == session_id, _OPEN).order_by(_OUTGOING.c.id).limit(1)
    row = db.execute(query.with_for_update()).one_or_none()
    return StoredOutgoing(*row) if row is not None else None


def open_answers(db: Connection, session_id: str, reply_to: int) -> list[StoredOutgoing]:
    """What is not sent yet of the answer to one message, kept from others until the transaction ends."""
    query = _ALL.where(_OUTGOING.c.session_id == session_id, _OUTGOING.c.reply_to == reply_to, _OPEN)
    return [StoredOutgoing(*row) for row in db.execute(query.order_by(_OUTGOING.c.id).with_for_update())]


def change_outgoing(db: Connection, ids: Sequence[int], **values: object) -> None:
    db.execute(update(_OUTGOING).where(_OUTGOING.c.id.in_(ids)).values(values))


def by_provider_id(db: Connection, channel: str, provider_id: str) -> StoredOutgoing | None:
    query = _ALL.where(_OUTGOING.c.channel == channel, _OUTGOING.c.provider_id == provider_id)
    row = db.execute(query).first()
    return StoredOutgoing(*row) if row is not None else None


def provider_ids(db: Connection, session_id: str) -> frozenset[str]:
    """What the provider calls the conversation's latest messages."""
    named = select(_OUTGOING.c.provider_id).where(
        _OUTGOING.c.session_id == session_id, _OUTGOING.c.provider_id.is_not(None)
    )
    return frozenset(db.scalars(named.order_by(_OUTGOING.c.id.desc()).limit(_LATEST)))


def by_reference(db: Connection, channel: str, reference: int, provider_id: str) -> StoredOutgoing | None:
    """The message of that number, which the provider calls so from now on."""
    query = _ALL.where(_OUTGOING.c.id == reference, _OUTGOING.c.channel == channel, _OUTGOING.c.provider_id.is_(None))
    row = db.execute(query).one_or_none()
    if row is None:
        return None
    change_outgoing(db, [reference], provider_id=provider_id)
    return StoredOutgoing(*row)


def outgoing_of(db: Connection, session_id: str, limit: int) -> list[StoredOutgoing]:
    """The newest first."""
    query = _ALL.where(_OUTGOING.c.session_id == session_id).order_by(_OUTGOING.c.id.desc()).limit(limit)
    return [StoredOutgoing(*row) for row in db.execute(query)]


def sayings_after(db: Connection, session_id: str, after: int) -> list[StoredOutgoing]:
    """The sendings of messages numbered after `after`, in the order they were put in line."""
    query = _ALL.where(_OUTGOING.c.session_id == session_id, _OUTGOING.c.sequence > after)
    return [StoredOutgoing(*row) for row in db.execute(query.order_by(_OUTGOING.c.id))]
