"""Bulks: let in within both limits whoever asks and however often, listed once, stopped and gone on with."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.media import store
from services.media.bulk import Bulks, BulkWork
from services.media.settings import MediaSettings
from services.media.store import BulkRow, LedgerRow, bulks
from services.media.store.tables import ReleaseRow
from shared.blobs import BlobInfo, FolderBlobs
from shared.db import Database, open_database
from shared.errors import Conflict, NotFound
from shared.schemas.bulk import Bulk, NewBulk
from tests.media import courses

BUCKET = "omni-lex-sentiment-bulk-upload"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url, "services.media") as database:
        yield database


@dataclass
class Office:
    """Bulks of one database and one object store; `work` makes another worker of them."""

    database: Database
    blobs: FolderBlobs
    root: Path
    settings: MediaSettings
    released: list[int] = field(default_factory=list)

    @property
    def bulks(self) -> Bulks:
        return Bulks(settings=self.settings, database=self.database, wake=lambda: None)

    def work(self) -> BulkWork:
        return BulkWork(
            settings=self.settings,
            database=self.database,
            blobs=self.blobs,
            released=lambda: self.released.append(1),
        )

    def lie(self, *keys: str) -> None:
        for key in keys:
            path = self.root / BUCKET / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(key.encode("utf-8", "surrogateescape"))

    async def started(self, prefix: str = "") -> Bulk:
        return await self.bulks.start(NewBulk(prefix=prefix), subject="pat")

    async def listed(self) -> None:
        while await self.work().list_more():
            pass

    async def rows(self) -> list[LedgerRow]:
        async with self.database.reading() as session:
            return list(await session.scalars(select(LedgerRow).order_by(col(LedgerRow.position))))

    async def end(self, row: LedgerRow) -> None:
        async with self.database.transaction() as session:
            await courses.finish(session, row.entry_id, "done")


async def age(session: AsyncSession, seconds: int) -> None:
    """Makes what was released look this much older, as the database will see it then."""
    noted = [(one.released_at, one.entries) for one in await session.scalars(select(ReleaseRow))]
    session.expunge_all()
    await session.execute(delete(ReleaseRow))
    for at, entries in noted:
        session.add(ReleaseRow(released_at=at - timedelta(seconds=seconds), entries=entries))


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    root = tmp_path / "objects"
    settings = MediaSettings(bulk_upload_max_drip_rate=5, bulk_upload_max_transcribe_jobs=3)
    return Office(database, FolderBlobs(root), root, settings)


async def test_listing_enters_every_source_once_whatever_stops_it(office: Office) -> None:
    names = [f"2025/{number:03}.wav" for number in range(30)]
    office.lie(*names, "2025/001.wav.metadata.json", "2025/.hidden", "failedAudio/2025/old.wav", "other/x.wav")
    bulk = await office.started("2025/")
    await asyncio.gather(*(office.work().list_more() for _ in range(4)))
    await office.listed()
    assert [row.key for row in await office.rows()] == names
    told = await office.bulks.bulk(bulk.bulk_id)
    assert (told.objects, told.listed, told.counts.held) == (30, True, 30)
    again = await office.started()
    await office.listed()
    assert [row.bulk_id for row in await office.rows()] == [bulk.bulk_id] * 30 + [again.bulk_id]
    assert (await office.bulks.bulk(again.bulk_id)).objects == 31


async def test_listing_goes_on_where_it_was(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.media.bulk._PAGE", 4)
    office.lie(*(f"{number:02}.wav" for number in range(10)))
    bulk = await office.started()
    assert await office.work().list_more() == 4
    await office.bulks.pause(bulk.bulk_id)
    assert await office.work().list_more() == 0
    office.lie("00a.wav", "99.wav")  # what comes behind the place is not met, what comes before it is
    await office.bulks.resume(bulk.bulk_id)
    await office.listed()
    assert [row.key for row in await office.rows()] == [*(f"{number:02}.wav" for number in range(10)), "99.wav"]


async def test_names_that_cannot_be_kept_stop_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.media.bulk._PAGE", 1)
    office.lie("a.wav", b"caf\xe9.wav".decode(errors="surrogateescape"), "z.wav")
    bulk = await office.started()
    await office.listed()
    assert [row.key for row in await office.rows()] == ["a.wav", "z.wav"]
    told = await office.bulks.bulk(bulk.bulk_id)
    assert (told.objects, told.unreadable, told.listed) == (2, 1, True)


async def test_no_more_are_let_in_than_the_jobs_allow_whatever_is_live(office: Office) -> None:
    office.lie(*(f"{number}.wav" for number in range(9)))
    await office.started()
    await office.listed()
    async with office.database.transaction() as session:
        live = store.new_row(BlobInfo("elsewhere", "live.wav", 1, "e", store.now()))
        await store.add_new(session, [live])
    assert await office.work().release() == 2
    assert await office.work().release() == 0
    async with office.database.transaction() as session:
        await courses.begin(session, live.entry_id, "transcribe")
        assert await bulks.in_flight(session) == 3
        await courses.begin(session, live.entry_id, "analyse")
    assert await office.work().release() == 1
    first = (await office.rows())[0]
    async with office.database.transaction() as session:
        heard = update(LedgerRow).where(col(LedgerRow.entry_id) == first.entry_id)
        await session.execute(heard.values(kind="transcribe"))  # it was no recording after all
    assert await office.work().release() == 1
    assert sum(office.released) == 3


async def test_drip_counts_every_release_of_the_last_minute(office: Office) -> None:
    office.lie(*(f"{number}.wav" for number in range(9)))
    await office.started()
    await office.listed()
    released = 0
    for _ in range(9):
        released += await office.work().release()
        for row in await office.rows():
            if row.released_at is not None:
                await office.end(row)
    assert released == 5
    async with office.database.transaction() as session:
        await age(session, 61)
    assert await office.work().release() == 3


async def test_releasers_at_once_never_pass_either_limit(database: Database, tmp_path: Path) -> None:
    """What a fake transcriber has open at any moment, and the releases by the database's times, seen from outside."""
    settings = MediaSettings(bulk_upload_max_drip_rate=17, bulk_upload_max_transcribe_jobs=4)
    office = Office(database, FolderBlobs(tmp_path / "objects"), tmp_path / "objects", settings)
    office.lie(*(f"{number:02}.wav" for number in range(30)))
    await office.started()
    await office.listed()
    open_now: set[str] = set()
    most = 0
    times: dict[str, datetime] = {}
    over = asyncio.Event()

    async def releasing() -> None:
        work = office.work()
        while not over.is_set():
            await work.release()

    async def transcribing() -> None:
        nonlocal most
        while len(times) < 17 or open_now:
            for row in [row for row in await office.rows() if row.released_at is not None and row.fate == "waiting"]:
                assert row.released_at is not None
                times[row.entry_id] = row.released_at
                open_now.add(row.entry_id)
            most = max(most, len(open_now))
            for entry_id in list(open_now)[:2]:
                async with database.transaction() as session:
                    await courses.finish(session, entry_id, "done")
                open_now.remove(entry_id)
        over.set()

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        for work in (transcribing(), *(releasing() for _ in range(4))):
            group.create_task(work)
    assert most == 4
    assert len(times) == 17
    assert max(times.values()) - min(times.values()) < bulks.MINUTE
    assert sum(row.released_at is not None for row in await office.rows()) == 17


