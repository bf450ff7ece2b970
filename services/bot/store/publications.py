"""Copies of the FAQ that a search service keeps: one row for each try to have one language of it there."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Text, UniqueConstraint, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col, select

from services.bot.store.tables import BotTable, plain_text
from shared.db import UtcDateTime


class FaqPublicationRow(BotTable, table=True):
    """`name` is the FAQ's in the index. `status` is waiting, creating, active or failed; `removed_at` ends the row.

    `position` is that of the activation for which it was made. `reason` is the last trouble with it.
    """

    __tablename__ = "bot_faq_publication"
    __table_args__ = (UniqueConstraint("index_id", "position", "language", "attempt"),)
    name: str = Field(primary_key=True, sa_type=plain_text(100))
    index_id: str = Field(max_length=36)
    position: int = Field(foreign_key="bot_faq_activation.position")
    number: int = Field(foreign_key="bot_faq_version.number", index=True)
    language: str = Field(max_length=10)
    attempt: int
    status: str = Field(max_length=16)
    faq_id: str | None = Field(default=None, max_length=100)
    reason: str | None = Field(default=None, sa_type=Text)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


async def publications(session: AsyncSession, index_id: str) -> Sequence[FaqPublicationRow]:
    """Those that the index may hold, oldest first."""
    query = (
        select(FaqPublicationRow)
        .where(col(FaqPublicationRow.index_id) == index_id, col(FaqPublicationRow.removed_at).is_(None))
        .order_by(col(FaqPublicationRow.position), col(FaqPublicationRow.language), col(FaqPublicationRow.attempt))
    )
    return (await session.execute(query)).scalars().all()


async def publications_of(session: AsyncSession, index_id: str, numbers: Sequence[int]) -> Sequence[FaqPublicationRow]:
    """Those of the versions, whatever became of them, oldest first."""
    query = (
        select(FaqPublicationRow)
        .where(col(FaqPublicationRow.index_id) == index_id, col(FaqPublicationRow.number).in_(numbers))
        .order_by(col(FaqPublicationRow.position), col(FaqPublicationRow.attempt))
    )
    return (await session.execute(query)).scalars().all()


async def change_publication(session: AsyncSession, name: str, values: dict[str, object]) -> None:
    await session.execute(update(FaqPublicationRow).where(col(FaqPublicationRow.name) == name).values(**values))
