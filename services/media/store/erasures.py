"""Erasures, the entries that they concern, and what went."""

from datetime import datetime

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.media.store.inserting import insert_or_ignore
from services.media.store.ledger import UNFINISHED
from services.media.store.tables import ContentRow, ErasedRow, ErasureRow, LedgerRow, now

_GONE = "erased/"


async def add_erasure(session: AsyncSession, row: ErasureRow) -> ErasureRow:
    """The erasure with this id: the given one, or the one that came first."""
    await insert_or_ignore(session, ErasureRow, row.model_dump())
    return (await session.scalars(select(ErasureRow).where(col(ErasureRow.erasure_id) == row.erasure_id))).one()


async def erasure(session: AsyncSession, erasure_id: str) -> ErasureRow | None:
    found: ErasureRow | None = await session.scalar(select(ErasureRow).where(col(ErasureRow.erasure_id) == erasure_id))
    return found


async def latest_of(session: AsyncSession, subject_digest: str) -> ErasureRow | None:
    """The newest erasure of this subject."""
    chosen = select(ErasureRow).where(col(ErasureRow.subject_digest) == subject_digest)
    found: ErasureRow | None = await session.scalar(chosen.order_by(col(ErasureRow.asked_at).desc()).limit(1))
    return found


async def erasure_page(session: AsyncSession, *, before: tuple[datetime, str] | None, limit: int) -> list[ErasureRow]:
    """Newest first, those asked for before this moment (or at it, by id)."""
    asked, erasure_id = col(ErasureRow.asked_at), col(ErasureRow.erasure_id)
    chosen = select(ErasureRow).order_by(asked.desc(), erasure_id.desc()).limit(limit)
    if before is not None:
        chosen = chosen.where(or_(asked < before[0], and_(asked == before[0], erasure_id < before[1])))
    return list(await session.scalars(chosen))


async def running(session: AsyncSession) -> list[ErasureRow]:
    chosen = select(ErasureRow).where(col(ErasureRow.state) == "running").order_by(col(ErasureRow.asked_at))
    return list(await session.scalars(chosen))


async def mark_interaction(session: AsyncSession, order: ErasureRow, interaction_id: str) -> None:
    """Every version of the object that was seen before the order, and every entry with the same content as one."""
    await _mark(session, order, col(LedgerRow.interaction_id) == interaction_id)


async def mark_customer(session: AsyncSession, order: ErasureRow) -> None:
    """Every entry that is known to be of the customer; with each, all versions of its object."""
    of_customer = select(col(LedgerRow.interaction_id)).where(col(LedgerRow.customer_digest) == order.subject_digest)
    await _mark(session, order, col(LedgerRow.interaction_id).in_(of_customer))


async def mark_entry(session: AsyncSession, order: ErasureRow, entry_id: str) -> None:
    await _mark(session, order, col(LedgerRow.entry_id) == entry_id)


async def _mark(session: AsyncSession, order: ErasureRow, which: object) -> None:
    """From here on no step of theirs begins: a run that is at work finds that its entry has its fate."""
    values = {"fate": "erased", "erasure_id": order.erasure_id, "stuck_code": None, "stuck_at": None}
    free = col(LedgerRow.erasure_id).is_(None), col(LedgerRow.seen_at) <= order.asked_at
    marked = update(LedgerRow).where(which, *free).values(**values, updated_at=now())  # type: ignore[arg-type]  # a condition
    ids = list(await session.scalars(marked.returning(col(LedgerRow.entry_id))))
    while ids:  # what has the same content, and what has the same content as that
        first = col(LedgerRow.duplicate_of).in_(ids)
        copies = update(LedgerRow).where(first, *free).values(**values, updated_at=now())
        ids = list(await session.scalars(copies.returning(col(LedgerRow.entry_id))))


async def unread(session: AsyncSession, order: ErasureRow, *, after: int, limit: int) -> list[LedgerRow]:
    """Entries seen before the order of which it is not known whose they are: nothing of them was read."""
    chosen = select(LedgerRow).where(
        col(LedgerRow.position) > after,
        col(LedgerRow.seen_at) <= order.asked_at,
        col(LedgerRow.kind).is_(None),
        col(LedgerRow.customer_digest).is_(None),
        col(LedgerRow.erasure_id).is_(None),
    )
    return list(await session.scalars(chosen.order_by(col(LedgerRow.position)).limit(limit)))


async def concerned(session: AsyncSession, erasure_id: str) -> list[str]:
    """Ids of all its entries, oldest first."""
    chosen = select(col(LedgerRow.entry_id)).where(col(LedgerRow.erasure_id) == erasure_id)
    return list(await session.scalars(chosen.order_by(col(LedgerRow.position))))


async def left(session: AsyncSession, erasure_id: str, *, limit: int) -> list[LedgerRow]:
    """Its entries of which something may be left."""
    chosen = select(LedgerRow).where(
        col(LedgerRow.erasure_id) == erasure_id, ~col(LedgerRow.key).startswith(_GONE, autoescape=True)
    )
    return list(await session.scalars(chosen.order_by(col(LedgerRow.position)).limit(limit)))


async def newer_with_result(session: AsyncSession, row: LedgerRow) -> bool:
    """Whether a version of the object that came after the order has a result, which lies where this one's did."""
    newer = select(LedgerRow).where(
        col(LedgerRow.interaction_id) == row.interaction_id,
        col(LedgerRow.position) > row.position,
        col(LedgerRow.fate).in_(("done", *UNFINISHED)),
    )
    return bool(await session.scalar(select(newer.exists())))


async def note(session: AsyncSession, row: ErasedRow) -> None:
    """Keeps what goes; what was noted before it went stays as it is."""
    await insert_or_ignore(session, ErasedRow, row.model_dump())


async def parts(session: AsyncSession, erasure_id: str) -> list[ErasedRow]:
    chosen = select(ErasedRow).where(col(ErasedRow.erasure_id) == erasure_id)
    return list(await session.scalars(chosen.order_by(col(ErasedRow.part), col(ErasedRow.sha256))))


async def scrub(session: AsyncSession, row: LedgerRow) -> None:
    """Takes out of the entry what could say whose it was; ids, times and steps stay."""
    moment = now()
    values = {
        "key": _GONE + row.entry_id,
        "name": "erased",
        "etag": "",
        "size": 0,
        "modified": row.seen_at,
        "sha256": None,
        "reason": None,
        "set_aside_key": None,
        "customer_digest": None,
        "queued": False,
        "updated_at": moment,
    }
    await session.execute(update(LedgerRow).where(col(LedgerRow.entry_id) == row.entry_id).values(**values))
    await session.execute(delete(ContentRow).where(col(ContentRow.entry_id) == row.entry_id))


async def count(session: AsyncSession, erasure_id: str) -> int:
    chosen = select(func.count()).select_from(LedgerRow).where(col(LedgerRow.erasure_id) == erasure_id)
    return await session.scalar(chosen) or 0