@hypothesis_settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    limits=st.builds(bulks.Limits, drip=st.integers(1, 6), jobs=st.integers(1, 6)),
    moves=st.lists(st.tuples(st.sampled_from(["release", "end", "later", "live"]), st.integers(1, 40)), max_size=25),
)
async def test_allowance_is_kept_in_every_window(
    database: Database, limits: bulks.Limits, moves: list[tuple[str, int]]
) -> None:
    """Time is moved by ageing what was noted; a model of releases and of what is in flight checks each answer."""
    async with database.transaction() as session:
        for table in (LedgerRow, BulkRow, ReleaseRow):
            await session.execute(delete(table))
        moment = store.now()
        row = BulkRow(bulk_id="b", source="bucket", bucket="x", prefix="", state="running", created_by="pat",
                      created_at=moment, updated_at=moment)  # fmt: skip
        await bulks.add_bulk(session, row)
        infos = [BlobInfo("x", f"{number:03}", 1, "e", moment) for number in range(200)]
        await store.add_new(session, [store.new_row(info, bulk_id="b") for info in infos])
    clock, flying, live = 0, 0, 0
    releases: list[tuple[int, int]] = []
    for what, size in moves:
        async with database.transaction() as session:
            if what == "release":
                recent = sum(number for at, number in releases if clock - at <= 60)
                expected = max(0, min(limits.drip - recent, limits.jobs - flying))
                assert await bulks.release(session, limits) == expected
                releases.append((clock, expected))
                flying += expected
            elif what == "end":
                chosen = select(LedgerRow).where(
                    col(LedgerRow.fate) == "waiting", col(LedgerRow.released_at).is_not(None)
                )
                for ended in await session.scalars(chosen.limit(size)):
                    ended.fate = "done"
                    flying -= 1
            elif what == "later":
                seconds = 7 * (1 + size % 9)  # never 60 in all: at that very second both answers are right
                clock += seconds
                await age(session, seconds)
            else:
                live += 1
                flying += 1
                await store.add_new(session, [store.new_row(BlobInfo("y", f"{live}", 1, "e", moment))])


