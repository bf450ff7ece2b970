"""Queries on limits that all processes of the gateway share. Each takes the connection of the caller's transaction."""

from sqlalchemy import Connection, case, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from services.gateway.store.tables import METADATA

_LIMITS = METADATA.tables["shared_limit"]


def take_one(db: Connection, key: str, now: int, *, costs: int, room: int) -> int | None:
    """Fills the key's bucket by what one take costs, unless it has no room for that; all in milliseconds.

    When the bucket would be empty enough if it was refused; None if it was not. One statement where it is taken.
    """
    insert = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    known = _LIMITS.c.full_at
    filled = case((known > now, known), else_=now) + costs
    taking = (
        insert(_LIMITS)
        .values(key=key, full_at=now + costs)
        .on_conflict_do_update(index_elements=["key"], set_={"full_at": filled}, where=filled <= now + room)
        .returning(known)
    )
    if db.execute(taking).first() is not None:
        return None
    return int(db.execute(select(known).where(_LIMITS.c.key == key)).scalar_one()) + costs - room


def forget_empty(db: Connection, now: int) -> None:
    """An empty bucket is the same as none."""
    db.execute(delete(_LIMITS).where(_LIMITS.c.full_at <= now))
