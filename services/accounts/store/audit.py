"""The audit trail's rows, in chains, and the sealed head of each chain.

These run on a plain connection, so that a session and `Database.at_once` can write alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, Table, and_, bindparam, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field

from services.accounts.store.tables import AccountsTable, columns
from shared.db import UtcDateTime


class AuditRow(AccountsTable, table=True):
    """One thing that was done. `seq` counts from 1 in each chain without gaps; triggers refuse change and deletion."""

    __tablename__ = "accounts_audit"
    chain: int = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    actor: str
    action: str
    subject: str
    customer_id: str | None = Field(default=None)
    channel: str | None = None
    request_id: str | None = None
    details: str
    hash: str


class AuditHeadRow(AccountsTable, table=True):
    """Where a chain ends: the number and hash of its last row, under a seal that needs a key."""

    __tablename__ = "accounts_audit_head"
    chain: int = Field(primary_key=True)
    seq: int
    hash: str
    seal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """What an `AuditRow` holds. Every payment makes one, and no mapped object has to be made for it."""

    chain: int
    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    customer_id: str | None
    channel: str | None
    request_id: str | None
    details: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditHead:
    """What an `AuditHeadRow` holds."""

    chain: int
    seq: int
    hash: str
    seal: str


AUDIT: Table = AuditRow.__table__  # type: ignore[attr-defined]
HEAD: Table = AuditHeadRow.__table__  # type: ignore[attr-defined]
# What every write runs is built once: building a statement costs more than running it.
_LOCKED_HEAD = select(HEAD).where(HEAD.c.chain == bindparam("chain")).with_for_update()
_NEW_ROW = AUDIT.insert()
_MOVED_HEAD = (
    HEAD.update()
    .where(HEAD.c.chain == bindparam("moved"))
    .values(seq=bindparam("seq"), hash=bindparam("hash"), seal=bindparam("seal"))
)


@dataclass(frozen=True, slots=True)
class AuditPosition:
    """A row's place in the listing, which goes from the newest to the oldest over all chains."""

    at: datetime
    chain: int
    seq: int


def locked_head(connection: Connection, chain: int) -> AuditHead | None:
    """The chain's head, held until the transaction ends: writers of one chain queue up here."""
    row = connection.execute(_LOCKED_HEAD, {"chain": chain}).mappings().first()
    return AuditHead(**row) if row else None


def audit_is_new(connection: Connection) -> bool:
    """Whether there is neither a row nor a head."""
    rows = connection.execute(select(AUDIT.c.chain).limit(1)).first()
    return rows is None and connection.execute(select(HEAD.c.chain).limit(1)).first() is None


def insert_heads(connection: Connection, heads: Sequence[AuditHead]) -> None:
    """Inserts those that are not there; waits for a rival that inserts them now."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    values = [columns(head) for head in heads]
    connection.execute(dialect.insert(HEAD).values(values).on_conflict_do_nothing())


def append_audit(connection: Connection, row: AuditLine, head: AuditHead) -> None:
    """The row, and the head that has moved on to it."""
    connection.execute(_NEW_ROW, columns(row))
    connection.execute(_MOVED_HEAD, {"moved": head.chain, "seq": head.seq, "hash": head.hash, "seal": head.seal})


def audit_heads(connection: Connection) -> list[AuditHead]:
    return [AuditHead(**row) for row in connection.execute(select(HEAD).order_by(HEAD.c.chain)).mappings()]


def audit_chains(connection: Connection) -> set[int]:
    """The chains that have rows, whether they have a head or not."""
    return set(connection.execute(select(AUDIT.c.chain).distinct()).scalars())


def audit_stretch(connection: Connection, chain: int, *, after: int, limit: int) -> list[AuditLine]:
    """Rows of one chain in its own order."""
    query = select(AUDIT).where(AUDIT.c.chain == chain, AUDIT.c.seq > after).order_by(AUDIT.c.seq).limit(limit)
    return [_row(row) for row in connection.execute(query).mappings()]


def audit_hash(connection: Connection, chain: int, seq: int) -> str | None:
    query = select(AUDIT.c.hash).where(AUDIT.c.chain == chain, AUDIT.c.seq == seq)
    return connection.execute(query).scalar_one_or_none()


def audit_page(
    connection: Connection, *, customer_id: str | None, before: AuditPosition | None, limit: int
) -> list[AuditLine]:
    """Newest first; only one customer's when one is given."""
    query = select(AUDIT).order_by(AUDIT.c.at.desc(), AUDIT.c.chain.desc(), AUDIT.c.seq.desc()).limit(limit)
    if customer_id is not None:
        query = query.where(AUDIT.c.customer_id == customer_id)
    if before is not None:
        query = query.where(
            or_(
                AUDIT.c.at < before.at,
                and_(AUDIT.c.at == before.at, AUDIT.c.chain < before.chain),
                and_(AUDIT.c.at == before.at, AUDIT.c.chain == before.chain, AUDIT.c.seq < before.seq),
            )
        )
    return [_row(row) for row in connection.execute(query).mappings()]


def audit_length(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(AUDIT)).scalar_one()


def _row(row: RowMapping) -> AuditLine:
    return AuditLine(**row)
