import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlmodel import func, select

from services.accounts import demo_bank
from services.accounts.demo_bank import DemoCustomer, demo_customers, open_demo_bank
from services.accounts.main import create_app
from services.accounts.pins import PinHasher
from services.accounts.settings import AccountsSettings
from services.accounts.store import CustomerRow
from shared.db import Database, open_database
from tests.accounts.bank import Bank, cheap_settings, on_sqlite
from tests.conftest import internal_headers, served


@on_sqlite
async def test_every_customer_verifies_with_the_pin_of_the_table(bank: Bank, people: list[DemoCustomer]) -> None:
    assert [person.phone for person in people] == [f"+155555501{number:02d}" for number in range(12)]
    for person in people:
        verification = await bank.verify(person.phone, person.pin)
        assert (verification.outcome, verification.first_name) == ("verified", person.first_name)
        row = f"{person.phone} | {person.first_name} {person.last_name}"
        assert row in " ".join((demo_bank.__doc__ or "").split())


async def test_balances_come_out_of_the_ledger(bank: Bank, people: list[DemoCustomer]) -> None:
    for person in people:
        customer_id = (await bank.verify(person.phone, person.pin)).customer_id
        shown = {
            kind: account.balance.minor_units for kind, account in (await bank.accounts(customer_id or "")).items()
        }
        assert shown == {account.kind: account.units for account in person.accounts}


def test_the_bank_is_the_same_each_time(people: list[DemoCustomer]) -> None:
    assert demo_customers() == people


async def test_replicas_that_start_together_open_one_bank(database_url: str, data_dir: Path) -> None:
    settings = cheap_settings(data_dir)
    async with open_database(database_url, "services.accounts") as database:
        with PinHasher(settings) as pins:
            await asyncio.gather(*(open_demo_bank(database, pins, lambda: datetime.now(UTC)) for _ in range(3)))
            assert await _customers(database) == 12


async def test_service_keeps_its_data_over_a_restart(data_dir: Path) -> None:
    settings = cheap_settings(data_dir)
    for _ in range(2):
        async with served(create_app(settings)) as http:
            assert (await http.get("/ready")).status_code == 200
    async with open_database(settings.database_url("sqlite", "accounts"), "services.accounts") as database:
        assert await _customers(database) == 12


async def test_bank_without_demo_is_empty(data_dir: Path) -> None:
    settings = cheap_settings(data_dir, demo_bank=False)
    async with served(create_app(settings), headers=internal_headers("accounts")) as http:
        body = {"phone": "+15555550100", "pin": "2468", "session": "s"}
        assert (await http.post("/verifications", json=body)).json()["outcome"] == "refused"


def production(**changes: object) -> dict[str, object]:
    return {
        "environment": "production",
        "internal_secret": "i" * 32,
        "pin_pepper": "p" * 32,
        "audit_key": "a" * 32,
        "accounts_database_url": "postgresql+psycopg://db/accounts",
        **changes,
    }


def test_production_refuses_the_demo_bank() -> None:
    with pytest.raises(ValidationError, match="OMNILEX_DEMO_BANK"):
        AccountsSettings.model_validate(production())
    AccountsSettings.model_validate(production(demo_bank=False))


def test_production_refuses_the_default_pepper_without_showing_secrets() -> None:
    secret = "q" * 32
    values = production(demo_bank=False, internal_secret=secret)
    del values["pin_pepper"]
    with pytest.raises(ValidationError, match="OMNILEX_PIN_PEPPER") as refused:
        AccountsSettings.model_validate(values)
    assert "qqqq" not in str(refused.value)


async def _customers(database: Database) -> int:
    async with database.reading() as session:
        return (await session.execute(select(func.count()).select_from(CustomerRow))).scalar_one()
