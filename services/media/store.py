"""The ingest ledger's tables and every query on them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256

from sqlalchemy import BigInteger, Text, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, registry
from sqlmodel import Field, SQLModel, col

from shared.blobs import BlobInfo
from shared.db import UtcDateTime
from shared.schemas.ledger import Fate, LedgerEntry, SourceKind, Step

DATABASE_AWAY = (OperationalError, InterfaceError)
UNFINISHED: tuple[Fate, ...] = ("waiting", "running")
_FAILED: tuple[Fate, ...] = ("rejected", "failed")
_ID_DIGITS = 32


class MediaTable(SQLModel, registry=registry()):
    """A registry of its own, so that each service's metadata holds its own tables only."""


class LedgerRow(MediaTable, table=True):
    """One version of one object. `position` is the order in which versions were seen."""

    __tablename__ = "media_ledger"
    __table_args__ = {"sqlite_autoincrement": True}

    position: int | None = Field(default=None, primary_key=True)
    entry_id: str = Field(unique=True)
    bucket: str
    key: str = Field(sa_type=Text)
    etag: str
    name: str = Field(sa_type=Text)
    size: int = Field(sa_type=BigInteger)
    modified: datetime = Field(sa_type=UtcDateTime)
    interaction_id: str = Field(index=True)
    fate: str = Field(default="waiting", index=True)
    queued: bool = False
    step: str | None = None
    attempt: int = 1
    kind: str | None = None
    sha256: str | None = None
    reason_code: str | None = None
    reason: str | None = Field(default=None, sa_type=Text)
    duplicate_of: str | None = None
    seen_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)

    def entry(self) -> LedgerEntry:
        fields = self.model_dump()
        return LedgerEntry.model_validate(
            fields | {"interaction_id": self.interaction_id if self.fate == "done" else None}
        )


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


def now() -> datetime:
    return datetime.now(UTC)


def digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()[:_ID_DIGITS]


def new_row(info: BlobInfo) -> LedgerRow:
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
        seen_at=moment,
        updated_at=moment,
    )


async def add_new(session: AsyncSession, rows: Sequence[LedgerRow]) -> None:
    """Adds the rows, leaving alone those that are there."""
    for row in rows:
        values = row.model_dump(exclude={"position"})
        await _insert_or_ignore(session, LedgerRow, values)


async def known(session: AsyncSession, entry_ids: Collection[str]) -> set[str]:
    """Those of `entry_ids` that the ledger has."""
    found = await session.scalars(select(col(LedgerRow.entry_id)).where(col(LedgerRow.entry_id).in_(entry_ids)))
    return set(found)


async def entries(session: AsyncSession, entry_ids: Collection[str]) -> list[LedgerRow]:
    """The rows, oldest first; ids that the ledger has not are left out."""
    chosen = select(LedgerRow).where(col(LedgerRow.entry_id).in_(entry_ids)).order_by(col(LedgerRow.position))
    return list(await session.scalars(chosen))


async def entry(session: AsyncSession, entry_id: str) -> LedgerRow | None:
    chosen: LedgerRow | None = await session.scalar(select(LedgerRow).where(col(LedgerRow.entry_id) == entry_id))
    return chosen


async def page(
    session: AsyncSession, *, fate: Fate | None, name: str | None, before: int | None, limit: int
) -> list[LedgerRow]:
    """The newest rows seen before position `before`. `name` matches any part of the file's name, in any case."""
    chosen = select(LedgerRow).order_by(col(LedgerRow.position).desc()).limit(limit)
    if fate is not None:
        chosen = chosen.where(col(LedgerRow.fate) == fate)
    if name is not None:
        chosen = chosen.where(func.lower(col(LedgerRow.name)).contains(name.lower(), autoescape=True))
    if before is not None:
        chosen = chosen.where(col(LedgerRow.position) < before)
    return list(await session.scalars(chosen))


async def startable(session: AsyncSession, limit: int) -> list[LedgerRow]:
    """Waiting rows not yet enqueued, oldest first: of one object only its oldest unfinished version.

    So two versions of a chat log are never in work at once, and the newer result is the one that stays.
    """
    earlier = aliased(LedgerRow)
    unfinished_before = select(earlier).where(
        col(earlier.interaction_id) == col(LedgerRow.interaction_id),
        col(earlier.position) < col(LedgerRow.position),
        col(earlier.fate).in_(UNFINISHED),
    )
    chosen = select(LedgerRow).where(
        col(LedgerRow.fate) == "waiting", ~col(LedgerRow.queued), ~unfinished_before.exists()
    )
    return list(await session.scalars(chosen.order_by(col(LedgerRow.position)).limit(limit)))


