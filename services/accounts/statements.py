"""What happened on an account: the latest first, or a month at a time with proof that it adds up."""

import logging
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from services.accounts import store
from services.accounts.bank_days import BankDays
from services.accounts.clock import Clock
from services.accounts.cursors import cursor_of, moment_in, number_in, parts_of
from services.accounts.customers import known
from services.accounts.holdings import masked
from services.accounts.store import AccountRow, Line, LinePlace
from shared.db import Database
from shared.errors import NotFound, Unavailable
from shared.schemas.accounts import Statement, StatementSummary, Transaction
from shared.schemas.base import Money, Page

log = logging.getLogger("omnilex.accounts.statements")

_MOST_SEQUENCE = 2**63
_SAID_OF = {"opening": "Opening balance", "interest": "Interest", "reversal": "Returned", "payment": "Payment"}


@dataclass(frozen=True, slots=True)
class _Month:
    first: date

    @property
    def name(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def last(self) -> date:
        return self.next.first - timedelta(days=1)

    @property
    def next(self) -> "_Month":
        return _Month((self.first.replace(day=28) + timedelta(days=4)).replace(day=1))


class Statements:
    def __init__(self, database: Database, days: BankDays, clock: Clock) -> None:
        self._database = database
        self._days = days
        self._clock = clock

    async def transactions(
        self, customer_id: str, account_id: str, *, cursor: str | None, limit: int
    ) -> Page[Transaction]:
        """Newest first. Raises NotFound (customer or account), and InvalidRequest for a bad cursor."""
        before = _place(cursor) if cursor is not None else None
        return await self._database.read(lambda session: _page(session, customer_id, account_id, before, limit))

    async def months(self, customer_id: str, account_id: str) -> list[StatementSummary]:
        """From this month back to the one in which the account was opened. Raises NotFound (customer or account)."""
        return await self._database.read(lambda session: self._months(session, customer_id, account_id))

    async def statement(self, customer_id: str, account_id: str, month: str) -> Statement:
        """One month (`2026-03`), so far when it is this one.

        Raises NotFound (customer, account, or a month outside of its life); Unavailable, and logs an error, when the
        books do not add up: a wrong statement is never shown.
        """
        return await self._database.read(lambda session: self._statement(session, customer_id, account_id, month))

    def _months(self, session: Session, customer_id: str, account_id: str) -> list[StatementSummary]:
        account = _own(session, customer_id, account_id)
        moved: dict[date, list[int]] = {}
        for made_at, units in store.movements(session, account.id):
            moved.setdefault(self._days.day_of(made_at).replace(day=1), []).append(units)
        summaries: list[StatementSummary] = []
        month, this_month = _Month(min(moved, default=date.max)), self._this_month()
        opening = 0
        while month.first <= this_month.first:
            closing = opening + sum(moved.get(month.first, []))
            summaries.append(
                StatementSummary(
                    month=month.name,
                    opening=_money(opening, account),
                    closing=_money(closing, account),
                    transactions=len(moved.get(month.first, [])),
                    complete=month.first < this_month.first,
                )
            )
            opening, month = closing, month.next
        return summaries[::-1]

    def _statement(self, session: Session, customer_id: str, account_id: str, name: str) -> Statement:
        account = _own(session, customer_id, account_id)
        month = _Month(date.fromisoformat(f"{name}-01"))
        start, end = self._days.start_of(month.first), self._days.start_of(month.next.first)
        opening = store.moved_before(session, account.id, start)
        lines = store.lines_between(session, account, start, end)
        closing = account.balance - store.moved_from(session, account.id, end)
        began = bool(lines) or bool(store.lines_before(session, account, LinePlace(start, 0), 1))
        if not began or month.first > self._this_month().first:
            raise NotFound("There is no statement for that month.")
        if opening + sum(line.minor_units for line in lines) != closing:
            log.error("statement.does_not_add_up", extra={"account_id": account.id, "month": name})
            raise Unavailable("This statement cannot be shown at the moment.")
        return Statement(
            account_id=account.id,
            month=name,
            from_day=month.first,
            to_day=month.last,
            opening=_money(opening, account),
            closing=_money(closing, account),
            transactions=len(lines),
            complete=month.first < self._this_month().first,
            lines=_with_balances(lines, opening, account),
        )

    def _this_month(self) -> _Month:
        return _Month(self._days.day_of(self._clock()).replace(day=1))


def _page(
    session: Session, customer_id: str, account_id: str, before: LinePlace | None, limit: int
) -> Page[Transaction]:
    account = _own(session, customer_id, account_id)
    found = store.lines_before(session, account, before, limit + 1)
    lines = found[:limit]
    after = account.balance - (store.moved_since(session, account.id, before) if before else 0)
    opening = after - sum(line.minor_units for line in lines)
    last = lines[-1].place if len(found) > limit else None
    more = cursor_of(last.made_at.isoformat(), str(last.sequence)) if last else None
    return Page(items=_with_balances(lines[::-1], opening, account)[::-1], next_cursor=more)


def _own(session: Session, customer_id: str, account_id: str) -> AccountRow:
    account = store.owned_account(session, customer_id, account_id)
    if account is None:
        known(session, customer_id)
        raise NotFound("You have no such account.")
    return account


def _with_balances(lines: list[Line], opening: int, account: AccountRow) -> list[Transaction]:
    """`lines` are oldest first, and `opening` the balance before them."""
    shown, balance = [], opening
    for line in lines:
        balance += line.minor_units
        shown.append(
            Transaction(
                transaction_id=line.transfer_id,
                made_at=line.place.made_at,
                description=_said(line),
                amount=_money(line.minor_units, account),
                balance_after=_money(balance, account),
                counterpart=_other_side(line),
            )
        )
    return shown


def _said(line: Line) -> str:
    """What a transfer says of itself is said from the payer's side."""
    if line.purpose == "payment" and line.minor_units > 0:
        return "Payment received"
    return line.description or _SAID_OF.get(line.purpose, "Transfer")


def _other_side(line: Line) -> str | None:
    if line.other_name is None:
        return line.counterpart
    return f"{line.other_name} {masked(line.other_ending or '')}"


def _money(units: int, account: AccountRow) -> Money:
    return Money(minor_units=units, currency=account.currency)


def _place(cursor: str) -> LinePlace:
    moment, sequence = parts_of(cursor, 2)
    return LinePlace(moment_in(moment), number_in(sequence, below=_MOST_SEQUENCE))
