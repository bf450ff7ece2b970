"""Who does not want to be written to. Each query takes the connection of the caller's transaction."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select

from services.gateway.store.tables import METADATA

_OPT_OUTS = METADATA.tables["opt_out"]


class StoredOptOut(NamedTuple):
    """A row of `OptOutRow`."""

    channel: str
    address: str
    word: str
    since: datetime


def opt_out(db: Connection, channel: str, address: str) -> StoredOptOut | None:
    query = select(*(_OPT_OUTS.c[name] for name in StoredOptOut._fields))
    row = db.execute(query.where(_OPT_OUTS.c.channel == channel, _OPT_OUTS.c.address == address)).one_or_none()
    return StoredOptOut(*row) if row is not None else None


def add_opt_out(db: Connection, new: StoredOptOut) -> None:
    """The first word counts, and its moment."""
    if opt_out(db, new.channel, new.address) is None:
        db.execute(insert(_OPT_OUTS), new._asdict())


def remove_opt_out(db: Connection, channel: str, address: str) -> None:
    db.execute(delete(_OPT_OUTS).where(_OPT_OUTS.c.channel == channel, _OPT_OUTS.c.address == address))