async def mark_queued(session: AsyncSession, entry_ids: Collection[str], *, queued: bool = True) -> None:
    await session.execute(update(LedgerRow).where(col(LedgerRow.entry_id).in_(entry_ids)).values(queued=queued))


async def unfinished_queued(session: AsyncSession, *, after: int, limit: int) -> list[LedgerRow]:
    """Rows that ought to have a live workflow, in the order seen, from beyond position `after`."""
    chosen = select(LedgerRow).where(
        col(LedgerRow.fate).in_(UNFINISHED), col(LedgerRow.queued), col(LedgerRow.position) > after
    )
    return list(await session.scalars(chosen.order_by(col(LedgerRow.position)).limit(limit)))


async def advance(session: AsyncSession, entry_id: str, step: Step, attempt: int) -> None:
    """The entry is at this attempt of this step; a finished entry stays as it is."""
    await _update_unfinished(session, entry_id, {"fate": "running", "step": step, "attempt": attempt})


async def set_kind(session: AsyncSession, entry_id: str, kind: SourceKind) -> None:
    await _update_unfinished(session, entry_id, {"kind": kind})


async def finish(
    session: AsyncSession,
    entry_id: str,
    fate: Fate,
    *,
    code: str | None = None,
    reason: str | None = None,
    duplicate_of: str | None = None,
) -> None:
    """Gives the entry its last fate; one that has it keeps it."""
    values: dict[str, str | None] = {"fate": fate, "reason_code": code, "reason": reason, "duplicate_of": duplicate_of}
    if fate == "done":
        values["step"] = None
    await _update_unfinished(session, entry_id, values)


async def claim_content(session: AsyncSession, row: LedgerRow, content: str) -> str | None:
    """Makes `row` the holder of the content (a SHA-256) and gives null, or gives the entry that holds it already.

    A holder that failed, or whose result a newer version of the same object replaced, gives way.
    """
    row.sha256 = content
    await _insert_or_ignore(session, ContentRow, {"sha256": content, "entry_id": row.entry_id})
    held = select(ContentRow).where(col(ContentRow.sha256) == content).with_for_update()
    holding = (await session.scalars(held)).one()
    if holding.entry_id == row.entry_id:
        return None
    holder = await entry(session, holding.entry_id)
    if holder is None or holder.fate in _FAILED or await _is_replaced(session, holder, row):
        holding.entry_id = row.entry_id
        return None
    return holder.entry_id


async def _is_replaced(session: AsyncSession, holder: LedgerRow, row: LedgerRow) -> bool:
    newer = select(LedgerRow).where(
        col(LedgerRow.interaction_id) == holder.interaction_id,
        col(LedgerRow.position) > holder.position,
        col(LedgerRow.entry_id) != row.entry_id,
        col(LedgerRow.fate).in_(("done", *UNFINISHED)),
    )
    return bool(await session.scalar(select(newer.exists())))


async def claim_upload(session: AsyncSession, row: UploadRow) -> UploadRow:
    """The upload with this id: the given one, or the one that came first."""
    await _insert_or_ignore(session, UploadRow, row.model_dump())
    found = await session.scalars(select(UploadRow).where(col(UploadRow.upload_id) == row.upload_id))
    return found.one()


async def complete_upload(session: AsyncSession, upload_id: str, entry_ids: Sequence[str]) -> None:
    done = update(UploadRow).where(col(UploadRow.upload_id) == upload_id).values(entry_ids=" ".join(entry_ids))
    await session.execute(done)


async def _update_unfinished(session: AsyncSession, entry_id: str, values: Mapping[str, str | int | None]) -> None:
    chosen = update(LedgerRow).where(col(LedgerRow.entry_id) == entry_id, col(LedgerRow.fate).in_(UNFINISHED))
    await session.execute(chosen.values(**values, updated_at=now()))


async def _insert_or_ignore(session: AsyncSession, table: type[MediaTable], values: dict[str, object]) -> None:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    await session.execute(dialect.insert(table).values(**values).on_conflict_do_nothing())
