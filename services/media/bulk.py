"""Bulks: started, listed, let in little by little, paused, resumed, cancelled."""

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from datetime import timedelta
from math import ceil
from urllib.parse import quote_from_bytes, unquote_to_bytes

from services.media import store
from services.media.cursors import moment_cursor, moment_of
from services.media.faults import AWAY
from services.media.settings import MediaSettings
from services.media.sources import is_source, is_text
from services.media.store import BulkRow, bulks, digest, now
from shared.blobs import BlobInfo, Blobs
from shared.db import Database
from shared.errors import Conflict, NotFound
from shared.schemas.base import Page
from shared.schemas.bulk import Bulk, BulkCounts, BulkState, NewBulk

log = logging.getLogger("omnilex.media.bulk")

CANCELLED = ("bulk-cancelled", "The bulk was cancelled before this object was let in.")
_LATELY = timedelta(minutes=5)
_LEAST = timedelta(seconds=10)
_PAGE = 2000


class Bulks:
    """What staff do with bulks. `wake` is called when there is something new to list or to let in."""

    def __init__(self, *, settings: MediaSettings, database: Database, wake: Callable[[], None]) -> None:
        self._settings = settings
        self._database = database
        self._wake = wake

    async def start(self, asked: NewBulk, *, subject: str, idempotency_key: str | None = None) -> Bulk:
        """A new bulk; with the same key the same caller gets the same one. Raises Conflict for a key used otherwise."""
        bulk_id = digest("bulk", subject, idempotency_key) if idempotency_key else secrets.token_hex(16)
        row = BulkRow(
            bulk_id=bulk_id,
            source=asked.source,
            bucket=self._settings.bulk_upload_bucket,
            prefix=asked.prefix if asked.source == "bucket" else f"{upload_folder(bulk_id)}/",
            state="running",
            created_by=subject,
            created_at=now(),
            updated_at=now(),
        )
        async with self._database.transaction() as session:
            found = await bulks.add_bulk(session, row)
        if (found.source, found.prefix) != (row.source, row.prefix):
            raise Conflict("This Idempotency-Key was used for another bulk.")
        log.info("bulk.started", extra={"bulk_id": bulk_id, "source": found.source})
        self._wake()
        return await self._told(found)

    async def bulk(self, bulk_id: str) -> Bulk:
        """Raises NotFound."""
        async with self._database.reading() as session:
            row = await bulks.bulk(session, bulk_id)
        return await self._told(_there(row))

    async def page(self, *, cursor: str | None, limit: int) -> Page[Bulk]:
        """Newest first. Raises InvalidRequest for a cursor that is none of ours."""
        before = moment_of(cursor) if cursor is not None else None
        async with self._database.reading() as session:
            rows = await bulks.bulk_page(session, before=before, limit=limit + 1)
        shown = rows[:limit]
        following = moment_cursor(shown[-1].created_at, shown[-1].bulk_id) if len(rows) > limit else None
        return Page(items=[await self._told(row) for row in shown], next_cursor=following)

    async def pause(self, bulk_id: str) -> Bulk:
        """Nothing more is listed or let in; what was let in goes its way. Raises NotFound, Conflict when it is over."""
        return await self._changed(bulk_id, {"running"}, "paused")

    async def resume(self, bulk_id: str) -> Bulk:
        """Raises NotFound, Conflict when it is over."""
        return await self._changed(bulk_id, {"paused"}, "running")

    async def cancel(self, bulk_id: str) -> Bulk:
        """What is held is never let in; what was let in goes its way. Raises NotFound, Conflict when it is done."""
        return await self._changed(bulk_id, {"running", "paused"}, "cancelled")

    async def complete(self, bulk_id: str) -> Bulk:
        """Says of a bulk of uploads that no more come. Raises NotFound, Conflict for any other."""
        async with self._database.transaction() as session:
            row = _there(await bulks.bulk(session, bulk_id, to_change=True))
            if row.source != "upload":
                raise Conflict("The objects of this bulk are found in its bucket.")
            row.listed, row.updated_at = True, now()
        self._wake()
        return await self._told(row)

    async def admit(self, bulk_id: str) -> str:
        """The folder in which files uploaded to this bulk are stored. Raises NotFound, Conflict when none may come."""
        async with self._database.reading() as session:
            row = _there(await bulks.bulk(session, bulk_id))
        if row.source != "upload":
            raise Conflict("The objects of this bulk are found in its bucket.")
        if row.listed or row.state == "cancelled":
            raise Conflict("No more files may be uploaded to this bulk.")
        return upload_folder(bulk_id)

    async def _changed(self, bulk_id: str, expected: set[BulkState], state: BulkState) -> Bulk:
        async with self._database.transaction() as session:
            row = _there(await bulks.bulk(session, bulk_id, to_change=True))
            if row.state != state:
                if row.state not in expected:
                    raise Conflict(f"The bulk is {row.state}.")
                row.state, row.updated_at = state, now()
                if state == "cancelled":
                    row.listed = True
                    await bulks.cancel_held(session, bulk_id, code=CANCELLED[0], reason=CANCELLED[1])
                log.info("bulk.changed", extra={"bulk_id": bulk_id, "state": state})
        self._wake()
        return await self._told(row)

    async def _told(self, row: BulkRow) -> Bulk:
        moment = now()
        since = max(row.created_at, moment - _LATELY)
        async with self._database.reading() as session:
            counts = BulkCounts.model_validate(await bulks.counts(session, row.bulk_id))
            ended = await bulks.ended_since(session, row.bulk_id, since) if row.ended_at is None else 0
        rate = ended / ((moment - since) / bulks.MINUTE) if moment - since >= _LEAST and row.ended_at is None else None
        drip = self._settings.bulk_upload_max_drip_rate
        return Bulk.model_validate(
            row.model_dump(exclude={"listed_to"})
            | {
                "counts": counts,
                "max_drip_rate": drip,
                "max_transcribe_jobs": self._settings.bulk_upload_max_transcribe_jobs,
                "rate_per_minute": rate,
                "seconds_left": _seconds_left(row, counts, rate, drip),
            }
        )


