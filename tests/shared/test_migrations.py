"""Whether a service's tables are at their newest version is known without Alembic, and as Alembic knows it."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text

from shared.db import Database, open_database
from shared.migrations import folder_of, is_newest, version_table

SERVICES = ("accounts", "bot", "gateway", "insights", "lex", "media")
STARTS = """
import asyncio, sys
from shared.db import open_database
async def start():
    async with open_database(sys.argv[1], "services.lex") as database:
        await database.ready()
asyncio.run(start())
print(sorted({name.partition(".")[0] for name in sys.modules} & {"alembic", "mako"}))
"""


async def newest(database: Database, package: str) -> bool:
    async with database.engine.connect() as connection:
        return await connection.run_sync(is_newest, package)


@pytest.mark.parametrize("service", SERVICES)
async def test_tables_are_newest_once_they_are_migrated(service: str, tmp_path: Path) -> None:
    package = f"services.{service}"
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/{service}.sqlite")
    assert not await newest(database, package)
    await database.migrate(package)
    assert await newest(database, package)
    async with database.transaction() as session:
        stored = (await session.execute(text(f"SELECT version_num FROM {version_table(package)}"))).scalar_one()  # noqa: S608  from no input
        assert stored == ScriptDirectory(str(folder_of(package))).get_current_head()
        await session.execute(text(f"UPDATE {version_table(package)} SET version_num = 'older'"))  # noqa: S608  from no input
    assert not await newest(database, package)
    await database.close()


async def test_each_service_has_a_version_of_its_own(database_url: str) -> None:
    async with open_database(database_url, "services.lex") as database:
        assert await newest(database, "services.lex")
        assert not await newest(database, "services.insights")
        await database.migrate("services.insights")
        assert await newest(database, "services.insights")


def test_a_second_start_does_without_alembic(tmp_path: Path) -> None:
    command = [sys.executable, "-c", STARTS, f"sqlite+aiosqlite:///{tmp_path}/lex.sqlite"]
    loaded = [subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() for _ in range(2)]
    assert loaded == ["['alembic', 'mako']", "[]"]
