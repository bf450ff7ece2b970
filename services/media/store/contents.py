"""Which entry holds a content."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.media.store.inserting import insert_or_ignore
from services.media.store.ledger import UNFINISHED, entry
from services.media.store.tables import ContentRow, LedgerRow
from shared.schemas.ledger import Fate

_GAVE_UP: tuple[Fate, ...] = ("rejected", "failed", "cancelled", "erased")


async def claim_content(session: AsyncSession, row: LedgerRow, content: str) -> str | None:
    """Makes `row` the holder of the content (a SHA-256) and gives null, or gives the entry that holds it already.

    A holder that failed, or whose result a newer version of the same object replaced, gives way.
    """
    row.sha256 = content
    await insert_or_ignore(session, ContentRow, {"sha256": content, "entry_id": row.entry_id})
    held = select(ContentRow).where(col(ContentRow.sha256) == content).with_for_update()
    holding = (await session.scalars(held)).one()
    if holding.entry_id == row.entry_id:
        return None
    holder = await entry(session, holding.entry_id)
    if holder is None or holder.fate in _GAVE_UP or await _is_replaced(session, holder, row):
        holding.entry_id = row.entry_id
        return None
    return holder.entry_id


async def _is_replaced(session: AsyncSession, holder: LedgerRow, row: LedgerRow) -> bool:
    newer = select(LedgerRow).where(
        col(LedgerRow.interaction_id) == holder.interaction_id,
        col(LedgerRow.position) > holder.position,
        col(LedgerRow.entry_id) != row.entry_id,
        col(LedgerRow.fate).in_(("done", *UNFINISHED)),
    )
    return bool(await session.scalar(select(newer.exists())))
