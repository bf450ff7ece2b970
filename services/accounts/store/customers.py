"""Customers and their tries of a PIN."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, select

from services.accounts.store.tables import AccountsTable, insert_if_absent, one
from shared.db import UtcDateTime


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


async def any_customer(session: AsyncSession) -> bool:
    return (await session.execute(select(CustomerRow.id).limit(1))).first() is not None


async def customer(session: AsyncSession, customer_id: str) -> CustomerRow | None:
    return await session.get(CustomerRow, customer_id)


async def customer_by_phone(session: AsyncSession, phone: str) -> CustomerRow | None:
    return await one(session, select(CustomerRow).where(CustomerRow.phone == phone))


async def locked_lockout(session: AsyncSession, subject: str) -> LockoutRow:
    """The subject's row, made when missing, held until the transaction ends: tries of one subject queue up here."""
    await insert_if_absent(session, LockoutRow(subject=subject, tries=0))
    query = select(LockoutRow).where(LockoutRow.subject == subject).with_for_update()
    return (await session.execute(query)).scalar_one()


async def verification(session: AsyncSession, record_id: str) -> VerificationRow:
    return await session.get_one(VerificationRow, record_id)
