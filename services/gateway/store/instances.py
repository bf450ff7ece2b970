"""Which processes of the gateway are alive."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from services.gateway.store.tables import METADATA

_INSTANCES = METADATA.tables["gateway_instance"]


def seen(db: Connection, instance: str, now: datetime) -> None:
    """This process is alive."""
    if not db.execute(update(_INSTANCES).where(_INSTANCES.c.id == instance), {"seen_at": now}).rowcount:
        db.execute(insert(_INSTANCES), {"id": instance, "seen_at": now})


def forget_instance(db: Connection, instance: str) -> None:
    db.execute(delete(_INSTANCES).where(_INSTANCES.c.id == instance))


def forget_unseen(db: Connection, before: datetime) -> None:
    db.execute(delete(_INSTANCES).where(_INSTANCES.c.seen_at < before))


def is_alive(db: Connection, instance: str, seen_after: datetime) -> bool:
    found = select(_INSTANCES.c.id).where(_INSTANCES.c.id == instance, _INSTANCES.c.seen_at > seen_after)
    return db.execute(found).first() is not None
