"""The ledger's queries, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from services.media import store
from services.media.service import MediaService
from services.media.settings import MediaSettings
from services.media.store import LedgerRow, UploadRow, finding
from services.media.store.finding import Wanted
from shared.blobs import BlobInfo, FolderBlobs
from shared.db import Database, open_database
from shared.schemas.ledger import Fate
from tests.media import courses

MOMENT = datetime(2026, 11, 22, tzinfo=UTC)


def version(key: str, etag: str = "e1", bulk_id: str | None = None) -> LedgerRow:
    return store.new_row(BlobInfo("bucket", key, 1, etag, MOMENT), bulk_id=bulk_id)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url, "services.media") as database:
        yield database


async def add(database: Database, *rows: LedgerRow) -> None:
    async with database.transaction() as session:
        await store.add_new(session, rows)


async def finish(database: Database, row: LedgerRow, fate: Fate) -> None:
    async with database.transaction() as session:
        await courses.finish(session, row.entry_id, fate)


async def claim(database: Database, row: LedgerRow, content: str) -> str | None:
    async with database.transaction() as session:
        found = await store.entry(session, row.entry_id)
        assert found is not None
        return await store.claim_content(session, found, content)


async def startable(database: Database) -> list[str]:
    async with database.reading() as session:
        return [row.key + row.etag for row in await store.startable(session, 100)]


async def test_version_is_entered_once(database: Database) -> None:
    await asyncio.gather(*(add(database, version("a"), version("a", "e2"), version("b")) for _ in range(5)))
    async with database.reading() as session:
        rows = await finding.page(session, Wanted(), before=None, limit=10)
    assert sorted(row.key + row.etag for row in rows) == ["ae1", "ae2", "be1"]
    assert len({row.interaction_id for row in rows}) == 2


async def test_only_the_oldest_unfinished_version_of_an_object_may_start(database: Database) -> None:
    first, second = version("a"), version("a", "e2")
    await add(database, first, second, version("b"))
    assert await startable(database) == ["ae1", "be1"]
    async with database.transaction() as session:
        await store.mark_queued(session, [(first.entry_id, 1)])
    assert await startable(database) == ["be1"]
    await finish(database, first, "rejected")
    assert await startable(database) == ["ae2", "be1"]


async def test_live_rows_start_before_released_ones_and_held_ones_never(database: Database) -> None:
    held, late, early = version("h", bulk_id="b"), version("l", bulk_id="b"), version("e", bulk_id="b")
    early.released_at, late.released_at = MOMENT, MOMENT + timedelta(seconds=1)
    await add(database, held, late, early, version("a"))
    assert await startable(database) == ["ae1", "ee1", "le1"]


async def test_steps_are_kept_with_their_attempts_and_outcomes(database: Database) -> None:
    row = version("a")
    await add(database, row)
    async with database.transaction() as session:
        await courses.begin(session, row.entry_id, "identify")
        await courses.end(session, row.entry_id, "identify", 1, "failed")
        await courses.end(session, row.entry_id, "identify", 1)
        await courses.begin(session, row.entry_id, "identify", anew=True)
        await courses.end(session, row.entry_id, "identify", 2)
        await courses.begin(session, row.entry_id, "transcribe")
        await courses.begin(session, row.entry_id, "transcribe")
    async with database.reading() as session:
        steps = await store.steps_of(session, row.entry_id)
        found = await store.entry(session, row.entry_id)
    assert [(one.step, one.attempt, one.times, one.outcome) for one in steps] == [
        ("identify", 1, 1, "failed"),
        ("identify", 2, 1, "done"),
        ("transcribe", 1, 2, None),
    ]
    assert found is not None
    assert (found.fate, found.step, found.attempt) == ("running", "transcribe", 1)


async def test_earlier_run_changes_nothing_of_a_later_one(database: Database) -> None:
    row = version("a")
    row.run = 2
    await add(database, row)
    async with database.transaction() as session:
        assert await courses.begin(session, row.entry_id, "index") is None
        await courses.finish(session, row.entry_id, "done", run=1)
    async with database.reading() as session:
        found = await store.entry(session, row.entry_id)
    assert found is not None
    assert (found.fate, found.step) == ("waiting", None)


async def test_last_fate_stays(database: Database) -> None:
    row = version("a")
    await add(database, row)
    await finish(database, row, "done")
    await finish(database, row, "failed")
    async with database.transaction() as session:
        assert await courses.begin(session, row.entry_id, "index") is None
    async with database.reading() as session:
        found = await store.entry(session, row.entry_id)
    assert found is not None
    assert (found.fate, found.step) == ("done", None)


async def test_of_many_that_claim_a_content_at_once_one_holds_it(database: Database) -> None:
    rows = [version(f"key{number}") for number in range(8)]
    await add(database, *rows)
    holders = await asyncio.gather(*(claim(database, row, "c") for row in rows))
    assert holders.count(None) == 1
    assert set(holders) == {None, rows[holders.index(None)].entry_id}


@pytest.mark.parametrize(("fate", "gives_way"), [("done", False), ("failed", True), ("rejected", True)])
async def test_holder_that_failed_gives_way(database: Database, fate: Fate, *, gives_way: bool) -> None:
    first, second = version("a"), version("b")
    await add(database, first, second)
    assert await claim(database, first, "c") is None
    assert await claim(database, first, "c") is None
    await finish(database, first, fate)
    assert (await claim(database, second, "c") is None) == gives_way


async def test_holder_whose_result_was_replaced_gives_way(database: Database) -> None:
    first, replacing, other = version("a"), version("a", "e2"), version("b")
    await add(database, first, other)
    assert await claim(database, first, "c") is None
    await finish(database, first, "done")
    assert await claim(database, other, "c") == first.entry_id
    await add(database, replacing)
    await finish(database, replacing, "done")
    assert await claim(database, other, "c") is None


async def test_first_upload_under_a_key_keeps_it(database: Database) -> None:
    async def claimed(folder: str) -> UploadRow:
        async with database.transaction() as session:
            row = UploadRow(upload_id="u", folder=folder, fingerprint="f", created_at=store.now())
            return await store.claim_upload(session, row)

    rows = await asyncio.gather(*(claimed(str(number)) for number in range(5)))
    assert len({row.folder for row in rows}) == 1
    async with database.transaction() as session:
        await store.complete_upload(session, "u", ["x", "y"])
    assert (await claimed("late")).entry_ids == "x y"


Action = st.one_of(st.integers(1, 7).map(lambda limit: ("page", limit)), st.just(("add", 0)))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.integers(0, 25), actions=st.lists(Action, max_size=30), last=st.integers(1, 9))
async def test_paging_neither_skips_nor_repeats_while_entries_come_in(
    database: Database, tmp_path_factory: pytest.TempPathFactory, before: int, actions: list[tuple[str, int]], last: int
) -> None:
    blobs = FolderBlobs(tmp_path_factory.getbasetemp())
    service = MediaService(settings=MediaSettings(), database=database, blobs=blobs, wake=lambda: None)
    async with database.transaction() as session:
        await session.execute(delete(LedgerRow))
    await add(database, *(version(f"k{number}") for number in range(before)))
    seen: list[str] = []
    cursor: str | None = None
    for number, (what, limit) in enumerate([*actions, *[("page", last)] * (before + 1)]):
        if what == "add":
            await add(database, version(f"late{number}"))
            continue
        page = await service.ledger.page(Wanted(name="k"), cursor=cursor, limit=limit)
        seen += [entry.key for entry in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert [key for key in seen if key.startswith("k")] == [f"k{number}" for number in reversed(range(before))]
    assert len(seen) == len(set(seen))
