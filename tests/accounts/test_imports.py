"""Customers of another system: taken over once, whole, and told row by row."""

import asyncio
from datetime import date
from pathlib import Path

import httpx
import pytest
from sqlmodel import select

from services.accounts.amortisation import level_payment, schedule
from services.accounts.store import CustomerRow, ImportRow
from shared.schemas.imports import ImportOutcome
from shared.schemas.mortgages import Loan
from shared.schemas.plans import Application
from tests.accounts.bank import MAYA, Bank, JsonBody, on_sqlite, open_bank
from tests.conftest import internal_headers, staff, without_chance

ANA_PHONE, ANA_PIN = "+15555550190", "7305"
LOAN: JsonBody = {"principal": 640_000_00, "rate_basis_points": 573.5, "term_months": 360}
CHECKING: JsonBody = {"source": "E/ana/Checking", "kind": "checking", "name": "Checking", "balance": 1_250_75}
MORTGAGE: JsonBody = {
    "source": "E/ana/Mortgage",
    "kind": "mortgage",
    "name": "Mortgage",
    "balance": 250_000_00,
    "payment": 3_728_77,
    "due_on": "2024-04-15",
    "loan": LOAN,
}
WANTED: JsonBody = {"source": "P/ana/Savings", "kind": "savings", "applied_on": "2026-02-01"}


def ana(**changes: object) -> JsonBody:
    return {
        "source": "U/ana",
        "first_name": "Ana",
        "last_name": "Ruiz",
        "phone": ANA_PHONE,
        "pin": ANA_PIN,
        "accounts": [CHECKING, MORTGAGE],
        "applications": [WANTED],
        **changes,
    }


async def send(bank: Bank, *customers: JsonBody, dry_run: bool = False, role: str = "admin") -> httpx.Response:
    headers = internal_headers("accounts", staff(role))
    body = {"customers": list(customers), "dry_run": dry_run}
    return await bank.http.post("/imports/customers", json=body, headers=headers)


async def outcomes(bank: Bank, *customers: JsonBody, dry_run: bool = False) -> dict[str, ImportOutcome]:
    answer = await send(bank, *customers, dry_run=dry_run)
    assert answer.status_code == 200, answer.text
    assert ANA_PIN not in without_chance(answer.text)
    found = [ImportOutcome.model_validate(item) for item in answer.json()["outcomes"]]
    return {outcome.source: outcome for outcome in found}


async def loan_of(bank: Bank, customer_id: str) -> Loan:
    account_id = (await bank.accounts(customer_id))["mortgage"].account_id
    return Loan.model_validate_json(
        (await bank.http.get(f"/customers/{customer_id}/accounts/{account_id}/loan")).content
    )


async def test_a_customer_comes_over_whole(bank: Bank) -> None:
    found = await outcomes(bank, ana())
    assert {outcome.outcome for outcome in found.values()} == {"imported"}
    verification = await bank.verify(ANA_PHONE, ANA_PIN)
    assert (verification.outcome, verification.first_name) == ("verified", "Ana")
    customer_id = verification.customer_id or ""
    accounts = await bank.accounts(customer_id)
    assert {kind: account.balance.minor_units for kind, account in accounts.items()} == {
        "checking": 1_250_75,
        "mortgage": 250_000_00,
    }
    assert accounts["checking"].name == "Checking"
    [application] = (await bank.http.get(f"/customers/{customer_id}/applications")).json()
    assert Application.model_validate(application).plan_id == "goal-savings"
    assert application["applied_at"].startswith("2026-02-01")
    chosen = (await bank.http.get(f"/customers/{customer_id}/chosen-plans")).json()
    assert {plan["plan_id"]: plan["status"] for plan in chosen} == {
        "everyday-checking": "open",
        "mortgage-30-fixed": "open",
        "goal-savings": "pending",
    }
    assert (await bank.proof()).holds
    assert (await bank.pay(customer_id, await bank.order(customer_id, 100_00, payee="Mortgage"))).status_code == 201


async def test_the_same_again_changes_nothing(bank: Bank) -> None:
    first = await outcomes(bank, ana())
    again = await outcomes(bank, ana())
    assert {outcome.outcome for outcome in again.values()} == {"unchanged"}
    assert {each.result_id for each in again.values()} == {each.result_id for each in first.values()}
    customer_id = first["U/ana"].customer_id or ""
    assert len(await bank.accounts(customer_id)) == 2


