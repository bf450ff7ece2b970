"""Payees and payments."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, select

from services.accounts.store.tables import AccountsTable, one
from shared.db import UtcDateTime


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


async def payees_of(session: AsyncSession, customer_id: str) -> list[PayeeRow]:
    query = select(PayeeRow).where(PayeeRow.customer_id == customer_id).order_by(PayeeRow.name, PayeeRow.id)
    return list((await session.execute(query)).scalars())


async def payee_of(session: AsyncSession, customer_id: str, payee_id: str) -> PayeeRow | None:
    return await one(session, select(PayeeRow).where(PayeeRow.id == payee_id, PayeeRow.customer_id == customer_id))


async def payment_of(session: AsyncSession, customer_id: str, receipt_id: str) -> PaymentRow | None:
    query = select(PaymentRow).where(PaymentRow.receipt_id == receipt_id, PaymentRow.customer_id == customer_id)
    return await one(session, query)
