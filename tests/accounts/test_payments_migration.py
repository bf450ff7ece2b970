"""A database of the version before scheduled payments, with payments in it, brought up and back."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import bindparam, text
from sqlalchemy.exc import DBAPIError

from shared.db import Database, UtcDateTime
from tests.accounts.test_ledger import NOON, migrated

PAYMENT = {
    "receipt_id": "R-1", "customer_id": "C-1", "from_account_id": "AC-1", "payee_id": "P-1", "payee_name": "City Power",
    "minor_units": 2000, "currency": "USD", "transfer_id": "T-1", "balance_after": 3000,
}  # fmt: skip


async def put(database: Database, table: str, **values: object) -> None:
    given = {**values}
    statement = text(
        f"INSERT INTO {table} ({', '.join(given)}) VALUES ({', '.join(':' + name for name in given)})"  # noqa: S608  from no input
    )
    moments = [bindparam(name, type_=UtcDateTime) for name in given if name.endswith("_at")]
    async with database.transaction() as session:
        await session.execute(statement.bindparams(*moments), given)


async def rows(database: Database, query: str) -> list[dict[str, Any]]:
    async with database.reading() as session:
        return [dict(row) for row in (await session.execute(text(query))).mappings()]


async def bank_of_the_version_before(url: str) -> Database:
    database = Database(url)
    await migrated(database, "0004")
    await put(
        database, "accounts_customer", id="C-1", customer_number="12345678", first_name="A", last_name="B",
        phone="+15555550100", locale="en_US", pin_hash="x", created_at=NOON,
    )  # fmt: skip
    for account_id, kind in (("AC-1", "checking"), ("BANK-SETTLEMENT-USD", "settlement")):
        owner = "C-1" if kind == "checking" else None
        await put(
            database, "accounts_account", id=account_id, customer_id=owner, kind=kind, name="n", number_ending="1",
            currency="USD",
        )  # fmt: skip
    await put(database, "accounts_payee", id="P-1", customer_id="C-1", name="City Power", number_ending="5519")
    await put(database, "accounts_transfer", id="T-1", purpose="payment", made_at=NOON)
    await put(database, "accounts_payment", **PAYMENT, paid_at=NOON)
    await put(
        database, "accounts_request", customer_id="C-1", operation="payment", key="k-1", fingerprint="f",
        result_id="R-1",
    )  # fmt: skip
    return database


async def test_payments_of_the_version_before_are_paid_and_stay_so_on_the_way_back(database_url: str) -> None:
    database = await bank_of_the_version_before(database_url)
    before = await rows(database, "SELECT * FROM accounts_payment")
    for _ in range(2):
        await migrated(database, "0005")
        (payment,) = await rows(database, "SELECT * FROM accounts_payment")
        assert {name: payment[name] for name in PAYMENT} == PAYMENT
        assert (payment["status"], payment["channel"], payment["pay_on"]) == ("paid", "web", None)
        assert date.fromisoformat(str(payment["value_date"])) == NOON.date()
        assert (payment["undo_until"], payment["next_try_at"]) == (None, None)
        (payee,) = await rows(database, "SELECT number_hash, added_at, removed_at FROM accounts_payee")
        assert (payee["number_hash"], payee["removed_at"]) == (None, None)
        assert str(payee["added_at"]).startswith("2026-03-10 12:00:00")
        await migrated(database, "0004", down=True)
        assert await rows(database, "SELECT * FROM accounts_payment") == before
    await database.close()


async def test_key_used_before_stays_used(database_url: str) -> None:
    database = await bank_of_the_version_before(database_url)
    await migrated(database, "0005")
    (request,) = await rows(database, "SELECT owner, operation, key, answer FROM accounts_request")
    assert request == {"owner": "C-1", "operation": "payment", "key": "k-1", "answer": None}
    await database.close()


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ("status = 'lost'", "accounts_payment_status"),
        ("status = 'scheduled'", "accounts_payment_transfer"),
        ("minor_units = 0", "accounts_payment_amount"),
    ],
)
async def test_payment_that_contradicts_itself_is_refused(database_url: str, changes: str, constraint: str) -> None:
    database = await bank_of_the_version_before(database_url)
    await migrated(database, "0005")
    with pytest.raises(DBAPIError, match=constraint):
        async with database.transaction() as session:
            await session.execute(text(f"UPDATE accounts_payment SET {changes}"))  # noqa: S608  from no input
    await database.close()