async def test_two_imports_at_once_keep_one(bank: Bank) -> None:
    answers = await asyncio.gather(*(send(bank, ana()) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    kept = [answer.json()["outcomes"][0]["outcome"] for answer in answers]
    assert sorted(kept) == ["imported", "unchanged", "unchanged", "unchanged"]
    assert len({answer.json()["outcomes"][0]["customer_id"] for answer in answers}) == 1


async def test_a_dry_run_says_the_same_and_keeps_nothing(bank: Bank) -> None:
    found = await outcomes(bank, ana(), dry_run=True)
    assert {outcome.outcome for outcome in found.values()} == {"would_import"}
    assert (await bank.verify(ANA_PHONE, ANA_PIN)).outcome == "refused"
    await outcomes(bank, ana())
    assert {each.outcome for each in (await outcomes(bank, ana(), dry_run=True)).values()} == {"unchanged"}


@on_sqlite
async def test_what_came_later_is_added_and_what_changed_is_told(bank: Bank) -> None:
    await outcomes(bank, ana(accounts=[CHECKING], applications=[]))
    found = await outcomes(bank, ana(accounts=[CHECKING | {"balance": 5}, MORTGAGE], applications=[]))
    assert {source: outcome.outcome for source, outcome in found.items()} == {
        "U/ana": "unchanged",
        "E/ana/Checking": "skipped",
        "E/ana/Mortgage": "imported",
    }
    assert found["E/ana/Checking"].reason == "It was imported before with other data, and is left as it is."
    accounts = await bank.accounts(found["U/ana"].customer_id or "")
    assert accounts["checking"].balance.minor_units == 1_250_75


@on_sqlite
async def test_a_phone_number_that_is_taken_stops_the_customer_only(bank: Bank) -> None:
    other = ana(source="U/bo", first_name="Bo", phone="+15555550191", accounts=[], applications=[])
    for dry_run in (True, False):
        found = await outcomes(bank, ana(phone=MAYA), other, dry_run=dry_run)
        assert found["U/ana"].reason == "The phone number is that of another customer."
        assert found["E/ana/Checking"].reason == "Its customer is not imported."
        assert found["U/bo"].outcome == ("would_import" if dry_run else "imported")


@on_sqlite
@pytest.mark.parametrize("pin", ["730", "73055", "abcd", "７３０５", ""])
async def test_a_pin_that_is_none_stops_the_customer(bank: Bank, pin: str) -> None:
    found = await outcomes(bank, ana(pin=pin))
    assert found["U/ana"].reason == "The PIN is not four digits."
    assert {outcome.outcome for outcome in found.values()} == {"skipped"}


@on_sqlite
async def test_bad_rows_stop_only_themselves(bank: Bank) -> None:
    accounts = [
        CHECKING | {"loan": LOAN},
        MORTGAGE | {"balance": 640_000_01},
        CHECKING | {"source": "E/ana/Spare", "name": "Spare"},
    ]
    for dry_run in (True, False):
        found = await outcomes(bank, ana(accounts=accounts, applications=[]), dry_run=dry_run)
        assert found["E/ana/Checking"].reason == "A checking account has no terms of a loan."
        assert found["E/ana/Mortgage"].reason == "More is owed than was lent."
        assert found["E/ana/Spare"].outcome == ("would_import" if dry_run else "imported")


async def test_a_loans_beginning_is_found_from_what_is_owed(bank: Bank) -> None:
    found = await outcomes(bank, ana())
    remark = found["E/ana/Mortgage"].reason or ""
    loan = await loan_of(bank, found["U/ana"].customer_id or "")
    assert loan.original_principal.minor_units == 640_000_00
    assert str(loan.rate_basis_points) == "573.5"
    payment = 3_728_77
    assert payment == level_payment(640_000_00, 57_350, 360)
    lines = list(schedule(640_000_00, 57_350, 360))
    made = min(lines, key=lambda line: abs(line.balance - 250_000_00)).number
    assert loan.next_payment is not None
    assert loan.next_payment.due_on == date(2026, 3, 15)
    assert loan.next_payment.total.minor_units == payment
    assert abs(loan.payments_left - (360 - made)) <= 1
    assert loan.first_payment_on.isoformat() in remark
    assert loan.principal_owed.minor_units == 250_000_00


@on_sqlite
async def test_a_known_beginning_is_kept(bank: Bank) -> None:
    mortgage = MORTGAGE | {"loan": LOAN | {"first_payment_on": "2020-01-31"}}
    found = await outcomes(bank, ana(accounts=[mortgage], applications=[]))
    loan = await loan_of(bank, found["U/ana"].customer_id or "")
    assert loan.first_payment_on == date(2020, 1, 28)
    assert found["E/ana/Mortgage"].reason is None


@on_sqlite
async def test_a_payment_below_the_interest_is_not_kept(bank: Bank) -> None:
    mortgage = MORTGAGE | {"payment": 1_194_79}
    found = await outcomes(bank, ana(accounts=[mortgage], applications=[]))
    assert "does not cover the interest" in (found["E/ana/Mortgage"].reason or "")
    loan = await loan_of(bank, found["U/ana"].customer_id or "")
    assert loan.next_payment is not None
    assert loan.next_payment.total.minor_units == 3_728_77


@on_sqlite
async def test_a_loan_without_terms_keeps_its_balance_and_instalment(bank: Bank) -> None:
    bare = {name: value for name, value in MORTGAGE.items() if name != "loan"}
    found = await outcomes(bank, ana(accounts=[bare], applications=[]))
    assert found["E/ana/Mortgage"].reason == "Its terms are not known; what is owed was taken over."
    mortgage = (await bank.accounts(found["U/ana"].customer_id or ""))["mortgage"]
    assert mortgage.payment_due is not None
    assert (mortgage.balance.minor_units, mortgage.payment_due.minor_units) == (250_000_00, 3_728_77)


@on_sqlite
async def test_a_kind_that_is_not_offered_cannot_be_applied_for(bank: Bank) -> None:
    headers = internal_headers("accounts", staff("admin"))
    for plan_id in ("goal-savings", "high-yield-savings"):
        terms = {"kind": "savings", "name": "Old", "summary": "Old.", "rate_basis_points": 1, "active": False}
        await bank.http.put(f"/plans/{plan_id}", json=terms, headers=headers)
    found = await outcomes(bank, ana(accounts=[]))
    assert found["P/ana/Savings"].reason == "We do not offer any savings account."


@on_sqlite
async def test_only_admins_import(bank: Bank) -> None:
    assert (await send(bank, ana(), role="supervisor")).status_code == 403


@on_sqlite
@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"phone": "555-0190"}, "/customers/0/phone"),
        ({"first_name": " "}, "/customers/0/first_name"),
        ({"pin": 7305}, "/customers/0/pin"),
        ({"accounts": [CHECKING | {"balance": -1}]}, "/customers/0/accounts/0/balance"),
        ({"accounts": [CHECKING | {"kind": "boat"}]}, "/customers/0/accounts/0/kind"),
        ({"accounts": [MORTGAGE | {"loan": LOAN | {"term_months": 0}}]}, "/customers/0/accounts/0/loan/term_months"),
    ],
)
async def test_malformed_batches_are_refused_whole_without_repeating_them(
    bank: Bank, change: JsonBody, pointer: str
) -> None:
    answer = await send(bank, ana(**change))
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert ANA_PIN not in without_chance(answer.text)


