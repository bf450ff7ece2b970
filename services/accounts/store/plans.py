"""Applications for plans."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field

from services.accounts.store.tables import AccountsTable
from shared.db import UtcDateTime


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


async def application(session: AsyncSession, application_id: str) -> ApplicationRow:
    return await session.get_one(ApplicationRow, application_id)
