import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, select, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session

from shared.context import current_context, enter_context, leave_context, new_context
from shared.db import Database, UtcDateTime, open_database
from shared.errors import Unavailable

COUNTER = Table("counter", MetaData(), Column("value", Integer))


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
        UtcDateTime().process_bind_param(datetime(2026, 1, 1), sqlite.dialect())  # noqa: DTZ001  a moment without a zone is what is tested


def test_moment_comes_back_in_utc() -> None:
    stored = UtcDateTime().process_bind_param(
        datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=2))), sqlite.dialect()
    )
    assert stored == datetime(2026, 1, 1, 10, tzinfo=UTC)


async def test_nothing_done_while_reading_is_kept(database_url: str) -> None:
    database = await with_counter(database_url)
    async with database.reading() as session:
        await session.execute(text("UPDATE counter SET value = 5"))
    assert await counted(database) == 0
    await database.close()


async def test_writers_queue_up(database_url: str) -> None:
    database = await with_counter(database_url)

    async def add_one() -> None:
        async with database.transaction() as session:
            statement = select(COUNTER.c.value).with_for_update()  # SQLite has locked the whole file already
            value = (await session.execute(statement)).scalar_one()
            await asyncio.sleep(0.005)
            await session.execute(text("UPDATE counter SET value = :value"), {"value": value + 1})

    await asyncio.gather(*(add_one() for _ in range(20)))
    assert await counted(database) == 20
    await database.close()


async def test_readers_do_not_wait_for_a_writer(database_url: str) -> None:
    database = await with_counter(database_url)
    async with database.transaction() as session, asyncio.timeout(5):
        await session.execute(text("UPDATE counter SET value = 5"))
        assert await counted(database) == 0
    assert await counted(database) == 5
    await database.close()


async def test_works_come_one_after_another_and_are_all_or_nothing(database_url: str) -> None:
    database = await with_counter(database_url)

    def add_one(session: Session) -> int:
        value: int = session.execute(select(COUNTER.c.value).with_for_update()).scalar_one()
        session.execute(COUNTER.update().values(value=value + 1))
        return value

    def add_one_and_break(session: Session) -> None:
        add_one(session)
        raise RuntimeError("after the statement")

    assert sorted(await asyncio.gather(*(database.write(add_one) for _ in range(30)))) == list(range(30))
    with pytest.raises(RuntimeError, match="after the statement"):
        await database.write(add_one_and_break)
    assert await counted(database) == 30
    await database.close()


async def test_reading_at_once_waits_for_no_writer_and_keeps_nothing(database_url: str) -> None:
    database = await with_counter(database_url)
    async with database.transaction() as session, asyncio.timeout(5):
        await session.execute(text("UPDATE counter SET value = 5"))
        assert await database.read(_value) == 0
    assert await database.read(_value) == 5
    await database.close()


async def test_work_knows_the_request_it_is_done_for(database_url: str) -> None:
    database = await with_counter(database_url)
    context = new_context("request-12345")
    entered = enter_context(context)
    try:
        assert await database.write(lambda _: current_context()) == context
        assert await database.read(lambda _: current_context()) == context
    finally:
        leave_context(entered)
    await database.close()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_work_that_lost_a_deadlock_is_done_again(database_url: str) -> None:
    database = await with_counter(database_url)
    await database.write(lambda session: session.execute(text("CREATE TABLE other AS SELECT * FROM counter")))
    both_hold_one = threading.Barrier(2)
    tries: list[str] = []

    def crossing(first: str, second: str) -> Callable[[Session], None]:
        def work(session: Session) -> None:
            tries.append(first)
            session.execute(text(f"UPDATE {first} SET value = value + 1"))  # noqa: S608  from no input
            if len(tries) <= 2:
                with suppress(threading.BrokenBarrierError):
                    both_hold_one.wait(10)
            session.execute(text(f"UPDATE {second} SET value = value + 1"))  # noqa: S608  from no input

        return work

    async def in_thread(first: str, second: str) -> None:
        """In a loop of its own: the works block their threads until both hold a row."""

        async def alone() -> None:
            mine = Database(database_url)
            await mine.write(crossing(first, second))
            await mine.close()

        await asyncio.to_thread(asyncio.run, alone())

    await asyncio.gather(in_thread("counter", "other"), in_thread("other", "counter"))
    assert await database.read(_value) == 2
    assert len(tries) == 3
    await database.close()


async def test_replicas_that_start_at_once_migrate_once(database_url: str) -> None:
    replicas = [Database(database_url) for _ in range(3)]
    await asyncio.gather(*(replica.migrate("services.insights") for replica in replicas))
    for replica in replicas:
        await replica.migrate("services.insights")
        await replica.close()


async def test_moment_in_any_zone_is_stored_and_found_as_one(database_url: str) -> None:
    items = Table("item", MetaData(), Column("at", UtcDateTime))
    database = Database(database_url)
    async with database.transaction() as session:
        await (await session.connection()).run_sync(items.create)
        await session.execute(items.insert(), {"at": datetime(2026, 1, 1, 12, 0, 0, 1, timezone(timedelta(hours=2)))})
    moment = datetime(2026, 1, 1, 10, 0, 0, 1, UTC)
    async with database.reading() as session:
        found = (await session.execute(select(items.c.at).where(items.c.at == moment))).scalar_one()
    assert (found, found.tzinfo) == (moment, UTC)
    await database.close()


async def test_database_that_is_not_there_is_unavailable() -> None:
    database = Database("postgresql+psycopg://nobody@127.0.0.1:9/none")
    with pytest.raises(Unavailable):
        await database.ready()
    await database.close()


async def test_data_folder_is_made(tmp_path: Path) -> None:
    async with open_database(f"sqlite+aiosqlite:///{tmp_path}/new/folder/x.sqlite", "services.insights") as database:
        await database.ready()


async def with_counter(url: str) -> Database:
    database = Database(url)
    async with database.transaction() as session:
        await session.execute(text("CREATE TABLE counter (value INTEGER)"))
        await session.execute(text("INSERT INTO counter VALUES (0)"))
    return database


def _value(session: Session) -> int:
    value: int = session.execute(select(COUNTER.c.value)).scalar_one()
    return value


async def counted(database: Database) -> int:
    async with database.reading() as session:
        value: int = (await session.execute(text("SELECT value FROM counter"))).scalar_one()
    return value
