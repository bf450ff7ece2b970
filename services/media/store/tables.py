"""The tables of media, and what their rows' ids follow from."""

from datetime import UTC, datetime
from hashlib import sha256

from sqlalchemy import BigInteger, Index, Text, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.blobs import BlobInfo
from shared.db import UtcDateTime
from shared.schemas.ledger import LedgerEntry

_ID_DIGITS = 32
_HELD = text("released_at IS NULL")


class MediaTable(SQLModel, registry=registry()):
    """A registry of its own, so that each service's metadata holds its own tables only."""


class LedgerRow(MediaTable, table=True):
    """One version of one object. `position` is the order in which versions were seen.

    `run` counts from 1: each retry is a new run of the same entry. A row with a `bulk_id` is held until `released_at`
    is set (by the database's clock); one without comes live and is never held. `set_aside_key` is where a failure
    moved the source. `stuck_code` and `stuck_at` are set while the watchdog finds that the entry does not move.
    `customer_digest` is a keyed hash of whose interaction it is, once that is known.
    """

    __tablename__ = "media_ledger"
    __table_args__ = (
        Index("ix_media_ledger_interaction_id", "interaction_id", "position"),
        Index("ix_media_ledger_fate", "fate", "position"),
        Index("ix_media_ledger_start", "fate", "queued", "bulk_id", "position"),
        Index("ix_media_ledger_bulk", "bulk_id", "fate", "released_at", "position"),
        # PostgreSQL keeps no order behind a column that is only said to be null.
        Index("ix_media_ledger_held", "bulk_id", "fate", "position", postgresql_where=_HELD, sqlite_where=_HELD),
        Index("ix_media_ledger_updated", "updated_at", "position"),
        Index("ix_media_ledger_reason", "reason_code", "position"),
        Index("ix_media_ledger_customer", "customer_digest"),
        Index("ix_media_ledger_erasure", "erasure_id"),
        Index("ix_media_ledger_duplicate_of", "duplicate_of"),
        Index("ix_media_ledger_stuck", "stuck_code"),
        {"sqlite_autoincrement": True},
    )

    position: int | None = Field(default=None, primary_key=True)
    entry_id: str = Field(unique=True)
    bucket: str
    key: str = Field(sa_type=Text)
    etag: str
    name: str = Field(sa_type=Text)
    size: int = Field(sa_type=BigInteger)
    modified: datetime = Field(sa_type=UtcDateTime)
    interaction_id: str
    fate: str = Field(default="waiting")
    queued: bool = False
    run: int = 1
    step: str | None = None
    attempt: int = 1
    kind: str | None = None
    sha256: str | None = None
    reason_code: str | None = None
    reason: str | None = Field(default=None, sa_type=Text)
    duplicate_of: str | None = None
    bulk_id: str | None = None
    released_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    set_aside_key: str | None = Field(default=None, sa_type=Text)
    seconds_heard: float | None = None
    seconds_total: float | None = None
    stuck_code: str | None = None
    stuck_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    customer_digest: str | None = None
    erasure_id: str | None = None
    seen_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)

    def entry(self) -> LedgerEntry:
        fields = self.model_dump()
        return LedgerEntry.model_validate(
            fields | {"interaction_id": self.interaction_id if self.fate == "done" else None}
        )


class StepRow(MediaTable, table=True):
    """One attempt of one step. An attempt that a crash or an outage made begin again is one row, `times` counted.

    `outcome` is null while it lasts, then `done` or a reason code.
    """

    __tablename__ = "media_step"

    entry_id: str = Field(primary_key=True)
    run: int = Field(primary_key=True)
    step: str = Field(primary_key=True)
    attempt: int = Field(primary_key=True)
    times: int = 1
    started_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outcome: str | None = None


class ContentRow(MediaTable, table=True):
    """Which entry holds a content: the first with it that has not failed."""

    __tablename__ = "media_content"

    sha256: str = Field(primary_key=True)
    entry_id: str


class UploadRow(MediaTable, table=True):
    """An upload made under an idempotency key. `entry_ids` (separated by spaces) is null until it is complete."""

    __tablename__ = "media_upload"

    upload_id: str = Field(primary_key=True)
    folder: str = Field(sa_type=Text)
    fingerprint: str
    entry_ids: str | None = Field(default=None, sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)


class BulkRow(MediaTable, table=True):
    """Many objects that are let in little by little: those under `prefix` of `bucket`, or uploaded one by one.

    `listed_to` is the last key (percent-encoded: a file system may hold names in no encoding) that was entered in the
    ledger, from where a lister goes on; `listed` says that there are no more. `ended_at` is set once the bulk is done
    or cancelled and nothing of it is in work.
    """

    __tablename__ = "media_bulk"

    bulk_id: str = Field(primary_key=True)
    source: str
    bucket: str
    prefix: str = Field(sa_type=Text)
    state: str
    listed: bool = False
    listed_to: str | None = Field(default=None, sa_type=Text)
    objects: int = 0
    unreadable: int = 0
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ReleaseRow(MediaTable, table=True):
    """How many entries of bulks were let in at one moment of the database's clock; kept while it counts."""

    __tablename__ = "media_release"

    released_at: datetime = Field(sa_type=UtcDateTime, primary_key=True)
    entries: int


class ErasureRow(MediaTable, table=True):
    """Somebody's order to erase. `certificate` (JSON) is set when everything went."""

    __tablename__ = "media_erasure"

    erasure_id: str = Field(primary_key=True)
    scope: str
    subject_digest: str
    state: str
    asked_by: str = Field(sa_type=Text)
    asked_at: datetime = Field(sa_type=UtcDateTime)
    attempts: int = 0
    updated_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    certificate: str | None = Field(default=None, sa_type=Text)


class ErasedRow(MediaTable, table=True):
    """One thing that went. `part_id` is a hash of where it lay."""

    __tablename__ = "media_erased"

    erasure_id: str = Field(primary_key=True)
    part_id: str = Field(primary_key=True)
    part: str
    size: int = Field(sa_type=BigInteger)
    sha256: str | None = None
    erased_at: datetime = Field(sa_type=UtcDateTime)


def now() -> datetime:
    return datetime.now(UTC)


def digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()[:_ID_DIGITS]


def new_row(info: BlobInfo, *, bulk_id: str | None = None) -> LedgerRow:
    """The row of an object version: its ids follow from the object, so that seeing it twice gives the same row."""
    moment = now()
    return LedgerRow(
        entry_id=digest(info.bucket, info.key, info.etag),
        interaction_id=digest(info.bucket, info.key),
        name=info.key.rpartition("/")[2],
        bucket=info.bucket,
        key=info.key,
        etag=info.etag,
        size=info.size,
        modified=info.modified,
        bulk_id=bulk_id,
        seen_at=moment,
        updated_at=moment,
    )
