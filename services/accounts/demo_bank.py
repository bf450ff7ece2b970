"""The demo bank: twelve invented customers in an empty database. Never in production (`OMNILEX_DEMO_BANK`).

| phone        | name             | PIN  |   | phone        | name            | PIN  |
|--------------|------------------|------|---|--------------|-----------------|------|
| +15555550100 | Maya Lindqvist   | 2468 |   | +15555550106 | Clara Benning   | 7715 |
| +15555550101 | Theo Marchetti   | 1379 |   | +15555550107 | Idris Halloran  | 3902 |
| +15555550102 | Priya Ashworth   | 8052 |   | +15555550108 | Nora Vasquez    | 6184 |
| +15555550103 | Owen Takahashi   | 4417 |   | +15555550109 | Felix Sandoval  | 2790 |
| +15555550104 | Leila Broadbent  | 9036 |   | +15555550110 | June Okonkwo    | 5561 |
| +15555550105 | Samuel Ferreira  | 5823 |   | +15555550111 | Victor Petrov   | 8347 |

Customer numbers are 55501000, 55501001 and so on, in the order of the phone numbers. Maya's accounts and payees are
written down in `demo_people`; the others' are drawn from a seeded source, so every installation has the same bank. What
happened on the accounts before is in `demo_history`.
"""

import asyncio
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from services.accounts import ledger, store
from services.accounts.amortisation import month_after
from services.accounts.clock import Clock
from services.accounts.demo_history import BankAccounts, Past
from services.accounts.demo_people import DemoAccount, DemoCustomer, DemoLoan, demo_customers
from services.accounts.holdings import DEPOSIT_KINDS
from services.accounts.ids import new_id
from services.accounts.openings import LoanTerms, set_terms
from services.accounts.pins import PinHasher
from services.accounts.store import AccountRow, AccountsTable, ChosenPlanRow, CustomerRow, PayeeRow
from shared.db import Database

log = logging.getLogger("omnilex.accounts.demo_bank")

_CURRENCY = "USD"
_MAYAS_MONTHS, _MONTHS = 3, 1  # of past movements
_ESCROW_MONTHS = 5


async def open_demo_bank(database: Database, pins: PinHasher, clock: Clock) -> None:
    """Fills the database when it has no customer, and does nothing when it has one."""
    if await database.read(store.any_customer):
        return
    people = demo_customers()
    hashes = await asyncio.gather(*(pins.hash(person.pin) for person in people))
    if await database.write(lambda session: _filled(session, list(zip(people, hashes, strict=True)), clock())):
        log.info("demo_bank.opened", extra={"customers": len(people)})


def _filled(session: Session, people: Sequence[tuple[DemoCustomer, str]], now: datetime) -> bool:
    """Whether the bank was filled: replicas that start together queue up, and the later ones find customers."""
    bank = BankAccounts(
        opening=ledger.own_account(session, "opening", _CURRENCY),
        settlement=ledger.own_account(session, "settlement", _CURRENCY),
        interest=ledger.own_account(session, "interest", _CURRENCY),
        escrow=ledger.own_account(session, "escrow", _CURRENCY),
    )
    store.locked_accounts(session, [bank.opening])
    if store.any_customer(session):
        return False
    opening = _Opening(session, bank, now)
    movements: list[ledger.Movement] = []
    for person, pin_hash in people:
        past = opening.moved_in(person, pin_hash)
        movements += past.told(_MAYAS_MONTHS if person is people[0][0] else _MONTHS)
    ledger.enter(session, *sorted(movements, key=lambda movement: movement.made_at))
    return True


@dataclass(frozen=True, slots=True)
class _Opening:
    session: Session
    bank: BankAccounts
    now: datetime
    source: random.Random = field(
        default_factory=lambda: random.Random("omnilex demo bank ids")  # noqa: S311  the same bank everywhere, no secret
    )

    def moved_in(self, person: DemoCustomer, pin_hash: str) -> Past:
        """One customer with empty accounts, and the past that will fill them."""
        rows = _rows(person, pin_hash, self.now, self.source)
        store.add(self.session, *rows)
        accounts = {row.kind: row for row in rows if isinstance(row, AccountRow)}
        loans = [
            set_terms(self.session, accounts[account.kind], _terms(account, account.loan, self.now.date()))
            for account in person.accounts
            if account.loan
        ]
        units = {
            accounts[account.kind].id: account.units if account.kind in DEPOSIT_KINDS else -account.units
            for account in person.accounts
        }
        payees = [name for name, _ in person.payees]
        return Past(accounts, units, loans, payees, bank=self.bank, now=self.now, source=self.source)


def _terms(account: DemoAccount, loan: DemoLoan, today: date) -> LoanTerms:
    """The terms of a loan whose last due date before today was paid for."""
    this_month = today.replace(day=account.due_day or 1)
    last = this_month if this_month < today else month_after(this_month, -1)
    return LoanTerms(
        principal=loan.principal,
        rate_ppm=loan.rate_ppm,
        term_months=loan.term_months,
        first_payment_on=month_after(last, 1 - loan.paid),
        escrow_monthly=loan.escrow_monthly,
        escrow_balance=_ESCROW_MONTHS * loan.escrow_monthly if account.kind == "mortgage" else None,
        charged_to=last,
    )


def _rows(person: DemoCustomer, pin_hash: str, now: datetime, source: random.Random) -> list[AccountsTable]:
    """All of one customer but the money, in an order in which it can be inserted."""
    customer = CustomerRow(
        id=new_id("C", source),
        first_name=person.first_name,
        last_name=person.last_name,
        phone=person.phone,
        customer_number=person.customer_number,
        pin_hash=pin_hash,
        created_at=now - timedelta(days=_days_as_customer(person)),
    )
    accounts = [_account_row(account, customer.id, source) for account in person.accounts]
    own = [(row.name, row.number_ending, row) for row in accounts if row.kind not in DEPOSIT_KINDS]
    outside = [(name, ending, None) for name, ending in person.payees]
    payees = [_payee_row(*payee, customer, source) for payee in (*own, *outside)]
    plans = [_plan_row(row, account, customer) for row, account in zip(accounts, person.accounts, strict=True)]
    return [customer, *accounts, *payees, *plans]


def _days_as_customer(person: DemoCustomer) -> int:
    """Longer than any of their loans."""
    return 400 + 31 * max((account.loan.paid for account in person.accounts if account.loan), default=0)


def _plan_row(row: AccountRow, account: DemoAccount, customer: CustomerRow) -> ChosenPlanRow:
    return ChosenPlanRow(
        account_id=row.id,
        customer_id=customer.id,
        plan_id=account.plan_id,
        plan_name=row.name,
        kind=row.kind,
        chosen_at=customer.created_at,
    )


def _account_row(account: DemoAccount, customer_id: str, source: random.Random) -> AccountRow:
    return AccountRow(
        id=new_id("AC", source),
        customer_id=customer_id,
        kind=account.kind,
        name=account.name,
        number_ending=account.number_ending,
        currency=_CURRENCY,
        overdraft_floor=0 if account.kind in DEPOSIT_KINDS else None,
        instalment=account.instalment,
        due_day=account.due_day,
    )


def _payee_row(
    name: str, number_ending: str, owed: AccountRow | None, customer: CustomerRow, source: random.Random
) -> PayeeRow:
    return PayeeRow(
        id=new_id("P", source),
        customer_id=customer.id,
        name=name,
        number_ending=number_ending,
        account_id=owed.id if owed else None,
        added_at=customer.created_at,
    )
