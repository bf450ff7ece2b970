"""Tables of the Lex runtime and every query on them. What a customer said is stored sealed (`cipher.py`)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import Column, ColumnElement, LargeBinary, MetaData, and_, delete, select, update
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
    """`claim` is the turn that is being worked on; nobody else may write until `claimed_until`."""

    __tablename__ = "lex_sessions"

    bot_id: str = Field(primary_key=True, max_length=10)
    alias_id: str = Field(primary_key=True, max_length=32)
    locale_id: str = Field(primary_key=True, max_length=16)
    session_id: str = Field(primary_key=True, max_length=100)
    state: bytes | None = Field(None, sa_column=Column(LargeBinary, nullable=True))
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
    claim: str | None = Field(None, max_length=32)
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


async def claim_session(
    db: AsyncSession, address: Address, *, claim: str, now: datetime, until: datetime, expires_at: datetime
) -> SessionRow | None:
    """Takes the session for one turn, creating its row if needed; None while another turn has it.

    The row comes back as it stood before, so that the caller sees whether it had expired.
    """
    row = await db.get(SessionRow, address, with_for_update=True)
    if row is None:
        row = SessionRow(**address._asdict(), expires_at=expires_at, claim=claim, claimed_until=until)
        db.add(row)
        await db.flush()
        return row
    if row.claim is not None and row.claimed_until is not None and row.claimed_until > now:
        return None
    row.claim, row.claimed_until = claim, until
    return row


async def read_session(db: AsyncSession, address: Address) -> SessionRow | None:
    return await db.get(SessionRow, address)


async def keep_session(db: AsyncSession, address: Address, *, claim: str, state: bytes, expires_at: datetime) -> bool:
    """Stores the state and gives the session free; False when the claim is no longer ours."""
    statement = (
        update(SessionRow)
        .where(_at(address), col(SessionRow.claim) == claim)
        .values(state=state, expires_at=expires_at, claim=None, claimed_until=None)
    )
    return await _changed(db, statement) == 1


async def free_session(db: AsyncSession, address: Address, claim: str) -> None:
    """Gives the session free unchanged; a row made for a turn that failed goes away."""
    mine = and_(_at(address), col(SessionRow.claim) == claim)
    await db.execute(delete(SessionRow).where(mine, col(SessionRow.state).is_(None)))
    await db.execute(update(SessionRow).where(mine).values(claim=None, claimed_until=None))


async def drop_session(db: AsyncSession, address: Address, claim: str) -> bool:
    return await _changed(db, delete(SessionRow).where(_at(address), col(SessionRow.claim) == claim)) == 1


async def drop_expired(db: AsyncSession, now: datetime) -> int:
    """Forgets sessions whose time is over, unless a turn has just begun on one."""
    free = col(SessionRow.claimed_until).is_(None) | (col(SessionRow.claimed_until) < now)
    return await _changed(db, delete(SessionRow).where(col(SessionRow.expires_at) <= now, free))


async def add_log_entry(
    db: AsyncSession, *, bot_id: str, session_id: str, day: date, entry: bytes, now: datetime, due_at: datetime
) -> None:
    """Appends to a conversation's log, which is then due to be written."""
    db.add(LogEntryRow(id=None, bot_id=bot_id, session_id=session_id, day=day, entry=entry))
    log = await db.get(LogRow, (bot_id, day, session_id), with_for_update=True)
    if log is None:
        db.add(LogRow(bot_id=bot_id, day=day, session_id=session_id, last_entry_at=now, due_at=due_at))
    else:
        log.last_entry_at, log.due_at = now, due_at


async def hasten_log(db: AsyncSession, *, bot_id: str, session_id: str, day: date, now: datetime) -> None:
    """The conversation is over: its log is due now, if anything of it is still to be written."""
    this = and_(_log(bot_id, day, session_id), col(LogRow.due_at).is_not(None))
    await db.execute(update(LogRow).where(this).values(due_at=now))


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


def _at(address: Address) -> ColumnElement[bool]:
    return and_(
        col(SessionRow.bot_id) == address.bot_id,
        col(SessionRow.alias_id) == address.alias_id,
        col(SessionRow.locale_id) == address.locale_id,
        col(SessionRow.session_id) == address.session_id,
    )


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
