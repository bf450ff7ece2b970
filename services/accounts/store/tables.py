"""What every table shares."""

from itertools import groupby
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, registry
from sqlmodel import SQLModel


class AccountsTable(SQLModel, registry=registry()):
    """Base of the tables. A registry of its own lets several services live in one process."""


def table_of(row: type[AccountsTable]) -> Table:
    """What the statements that need no mapping are made from."""
    table: Table = row.__table__  # type: ignore[attr-defined]  # SQLModel sets it when it makes the class
    return table


def columns(row: object) -> dict[str, Any]:
    """What a dataclass with slots holds, by name; much quicker than `asdict`, which copies every value."""
    names: tuple[str, ...] = type(row).__slots__  # type: ignore[attr-defined]  # no protocol speaks of slots
    return {name: getattr(row, name) for name in names}


async def insert(session: AsyncSession, *rows: AccountsTable) -> None:
    """As `add`."""
    await session.run_sync(lambda blocking: add(blocking, *rows))


def add_if_absent(session: Session, row: AccountsTable) -> bool:
    """Whether the row was inserted; false when its key was there before. Waits for a rival that inserts it now."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(type(row)).values(**row.model_dump()).on_conflict_do_nothing()
    keys = table_of(type(row)).primary_key.columns
    return session.execute(statement.returning(*keys)).first() is not None


def add(session: Session, *rows: AccountsTable) -> None:
    """Inserts in the order given, a stretch of one table at a time.

    Without relationships the mapper does not know who refers to whom.
    """
    for _, stretch in groupby(rows, type):
        session.add_all(stretch)
        session.flush()
