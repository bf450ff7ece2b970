"""The tables and the queries. Every function runs in the caller's transaction."""

from collections.abc import Collection, Mapping
from datetime import datetime
from itertools import groupby
from typing import TypeVar

from sqlalchemy import BigInteger, and_, func, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from shared.db import UtcDateTime

Row = TypeVar("Row", bound="AccountsTable")


class AccountsTable(SQLModel, registry=registry()):
    """Base of the tables. A registry of its own lets several services live in one process."""


class CustomerRow(AccountsTable, table=True):
    __tablename__ = "accounts_customer"
    id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    phone: str = Field(unique=True)
    pin_hash: str
    created_at: datetime = Field(sa_type=UtcDateTime)


class LockoutRow(AccountsTable, table=True):
    """Wrong PINs since the last right one. `subject` is a customer's id or the keyed hash of an unknown number."""

    __tablename__ = "accounts_lockout"
    subject: str = Field(primary_key=True)
    tries: int = 0
    locked_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class VerificationRow(AccountsTable, table=True):
    """One try of a PIN (never the PIN), or an unlocking: who, when, from where, and what came of it."""

    __tablename__ = "accounts_verification"
    id: str = Field(primary_key=True)
    subject: str = Field(index=True)
    channel: str
    session: str
    outcome: str
    tried_at: datetime = Field(sa_type=UtcDateTime)


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


class PayeeRow(AccountsTable, table=True):
    """`account_id` is set for an own card or loan."""

    __tablename__ = "accounts_payee"
    id: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="accounts_customer.id", index=True)
    name: str
    number_ending: str
    account_id: str | None = Field(default=None, foreign_key="accounts_account.id")


class PaymentRow(AccountsTable, table=True):
    __tablename__ = "accounts_payment"
    receipt_id: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="accounts_customer.id", index=True)
    transfer_id: str = Field(foreign_key="accounts_transfer.id")
    from_account_id: str = Field(foreign_key="accounts_account.id")
    payee_id: str = Field(foreign_key="accounts_payee.id")
    payee_name: str
    minor_units: int = Field(sa_type=BigInteger)
    balance_after: int = Field(sa_type=BigInteger)
    currency: str
    paid_at: datetime = Field(sa_type=UtcDateTime)


class ApplicationRow(AccountsTable, table=True):
    __tablename__ = "accounts_application"
    id: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="accounts_customer.id", index=True)
    plan_id: str
    plan_name: str
    status: str
    deposit_minor_units: int | None = Field(default=None, sa_type=BigInteger)
    deposit_currency: str | None = None
    applied_at: datetime = Field(sa_type=UtcDateTime)


class RequestRow(AccountsTable, table=True):
    """A request that took effect, by its idempotency key; `result_id` is what it made."""

    __tablename__ = "accounts_request"
    customer_id: str = Field(primary_key=True, foreign_key="accounts_customer.id")
    operation: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    fingerprint: str
    result_id: str


async def insert_if_absent(session: AsyncSession, row: AccountsTable) -> bool:
    """Whether the row was inserted; false when its key was there before. Waits for a rival that inserts it now."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(type(row)).values(**row.model_dump()).on_conflict_do_nothing()
    keys = type(row).__table__.primary_key.columns  # type: ignore[attr-defined]
    return (await session.execute(statement.returning(*keys))).first() is not None


async def insert(session: AsyncSession, *rows: AccountsTable) -> None:
    """Inserts in the order given, a stretch of one table at a time.

    Without relationships the mapper does not know who refers to whom.
    """
    for _, stretch in groupby(rows, type):
        session.add_all(stretch)
        await session.flush()


async def any_customer(session: AsyncSession) -> bool:
    return (await session.execute(select(CustomerRow.id).limit(1))).first() is not None


async def customer(session: AsyncSession, customer_id: str) -> CustomerRow | None:
    return await session.get(CustomerRow, customer_id)


async def customer_by_phone(session: AsyncSession, phone: str) -> CustomerRow | None:
    return await _one(session, select(CustomerRow).where(CustomerRow.phone == phone))


async def locked_lockout(session: AsyncSession, subject: str) -> LockoutRow:
    """The subject's row, made when missing, held until the transaction ends: tries of one subject queue up here."""
    await insert_if_absent(session, LockoutRow(subject=subject, tries=0))
    query = select(LockoutRow).where(LockoutRow.subject == subject).with_for_update()
    return (await session.execute(query)).scalar_one()


async def verification(session: AsyncSession, record_id: str) -> VerificationRow:
    return await session.get_one(VerificationRow, record_id)


async def accounts_of(session: AsyncSession, customer_id: str) -> list[AccountRow]:
    query = select(AccountRow).where(AccountRow.customer_id == customer_id).order_by(AccountRow.id)
    return list((await session.execute(query)).scalars())


async def account(session: AsyncSession, account_id: str) -> AccountRow | None:
    return await session.get(AccountRow, account_id)


async def account_of(session: AsyncSession, customer_id: str, account_id: str) -> AccountRow | None:
    query = select(AccountRow).where(AccountRow.id == account_id, AccountRow.customer_id == customer_id)
    return await _one(session, query)


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


async def payees_of(session: AsyncSession, customer_id: str) -> list[PayeeRow]:
    query = select(PayeeRow).where(PayeeRow.customer_id == customer_id).order_by(PayeeRow.name, PayeeRow.id)
    return list((await session.execute(query)).scalars())


async def payee_of(session: AsyncSession, customer_id: str, payee_id: str) -> PayeeRow | None:
    return await _one(session, select(PayeeRow).where(PayeeRow.id == payee_id, PayeeRow.customer_id == customer_id))


async def payment_of(session: AsyncSession, customer_id: str, receipt_id: str) -> PaymentRow | None:
    query = select(PaymentRow).where(PaymentRow.receipt_id == receipt_id, PaymentRow.customer_id == customer_id)
    return await _one(session, query)


async def application(session: AsyncSession, application_id: str) -> ApplicationRow:
    return await session.get_one(ApplicationRow, application_id)


async def request(session: AsyncSession, row: RequestRow) -> RequestRow:
    """The stored request with the same customer, operation and key."""
    return await session.get_one(RequestRow, (row.customer_id, row.operation, row.key))


async def _one(session: AsyncSession, query: SelectOfScalar[Row]) -> Row | None:
    return (await session.execute(query)).scalar_one_or_none()
