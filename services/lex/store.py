"""Tables of the Lex runtime and every query on them. What a customer said is stored sealed (`cipher.py`).

The queries of a turn take a `Connection` and prepared statements (`Database.at_once`); the others a session.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import ClassVar, NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    LargeBinary,
    MetaData,
    and_,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel, col

from services.lex.sessions import Address
from shared.db import UtcDateTime


class LexTable(SQLModel, registry=registry()):
    """The base of this service's tables: services may share a process, so not a registry."""

    metadata: ClassVar[MetaData] = MetaData()


class SessionRow(LexTable, table=True):
    """`version` changes with every write, at random, so that none comes back. Until `claimed_until` one turn owns it.

    `state` is null only in a row that was made to claim a session for its first turn.
    """

    __tablename__ = "lex_sessions"

    bot_id: str = Field(primary_key=True, max_length=10)
    alias_id: str = Field(primary_key=True, max_length=32)
    locale_id: str = Field(primary_key=True, max_length=16)
    session_id: str = Field(primary_key=True, max_length=100)
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    state: bytes | None = Field(None, sa_column=Column(LargeBinary, nullable=True))
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
    claimed_until: datetime | None = Field(None, sa_type=UtcDateTime)


class LogRow(LexTable, table=True):
    """One conversation log object; `due_at` is set while its entries are not all written."""

    __tablename__ = "lex_logs"

    bot_id: str = Field(primary_key=True, max_length=10)
    day: date = Field(primary_key=True)
    session_id: str = Field(primary_key=True, max_length=100)
    last_entry_at: datetime = Field(sa_type=UtcDateTime, index=True)
    due_at: datetime | None = Field(None, sa_type=UtcDateTime, index=True)


class LogEntryRow(LexTable, table=True):
    """One utterance of a conversation log, already obfuscated, sealed."""

    __tablename__ = "lex_log_entries"

    id: int | None = Field(None, primary_key=True)
    bot_id: str = Field(max_length=10, index=True)
    day: date
    session_id: str = Field(max_length=100, index=True)
    entry: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class StoredSession(NamedTuple):
    """What a session's row holds beside its address."""

    version: int
    state: bytes | None
    expires_at: datetime
    claimed_until: datetime | None = None


_SESSIONS = LexTable.metadata.tables["lex_sessions"]
_LOGS = LexTable.metadata.tables["lex_logs"]
_ENTRIES = LexTable.metadata.tables["lex_log_entries"]
_HERE = and_(*(_SESSIONS.c[name] == bindparam(f"at_{name}") for name in Address._fields))
_UNCHANGED = and_(_HERE, _SESSIONS.c.version == bindparam("was"))
_READ = select(*(_SESSIONS.c[name] for name in StoredSession._fields)).where(_HERE)
_REPLACE = update(_SESSIONS).where(_UNCHANGED).values({name: bindparam(name) for name in StoredSession._fields})
_DROP = delete(_SESSIONS).where(_UNCHANGED)
_ADD_ENTRY = insert(_ENTRIES).values({name: bindparam(name) for name in ("bot_id", "day", "session_id", "entry")})
_CREATE = {
    "sqlite": sqlite.insert(_SESSIONS).on_conflict_do_nothing().execution_options(preserve_rowcount=True),
    "postgresql": postgresql.insert(_SESSIONS).on_conflict_do_nothing().execution_options(preserve_rowcount=True),
}
_KEYS = [_LOGS.c.bot_id, _LOGS.c.day, _LOGS.c.session_id]
_MOVED = {name: bindparam(f"new_{name}", type_=UtcDateTime) for name in ("last_entry_at", "due_at")}
_CONTINUE_LOG = {
    "sqlite": sqlite.insert(_LOGS).on_conflict_do_update(index_elements=_KEYS, set_=_MOVED),
    "postgresql": postgresql.insert(_LOGS).on_conflict_do_update(index_elements=_KEYS, set_=_MOVED),
}


def read_session(db: Connection, address: Address) -> StoredSession | None:
    row = db.execute(_READ, _at(address)).one_or_none()
    return StoredSession(*row) if row is not None else None


