"""What every table shares."""

from sqlalchemy import String
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import registry
from sqlmodel import SQLModel


class BotTable(SQLModel, registry=registry()):
    """Base of the tables. A registry of its own lets several services live in one process."""


def plain_text(length: int) -> String:
    """Text ordered by its bytes on both databases, whatever the language of the PostgreSQL server is."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


async def insert_if_absent(session: AsyncSession, row: BotTable) -> bool:
    """Whether the row was inserted; false when its key was there before. Waits for a rival that inserts it now."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(type(row)).values(**row.model_dump()).on_conflict_do_nothing()
    keys = type(row).__table__.primary_key.columns  # type: ignore[attr-defined]
    return (await session.execute(statement.returning(*keys))).first() is not None