class BulkWork:
    """Lists what lies in the bulk bucket and lets it in. Any number of them may work on one database at once."""

    def __init__(
        self, *, settings: MediaSettings, database: Database, blobs: Blobs, released: Callable[[], None]
    ) -> None:
        self._settings = settings
        self._database = database
        self._blobs = blobs
        self._released = released
        self._woken = asyncio.Event()
        self._limits = bulks.Limits(settings.bulk_upload_max_drip_rate, settings.bulk_upload_max_transcribe_jobs)

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        """For ever."""
        while True:
            self._woken.clear()
            listed = 0
            try:
                listed = await self.list_more()
                await self.release()
            except AWAY as error:
                log.warning("bulk.failed", extra={"fault": type(error).__name__})
            except Exception:
                log.exception("bulk.failed")
            if listed == 0:
                await _either(self._woken, self._settings.bulk_look_seconds)

    async def list_more(self) -> int:
        """Enters the next page of every bulk that is being listed in the ledger; gives how many objects it met."""
        async with self._database.reading() as session:
            listing = await bulks.to_list(session)
        return sum([await self._list_page(row) for row in listing])

    async def release(self) -> int:
        """Lets in what may be let in now and ends what is over; gives how many entries were let in."""
        async with self._database.reading() as session:
            if not await bulks.has_open_bulk(session, "running", "cancelled"):
                return 0
        async with self._database.transaction() as session:
            released = await bulks.release(session, self._limits)
            ended = await bulks.end_bulks(session)
        for bulk_id in ended:
            log.info("bulk.ended", extra={"bulk_id": bulk_id})
        if released:
            log.info("bulk.released", extra={"entries": released})
            self._released()
        return released

    async def _list_page(self, row: BulkRow) -> int:
        """One page, entered in one transaction with the place from where the next goes on."""
        after = _key(row.listed_to)
        page = await self._blobs.page(row.bucket, row.prefix, after=after, limit=_PAGE)
        infos, unreadable = self._readable(page)
        async with self._database.transaction() as session:
            current = await bulks.bulk(session, row.bulk_id, to_change=True)
            if current is None or current.listed_to != row.listed_to or current.state != "running":
                return 0  # another worker entered this page, or somebody said to wait
            await store.add_new(session, await store.arrivals(session, infos, bulk_id=row.bulk_id))
            current.objects += len(infos)
            current.unreadable += unreadable
            current.listed = not page
            current.listed_to = _listed_to(page[-1].key) if page else current.listed_to
            current.updated_at = now()
        return len(page)

    def _readable(self, page: Sequence[BlobInfo]) -> tuple[list[BlobInfo], int]:
        aside = self._settings.input_bucket_failed_transcriptions + "/"
        sources = [info for info in page if is_source(info.key) and not info.key.startswith(aside)]
        readable = [info for info in sources if is_text(info.key)]
        return readable, len(sources) - len(readable)


def upload_folder(bulk_id: str) -> str:
    """Where what is uploaded to the bulk lies in the bulk bucket."""
    return f"uploads/{bulk_id}"


def _there(row: BulkRow | None) -> BulkRow:
    if row is None:
        raise NotFound("There is no such bulk.")
    return row


def _seconds_left(row: BulkRow, counts: BulkCounts, rate: float | None, drip: int) -> int | None:
    left = counts.held + counts.waiting + counts.running
    if row.ended_at is not None or row.state != "running" or not row.listed:
        return None
    if not rate:
        return None
    return ceil(60 * max(left / rate, counts.held / drip))


def _listed_to(key: str) -> str:
    return quote_from_bytes(key.encode("utf-8", "surrogateescape"))


def _key(listed_to: str | None) -> str | None:
    return None if listed_to is None else unquote_to_bytes(listed_to).decode("utf-8", "surrogateescape")


async def _either(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
