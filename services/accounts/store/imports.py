"""What was imported from another system, so that it is imported once."""

from datetime import datetime

from sqlalchemy.orm import Session
from sqlmodel import Field

from services.accounts.store.tables import AccountsTable
from shared.db import UtcDateTime


class ImportRow(AccountsTable, table=True):
    """`source` names the row in the other system, `result_id` what it became here; `fingerprint` is of its content."""

    __tablename__ = "accounts_import"
    source: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="accounts_customer.id")
    result_id: str
    fingerprint: str
    imported_at: datetime = Field(sa_type=UtcDateTime)


def imported(session: Session, source: str) -> ImportRow | None:
    return session.get(ImportRow, source)
