"""Requests that took effect, by idempotency key."""

from dataclasses import dataclass
from datetime import datetime
from types import ModuleType

from sqlalchemy import and_, bindparam, delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert
from sqlmodel import Field, col

from services.accounts.store.tables import AccountsTable, columns, table_of
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


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRequest:
    """What a `RequestRow` is made of. Every write makes one, and no mapped object has to be made for it."""

    owner: str
    operation: str
    key: str
    fingerprint: str
    answer: str | None = None
    made_at: datetime


_REQUESTS = table_of(RequestRow)
_KEYS = ("owner", "operation", "key")


def _claim(dialect: ModuleType) -> ReturningInsert[tuple[str]]:
    insert = dialect.insert(_REQUESTS)
    claim = insert.on_conflict_do_update(
        index_elements=_KEYS,
        set_={name: insert.excluded[name] for name in ("fingerprint", "answer", "made_at")},
        where=_REQUESTS.c.made_at < bindparam("expired", type_=UtcDateTime),
    )
    returning: ReturningInsert[tuple[str]] = claim.returning(_REQUESTS.c.key)
    return returning


_CLAIMS = {"sqlite": _claim(sqlite), "postgresql": _claim(postgresql)}
_SAME = and_(*(_REQUESTS.c[name] == bindparam(f"the_{name}") for name in _KEYS))
_ANSWER = update(_REQUESTS).where(_SAME).values(answer=bindparam("given"))


def claim_key(session: Session, row: NewRequest, *, expired: datetime) -> bool:
    """Whether the key is ours now: it was free, or was last used before `expired`. Waits for a rival that claims it."""
    claim = _CLAIMS[session.get_bind().dialect.name]
    return session.execute(claim, {**columns(row), "expired": expired}).first() is not None


def request(session: Session, row: NewRequest) -> RequestRow:
    """The stored request with the same owner, operation and key."""
    return session.get_one(RequestRow, (row.owner, row.operation, row.key))


def keep_answer(session: Session, row: NewRequest, answer: str) -> None:
    which = {f"the_{name}": getattr(row, name) for name in _KEYS}
    session.execute(_ANSWER, {**which, "given": answer})


def forget_requests(session: Session, expired: datetime) -> None:
    """Deletes those last used before `expired`."""
    session.execute(delete(RequestRow).where(col(RequestRow.made_at) < expired))
