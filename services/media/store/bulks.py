"""Bulks, what of them may be let in, and how far they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from services.media.store.inserting import insert_or_ignore, inserting
from services.media.store.ledger import UNFINISHED
from services.media.store.tables import BulkRow, LedgerRow, ReleaseRow, now
from shared.schemas.bulk import BulkState

MINUTE = timedelta(minutes=1)
_KEPT = timedelta(minutes=10)
_UNTIL_HEARD = ("identify", "prepare", "transcribe")


@dataclass(frozen=True)
class Limits:
    """`drip` entries a minute, `jobs` recordings on their way through transcription."""

    drip: int
    jobs: int


async def add_bulk(session: AsyncSession, row: BulkRow) -> BulkRow:
    """The bulk with this id: the given one, or the one that came first."""
    await insert_or_ignore(session, BulkRow, row.model_dump())
    return (await session.scalars(select(BulkRow).where(col(BulkRow.bulk_id) == row.bulk_id))).one()


async def bulk(session: AsyncSession, bulk_id: str, *, to_change: bool = False) -> BulkRow | None:
    """With `to_change` nobody else changes it until the transaction ends."""
    chosen = select(BulkRow).where(col(BulkRow.bulk_id) == bulk_id)
    found: BulkRow | None = await session.scalar(chosen.with_for_update() if to_change else chosen)
    return found


async def bulk_page(session: AsyncSession, *, before: tuple[datetime, str] | None, limit: int) -> list[BulkRow]:
    """Newest first, those created before this moment (or at it, by id)."""
    created, bulk_id = col(BulkRow.created_at), col(BulkRow.bulk_id)
    chosen = select(BulkRow).order_by(created.desc(), bulk_id.desc()).limit(limit)
    if before is not None:
        chosen = chosen.where(or_(created < before[0], and_(created == before[0], bulk_id < before[1])))
    return list(await session.scalars(chosen))


async def to_list(session: AsyncSession) -> list[BulkRow]:
    """Running bulks whose objects are not all known, oldest first."""
    chosen = select(BulkRow).where(
        col(BulkRow.source) == "bucket", col(BulkRow.state) == "running", ~col(BulkRow.listed)
    )
    return list(await session.scalars(chosen.order_by(col(BulkRow.created_at))))


async def counts(session: AsyncSession, bulk_id: str) -> dict[str, int]:
    """Entries by fate, with those that wait and are not let in as `held`."""
    held = and_(col(LedgerRow.fate) == "waiting", col(LedgerRow.released_at).is_(None))
    chosen = select(col(LedgerRow.fate), held, func.count()).where(col(LedgerRow.bulk_id) == bulk_id)
    found = await session.execute(chosen.group_by(col(LedgerRow.fate), held))
    return {"held" if is_held else fate: number for fate, is_held, number in found}


async def ended_since(session: AsyncSession, bulk_id: str, moment: datetime) -> int:
    """How many entries of the bulk came to their end since then."""
    chosen = select(func.count()).where(
        col(LedgerRow.updated_at) >= moment,
        col(LedgerRow.bulk_id) == bulk_id,
        col(LedgerRow.fate).not_in((*UNFINISHED, "cancelled", "erased")),
    )
    return await session.scalar(chosen) or 0


async def cancel_held(session: AsyncSession, bulk_id: str, *, code: str, reason: str) -> None:
    """Gives what is held its last fate; what was let in goes its way."""
    held = update(LedgerRow).where(
        col(LedgerRow.bulk_id) == bulk_id, col(LedgerRow.fate) == "waiting", col(LedgerRow.released_at).is_(None)
    )
    await session.execute(held.values(fate="cancelled", reason_code=code, reason=reason, updated_at=now()))


async def end_bulks(session: AsyncSession) -> list[str]:
    """Ends the bulks of which nothing is left to do; gives their ids."""
    unfinished = exists().where(col(LedgerRow.bulk_id) == col(BulkRow.bulk_id), col(LedgerRow.fate).in_(UNFINISHED))
    over = col(BulkRow.ended_at).is_(None), col(BulkRow.listed), ~unfinished
    ended: list[str] = []
    for before, after in (("running", "done"), ("cancelled", "cancelled")):
        chosen = update(BulkRow).where(*over, col(BulkRow.state) == before)
        values = {"state": after, "ended_at": now(), "updated_at": now()}
        ended += await session.scalars(chosen.values(**values).returning(col(BulkRow.bulk_id)))
    return ended


async def has_open_bulk(session: AsyncSession, *states: BulkState) -> bool:
    """Whether any bulk in one of these states is not at its end."""
    chosen = exists().where(col(BulkRow.ended_at).is_(None), col(BulkRow.state).in_(states))
    return bool(await session.scalar(select(chosen)))


async def release(session: AsyncSession, limits: Limits) -> int:
    """Lets in as much of the running bulks as the limits allow at this moment, and gives how much that was.

    Whoever releases, on whatever machine, comes one after another, and the database's clock is the only one asked: so
    never more than `drip` are let in within any 60 seconds, and one is let in only while fewer than `jobs` recordings
    are on the way to the end of their transcription. An object that was not identified yet may be a recording.
    """
    await _one_after_another(session)
    moment = await database_now(session)
    allowed = min(limits.drip - await _released_since(session, moment - MINUTE), limits.jobs - await in_flight(session))
    released: list[str] = []
    if allowed > 0:
        for bulk_id in await _running(session):
            released += await _held(session, bulk_id, allowed - len(released))
            if len(released) >= allowed:
                break
    if released:
        let_in = update(LedgerRow).where(col(LedgerRow.entry_id).in_(released))
        await session.execute(let_in.values(released_at=moment, updated_at=now()))
        await _note(session, moment, len(released))
    return len(released)


async def in_flight(session: AsyncSession) -> int:
    """How many entries, live ones and those let in, are or may be recordings and are not past their transcription."""
    fate, bulk_id = col(LedgerRow.fate), col(LedgerRow.bulk_id)
    step, kind = col(LedgerRow.step), col(LedgerRow.kind)
    may_be_heard = and_(or_(kind.is_(None), kind == "audio"), or_(step.is_(None), step.in_(_UNTIL_HEARD)))
    open_bulks = select(col(BulkRow.bulk_id)).where(col(BulkRow.ended_at).is_(None))
    groups: tuple[ColumnElement[bool], ...] = (
        fate == "running",
        and_(fate == "waiting", bulk_id.is_(None)),
        and_(fate == "waiting", bulk_id.in_(open_bulks), col(LedgerRow.released_at).is_not(None)),
    )
    # Counted apart, so that each finds its rows by an index and none reads what is held.
    parts = [
        await session.scalar(select(func.count()).select_from(LedgerRow).where(may_be_heard, one)) for one in groups
    ]
    return sum(part or 0 for part in parts)


async def database_now(session: AsyncSession) -> datetime:
    """The moment by the database's clock: the same for all who ask it, whatever their own clocks say."""
    if session.get_bind().dialect.name == "postgresql":
        moment: datetime = (await session.execute(text("SELECT clock_timestamp()"))).scalar_one()
        return moment
    told = await session.execute(text("SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')"))
    return datetime.fromisoformat(told.scalar_one())


