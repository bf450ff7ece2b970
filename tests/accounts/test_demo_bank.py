import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlmodel import func, select

from services.accounts import demo_bank, ledger
from services.accounts.demo_bank import open_demo_bank
from services.accounts.demo_people import DemoCustomer, demo_customers
from services.accounts.main import create_app
from services.accounts.pins import PinHasher
from services.accounts.settings import AccountsSettings
from services.accounts.store import AccountRow, CustomerRow, PostingRow
from shared.db import Database, open_database
from shared.schemas.mortgages import Loan
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


async def test_the_past_leads_to_the_balances_of_today(bank: Bank, maya: str) -> None:
    accounts = {account.account_id: kind for kind, account in (await bank.accounts(maya)).items()}
    running: dict[str, int] = {}
    for posting in sorted(await bank.postings(), key=lambda posting: (posting.made_at, posting.sequence)):
        for account_id, units in (
            (posting.debit_account_id, -posting.minor_units),
            (posting.credit_account_id, posting.minor_units),
        ):
            if account_id in accounts:
                running[account_id] = running.get(account_id, 0) + units
                has = running[account_id]
                assert has >= 0 if accounts[account_id] in ("checking", "savings") else has <= 0
        assert posting.made_at < bank.clock.now
    assert {accounts[account_id]: abs(units) for account_id, units in running.items()} == {
        kind: account.balance.minor_units for kind, account in (await bank.accounts(maya)).items()
    }
    assert (await bank.proof()).holds


@on_sqlite
async def test_nobody_was_ever_overdrawn(bank: Bank) -> None:
    async with bank.database.reading() as session:
        rows = (await session.execute(select(AccountRow).where(AccountRow.kind == "checking"))).scalars()
        running = {row.id: 0 for row in rows}
    moved = 0
    for posting in sorted(await bank.postings(), key=lambda posting: (posting.made_at, posting.sequence)):
        for account_id, units in (
            (posting.debit_account_id, -posting.minor_units),
            (posting.credit_account_id, posting.minor_units),
        ):
            if account_id in running:
                running[account_id] += units
                moved += 1
                assert running[account_id] >= 0
    assert moved > 150


@on_sqlite
async def test_loans_of_the_demo_bank_have_terms_that_agree(bank: Bank, people: list[DemoCustomer]) -> None:
    with_terms = 0
    for person in people:
        customer_id = (await bank.verify(person.phone, person.pin)).customer_id or ""
        accounts = await bank.accounts(customer_id)
        for account in person.accounts:
            if account.loan is None:
                continue
            path = f"/customers/{customer_id}/accounts/{accounts[account.kind].account_id}/loan"
            loan = Loan.model_validate_json((await bank.http.get(path)).content)
            assert loan.principal_owed == accounts[account.kind].balance
            assert loan.payments_left == account.loan.term_months - account.loan.paid
            assert loan.next_payment is not None
            assert loan.next_payment.total == accounts[account.kind].payment_due
            with_terms += 1
    assert with_terms > 5


@on_sqlite
async def test_customers_of_the_demo_bank_verify_by_number(bank: Bank, people: list[DemoCustomer]) -> None:
    assert [person.customer_number for person in people] == [str(55_501_000 + place) for place in range(12)]
    verification = await bank.verify_by(customer_number="55501000", pin=people[0].pin)
    assert (verification.outcome, verification.first_name) == ("verified", "Maya")


@on_sqlite
async def test_plans_of_the_demo_bank_are_chosen(bank: Bank, maya: str) -> None:
    chosen = (await bank.http.get(f"/customers/{maya}/chosen-plans")).json()
    assert {plan["plan_id"] for plan in chosen} == {
        "everyday-checking",
        "goal-savings",
        "cashback-card",
        "mortgage-30-fixed",
    }


@pytest.mark.parametrize("now", ["2026-01-01T00:00", "2026-03-31T23:59", "2028-02-29T12:00", "2026-12-02T00:00"])
async def test_the_bank_opens_on_any_day(data_dir: Path, tmp_path: Path, now: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    async with open_database(f"sqlite+aiosqlite:///{tmp_path / 'a.sqlite'}", "services.accounts") as database:
        with PinHasher(cheap_settings(data_dir)) as pins:
            await open_demo_bank(database, pins, lambda: moment)
        async with database.reading() as session:
            latest = (await session.execute(select(func.max(PostingRow.made_at)))).scalar_one()
        assert moment - timedelta(days=8) < latest < moment
        assert (await database.read(ledger.prove)).holds
