"""Entries that are looked for: page by page, counted, as they change, and by their calls' ids."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.media.store.tables import LedgerRow
from shared.schemas.ledger import Fate, ReasonCount, SourceKind, Step


@dataclass(frozen=True)
class Wanted:
    """What entries are asked for; null does not matter. `name` is any part of the file's name, in any case."""

    fate: Fate | None = None
    step: Step | None = None
    kind: SourceKind | None = None
    reason_code: str | None = None
    bulk_id: str | None = None
    name: str | None = None
    seen_from: datetime | None = None
    seen_to: datetime | None = None
    stuck: bool | None = None


async def page(session: AsyncSession, wanted: Wanted, *, before: int | None, limit: int) -> list[LedgerRow]:
    """The newest rows seen before position `before`."""
    chosen = select(LedgerRow).where(*_conditions(wanted)).order_by(col(LedgerRow.position).desc()).limit(limit)
    if before is not None:
        chosen = chosen.where(col(LedgerRow.position) < before)
    return list(await session.scalars(chosen))


async def count_fates(session: AsyncSession, wanted: Wanted) -> dict[str, int]:
    """Entries by fate; those that are held for a bulk apart from those that wait."""
    held = and_(
        col(LedgerRow.fate) == "waiting", col(LedgerRow.bulk_id).is_not(None), col(LedgerRow.released_at).is_(None)
    )
    chosen = select(col(LedgerRow.fate), held, func.count()).where(*_conditions(wanted))
    found = await session.execute(chosen.group_by(col(LedgerRow.fate), held))
    return {"held" if is_held else fate: number for fate, is_held, number in found}


async def count_reasons(session: AsyncSession, wanted: Wanted, *, limit: int = 200) -> list[ReasonCount]:
    """Reasons, most first, each with the sentence of its newest entry."""
    code, number = col(LedgerRow.reason_code), func.count().label("number")
    newest = func.max(col(LedgerRow.position))
    grouped = select(col(LedgerRow.fate), code, number, newest).where(code.is_not(None), *_conditions(wanted))
    found = (
        await session.execute(grouped.group_by(col(LedgerRow.fate), code).order_by(number.desc()).limit(limit))
    ).all()
    positions = [position for _, _, _, position in found]
    told = select(col(LedgerRow.position), col(LedgerRow.reason)).where(col(LedgerRow.position).in_(positions))
    sentences = {row.position: row.reason for row in await session.execute(told)}
    return [
        ReasonCount(fate=fate, reason_code=reason_code, reason=sentences.get(position), entries=entries)
        for fate, reason_code, entries, position in found
    ]


async def count_stuck(session: AsyncSession, wanted: Wanted) -> int:
    chosen = select(func.count()).select_from(LedgerRow).where(col(LedgerRow.stuck_code).is_not(None))
    return await session.scalar(chosen.where(*_conditions(wanted))) or 0


async def changed(session: AsyncSession, *, after: tuple[datetime, int], limit: int) -> list[LedgerRow]:
    """Rows changed after this moment (or at it, with a higher position), in the order of their last change."""
    moment, position = col(LedgerRow.updated_at), col(LedgerRow.position)
    later = or_(moment > after[0], and_(moment == after[0], position > after[1]))
    return list(await session.scalars(select(LedgerRow).where(later).order_by(moment, position).limit(limit)))


async def retryable(
    session: AsyncSession, reason_code: str, bulk_id: str | None, *, after: int, limit: int
) -> list[LedgerRow]:
    """Rows beyond this position that ended with the reason, in the order seen."""
    chosen = select(LedgerRow).where(
        col(LedgerRow.reason_code) == reason_code,
        col(LedgerRow.fate).in_(("rejected", "failed", "cancelled")),
        col(LedgerRow.position) > after,
    )
    if bulk_id is not None:
        chosen = chosen.where(col(LedgerRow.bulk_id) == bulk_id)
    return list(await session.scalars(chosen.order_by(col(LedgerRow.position)).limit(limit)))


async def named(session: AsyncSession, names: Collection[str]) -> Sequence[LedgerRow]:
    """Rows whose file has one of these names, oldest first."""
    chosen = select(LedgerRow).where(col(LedgerRow.name).in_(names)).order_by(col(LedgerRow.position))
    return list(await session.scalars(chosen))


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    exact = (
        (col(LedgerRow.fate), wanted.fate),
        (col(LedgerRow.step), wanted.step),
        (col(LedgerRow.kind), wanted.kind),
        (col(LedgerRow.reason_code), wanted.reason_code),
        (col(LedgerRow.bulk_id), wanted.bulk_id),
    )
    conditions = [column == value for column, value in exact if value is not None]
    if wanted.name is not None:
        conditions.append(func.lower(col(LedgerRow.name)).contains(wanted.name.lower(), autoescape=True))
    if wanted.seen_from is not None:
        conditions.append(col(LedgerRow.seen_at) >= wanted.seen_from)
    if wanted.seen_to is not None:
        conditions.append(col(LedgerRow.seen_at) < wanted.seen_to)
    if wanted.stuck is not None:
        stuck = col(LedgerRow.stuck_code)
        conditions.append(stuck.is_not(None) if wanted.stuck else stuck.is_(None))
    return conditions
