"""What each customer was doing last."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlmodel import Field, col, select

from services.accounts.store.tables import AccountsTable
from shared.db import UtcDateTime


class ContextRow(AccountsTable, table=True):
    """`slots` is a JSON object."""

    __tablename__ = "accounts_context"
    customer_id: str = Field(primary_key=True, foreign_key="accounts_customer.id")
    intent: str
    slots: str
    channel: str
    session: str
    saved_at: datetime = Field(sa_type=UtcDateTime)
    expires: datetime = Field(sa_type=UtcDateTime, index=True)


def context(session: Session, customer_id: str) -> ContextRow | None:
    return session.get(ContextRow, customer_id)


def put_context(session: Session, row: ContextRow) -> None:
    """In place of the customer's earlier one; of two at once, the later stays."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    values = row.model_dump()
    statement = dialect.insert(ContextRow).values(values)
    session.execute(statement.on_conflict_do_update(index_elements=["customer_id"], set_=values))


def expired_contexts(session: Session, now: datetime, *, limit: int) -> Sequence[ContextRow]:
    """Some of those that are over, leaving out what another transaction is busy with."""
    query = select(ContextRow).where(col(ContextRow.expires) <= now).limit(limit)
    return session.execute(query.with_for_update(skip_locked=True)).scalars().all()
