"""A customer's accounts and payees as they are shown."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import get_args

from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from services.accounts import store
from services.accounts.bank_days import BankDays
from services.accounts.clock import Clock
from services.accounts.customers import known
from services.accounts.store import AccountRow, PayeeRow
from shared.db import Database
from shared.schemas.accounts import Account, AccountKind, Payee
from shared.schemas.base import Money

DEPOSIT_KINDS = frozenset({"checking", "savings", "certificate"})
PAYING_KINDS = frozenset({"checking", "savings"})  # the money in a certificate is bound
_SHOWN_FIRST = {kind: place for place, kind in enumerate(get_args(AccountKind))}
_NOON = time(12)  # the same day in every zone that our customers live in
_KIND: TypeAdapter[AccountKind] = TypeAdapter(AccountKind)


class Holdings:
    def __init__(self, database: Database, days: BankDays, clock: Clock) -> None:
        self._database = database
        self._days = days
        self._clock = clock

    async def accounts(self, customer_id: str) -> list[Account]:
        """Deposit accounts first, then cards and loans. Raises NotFound for an unknown customer."""
        return await self._database.read(lambda session: _accounts(session, customer_id, self._days, self._clock()))


def shown(session: Session, rows: Sequence[AccountRow], days: BankDays, now: datetime) -> list[Account]:
    """The accounts with what falls due on them, in one query however many there are."""
    today = days.day_of(now)
    starts = {row.id: _counts_from(row, days, today) for row in rows if row.due_day}
    received = store.received_since(session, starts)
    return [_account(row, received.get(row.id, 0), today) for row in rows]


def shown_payee(row: PayeeRow, new_until: datetime | None) -> Payee:
    return Payee(
        payee_id=row.id,
        name=row.name,
        kind="own_account" if row.account_id else "external",
        masked_number=masked(row.number_ending),
        account_id=row.account_id,
        new_until=new_until,
    )


def masked(number_ending: str) -> str:
    return f"••••{number_ending}"


def _accounts(session: Session, customer_id: str, days: BankDays, now: datetime) -> list[Account]:
    rows = store.owned_accounts(session, customer_id)
    if not rows:
        known(session, customer_id)
    return shown(session, sorted(rows, key=lambda row: _SHOWN_FIRST[row.kind]), days, now)


def _account(row: AccountRow, received: int, today: date) -> Account:
    deposit = row.kind in DEPOSIT_KINDS
    balance = Money(minor_units=row.balance if deposit else -row.balance, currency=row.currency)
    due = min(max((row.instalment or 0) - received, 0), balance.minor_units) if not deposit else 0
    return Account(
        account_id=row.id,
        kind=_KIND.validate_python(row.kind),
        name=row.name,
        masked_number=masked(row.number_ending),
        balance=balance,
        available=balance if row.kind in PAYING_KINDS else None,
        payment_due=Money(minor_units=due, currency=row.currency) if due else None,
        due_on=datetime.combine(_next_due(row, today), _NOON, UTC) if due and row.due_day else None,
    )


def _next_due(row: AccountRow, today: date) -> date:
    """The next coming of the day of the month (1 to 28), but not before the first; today is still to come."""
    this_month = today.replace(day=row.due_day or 1)
    coming = this_month if this_month >= today else _a_month_after(this_month)
    return max(coming, row.first_due_on or coming)


def _counts_from(row: AccountRow, days: BankDays, today: date) -> datetime:
    """The moment from which a payment counts towards the next due day: the end of the due day before it."""
    due = _next_due(row, today)
    return days.end_of((due.replace(day=1) - timedelta(days=1)).replace(day=due.day))


def _a_month_after(due: date) -> date:
    return (due.replace(day=28) + timedelta(days=4)).replace(day=due.day)