async def _one_after_another(session: AsyncSession) -> None:
    if session.get_bind().dialect.name == "postgresql":  # SQLite's transactions that write wait for each other anyway
        # A worker that is frozen in here must not keep the others from it.
        await session.execute(text("SET LOCAL idle_in_transaction_session_timeout = '30s'"))
        await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('omnilex_media_release'))"))


async def _released_since(session: AsyncSession, moment: datetime) -> int:
    chosen = select(func.sum(col(ReleaseRow.entries))).where(col(ReleaseRow.released_at) >= moment)
    return await session.scalar(chosen) or 0


async def _running(session: AsyncSession) -> Sequence[str]:
    chosen = select(col(BulkRow.bulk_id)).where(col(BulkRow.ended_at).is_(None), col(BulkRow.state) == "running")
    return list(await session.scalars(chosen.order_by(col(BulkRow.created_at), col(BulkRow.bulk_id))))


async def _held(session: AsyncSession, bulk_id: str, limit: int) -> list[str]:
    """Ids of held entries, in the order seen: none that would have to wait for an earlier version of its object."""
    earlier = aliased(LedgerRow)
    unfinished_before = select(earlier).where(
        col(earlier.interaction_id) == col(LedgerRow.interaction_id),
        col(earlier.position) < col(LedgerRow.position),
        col(earlier.fate).in_(UNFINISHED),
    )
    chosen = select(col(LedgerRow.entry_id)).where(
        col(LedgerRow.bulk_id) == bulk_id,
        col(LedgerRow.fate) == "waiting",
        col(LedgerRow.released_at).is_(None),
        ~unfinished_before.exists(),
    )
    return list(await session.scalars(chosen.order_by(col(LedgerRow.position)).limit(limit)))


async def _note(session: AsyncSession, moment: datetime, entries: int) -> None:
    values: dict[str, object] = {"released_at": moment, "entries": entries}
    noted = (
        inserting(session, ReleaseRow)
        .values(**values)
        .on_conflict_do_update(index_elements=["released_at"], set_={"entries": col(ReleaseRow.entries) + entries})
    )
    await session.execute(noted)
    await session.execute(delete(ReleaseRow).where(col(ReleaseRow.released_at) < moment - _KEPT))
