"""Inserts that leave alone, or change, what is there: said by each database in its own way."""

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from services.media.store.tables import MediaTable

Insert = postgresql.Insert | sqlite.Insert


def inserting(session: AsyncSession, table: type[MediaTable]) -> Insert:
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


async def insert_or_ignore(session: AsyncSession, table: type[MediaTable], values: dict[str, object]) -> None:
    await session.execute(inserting(session, table).values(**values).on_conflict_do_nothing())
