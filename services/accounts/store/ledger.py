"""Accounts and what moved between them.

The queries that every reading and payment needs are built once, here: building one costs more than running it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import BigInteger, Integer, bindparam, exists, insert, select, update
from sqlalchemy.orm import Session, aliased
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Field, col

from services.accounts.store.tables import AccountsTable, columns, table_of
from shared.db import UtcDateTime


class AccountRow(AccountsTable, table=True):
    """A customer's account, or one of the bank's own (`customer_id` null).

    `balance` (minor units) is the sum of what was posted: positive when the holder has money, negative when they owe.
    It never goes below `overdraft_floor`, where there is one. `instalment` (minor units) falls due on `due_day` of
    each month, from `first_due_on` on when that is known. `number` is null for accounts older than their numbers.
    """

    __tablename__ = "accounts_account"
    id: str = Field(primary_key=True)
    customer_id: str | None = Field(default=None, foreign_key="accounts_customer.id", index=True)
    kind: str
    name: str
    number: str | None = Field(default=None, unique=True)
    number_ending: str
    currency: str
    balance: int = Field(default=0, sa_type=BigInteger)
    overdraft_floor: int | None = Field(default=None, sa_type=BigInteger)
    instalment: int | None = Field(default=None, sa_type=BigInteger)
    due_day: int | None = None
    first_due_on: date | None = None


class TransferRow(AccountsTable, table=True):
    """A movement of money. `counterpart` names a side that is no account of ours; `reverses` is what it undoes."""

    __tablename__ = "accounts_transfer"
    id: str = Field(primary_key=True)
    purpose: str
    description: str = ""
    counterpart: str | None = None
    reverses: str | None = Field(default=None, foreign_key="accounts_transfer.id", unique=True)
    made_at: datetime = Field(sa_type=UtcDateTime)


class PostingRow(AccountsTable, table=True):
    """A line of a transfer: the credited account's holder has more, or owes less, by what the debited one's lost.

    `sequence` is the order in which postings were made; `made_at` is the transfer's.
    """

    __tablename__ = "accounts_posting"
    sequence: int | None = Field(default=None, primary_key=True, sa_type=BigInteger().with_variant(Integer(), "sqlite"))
    transfer_id: str = Field(foreign_key="accounts_transfer.id")
    line: int
    debit_account_id: str = Field(foreign_key="accounts_account.id")
    credit_account_id: str = Field(foreign_key="accounts_account.id")
    minor_units: int = Field(sa_type=BigInteger)
    currency: str
    made_at: datetime = Field(sa_type=UtcDateTime)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTransfer:
    """What a `TransferRow` is made of. Every payment makes one, and no mapped object has to be made for it."""

    id: str
    purpose: str
    description: str
    counterpart: str | None
    reverses: str | None
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPosting:
    """What a `PostingRow` is made of, but its place."""

    transfer_id: str
    line: int
    debit_account_id: str
    credit_account_id: str
    minor_units: int
    currency: str
    made_at: datetime


_REVERSAL = aliased(TransferRow)
_OWNED = select(AccountRow).where(col(AccountRow.customer_id) == bindparam("customer_id")).order_by(col(AccountRow.id))
_BY_ID = select(AccountRow).where(col(AccountRow.id).in_(bindparam("ids", expanding=True)))
_LOCKED = _BY_ID.order_by(col(AccountRow.id)).with_for_update(key_share=True)
_IS_THERE = select(col(AccountRow.id)).where(col(AccountRow.id) == bindparam("id"))
_RECEIVED = select(col(PostingRow.credit_account_id), col(PostingRow.made_at), col(PostingRow.minor_units)).where(
    col(PostingRow.credit_account_id).in_(bindparam("ids", expanding=True)),
    col(PostingRow.made_at) >= bindparam("start", type_=UtcDateTime),
    ~exists().where(col(_REVERSAL.reverses) == col(PostingRow.transfer_id)),
)
_ACCOUNTS = table_of(AccountRow)
_NEW_TRANSFER = insert(table_of(TransferRow))
_NEW_POSTING = insert(table_of(PostingRow))
_NEW_BALANCE = update(_ACCOUNTS).where(_ACCOUNTS.c.id == bindparam("account")).values(balance=bindparam("units"))


def owned_accounts(session: Session, customer_id: str) -> list[AccountRow]:
    return list(session.execute(_OWNED, {"customer_id": customer_id}).scalars())


def owned_account(session: Session, customer_id: str, account_id: str) -> AccountRow | None:
    row = session.execute(_BY_ID, {"ids": [account_id]}).scalar_one_or_none()
    return row if row and row.customer_id == customer_id else None


def account_numbered(session: Session, number: str) -> AccountRow | None:
    return session.execute(select(AccountRow).where(col(AccountRow.number) == number)).scalar_one_or_none()


def accounts_by_id(session: Session, account_ids: Collection[str]) -> dict[str, AccountRow]:
    return {row.id: row for row in session.execute(_BY_ID, {"ids": list(account_ids)}).scalars()}


def is_account(session: Session, account_id: str) -> bool:
    return session.execute(_IS_THERE, {"id": account_id}).first() is not None


def locked_accounts(session: Session, account_ids: Collection[str]) -> dict[str, AccountRow]:
    """The accounts that exist, as they are now, held until the transaction ends.

    They are always taken in the same order, so that two payments never deadlock; the bank's own come last, because
    everybody's payments wait for those.
    """
    found = session.execute(_LOCKED, {"ids": list(account_ids)}, execution_options={"populate_existing": True})
    return {row.id: row for row in found.scalars()}


def set_balances(session: Session, balances: Sequence[tuple[AccountRow, int]]) -> None:
    """Keeps the new balances of accounts that are held."""
    changes = [{"account": account.id, "units": units} for account, units in balances]
    session.execute(_NEW_BALANCE, changes)
    for account, units in balances:
        set_committed_value(account, "balance", units)


def insert_transfers(session: Session, transfers: Sequence[NewTransfer], postings: Sequence[NewPosting]) -> None:
    """In two statements, however many there are."""
    session.execute(_NEW_TRANSFER, [columns(row) for row in transfers])
    session.execute(_NEW_POSTING, [columns(row) for row in postings])


def transfer(session: Session, transfer_id: str) -> TransferRow | None:
    return session.get(TransferRow, transfer_id)


def reversal_of(session: Session, transfer_id: str) -> TransferRow | None:
    query = select(TransferRow).where(col(TransferRow.reverses) == transfer_id)
    return session.execute(query).scalar_one_or_none()


def postings_of(session: Session, transfer_id: str) -> list[PostingRow]:
    query = select(PostingRow).where(col(PostingRow.transfer_id) == transfer_id).order_by(col(PostingRow.line))
    return list(session.execute(query).scalars())


def last_received(session: Session, account_id: str) -> datetime | None:
    """When money last came in to the account."""
    query = select(col(PostingRow.made_at)).where(col(PostingRow.credit_account_id) == account_id)
    return session.execute(query.order_by(col(PostingRow.made_at).desc()).limit(1)).scalar_one_or_none()


def received_since(session: Session, starts: Mapping[str, datetime]) -> dict[str, int]:
    """What was paid in to each account from its own start on and not taken back, in minor units."""
    if not starts:
        return {}
    received: dict[str, int] = {}
    asked = {"ids": list(starts), "start": min(starts.values())}
    for account_id, made_at, units in session.execute(_RECEIVED, asked):
        if made_at >= starts[account_id]:
            received[account_id] = received.get(account_id, 0) + units
    return received
