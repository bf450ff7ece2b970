"""The table as migrated is the table as declared, and each sort order runs along an index."""

from pathlib import Path
from typing import get_args

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, event

from services.insights import store
from services.insights.listing import ListQuery, Order, Position
from shared.db import Database
from shared.schemas.interaction import SortKey


def test_every_sort_key_has_its_index() -> None:
    assert set(store.SORT_KEYS) == set(get_args(SortKey))


async def test_migrations_make_the_declared_table(database_url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"version_table": "insights_migrations"})
        return list(compare_metadata(context, store.InsightsTable.metadata))

    database = Database(database_url)
    await database.migrate("services.insights")
    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await database.close()


@pytest.mark.parametrize("order", get_args(Order))
async def test_no_page_sorts_the_table(tmp_path: Path, order: Order) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'plan.sqlite'}")
    await database.migrate("services.insights")
    asked: list[tuple[str, tuple[object, ...]]] = []

    def note(_: object, __: object, statement: str, parameters: tuple[object, ...], *___: object) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    async with database.reading() as session:
        event.listen(database.engine.sync_engine, "before_cursor_execute", note)
        for sort in store.SORT_KEYS:
            query = ListQuery(sort=sort, order=order)
            for after in (None, Position(None, "a")):
                await store.page_of_headers(session, query, after, 25)
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)
        connection = await session.connection()
        assert len(asked) >= 16
        for statement, parameters in asked:
            rows = (await connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters)).all()
            plan = " ".join(str(row[-1]) for row in rows)
            assert "USING INDEX interaction_" in plan
            assert "TEMP B-TREE" not in plan
    await database.close()
