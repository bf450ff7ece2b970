"""The books as a whole: whether each account's balance is the sum of its postings."""

from dataclasses import dataclass

from sqlalchemy import Subquery, func, select, union_all
from sqlalchemy.orm import Session
from sqlmodel import col

from services.accounts.store.ledger import AccountRow, PostingRow


@dataclass(frozen=True, slots=True)
class Book:
    """All accounts of one currency; `differing` counts those whose balance is not what was posted to them."""

    currency: str
    accounts: int
    balances: int
    posted: int
    differing: int


@dataclass(frozen=True, slots=True)
class DifferingAccount:
    account_id: str
    currency: str
    balance: int
    posted: int


def books(session: Session) -> list[Book]:
    """In one statement, and so at one moment."""
    posted = _posted()
    units = func.coalesce(posted.c.units, 0)
    query = (
        select(
            col(AccountRow.currency),
            func.count(),
            func.sum(AccountRow.balance),
            func.sum(units),
            func.count().filter(col(AccountRow.balance) != units),
        )
        .select_from(AccountRow)
        .outerjoin(posted, posted.c.account_id == col(AccountRow.id))
        .group_by(col(AccountRow.currency))
        .order_by(col(AccountRow.currency))
    )
    return [
        Book(currency, accounts, int(balances), int(sums), differing)
        for currency, accounts, balances, sums, differing in session.execute(query)
    ]


def differing_accounts(session: Session, limit: int) -> list[DifferingAccount]:
    posted = _posted()
    units = func.coalesce(posted.c.units, 0)
    query = (
        select(col(AccountRow.id), col(AccountRow.currency), col(AccountRow.balance), units)
        .outerjoin(posted, posted.c.account_id == col(AccountRow.id))
        .where(col(AccountRow.balance) != units)
        .order_by(col(AccountRow.id))
        .limit(limit)
    )
    return [
        DifferingAccount(account_id, currency, balance, int(sums))
        for account_id, currency, balance, sums in session.execute(query)
    ]


def _posted() -> Subquery:
    """By account, the sum of its postings in minor units."""
    units = col(PostingRow.minor_units)
    sides = union_all(
        select(col(PostingRow.credit_account_id).label("account_id"), units.label("units")),
        select(col(PostingRow.debit_account_id), -units),
    ).subquery("sides")
    return select(sides.c.account_id, func.sum(sides.c.units).label("units")).group_by(sides.c.account_id).subquery()
