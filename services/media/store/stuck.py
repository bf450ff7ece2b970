"""Entries that do not move."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from services.media.store.ledger import UNFINISHED
from services.media.store.tables import LedgerRow, now
from shared.schemas.ledger import Step

StuckCode = Literal["step-too-long", "waiting-too-long", "queue-too-long"]
_AT_ONCE = 500


@dataclass(frozen=True)
class Suspects:
    """Entries without a change since `since`: at this `step`, or else those that wait, `queued` or not."""

    code: StuckCode
    since: datetime
    step: Step | None = None
    queued: bool = False


async def raise_stuck(session: AsyncSession, suspects: Suspects, moment: datetime) -> list[LedgerRow]:
    """Marks suspects that are not marked yet, and gives them.

    What a bulk holds is not late, nor is a version that waits for an earlier one of its object.
    """
    chosen = select(LedgerRow).where(col(LedgerRow.stuck_code).is_(None), col(LedgerRow.updated_at) < suspects.since)
    chosen = chosen.where(*_doing(suspects)).order_by(col(LedgerRow.position)).limit(_AT_ONCE)
    rows = list(await session.scalars(chosen))
    marked = update(LedgerRow).where(
        col(LedgerRow.entry_id).in_([row.entry_id for row in rows]), col(LedgerRow.stuck_code).is_(None)
    )
    values = {"stuck_code": suspects.code, "stuck_at": moment, "updated_at": now()}
    taken = set(await session.scalars(marked.values(**values).returning(col(LedgerRow.entry_id))))
    return [row for row in rows if row.entry_id in taken]


async def count(session: AsyncSession) -> int:
    return await session.scalar(select(func.count()).where(col(LedgerRow.stuck_code).is_not(None))) or 0


def _doing(suspects: Suspects) -> tuple[ColumnElement[bool], ...]:
    fate = col(LedgerRow.fate)
    if suspects.step is not None:
        return fate == "running", col(LedgerRow.step) == suspects.step
    if suspects.queued:
        return (and_(fate == "waiting", col(LedgerRow.queued)),)
    earlier = aliased(LedgerRow)
    unfinished_before = select(earlier).where(
        col(earlier.interaction_id) == col(LedgerRow.interaction_id),
        col(earlier.position) < col(LedgerRow.position),
        col(earlier.fate).in_(UNFINISHED),
    )
    let_in = or_(col(LedgerRow.bulk_id).is_(None), col(LedgerRow.released_at).is_not(None))
    return and_(fate == "waiting", ~col(LedgerRow.queued)), let_in, ~unfinished_before.exists()
