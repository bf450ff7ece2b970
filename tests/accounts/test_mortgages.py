"""Loans with monthly payments. Maya's mortgage has 70 of 360 payments behind it when the bank opens on 10 March."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from services.accounts import ledger
from services.accounts.amortisation import interest_of_day, interest_of_month, schedule
from shared.schemas.mortgages import Amortisation, Loan
from tests.accounts.bank import Bank, JsonBody, on_sqlite

RATE, PAYMENT, ESCROW = 39_700, 1_150_69, 331_91
OWED = 214_350_00
INTEREST = interest_of_month(OWED, RATE)


async def loan_of(bank: Bank, customer_id: str, kind: str = "mortgage") -> Loan:
    account_id = (await bank.accounts(customer_id))[kind].account_id
    answer = await bank.http.get(f"/customers/{customer_id}/accounts/{account_id}/loan")
    assert answer.status_code == 200, answer.text
    return Loan.model_validate_json(answer.content)


def split(loan: Loan) -> tuple[date, int, int, int, int]:
    """When the next payment is due, and its total, principal, interest and escrow."""
    due = loan.next_payment
    assert due is not None
    parts = (due.principal.minor_units, due.interest.minor_units, due.escrow.minor_units)
    assert due.total.minor_units == sum(parts)
    return (due.due_on, due.total.minor_units, *parts)


async def pay_mortgage(bank: Bank, maya: str, cents: int, key: str, kind: str = "savings") -> None:
    answer = await bank.pay(maya, await bank.order(maya, cents, payee="Home Mortgage", kind=kind), key=key)
    assert answer.status_code == 201, answer.text


async def charge(bank: Bank) -> int:
    return await bank.service.mortgages.charge_due()


@on_sqlite
async def test_terms_agree_with_the_balance(bank: Bank, maya: str) -> None:
    loan = await loan_of(bank, maya)
    assert (loan.original_principal.minor_units, loan.term_months) == (241_900_00, 360)
    assert loan.rate_basis_points == 397
    assert (loan.first_payment_on, loan.matures_on) == (date(2020, 6, 1), date(2050, 5, 1))
    lines = list(schedule(241_900_00, RATE, 360))
    assert loan.principal_owed.minor_units == OWED == lines[69].balance
    assert loan.payments_left == 290
    assert loan.escrow_balance is not None
    assert loan.escrow_balance.minor_units == 5 * ESCROW


@on_sqlite
async def test_next_payment_is_split(bank: Bank, maya: str) -> None:
    loan = await loan_of(bank, maya)
    assert split(loan) == (date(2026, 4, 1), 1_482_60, PAYMENT - INTEREST, INTEREST, ESCROW)
    due = (await bank.accounts(maya))["mortgage"].payment_due
    assert due is not None
    assert due.minor_units == 1_482_60


@on_sqlite
async def test_payoff_counts_interest_by_the_day(bank: Bank, maya: str) -> None:
    payoff = (await loan_of(bank, maya)).payoff
    per_diem = interest_of_day(OWED, RATE)
    assert payoff.per_diem.minor_units == per_diem == 23_31
    assert (payoff.interest_from, payoff.good_through) == (date(2026, 3, 1), date(2026, 3, 20))
    assert payoff.interest.minor_units == 19 * per_diem
    assert payoff.amount.minor_units == OWED + 19 * per_diem
    assert payoff.interest_paid.minor_units == 0


async def test_a_payment_ahead_goes_to_interest_and_escrow_first(bank: Bank, maya: str) -> None:
    await pay_mortgage(bank, maya, 1_482_60, "k-1")
    loan = await loan_of(bank, maya)
    assert loan.principal_owed.minor_units == OWED - (PAYMENT - INTEREST)
    assert (await bank.accounts(maya))["mortgage"].balance.minor_units == OWED - 1_482_60
    following = interest_of_month(loan.principal_owed.minor_units, RATE)
    assert split(loan) == (date(2026, 5, 1), 1_482_60, PAYMENT - following, following, ESCROW)
    assert loan.payoff.interest_from == date(2026, 4, 1)
    assert loan.payoff.amount == loan.principal_owed


@on_sqlite
async def test_part_of_a_payment_leaves_the_rest_due(bank: Bank, maya: str) -> None:
    await pay_mortgage(bank, maya, 1_000_00, "k-1")
    loan = await loan_of(bank, maya)
    left = INTEREST + ESCROW - 1_000_00
    assert split(loan) == (date(2026, 4, 1), 482_60, PAYMENT - INTEREST, 0, left)
    assert loan.principal_owed.minor_units == OWED


@on_sqlite
async def test_less_than_the_interest_is_counted_towards_the_payoff(bank: Bank, maya: str) -> None:
    await pay_mortgage(bank, maya, 100_00, "k-1")
    payoff = (await loan_of(bank, maya)).payoff
    assert payoff.interest_paid.minor_units == 100_00
    assert payoff.amount.minor_units == OWED + 19 * interest_of_day(OWED, RATE) - 100_00


@on_sqlite
async def test_more_than_a_payment_lowers_the_principal(bank: Bank, maya: str) -> None:
    await pay_mortgage(bank, maya, 5_000_00, "k-1")
    loan = await loan_of(bank, maya)
    assert loan.principal_owed.minor_units == OWED - (5_000_00 - INTEREST - ESCROW)
    assert loan.payments_left < 289


async def test_interest_and_escrow_are_charged_when_due(bank: Bank, maya: str) -> None:
    await pay_mortgage(bank, maya, 1_482_60, "k-1")
    bank.clock.now = datetime(2026, 4, 2, 3, 59, tzinfo=UTC)  # the last minute of the first in New York
    before = await charge(bank)
    assert (await bank.accounts(maya))["mortgage"].balance.minor_units == OWED - 1_482_60
    bank.clock.now = datetime(2026, 4, 2, 4, 0, tzinfo=UTC)
    assert await charge(bank) > 0
    assert await charge(bank) == 0
    loan = await loan_of(bank, maya)
    principal = OWED - (PAYMENT - INTEREST)
    assert loan.principal_owed.minor_units == principal
    assert (await bank.accounts(maya))["mortgage"].balance.minor_units == principal
    assert loan.escrow_balance is not None
    assert loan.escrow_balance.minor_units == 6 * ESCROW
    assert before >= 0
    assert (await bank.proof()).holds


async def test_a_year_on_time_follows_the_schedule(bank: Bank, maya: str) -> None:
    lines = list(schedule(241_900_00, RATE, 360))
    for number in range(5):
        await pay_mortgage(bank, maya, 1_482_60, f"k-{number}")
        bank.clock.now = (bank.clock.now.replace(day=1) + timedelta(days=32)).replace(day=2)
        await charge(bank)
        loan = await loan_of(bank, maya)
        assert loan.principal_owed.minor_units == lines[70 + number].balance
        assert loan.payments_left == 289 - number


@on_sqlite
async def test_months_that_were_missed_are_charged_in_turn(bank: Bank, maya: str) -> None:
    bank.clock.now = datetime(2026, 6, 15, tzinfo=UTC)
    await charge(bank)
    owed = OWED
    for _ in range(3):
        owed += interest_of_month(owed, RATE) + ESCROW
    assert (await loan_of(bank, maya)).principal_owed.minor_units == owed


async def test_replicas_that_charge_at_once_charge_once(bank: Bank, maya: str) -> None:
    bank.clock.now = datetime(2026, 4, 2, 12, tzinfo=UTC)
    await asyncio.gather(*(charge(bank) for _ in range(4)))
    assert (await bank.accounts(maya))["mortgage"].balance.minor_units == OWED + INTEREST + ESCROW


@on_sqlite
async def test_what_is_paid_off_has_no_next_payment(bank: Bank, maya: str) -> None:
    accounts = await bank.accounts(maya)
    amounts = {accounts["mortgage"].account_id: OWED, "BANK-SETTLEMENT-USD": -OWED}
    sold = ledger.Movement(purpose="payoff", made_at=bank.clock.now, amounts=amounts)
    await bank.database.write(lambda session: ledger.enter(session, sold))
    loan = await loan_of(bank, maya)
    days = interest_of_day(OWED, RATE) * 9  # from the first to the tenth of March
    assert loan.principal_owed.minor_units == days  # the interest of these days was not paid
    bank.clock.now = datetime(2026, 4, 2, 12, tzinfo=UTC)
    await charge(bank)
    assert (await bank.accounts(maya))["mortgage"].balance.minor_units == days
    await pay_mortgage(bank, maya, days, "k-1")
    bank.clock.now = datetime(2026, 5, 2, 12, tzinfo=UTC)
    await charge(bank)
    loan = await loan_of(bank, maya)
    assert (loan.principal_owed.minor_units, loan.next_payment, loan.payments_left) == (0, None, 0)
    assert loan.payoff.amount.minor_units == 0


@on_sqlite
async def test_an_account_that_is_no_such_loan(bank: Bank, maya: str, theo: str) -> None:
    mine = await bank.accounts(maya)
    for kind in ("checking", "savings", "credit_card"):
        answer = await bank.http.get(f"/customers/{maya}/accounts/{mine[kind].account_id}/loan")
        assert (answer.status_code, answer.json()["code"]) == (409, "no_loan_terms")
    for path in (
        f"/customers/{maya}/accounts/AC-0/loan",
        f"/customers/{theo}/accounts/{mine['mortgage'].account_id}/loan",
        f"/customers/C-0000000000/accounts/{mine['mortgage'].account_id}/loan",
    ):
        assert (await bank.http.get(path)).status_code == 404


async def calculate(bank: Bank, **order: object) -> httpx.Response:
    body: JsonBody = {"principal": {"minor_units": 300_000_00}, "rate_basis_points": 612.5, "term_months": 360, **order}
    return await bank.http.post("/calculations/amortisation", json=body)


@on_sqlite
async def test_the_calculator_tells_payment_and_schedule(bank: Bank) -> None:
    answer = Amortisation.model_validate_json((await calculate(bank, first_payment_on="2027-01-31")).content)
    assert answer.payment.minor_units == 1_822_83
    assert (answer.payments, len(answer.lines)) == (360, 360)
    assert sum(line.principal.minor_units for line in answer.lines) == 300_000_00
    assert answer.total_interest.minor_units == sum(line.interest.minor_units for line in answer.lines)
    assert [line.due_on for line in answer.lines[:3]] == [date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 31)]
    assert answer.paid_off_on == date(2056, 12, 31)
    assert answer.last_payment == answer.lines[-1].payment


@on_sqlite
async def test_the_calculator_tells_what_paying_more_saves(bank: Bank) -> None:
    plain = Amortisation.model_validate_json((await calculate(bank)).content)
    faster = Amortisation.model_validate_json((await calculate(bank, extra_monthly={"minor_units": 200_00})).content)
    assert faster.payment == plain.payment
    assert faster.months_saved == plain.payments - faster.payments > 60
    assert faster.interest_saved.minor_units == plain.total_interest.minor_units - faster.total_interest.minor_units
    assert sum(line.principal.minor_units + line.extra.minor_units for line in faster.lines) == 300_000_00
    assert (plain.months_saved, plain.interest_saved.minor_units, plain.paid_off_on) == (0, 0, None)


@on_sqlite
@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"principal": {"minor_units": 0}}, "/principal/minor_units"),
        ({"principal": {"minor_units": 10**12}}, "/principal/minor_units"),
        ({"principal": {"minor_units": 1.5}}, "/principal/minor_units"),
        ({"rate_basis_points": 10_001}, "/rate_basis_points"),
        ({"rate_basis_points": 0.001}, "/rate_basis_points"),
        ({"term_months": 0}, "/term_months"),
        ({"term_months": 601}, "/term_months"),
        ({"extra_monthly": {"minor_units": -1}}, "/extra_monthly/minor_units"),
        ({"first_payment_on": "2026-02-30"}, "/first_payment_on"),
        ({"first_payment_on": "9999-12-31"}, "/first_payment_on"),
    ],
)
async def test_the_calculator_names_what_is_wrong(bank: Bank, change: JsonBody, pointer: str) -> None:
    answer = await calculate(bank, **change)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@on_sqlite
async def test_the_calculator_takes_the_longest_dearest_loan(bank: Bank) -> None:
    answer = await calculate(bank, principal={"minor_units": 10**11}, rate_basis_points=10_000, term_months=600)
    assert Amortisation.model_validate_json(answer.content).payments == 600
    assert (await calculate(bank, rate_basis_points=0, term_months=1)).json()["payment"]["minor_units"] == 300_000_00
