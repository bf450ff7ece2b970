"""Uploads by idempotency key."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.media.store.inserting import insert_or_ignore
from services.media.store.tables import UploadRow


async def claim_upload(session: AsyncSession, row: UploadRow) -> UploadRow:
    """The upload with this id: the given one, or the one that came first."""
    await insert_or_ignore(session, UploadRow, row.model_dump())
    found = await session.scalars(select(UploadRow).where(col(UploadRow.upload_id) == row.upload_id))
    return found.one()


async def complete_upload(session: AsyncSession, upload_id: str, entry_ids: Sequence[str]) -> None:
    done = update(UploadRow).where(col(UploadRow.upload_id) == upload_id).values(entry_ids=" ".join(entry_ids))
    await session.execute(done)
