"""Requests that took effect, by idempotency key."""

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field

from services.accounts.store.tables import AccountsTable


class RequestRow(AccountsTable, table=True):
    """A request that took effect, by its idempotency key; `result_id` is what it made."""

    __tablename__ = "accounts_request"
    customer_id: str = Field(primary_key=True, foreign_key="accounts_customer.id")
    operation: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    fingerprint: str
    result_id: str


async def request(session: AsyncSession, row: RequestRow) -> RequestRow:
    """The stored request with the same customer, operation and key."""
    return await session.get_one(RequestRow, (row.customer_id, row.operation, row.key))
