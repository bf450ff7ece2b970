"""Versions of the FAQ, the history of which was active, and questions without an answer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Text, and_, delete, func, or_, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col, select

from services.bot.store.tables import BotTable, insert_if_absent, plain_text
from shared.db import UtcDateTime

_SUMMARY = ("number", "digest", "origin", "note", "created_at", "created_by", "counts")


class FaqVersionRow(BotTable, table=True):
    """A whole FAQ, never changed. `counts` is JSON, entries by language; `document` the entries as JSON."""

    __tablename__ = "bot_faq_version"
    number: int = Field(primary_key=True)
    digest: str = Field(max_length=64, index=True)
    origin: str = Field(max_length=16)
    note: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str = Field(max_length=64)
    counts: str = Field(sa_type=Text)
    document: str = Field(sa_type=Text)


class FaqActivationRow(BotTable, table=True):
    """A version became the one in use; the row with the highest position tells the one in use now."""

    __tablename__ = "bot_faq_activation"
    position: int = Field(primary_key=True)
    number: int = Field(foreign_key="bot_faq_version.number")
    activated_at: datetime = Field(sa_type=UtcDateTime)
    activated_by: str = Field(max_length=64)


class UnansweredRow(BotTable, table=True):
    """A question as it was asked, digits masked. `channels` is JSON: how often it was asked, by channel."""

    __tablename__ = "bot_faq_unanswered"
    question_id: str = Field(primary_key=True, sa_type=plain_text(32))
    language: str = Field(max_length=10)
    question: str = Field(sa_type=Text)
    channels: str = Field(sa_type=Text)
    asked: int
    first_asked_at: datetime = Field(sa_type=UtcDateTime)
    last_asked_at: datetime = Field(sa_type=UtcDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    done_by: str | None = Field(default=None, max_length=64)


async def lock_faq(session: AsyncSession) -> None:
    """Writers of the FAQ queue up from here to the end of the transaction (on SQLite they do anyway)."""
    if session.get_bind().dialect.name != "sqlite":
        await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('omnilex_bot_faq'))"))


async def active(session: AsyncSession) -> FaqActivationRow | None:
    """The last activation; None before the first."""
    query = select(FaqActivationRow).order_by(col(FaqActivationRow.position).desc()).limit(1)
    return (await session.execute(query)).scalar_one_or_none()


async def version(session: AsyncSession, number: int) -> FaqVersionRow | None:
    return await session.get(FaqVersionRow, number)


async def last_number(session: AsyncSession) -> int:
    """The highest version number; 0 without any."""
    return (await session.execute(select(func.max(FaqVersionRow.number)))).scalar_one() or 0


async def with_digest(session: AsyncSession, digest: str) -> bool:
    query = select(FaqVersionRow.number).where(FaqVersionRow.digest == digest).limit(1)
    return (await session.execute(query)).first() is not None


async def versions_below(session: AsyncSession, number: int | None, limit: int) -> list[FaqVersionRow]:
    """Versions without their documents, newest first, older than `number`."""
    columns = [FaqVersionRow.__table__.c[name] for name in _SUMMARY]  # type: ignore[attr-defined]
    query = select(*columns).order_by(col(FaqVersionRow.number).desc()).limit(limit)
    if number is not None:
        query = query.where(FaqVersionRow.number < number)
    rows = (await session.execute(query)).mappings()
    return [FaqVersionRow(**dict(row), document="") for row in rows]


async def locked_question(session: AsyncSession, row: UnansweredRow) -> tuple[UnansweredRow, bool]:
    """The question's row, held until the transaction ends, and whether it is new: then it is `row`."""
    new = await insert_if_absent(session, row)
    query = select(UnansweredRow).where(UnansweredRow.question_id == row.question_id).with_for_update()
    return (await session.execute(query)).scalar_one(), new


async def question(session: AsyncSession, question_id: str) -> UnansweredRow | None:
    query = select(UnansweredRow).where(UnansweredRow.question_id == question_id).with_for_update()
    return (await session.execute(query)).scalar_one_or_none()


async def questions(
    session: AsyncSession,
    *,
    done: bool,
    sort: Literal["asked", "recent"],
    language: str | None,
    after: tuple[int | datetime, str] | None,
    limit: int,
) -> Sequence[UnansweredRow]:
    """Most asked or most recent first; `after` is the key of the last row of the page before."""
    key = col(UnansweredRow.asked) if sort == "asked" else col(UnansweredRow.last_asked_at)
    conditions: list[ColumnElement[bool]] = [
        col(UnansweredRow.done_at).is_not(None) if done else col(UnansweredRow.done_at).is_(None)
    ]
    if language:
        conditions.append(col(UnansweredRow.language) == language)
    if after:
        place, question_id = after
        conditions.append(or_(key < place, and_(key == place, col(UnansweredRow.question_id) < question_id)))
    query = select(UnansweredRow).where(*conditions).order_by(key.desc(), col(UnansweredRow.question_id).desc())
    return (await session.execute(query.limit(limit))).scalars().all()


async def forget_questions(session: AsyncSession, *, before: datetime, keep: int) -> None:
    """Deletes questions last asked before a moment, and the oldest beyond the `keep` that were asked last."""
    await session.execute(delete(UnansweredRow).where(col(UnansweredRow.last_asked_at) < before))
    beyond = select(UnansweredRow.question_id).order_by(
        col(UnansweredRow.last_asked_at).desc(), col(UnansweredRow.question_id).desc()
    )
    rows = (await session.execute(beyond.offset(keep))).scalars().all()
    if rows:
        await session.execute(delete(UnansweredRow).where(col(UnansweredRow.question_id).in_(rows)))
