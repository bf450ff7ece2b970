"""Queries on conversations that wait for a person. Each takes the connection of the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, and_, insert, or_, select, tuple_, update

from services.gateway.store.tables import METADATA

_HANDOFFS = METADATA.tables["handoff"]
_CONVERSATIONS = METADATA.tables["chat_session"]
_STAFF = METADATA.tables["staff_member"]


class StoredHandoff(NamedTuple):
    """A row of `HandoffRow`."""

    id: str
    session_id: str
    channel: str
    status: str
    packet: bytes
    created_at: datetime
    waiting_since: datetime
    taken_by: str | None = None
    taken_at: datetime | None = None
    ended_at: datetime | None = None
    told_at: datetime | None = None
    active_at: datetime | None = None
    unanswered_since: datetime | None = None
    ended_by: str | None = None


_ALL = select(*(_HANDOFFS.c[name] for name in StoredHandoff._fields))


def add_handoff(db: Connection, new: StoredHandoff) -> None:
    db.execute(insert(_HANDOFFS), new._asdict())


def handoff(db: Connection, handoff_id: str, *, lock: bool = False) -> StoredHandoff | None:
    query = _ALL.where(_HANDOFFS.c.id == handoff_id)
    row = db.execute(query.with_for_update() if lock else query).one_or_none()
    return StoredHandoff(*row) if row is not None else None


def change_handoff(db: Connection, handoff_id: str, **values: object) -> None:
    db.execute(update(_HANDOFFS).where(_HANDOFFS.c.id == handoff_id).values(values))


def open_handoff_of(db: Connection, session_id: str) -> StoredHandoff | None:
    """The one of this conversation that is waiting or taken."""
    query = _ALL.where(_HANDOFFS.c.session_id == session_id, _HANDOFFS.c.status.in_(("waiting", "taken")))
    row = db.execute(query.limit(1)).one_or_none()
    return StoredHandoff(*row) if row is not None else None


def handoff_page(
    db: Connection, statuses: Sequence[str], after: tuple[datetime, str] | None, limit: int
) -> list[StoredHandoff]:
    """The longest waiting first, those that come after `after`."""
    query = _ALL.where(_HANDOFFS.c.status.in_(statuses)).order_by(_HANDOFFS.c.created_at, _HANDOFFS.c.id).limit(limit)
    if after is not None:
        query = query.where(tuple_(_HANDOFFS.c.created_at, _HANDOFFS.c.id) > after)
    return [StoredHandoff(*row) for row in db.execute(query)]


def nobody_came(db: Connection, waiting_before: datetime, limit: int) -> list[StoredHandoff]:
    """Those that nobody has taken, in line since before that moment."""
    query = _ALL.where(_HANDOFFS.c.status == "waiting", _HANDOFFS.c.waiting_since < waiting_before).limit(limit)
    return [StoredHandoff(*row) for row in db.execute(query)]


def untold_since(db: Connection, moment: datetime, limit: int) -> list[StoredHandoff]:
    """Those that nobody has taken, whose customer was not told since then what to do meanwhile."""
    untold = or_(_HANDOFFS.c.told_at.is_(None), _HANDOFFS.c.told_at < moment)
    query = _ALL.where(_HANDOFFS.c.status == "waiting", untold).limit(limit)
    return [StoredHandoff(*row) for row in db.execute(query)]


def gone_with_chat(db: Connection, begun_before: datetime, limit: int) -> list[StoredHandoff]:
    """Those of web chats that began before that moment, which nobody has taken."""
    chats = select(_CONVERSATIONS.c.session_id).where(_CONVERSATIONS.c.created_at < begun_before)
    waiting = and_(_HANDOFFS.c.status == "waiting", _HANDOFFS.c.channel == "web")
    query = _ALL.where(waiting, _HANDOFFS.c.session_id.in_(chats)).limit(limit)
    return [StoredHandoff(*row) for row in db.execute(query)]


def left_by_agent(db: Connection, silent_since: datetime, limit: int) -> list[StoredHandoff]:
    """Those whose agent is no member of staff any more, or leaves the customer without an answer for so long."""
    silent = and_(_HANDOFFS.c.unanswered_since < silent_since, _HANDOFFS.c.active_at < silent_since)
    gone = _HANDOFFS.c.taken_by.not_in(select(_STAFF.c.username))
    query = _ALL.where(_HANDOFFS.c.status == "taken", or_(silent, gone)).limit(limit)
    return [StoredHandoff(*row) for row in db.execute(query)]
