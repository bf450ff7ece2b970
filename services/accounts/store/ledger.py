"""Accounts and what moved between them.

What runs in `Database.write` and `Database.read` takes their plain session, the rest an AsyncSession.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import BigInteger, Integer, and_, exists, func, insert, or_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, aliased
from sqlmodel import Field, col, select

from services.accounts.store.tables import AccountsTable, one
from shared.db import UtcDateTime


class AccountRow(AccountsTable, table=True):
    """A customer's account, or one of the bank's own (`customer_id` null).

    `balance` (minor units) is the sum of what was posted: positive when the holder has money, negative when they owe.
    It never goes below `overdraft_floor`, where there is one. `instalment` (minor units) falls due on `due_day` of
    each month. `number` is null for accounts that are older than their numbers.
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


async def accounts_of(session: AsyncSession, customer_id: str) -> list[AccountRow]:
    return await session.run_sync(lambda blocking: owned_accounts(blocking, customer_id))


async def account(session: AsyncSession, account_id: str) -> AccountRow | None:
    return await session.get(AccountRow, account_id)


async def account_of(session: AsyncSession, customer_id: str, account_id: str) -> AccountRow | None:
    query = select(AccountRow).where(AccountRow.id == account_id, AccountRow.customer_id == customer_id)
    return await one(session, query)


def owned_accounts(session: Session, customer_id: str) -> list[AccountRow]:
    query = select(AccountRow).where(AccountRow.customer_id == customer_id).order_by(AccountRow.id)
    return list(session.execute(query).scalars())


def owned_account(session: Session, customer_id: str, account_id: str) -> AccountRow | None:
    query = select(AccountRow).where(AccountRow.id == account_id, AccountRow.customer_id == customer_id)
    return session.execute(query).scalar_one_or_none()


def account_numbered(session: Session, number: str) -> AccountRow | None:
    return session.execute(select(AccountRow).where(AccountRow.number == number)).scalar_one_or_none()


def accounts_by_id(session: Session, account_ids: Collection[str]) -> dict[str, AccountRow]:
    query = select(AccountRow).where(col(AccountRow.id).in_(account_ids))
    return {row.id: row for row in session.execute(query).scalars()}


def locked_accounts(session: Session, account_ids: Collection[str]) -> dict[str, AccountRow]:
    """The accounts that exist, held until the transaction ends.

    They are always taken in the same order, so that two payments never deadlock; the bank's own come last, because
    everybody's payments wait for those.
    """
    query = select(AccountRow).where(col(AccountRow.id).in_(account_ids)).order_by(AccountRow.id)
    locking = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return {row.id: row for row in session.execute(locking).scalars()}


def insert_transfers(session: Session, transfers: Sequence[TransferRow], postings: Sequence[PostingRow]) -> None:
    """In two statements, however many there are."""
    session.execute(insert(TransferRow), [row.model_dump() for row in transfers])
    session.execute(insert(PostingRow), [row.model_dump(exclude={"sequence"}) for row in postings])


def transfer(session: Session, transfer_id: str) -> TransferRow | None:
    return session.get(TransferRow, transfer_id)


def reversal_of(session: Session, transfer_id: str) -> TransferRow | None:
    return session.execute(select(TransferRow).where(TransferRow.reverses == transfer_id)).scalar_one_or_none()


def postings_of(session: Session, transfer_id: str) -> list[PostingRow]:
    query = select(PostingRow).where(PostingRow.transfer_id == transfer_id).order_by(col(PostingRow.line))
    return list(session.execute(query).scalars())


def last_received(session: Session, account_id: str) -> datetime | None:
    """When money last came in to the account."""
    query = select(PostingRow.made_at).where(PostingRow.credit_account_id == account_id)
    return session.execute(query.order_by(col(PostingRow.made_at).desc()).limit(1)).scalar_one_or_none()


def received_since(session: Session, starts: Mapping[str, datetime]) -> dict[str, int]:
    """What was paid in to each account from its own start on and not taken back, in minor units."""
    if not starts:
        return {}
    reversal = aliased(TransferRow)
    windows = [
        and_(col(PostingRow.credit_account_id) == account_id, col(PostingRow.made_at) >= start)
        for account_id, start in starts.items()
    ]
    query = (
        select(PostingRow.credit_account_id, func.sum(PostingRow.minor_units))
        .where(or_(*windows), ~exists().where(col(reversal.reverses) == col(PostingRow.transfer_id)))
        .group_by(col(PostingRow.credit_account_id))
    )
    return {account_id: int(total) for account_id, total in session.execute(query).all()}
