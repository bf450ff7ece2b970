"""What is told of an entry on its way, and what begins it again; each attempt of each step is in `course`."""

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.media.store.ledger import UNFINISHED
from services.media.store.tables import BulkRow, LedgerRow, StepRow, now


async def steps_of(session: AsyncSession, entry_id: str) -> list[StepRow]:
    """Every attempt of every step, in the order they began."""
    chosen = select(StepRow).where(col(StepRow.entry_id) == entry_id)
    return list(await session.scalars(chosen.order_by(col(StepRow.run), col(StepRow.started_at))))


async def progress(session: AsyncSession, entry_id: str, heard: float, total: float | None) -> None:
    """How many seconds of the recording's `total` have been heard."""
    chosen = update(LedgerRow).where(col(LedgerRow.entry_id) == entry_id, col(LedgerRow.fate).in_(UNFINISHED))
    moving = {"stuck_code": None, "stuck_at": None, "updated_at": now()}  # what moves is not stuck
    await session.execute(chosen.values(seconds_heard=heard, seconds_total=total, **moving))


async def set_customer(session: AsyncSession, entry_id: str, customer: str) -> None:
    """Whose interaction it is, by a keyed hash."""
    await session.execute(update(LedgerRow).where(col(LedgerRow.entry_id) == entry_id).values(customer_digest=customer))


async def set_aside_at(session: AsyncSession, entry_id: str, key: str | None) -> None:
    """Where the source lies since a failure moved it; null when it is back at its own key."""
    chosen = update(LedgerRow).where(col(LedgerRow.entry_id) == entry_id)
    await session.execute(chosen.values(set_aside_key=key, updated_at=now()))


async def begin_again(session: AsyncSession, row: LedgerRow) -> bool:
    """Puts a row that ended without a result at the beginning of a new run; false when somebody else did meanwhile.

    One that belongs to a bulk is held again until the bulk lets it in; the bulk is open again for it.
    """
    chosen = update(LedgerRow).where(
        col(LedgerRow.entry_id) == row.entry_id,
        col(LedgerRow.run) == row.run,
        col(LedgerRow.fate).in_(("rejected", "failed", "cancelled")),
    )
    values = {
        "fate": "waiting",
        "queued": False,
        "run": row.run + 1,
        "step": None,
        "attempt": 1,
        "reason_code": None,
        "reason": None,
        "released_at": None,
        "seconds_heard": None,
        "seconds_total": None,
        "stuck_code": None,
        "stuck_at": None,
        "updated_at": now(),
    }
    if not (await session.execute(chosen.values(**values).returning(col(LedgerRow.entry_id)))).all():
        return False
    if row.bulk_id is not None:
        ended = update(BulkRow).where(
            col(BulkRow.bulk_id) == row.bulk_id, col(BulkRow.state).in_(("done", "cancelled"))
        )
        await session.execute(ended.values(state="running", ended_at=None, updated_at=now()))
    return True


async def is_replaced(session: AsyncSession, row: LedgerRow) -> bool:
    """Whether a newer version of the object has a result, or is on its way to one."""
    newer = select(LedgerRow).where(
        col(LedgerRow.interaction_id) == row.interaction_id,
        col(LedgerRow.position) > row.position,
        col(LedgerRow.fate).in_(("done", *UNFINISHED)),
    )
    return bool(await session.scalar(select(newer.exists())))
