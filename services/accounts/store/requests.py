"""Requests that took effect, by idempotency key."""

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlmodel import Field, col

from services.accounts.store.tables import AccountsTable
from shared.db import UtcDateTime


class RequestRow(AccountsTable, table=True):
    """A request that took effect, by its idempotency key, with the answer it was given (JSON).

    `owner` is the customer, or whoever else the key belongs to. `answer` is null until there is one.
    """

    __tablename__ = "accounts_request"
    owner: str = Field(primary_key=True)
    operation: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    fingerprint: str
    answer: str | None = None
    made_at: datetime = Field(sa_type=UtcDateTime)


def claim_key(session: Session, row: RequestRow, *, expired: datetime) -> bool:
    """Whether the key is ours now: it was free, or was last used before `expired`. Waits for a rival that claims it."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    insert = dialect.insert(RequestRow).values(row.model_dump())
    keys = (col(RequestRow.owner), col(RequestRow.operation), col(RequestRow.key))
    claim = insert.on_conflict_do_update(
        index_elements=keys,
        set_={name: insert.excluded[name] for name in ("fingerprint", "answer", "made_at")},
        where=col(RequestRow.made_at) < expired,
    )
    return session.execute(claim.returning(*keys)).first() is not None


def request(session: Session, row: RequestRow) -> RequestRow:
    """The stored request with the same owner, operation and key."""
    return session.get_one(RequestRow, (row.owner, row.operation, row.key))


def keep_answer(session: Session, row: RequestRow, answer: str) -> None:
    session.execute(
        update(RequestRow)
        .where(
            col(RequestRow.owner) == row.owner,
            col(RequestRow.operation) == row.operation,
            col(RequestRow.key) == row.key,
        )
        .values(answer=answer)
    )


def forget_requests(session: Session, expired: datetime) -> None:
    """Deletes those last used before `expired`."""
    session.execute(delete(RequestRow).where(col(RequestRow.made_at) < expired))