async def test_pause_resume_cancel_and_the_end(office: Office) -> None:
    office.lie(*(f"{number}.wav" for number in range(4)))
    bulk = await office.started()
    await office.listed()
    await office.bulks.pause(bulk.bulk_id)
    assert (await office.bulks.pause(bulk.bulk_id)).state == "paused"
    assert await office.work().release() == 0
    await office.bulks.resume(bulk.bulk_id)
    assert await office.work().release() == 3
    cancelled = await office.bulks.cancel(bulk.bulk_id)
    assert (cancelled.state, cancelled.counts.waiting, cancelled.counts.cancelled) == ("cancelled", 3, 1)
    assert cancelled.ended_at is None
    with pytest.raises(Conflict, match="The bulk is cancelled"):
        await office.bulks.resume(bulk.bulk_id)
    for row in await office.rows():
        await office.end(row)
    await office.work().release()
    over = await office.bulks.bulk(bulk.bulk_id)
    assert (over.state, over.counts.done, over.counts.cancelled) == ("cancelled", 3, 1)
    assert over.ended_at is not None
    last = (await office.rows())[-1]
    assert (last.fate, last.reason_code) == ("cancelled", "bulk-cancelled")
    with pytest.raises(NotFound):
        await office.bulks.bulk("no-such-bulk")


async def test_bulk_is_done_when_all_of_it_has_a_fate(office: Office) -> None:
    office.lie("a.wav", "b.wav")
    bulk = await office.started()
    assert await office.work().release() == 0
    assert (await office.bulks.bulk(bulk.bulk_id)).state == "running"
    await office.listed()
    await office.work().release()
    rows = await office.rows()
    await office.end(rows[0])
    await office.work().release()
    assert (await office.bulks.bulk(bulk.bulk_id)).state == "running"
    await office.end(rows[1])
    await office.work().release()
    told = await office.bulks.bulk(bulk.bulk_id)
    assert (told.state, told.counts.done, told.seconds_left) == ("done", 2, None)


async def test_time_left_follows_from_the_rate_and_the_drip(office: Office) -> None:
    office.lie(*(f"{number:02}.wav" for number in range(20)))
    bulk = await office.started()
    await office.listed()
    async with office.database.transaction() as session:
        await session.execute(update(BulkRow).values(created_at=store.now() - timedelta(minutes=2)))
    assert (await office.bulks.bulk(bulk.bulk_id)).seconds_left is None
    await office.work().release()
    for row in [row for row in await office.rows() if row.released_at]:
        await office.end(row)
    told = await office.bulks.bulk(bulk.bulk_id)
    assert told.rate_per_minute == pytest.approx(1.5, abs=0.1)
    assert told.seconds_left == pytest.approx(60 * 17 / 1.5, rel=0.1)


async def test_live_version_is_never_started_beside_an_earlier_one_that_is_held(office: Office) -> None:
    office.lie("a.wav", "b.wav")
    first = await office.started("a")
    await office.listed()
    await office.bulks.pause(first.bulk_id)
    (office.root / BUCKET / "a.wav").write_bytes(b"another version")
    await office.started()
    await office.listed()
    assert await office.work().release() == 1
    assert [row.key for row in await office.rows() if row.released_at] == ["b.wav"]


async def test_same_key_is_the_same_bulk(office: Office) -> None:
    one = await office.bulks.start(NewBulk(prefix="a/"), subject="pat", idempotency_key="k")
    assert await office.bulks.start(NewBulk(prefix="a/"), subject="pat", idempotency_key="k") == one
    assert (await office.bulks.start(NewBulk(prefix="a/"), subject="kim", idempotency_key="k")).bulk_id != one.bulk_id
    with pytest.raises(Conflict):
        await office.bulks.start(NewBulk(prefix="b/"), subject="pat", idempotency_key="k")
    pages = [await office.bulks.page(cursor=None, limit=1)]
    while pages[-1].next_cursor:
        pages.append(await office.bulks.page(cursor=pages[-1].next_cursor, limit=1))
    assert len({page.items[0].bulk_id for page in pages}) == len(pages) == 2