@on_sqlite
async def test_batches_have_a_size(bank: Bank) -> None:
    assert (await send(bank)).status_code == 422
    assert (await send(bank, *(ana(source=f"U/{number}") for number in range(51)))).status_code == 422


@on_sqlite
async def test_imports_are_in_the_audit_trail(bank: Bank) -> None:
    found = await outcomes(bank, ana())
    await outcomes(bank, ana())
    customer_id = found["U/ana"].customer_id
    entries = (await bank.as_staff("GET", f"/audit?customer_id={customer_id}", "admin")).json()["items"]
    assert sorted(entry["action"] for entry in entries) == [
        "account.imported",
        "account.imported",
        "application.imported",
        "customer.imported",
    ]
    assert {entry["actor"] for entry in entries} == {"staff:pat"}


async def test_neither_pin_nor_source_is_stored_or_logged(
    tmp_path: Path, data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_bank(f"sqlite+aiosqlite:///{tmp_path / 'accounts.sqlite'}", data_dir) as bank:
        await outcomes(bank, ana(pin="7306"))
        async with bank.database.reading() as session:
            rows = (await session.execute(select(ImportRow))).scalars().all()
            hashes = (await session.execute(select(CustomerRow.pin_hash))).scalars().all()
    assert all("ana" not in row.source and len(row.source) == 64 for row in rows)
    assert all(pin_hash.startswith("$argon2id$") for pin_hash in hashes)
    assert "7306" not in without_chance(capsys.readouterr().out)
    assert b"U/ana" not in _stored(tmp_path)


def _stored(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("accounts*"))
