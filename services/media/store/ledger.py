"""The entries of the ledger: what was seen, what may start, and what is found again."""

from collections.abc import Collection, Sequence
from functools import cache

from sqlalchemy import Integer, Select, bindparam, or_, select, tuple_, update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from services.media.store.inserting import inserting
from services.media.store.tables import LedgerRow, digest, new_row
from shared.blobs import BlobInfo
from shared.schemas.ledger import Fate

DATABASE_AWAY = (OperationalError, InterfaceError)
UNFINISHED: tuple[Fate, ...] = ("waiting", "running")


async def add_new(session: AsyncSession, rows: Sequence[LedgerRow]) -> None:
    """Adds the rows, leaving alone those that are there."""
    if rows:
        values = [row.model_dump(exclude={"position"}) for row in rows]
        # As a list beside the statement: the driver is handed all of them at once, and nothing is compiled for each.
        connection = await session.connection()
        await connection.execute(inserting(session, LedgerRow).on_conflict_do_nothing(), values)


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


async def startable(session: AsyncSession, limit: int) -> list[LedgerRow]:
    """Waiting rows not yet enqueued: what came live, then what was released of bulks, each oldest first.

    Of one object only its oldest unfinished version: so two versions of a chat log are never in work at once, and the
    newer result is the one that stays.
    """
    live, released = _startable_ones()
    found = list(await session.scalars(live, {"most": limit}))
    if len(found) < limit:
        found += await session.scalars(released, {"most": limit - len(found)})
    return found


@cache
def _startable_ones() -> tuple[Select[LedgerRow], Select[LedgerRow]]:
    """Those that came live, and those of bulks; built once, for every worker asks this every second."""
    most = bindparam("most", type_=Integer)
    live = _startable().where(col(LedgerRow.bulk_id).is_(None)).order_by(col(LedgerRow.position))
    of_bulks = _startable().where(col(LedgerRow.bulk_id).is_not(None), col(LedgerRow.released_at).is_not(None))
    released = of_bulks.order_by(col(LedgerRow.released_at), col(LedgerRow.position))
    return live.limit(most), released.limit(most)


def _startable() -> Select[LedgerRow]:
    earlier = aliased(LedgerRow)
    unfinished_before = select(earlier).where(
        col(earlier.interaction_id) == col(LedgerRow.interaction_id),
        col(earlier.position) < col(LedgerRow.position),
        col(earlier.fate).in_(UNFINISHED),
    )
    return select(LedgerRow).where(
        col(LedgerRow.fate) == "waiting", ~col(LedgerRow.queued), ~unfinished_before.exists()
    )


async def mark_queued(session: AsyncSession, runs: Collection[tuple[str, int]], *, queued: bool = True) -> None:
    """Of these runs (entry and number): an entry that was begun again meanwhile waits for its own turn."""
    chosen = tuple_(col(LedgerRow.entry_id), col(LedgerRow.run)).in_(runs)
    await session.execute(update(LedgerRow).where(chosen).values(queued=queued))


async def unfinished_queued(session: AsyncSession, *, after: int, limit: int) -> list[LedgerRow]:
    """Rows that ought to have a live workflow, in the order seen, from beyond position `after`."""
    chosen = select(LedgerRow).where(
        col(LedgerRow.fate).in_(UNFINISHED), col(LedgerRow.queued), col(LedgerRow.position) > after
    )
    return list(await session.scalars(chosen.order_by(col(LedgerRow.position)).limit(limit)))


async def in_work(session: AsyncSession, bucket: str, keys: Collection[str]) -> set[str]:
    """Keys among these (side-cars stand for their sources) at which the source of an unfinished entry lies."""
    sources = {key.removesuffix(".metadata.json") for key in keys}
    here = or_(col(LedgerRow.key).in_(sources), col(LedgerRow.set_aside_key).in_(sources))
    chosen = select(LedgerRow).where(col(LedgerRow.bucket) == bucket, here, col(LedgerRow.fate).in_(UNFINISHED))
    rows = await session.scalars(chosen)
    return {key for row in rows for key in (row.key, row.set_aside_key) if key is not None}


async def arrivals(session: AsyncSession, infos: Sequence[BlobInfo], *, bulk_id: str | None = None) -> list[LedgerRow]:
    """Rows for those versions that the ledger has not. One that was erased and came again after that is a new one."""
    rows = {row.entry_id: (row, info) for info in infos for row in [new_row(info, bulk_id=bulk_id)]}
    known_rows = {row.entry_id: row for row in await entries(session, list(rows))}
    found = [row for entry_id, (row, _) in rows.items() if entry_id not in known_rows]
    again = []
    for entry_id, old in known_rows.items():
        row, info = rows[entry_id]
        if old.fate == "erased" and info.modified > old.updated_at:
            row.entry_id = digest(info.bucket, info.key, info.etag, info.modified.isoformat())
            again.append(row)
    there = await known(session, [row.entry_id for row in again])
    return [*found, *(row for row in again if row.entry_id not in there)]
