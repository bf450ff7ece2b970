"""Loans that are ended by one payment of their payoff figure."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from services.accounts import ledger, store
from services.accounts.ids import new_id
from services.accounts.openings import LoanTerms, Opening, first_payment_after, open_account, set_terms
from services.accounts.store import AccountRow, CustomerRow
from shared.schemas.accounts import Payment
from shared.schemas.mortgages import Loan
from tests.accounts.bank import Bank, JsonBody, on_sqlite, open_bank
from tests.conftest import internal_headers

UNLIMITED: dict[str, object] = {"demo_bank": False, "payment_limit": 10**13, "payment_day_limit": 10**14}
ZONE_BEHIND = timedelta(hours=5)  # more than New York is behind UTC in summer, as much as in winter


@dataclass(frozen=True)
class Terms:
    principal: int = 9_000_00
    rate_ppm: int = 65_000
    months: int = 48
    escrow: int = 0
    cushion: int = 0


@dataclass
class Borrower:
    """A customer with a loan that is paid out now, and with three times the money."""

    bank: Bank
    terms: Terms
    id: str = field(default_factory=lambda: new_id("C"))
    loan_id: str = ""
    payee_id: str = ""
    source_id: str = field(default_factory=lambda: new_id("AC"))

    def open(self, session: Session) -> None:
        now = self.bank.clock.now
        customer = CustomerRow(
            id=self.id, first_name="M", last_name="M", phone=f"+{self.id}", pin_hash="none", created_at=now
        )
        source = AccountRow(
            id=self.source_id,
            customer_id=self.id,
            kind="checking",
            name="Checking",
            number_ending="0000",
            currency="USD",
            overdraft_floor=0,
        )
        store.add(session, customer, source)
        kind = "mortgage" if self.terms.escrow else "auto_loan"
        loan = open_account(session, Opening(self.id, "loan", "Loan", kind, "USD"), now - timedelta(days=30))
        today = (now - ZONE_BEHIND).date()
        terms = LoanTerms(
            principal=self.terms.principal,
            rate_ppm=self.terms.rate_ppm,
            term_months=self.terms.months,
            first_payment_on=first_payment_after(today, "auto_loan"),
            escrow_monthly=self.terms.escrow,
            escrow_balance=0 if self.terms.escrow else None,
            charged_to=today,
        )
        set_terms(session, loan, terms)
        (payee,) = store.payees_of(session, self.id)
        self.loan_id, self.payee_id = loan.id, payee.id
        lent, opening = self.terms.principal, ledger.own_account(session, "opening", "USD")
        had = 3 * lent + self.terms.cushion
        amounts = {loan.id: -lent, self.source_id: had, opening: lent - had}
        ledger.enter(session, ledger.Movement(purpose="loan", made_at=now, amounts=amounts))

    async def get(self, path: str) -> httpx.Response:
        return await self.bank.http.get(f"/customers/{self.id}/{path}", headers=internal_headers("accounts"))

    async def post(self, path: str, body: JsonBody, key: str) -> httpx.Response:
        headers = {"idempotency-key": key, **internal_headers("accounts")}  # a token is good for a minute
        return await self.bank.http.post(f"/customers/{self.id}/{path}", json=body, headers=headers)

    def order(self, cents: int, **more: object) -> JsonBody:
        amount = {"minor_units": cents, "currency": "USD"}
        return {"from_account_id": self.source_id, "payee_id": self.payee_id, "amount": amount, **more}

    async def pay(self, cents: int, key: str = "k-1", **more: object) -> httpx.Response:
        return await self.post("payments", self.order(cents, **more), key)

    async def paid(self, cents: int, key: str = "k-1", **more: object) -> Payment:
        answer = await self.pay(cents, key, **more)
        assert answer.status_code == 201, answer.text
        return Payment.model_validate_json(answer.content)

    async def loan(self) -> Loan:
        answer = await self.get(f"accounts/{self.loan_id}/loan")
        assert answer.status_code == 200, answer.text
        return Loan.model_validate_json(answer.content)

    async def balances(self) -> dict[str, int]:
        """What is had, and what is owed (as a debt), by account."""
        accounts = (await self.get("accounts")).json()
        return {account["account_id"]: account["balance"]["minor_units"] for account in accounts}

    async def earned(self) -> tuple[int, int]:
        """What the bank has of interest, and holds in escrow."""
        async with self.bank.database.reading() as session:
            rows = [await session.get(AccountRow, f"BANK-{what}-USD") for what in ("INTEREST", "ESCROW")]
        interest, escrow = (row.balance if row else 0 for row in rows)
        return interest, escrow

    async def days_pass(self, days: int) -> None:
        self.bank.clock.advance(days=days)
        await self.bank.service.mortgages.charge_due()


async def borrower(bank: Bank, terms: Terms | None = None) -> Borrower:
    new = Borrower(bank, terms or Terms())
    await bank.database.write(new.open)
    return new


@pytest.fixture
async def lender(database_url: str, data_dir: Path) -> AsyncIterator[Bank]:
    """A bank whose only loans are those of the test."""
    async with open_bank(database_url, data_dir, **UNLIMITED) as bank:
        bank.clock.now = datetime(2026, 3, 10, 16, tzinfo=UTC)
        yield bank


@pytest.fixture
async def ana(lender: Bank) -> Borrower:
    return await borrower(lender)


async def test_one_payment_of_the_figure_ends_the_loan(ana: Borrower) -> None:
    await ana.days_pass(5)
    earned = await ana.earned()
    payoff = (await ana.loan()).payoff
    per_diem = 1_60  # 9,000.00 at 6.5 % a year, a 365th of it a day
    assert (payoff.per_diem.minor_units, payoff.amount.minor_units) == (per_diem, 9_000_00 + 15 * per_diem)
    payment = await ana.paid(payoff.amount.minor_units)
    due_today = 9_000_00 + 5 * per_diem
    assert (payment.amount.minor_units, payment.status) == (due_today, "paid")  # no interest of days to come
    assert await ana.balances() == {ana.source_id: 18_000_00 + 9_000_00 - due_today, ana.loan_id: 0}
    assert payment.balance_after is not None
    assert payment.balance_after.minor_units == 27_000_00 - due_today
    assert await ana.earned() == (earned[0] + 5 * per_diem, earned[1])
    assert (await ana.bank.proof()).holds
    lines = (await ana.get(f"accounts/{ana.source_id}/transactions")).json()["items"]
    assert (lines[0]["description"], lines[0]["amount"]["minor_units"]) == ("Payoff of Loan", -due_today)


async def test_what_is_paid_off_is_charged_nothing_more(ana: Borrower) -> None:
    await ana.days_pass(40)
    await ana.paid((await ana.loan()).payoff.amount.minor_units)
    earned = await ana.earned()
    for _ in range(3):
        await ana.days_pass(31)
    loan = await ana.loan()
    assert (loan.principal_owed.minor_units, loan.payoff.amount.minor_units) == (0, 0)
    assert (loan.next_payment, loan.payments_left) == (None, 0)
    assert (await ana.balances())[ana.loan_id] == 0
    assert await ana.earned() == earned
    answer = await ana.pay(1, "k-2")
    assert (answer.status_code, answer.json()["code"]) == (422, "more_than_payoff")


@on_sqlite
async def test_a_cent_more_than_the_figure_is_refused(ana: Borrower) -> None:
    await ana.days_pass(5)
    before, figure = await ana.balances(), (await ana.loan()).payoff.amount.minor_units
    answer = await ana.pay(figure + 1)
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["detail"] == "$9,008.00 pays this loan off; a payment cannot be more than that."
    assert (problem["code"], problem["owed"], problem["payoff"], problem["currency"]) == (
        "more_than_payoff", 9_000_00, 9_008_00, "USD",
    )  # fmt: skip
    assert await ana.balances() == before


@on_sqlite
async def test_more_than_the_balance_and_less_than_the_payoff_is_refused(ana: Borrower) -> None:
    await ana.days_pass(5)
    answer = await ana.pay(9_000_01)
    assert (answer.status_code, answer.json()["code"]) == (422, "more_than_payoff")
    assert answer.json()["detail"] == (
        "$9,008.00 pays this loan off: what is owed, and the interest that was not charged yet. "
        "Pay that, or $9,000.00 at most."
    )
    assert (await ana.paid(9_000_00)).status == "paid"


@on_sqlite
async def test_the_read_back_tells_what_will_be_taken(ana: Borrower) -> None:
    await ana.days_pass(5)
    figure = (await ana.loan()).payoff.amount.minor_units
    preview = (await ana.post("payments/preview", ana.order(figure), "-")).json()
    assert preview["amount"]["minor_units"] == 9_008_00
    assert preview["balance_after"]["minor_units"] == 27_000_00 - 9_008_00


async def test_a_payoff_that_is_taken_back_leaves_the_loan_as_it_was(ana: Borrower) -> None:
    await ana.days_pass(5)
    before, loan, earned = await ana.balances(), await ana.loan(), await ana.earned()
    payment = await ana.paid(loan.payoff.amount.minor_units)
    answer = await ana.post(f"payments/{payment.receipt_id}/cancel", {}, "c-1")
    assert (answer.status_code, answer.json()["status"]) == (200, "reversed")
    assert (await ana.balances(), await ana.loan(), await ana.earned()) == (before, loan, earned)
    await ana.days_pass(31)
    assert (await ana.balances())[ana.loan_id] > 9_000_00  # interest is charged again
    await ana.paid((await ana.loan()).payoff.amount.minor_units, "k-2")
    assert (await ana.balances())[ana.loan_id] == 0
    assert (await ana.bank.proof()).holds


async def test_a_payment_before_the_payoff_cannot_be_taken_back_alone(ana: Borrower) -> None:
    first = await ana.paid(100_00, "k-1")
    last = await ana.paid((await ana.loan()).payoff.amount.minor_units, "k-2")
    refused = await ana.post(f"payments/{first.receipt_id}/cancel", {}, "c-1")
    assert (refused.status_code, refused.json()["code"]) == (409, "too_late")
    assert (await ana.balances())[ana.loan_id] == 0
    for number, payment in enumerate((last, first)):
        answer = await ana.post(f"payments/{payment.receipt_id}/cancel", {}, f"c-{number + 2}")
        assert answer.status_code == 200
    assert await ana.balances() == {ana.source_id: 27_000_00, ana.loan_id: 9_000_00}


async def test_a_scheduled_payoff_ends_the_loan_on_its_day(ana: Borrower) -> None:
    payoff = (await ana.loan()).payoff
    ordered = await ana.paid(payoff.amount.minor_units, pay_on=payoff.good_through.isoformat())
    assert (ordered.status, ordered.amount) == ("scheduled", payoff.amount)
    ana.bank.clock.advance(days=10)
    await ana.bank.service.routine.run()
    answer = await ana.get(f"payments/{ordered.receipt_id}")
    assert (answer.json()["status"], answer.json()["amount"]["minor_units"]) == ("paid", payoff.amount.minor_units)
    assert (await ana.balances())[ana.loan_id] == 0


async def test_payoffs_at_once_end_it_once(ana: Borrower) -> None:
    await ana.days_pass(5)
    figure = (await ana.loan()).payoff.amount.minor_units
    answers = await asyncio.gather(*(ana.pay(figure, f"k-{number}") for number in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, *[422] * 5]
    assert await ana.balances() == {ana.source_id: 27_000_00 - 9_008_00, ana.loan_id: 0}


async def test_charges_that_are_late_are_made_before_the_payoff(ana: Borrower) -> None:
    """The routine did not run since the due date."""
    ana.bank.clock.now = datetime(2026, 4, 10, 3, 59, tzinfo=UTC)  # the ninth where the bank is
    before = (await ana.loan()).payoff
    ana.bank.clock.now = datetime(2026, 4, 12, 16, tzinfo=UTC)
    earned = await ana.earned()
    assert before.good_through == (await ana.loan()).first_payment_on
    interest = 48_75  # a month's
    per_diem = 1_61  # on 9,048.75
    payment = await ana.paid(9_000_00 + interest + 2 * per_diem)
    assert payment.amount.minor_units == 9_000_00 + interest + 2 * per_diem
    assert (await ana.balances())[ana.loan_id] == 0
    assert (await ana.earned())[0] - earned[0] == interest + 2 * per_diem


@on_sqlite
async def test_escrow_that_was_paid_ahead_goes_to_escrow(lender: Bank) -> None:
    bo = await borrower(lender, Terms(escrow=50_00))
    await bo.days_pass(5)
    await bo.paid(300_00, "k-1")
    earned = await bo.earned()
    payment = await bo.paid((await bo.loan()).payoff.amount.minor_units, "k-2")
    assert (await bo.earned()) == (earned[0] + 48_75, earned[1] + 50_00)
    assert payment.amount.minor_units == 9_000_00 - 300_00 + 48_75 + 50_00
    held = (await bo.loan()).escrow_balance
    assert held is not None
    assert held.minor_units == 50_00
    await bo.post(f"payments/{payment.receipt_id}/cancel", {}, "c-1")
    held = (await bo.loan()).escrow_balance
    assert held is not None
    assert held.minor_units == 0
    assert await bo.earned() == earned


TERMS = st.builds(
    Terms,
    principal=st.integers(1_00, 400_000_00),
    rate_ppm=st.one_of(st.just(0), st.integers(1_000, 300_000)),
    months=st.integers(1, 360),
    escrow=st.sampled_from([0, 0, 331_91]),
    cushion=st.just(100_000_00),
)
# Days that go by, and how many thousandths of what is owed are paid then.
STEPS = st.lists(st.tuples(st.integers(0, 70), st.integers(0, 700)), max_size=5)
KEYS = count()


async def any_loan_ends_to_the_cent(
    bank: Bank, terms: Terms, steps: list[tuple[int, int]], hour: int, undo: bool
) -> None:
    bank.clock.now = datetime(2026, 1, 15, hour, tzinfo=UTC)
    someone = await borrower(bank, terms)
    for days, thousandths in steps:
        await someone.days_pass(days)
        if units := (await someone.balances())[someone.loan_id] * thousandths // 1000:
            await someone.paid(units, f"k-{next(KEYS)}")
    loan, before, earned = await someone.loan(), await someone.balances(), await someone.earned()
    payoff, owed = loan.payoff, before[someone.loan_id]
    today = (bank.clock.now - ZONE_BEHIND).date()
    assert payoff.amount.minor_units == (
        payoff.principal.minor_units + payoff.interest.minor_units - payoff.interest_paid.minor_units
    )
    to_come = payoff.per_diem.minor_units * max((payoff.good_through - max(today, payoff.interest_from)).days, 0)
    expected = payoff.amount.minor_units - to_come
    for wrong in {payoff.amount.minor_units + 1, *({owed + 1} if owed + 1 < expected else set())}:
        refused = await someone.pay(wrong, f"k-{next(KEYS)}")
        assert (refused.status_code, refused.json()["code"]) == (422, "more_than_payoff")
    assert await someone.balances() == before
    payment = await someone.paid(payoff.amount.minor_units, f"k-{next(KEYS)}")
    if undo:
        await someone.post(f"payments/{payment.receipt_id}/cancel", {}, f"k-{next(KEYS)}")
        assert (await someone.loan(), await someone.balances(), await someone.earned()) == (loan, before, earned)
        payment = await someone.paid(payoff.amount.minor_units, f"k-{next(KEYS)}")
    assert payment.amount.minor_units == expected
    after, then = await someone.balances(), await someone.earned()
    assert after == {someone.loan_id: 0, someone.source_id: before[someone.source_id] - expected}
    assert sum(then) - sum(earned) == expected - owed
    assert then[0] >= earned[0]
    assert then[1] - earned[1] in range(terms.escrow + 1)
    if not payoff.interest_paid.minor_units and payoff.interest_from <= today:
        assert then[0] - earned[0] == payoff.per_diem.minor_units * (today - payoff.interest_from).days
    await someone.days_pass(62)
    assert (await someone.balances(), await someone.earned()) == (after, then)
    assert (await someone.loan()).payoff.amount.minor_units == 0
    assert (await bank.proof()).holds


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_any_loan_is_ended_to_the_cent_by_one_payment(database_url: str, data_dir: Path) -> None:
    with asyncio.Runner() as runner:
        opened = open_bank(database_url, data_dir, **UNLIMITED)
        bank = runner.run(opened.__aenter__())

        @settings(
            max_examples=25,
            deadline=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(terms=TERMS, steps=STEPS, hour=st.sampled_from([3, 12, 23]), undo=st.booleans())
        def ends(terms: Terms, steps: list[tuple[int, int]], hour: int, undo: bool) -> None:
            runner.run(any_loan_ends_to_the_cent(bank, terms, steps, hour, undo))

        try:
            ends()
        finally:
            runner.run(opened.__aexit__(None, None, None))
