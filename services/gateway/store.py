"""Tables of the gateway and every query on them."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import JSON
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel, col, select

from shared.db import UtcDateTime


class GatewayTable(SQLModel, registry=registry()):
    """Tables of this service have a registry of their own: several services may share a process."""


class ChatSessionRow(GatewayTable, table=True):
    """A conversation on one channel, with where its dialog stands. The id is the session's id at the Lex runtime."""

    __tablename__ = "chat_session"

    session_id: str = Field(primary_key=True, max_length=100)
    channel: str = Field(max_length=16)
    created_at: datetime = Field(sa_type=UtcDateTime)
    last_turn_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_sequence: int = 0
    intent: str | None = None
    slot_to_elicit: str | None = None
    state: str | None = None
    verified: bool = False


class ChatMessageRow(GatewayTable, table=True):
    """One message; `content` of a customer is masked before it gets here."""

    __tablename__ = "chat_message"

    session_id: str = Field(primary_key=True, foreign_key="chat_session.session_id", max_length=100)
    sequence: int = Field(primary_key=True)
    sender: str = Field(max_length=8)
    at: datetime = Field(sa_type=UtcDateTime)
    content_type: str = Field(max_length=32)
    content: str | None = None
    card: dict[str, JsonValue] | None = Field(default=None, sa_type=JSON)


class StaffRow(GatewayTable, table=True):
    """`token_version` changes with the password: a token that names another one is refused."""

    __tablename__ = "staff_member"

    username: str = Field(primary_key=True, max_length=64)
    password_hash: str
    roles: list[str] = Field(sa_type=JSON)
    token_version: str = Field(max_length=32)
    created_at: datetime = Field(sa_type=UtcDateTime)


METADATA = GatewayTable.metadata


async def chat_session(session: AsyncSession, session_id: str, *, lock: bool = False) -> ChatSessionRow | None:
    return await session.get(ChatSessionRow, session_id, with_for_update=lock or None)


async def messages_after(session: AsyncSession, session_id: str, after: int, limit: int) -> Sequence[ChatMessageRow]:
    """In the order they were said."""
    query = (
        select(ChatMessageRow)
        .where(ChatMessageRow.session_id == session_id, ChatMessageRow.sequence > after)
        .order_by(col(ChatMessageRow.sequence))
        .limit(limit)
    )
    return (await session.scalars(query)).all()


async def staff_member(session: AsyncSession, username: str) -> StaffRow | None:
    return await session.get(StaffRow, username)


async def staff_page(session: AsyncSession, after: str, limit: int) -> Sequence[StaffRow]:
    """By user name, those that come after `after`."""
    query = select(StaffRow).where(StaffRow.username > after).order_by(col(StaffRow.username)).limit(limit)
    return (await session.scalars(query)).all()


async def all_staff_locked(session: AsyncSession) -> Sequence[StaffRow]:
    """Everyone, kept from changing until the transaction ends."""
    return (await session.scalars(select(StaffRow).order_by(col(StaffRow.username)).with_for_update())).all()
