"""A database of the version before customer numbers, links, contexts and the audit trail, brought up and back."""

import re

import pytest
from sqlalchemy import Connection, bindparam, inspect, text
from sqlalchemy.exc import IntegrityError

from shared.db import Database, UtcDateTime
from tests.accounts.test_ledger import NOON, migrated

NEW_TABLES = {
    "accounts_audit", "accounts_audit_head", "accounts_context", "accounts_former_pin", "accounts_link",
}  # fmt: skip


async def test_customers_get_numbers_of_their_own_and_keep_all_else(database_url: str) -> None:
    database = Database(database_url)
    await migrated(database, "0002")
    before = await shape(database)
    insert = text("INSERT INTO accounts_customer VALUES (:id, 'A', 'B', :phone, 'hash', :at)")
    async with database.transaction() as session:
        for number in range(50):
            values = {"id": f"C-{number}", "phone": f"+1555555{number:04d}", "at": NOON}
            await session.execute(insert.bindparams(bindparam("at", type_=UtcDateTime)), values)
        await session.execute(text("INSERT INTO accounts_lockout VALUES ('C-1', 4, NULL)"))
    for _ in range(2):
        await migrated(database, "0003")
        rows = await all_of(database, "SELECT customer_number, locale, cooling_off_until FROM accounts_customer")
        assert len({row[0] for row in rows}) == 50
        assert all(re.fullmatch(r"[1-9][0-9]{7}", str(row[0])) for row in rows)
        assert {tuple(row[1:]) for row in rows} == {("en_US", None)}
        with pytest.raises(IntegrityError):
            async with database.transaction() as session:
                await session.execute(text("UPDATE accounts_customer SET customer_number = '12345678'"))
        assert await all_of(database, "SELECT subject, tries, retry_at FROM accounts_lockout") == [("C-1", 4, None)]
        assert set(await shape(database)) - set(before) == NEW_TABLES
        await migrated(database, "0002", down=True)
        assert await shape(database) == before
    assert len(await all_of(database, "SELECT id FROM accounts_customer")) == 50
    await database.close()


async def all_of(database: Database, query: str) -> list[tuple[object, ...]]:
    async with database.reading() as session:
        return [tuple(row) for row in (await session.execute(text(query))).all()]


async def shape(database: Database) -> dict[str, object]:
    """Each table with its columns and indexes."""

    def of(connection: Connection) -> dict[str, object]:
        found = inspect(connection)
        return {
            table: (
                [(column["name"], column["nullable"]) for column in found.get_columns(table)],
                sorted((index["name"] or "", index["column_names"]) for index in found.get_indexes(table)),
            )
            for table in found.get_table_names()
        }

    return await database.at_once(of)