def write_session(db: Connection, address: Address, *, was: int | None, new: StoredSession) -> bool:
    """Stores the session if it still has the version `was` (None: if it is not there); whether it did."""
    if was is None:
        return db.execute(_CREATE[db.dialect.name], {**address._asdict(), **new._asdict()}).rowcount == 1
    return db.execute(_REPLACE, {**_at(address), "was": was, **new._asdict()}).rowcount == 1


def drop_session(db: Connection, address: Address, *, was: int) -> bool:
    """Forgets the session if it still has the version `was`; whether it did."""
    return db.execute(_DROP, {**_at(address), "was": was}).rowcount == 1


def add_log_entry(
    db: Connection, *, bot_id: str, session_id: str, day: date, entry: bytes, now: datetime, due_at: datetime
) -> None:
    """Appends to a conversation's log, which is then due to be written."""
    key = {"bot_id": bot_id, "day": day, "session_id": session_id}
    db.execute(_ADD_ENTRY, {**key, "entry": entry})
    moved = {"new_last_entry_at": now, "new_due_at": due_at}
    db.execute(_CONTINUE_LOG[db.dialect.name], {**key, "last_entry_at": now, "due_at": due_at, **moved})


def hasten_log(db: Connection, *, bot_id: str, session_id: str, day: date, now: datetime) -> None:
    """The conversation is over: its log is due now, if anything of it is still to be written."""
    this = and_(_log(bot_id, day, session_id), col(LogRow.due_at).is_not(None))
    db.execute(update(LogRow).where(this).values(due_at=now))


async def drop_expired(db: AsyncSession, now: datetime) -> int:
    """Forgets sessions whose time is over, unless a turn has just begun on one."""
    free = col(SessionRow.claimed_until).is_(None) | (col(SessionRow.claimed_until) < now)
    return await _changed(db, delete(SessionRow).where(col(SessionRow.expires_at) <= now, free))


async def due_logs(db: AsyncSession, now: datetime, limit: int) -> Sequence[LogRow]:
    statement = select(LogRow).where(col(LogRow.due_at) <= now).order_by(col(LogRow.due_at)).limit(limit)
    return (await db.execute(statement)).scalars().all()


async def move_due(db: AsyncSession, log: LogRow, due_at: datetime | None) -> bool:
    """Sets when the log is due, unless somebody else has changed that since `log` was read."""
    this = and_(_log(log.bot_id, log.day, log.session_id), col(LogRow.due_at) == log.due_at)
    return await _changed(db, update(LogRow).where(this).values(due_at=due_at)) == 1


async def log_entries(db: AsyncSession, log: LogRow) -> Sequence[bytes]:
    statement = select(col(LogEntryRow.entry)).where(_entries_of(log)).order_by(col(LogEntryRow.id))
    return (await db.execute(statement)).scalars().all()


async def drop_written_logs(db: AsyncSession, before: datetime) -> int:
    """Forgets the entries of logs that are written and can no longer go on."""
    over = and_(col(LogRow.last_entry_at) < before, col(LogRow.due_at).is_(None))
    logs = (await db.execute(select(LogRow).where(over).limit(200))).scalars().all()
    for log in logs:
        await db.execute(delete(LogEntryRow).where(_entries_of(log)))
        await db.delete(log)
    return len(logs)


def _at(address: Address) -> dict[str, str]:
    return {f"at_{name}": value for name, value in address._asdict().items()}


def _log(bot_id: str, day: date, session_id: str) -> ColumnElement[bool]:
    return and_(col(LogRow.bot_id) == bot_id, col(LogRow.day) == day, col(LogRow.session_id) == session_id)


def _entries_of(log: LogRow) -> ColumnElement[bool]:
    return and_(
        col(LogEntryRow.bot_id) == log.bot_id,
        col(LogEntryRow.day) == log.day,
        col(LogEntryRow.session_id) == log.session_id,
    )


async def _changed(db: AsyncSession, statement: object) -> int:
    result = await db.execute(statement)  # type: ignore[call-overload]
    return result.rowcount if isinstance(result, CursorResult) else 0
