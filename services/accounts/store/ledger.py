"""Accounts and what moved between them."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import BigInteger, and_, func, or_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col, select

from services.accounts.store.tables import AccountsTable, one
from shared.db import UtcDateTime


class AccountRow(AccountsTable, table=True):
    """A customer's account, or one of the bank's own (`customer_id` null).

    `instalment` (minor units) falls due on `due_day` of each month.
    """

    __tablename__ = "accounts_account"
    id: str = Field(primary_key=True)
    customer_id: str | None = Field(default=None, foreign_key="accounts_customer.id", index=True)
    kind: str
    name: str
    number_ending: str
    currency: str
    instalment: int | None = Field(default=None, sa_type=BigInteger)
    due_day: int | None = None


class TransferRow(AccountsTable, table=True):
    """A movement of money. Its entries sum to zero."""

    __tablename__ = "accounts_transfer"
    id: str = Field(primary_key=True)
    purpose: str
    made_at: datetime = Field(sa_type=UtcDateTime)


class EntryRow(AccountsTable, table=True):
    """What a transfer does to one account: positive when the account's holder has more, or owes less, afterwards."""

    __tablename__ = "accounts_entry"
    transfer_id: str = Field(primary_key=True, foreign_key="accounts_transfer.id")
    account_id: str = Field(primary_key=True, foreign_key="accounts_account.id", index=True)
    minor_units: int = Field(sa_type=BigInteger)


async def accounts_of(session: AsyncSession, customer_id: str) -> list[AccountRow]:
    query = select(AccountRow).where(AccountRow.customer_id == customer_id).order_by(AccountRow.id)
    return list((await session.execute(query)).scalars())


async def account(session: AsyncSession, account_id: str) -> AccountRow | None:
    return await session.get(AccountRow, account_id)


async def account_of(session: AsyncSession, customer_id: str, account_id: str) -> AccountRow | None:
    query = select(AccountRow).where(AccountRow.id == account_id, AccountRow.customer_id == customer_id)
    return await one(session, query)


async def lock_accounts(session: AsyncSession, account_ids: Collection[str]) -> None:
    """Holds the accounts until the transaction ends, always in the same order so that two payments never deadlock."""
    query = select(AccountRow.id).where(col(AccountRow.id).in_(account_ids)).order_by(AccountRow.id)
    await session.execute(query.with_for_update(key_share=True))


async def sums(session: AsyncSession, account_ids: Collection[str]) -> dict[str, int]:
    """The sum of each account's entries, in minor units; accounts without entries are left out."""
    query = (
        select(EntryRow.account_id, func.sum(EntryRow.minor_units))
        .where(col(EntryRow.account_id).in_(account_ids))
        .group_by(col(EntryRow.account_id))
    )
    return {account_id: int(total) for account_id, total in (await session.execute(query)).all()}


async def received_since(session: AsyncSession, starts: Mapping[str, datetime]) -> dict[str, int]:
    """What was paid in to each account from its own start on, in minor units."""
    if not starts:
        return {}
    windows = [
        and_(col(EntryRow.account_id) == account_id, col(TransferRow.made_at) >= start)
        for account_id, start in starts.items()
    ]
    query = (
        select(EntryRow.account_id, func.sum(EntryRow.minor_units))
        .join(TransferRow, col(TransferRow.id) == col(EntryRow.transfer_id))
        .where(or_(*windows), EntryRow.minor_units > 0)
        .group_by(col(EntryRow.account_id))
    )
    return {account_id: int(total) for account_id, total in (await session.execute(query)).all()}
