"""Who of the staff may sign in."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from services.gateway.store.tables import StaffRow

_ROLES = select(StaffRow.roles)
_STANDING = select(StaffRow.token_version, StaffRow.roles).where(col(StaffRow.username) == bindparam("of"))


class StaffStanding(NamedTuple):
    """What a request of theirs is held against."""

    token_version: str
    roles: list[str]


def staff_standing(db: Connection, username: str) -> StaffStanding | None:
    row = db.execute(_STANDING, {"of": username}).one_or_none()
    return StaffStanding(*row) if row is not None else None


async def staff_member(session: AsyncSession, username: str) -> StaffRow | None:
    return await session.get(StaffRow, username)


async def staff_page(session: AsyncSession, after: str, limit: int) -> Sequence[StaffRow]:
    """By user name, those that come after `after`."""
    query = select(StaffRow).where(StaffRow.username > after).order_by(col(StaffRow.username)).limit(limit)
    return (await session.scalars(query)).all()


async def all_staff_locked(session: AsyncSession) -> Sequence[StaffRow]:
    """Everyone, kept from changing until the transaction ends."""
    return (await session.scalars(select(StaffRow).order_by(col(StaffRow.username)).with_for_update())).all()


def roles_of(db: Connection, username: str) -> frozenset[str]:
    """The roles of a member of staff; none for somebody who is not of the staff."""
    row = db.execute(_ROLES.where(col(StaffRow.username) == username)).one_or_none()
    return frozenset(row.roles) if row is not None else frozenset()
