from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import sqlite

from shared.db import Database, UtcDateTime


async def test_transaction_is_rolled_back_on_error(database_url: str) -> None:
    database = Database(database_url)
    async with database.transaction() as session:
        await session.execute(text("CREATE TABLE item (id INTEGER)"))
    with pytest.raises(RuntimeError):
        async with database.transaction() as session:
            await session.execute(text("INSERT INTO item VALUES (1)"))
            raise RuntimeError
    async with database.reading() as session:
        assert (await session.execute(text("SELECT count(*) FROM item"))).scalar() == 0
    await database.close()


async def test_database_says_that_it_answers(database_url: str) -> None:
    database = Database(database_url)
    await database.ready()
    await database.close()


def test_moment_without_zone_cannot_be_stored() -> None:
    with pytest.raises(ValueError, match="time zone"):
        UtcDateTime().process_bind_param(datetime(2026, 1, 1), sqlite.dialect())  # noqa: DTZ001


def test_moment_comes_back_in_utc() -> None:
    stored = UtcDateTime().process_bind_param(
        datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=2))), sqlite.dialect()
    )
    assert stored == datetime(2026, 1, 1, 10, tzinfo=UTC)
