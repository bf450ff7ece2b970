"""From the ledger to an engine that only remembers."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.media import store
from services.media.dispatch import Dispatcher
from services.media.ports import EngineState
from services.media.settings import MediaSettings
from services.media.steps import Steps
from shared.blobs import BlobInfo, FolderBlobs
from shared.db import Database, open_database
from tests.media import courses
from tests.media.fakes import FakeAnalyser, FakeIndex


class FakeEngine:
    def __init__(self, **known: EngineState) -> None:
        self.known = {(entry_id, 1): state for entry_id, state in known.items()}
        self.enqueued: list[str] = []
        self.bulk: list[str] = []
        self.gone: list[tuple[str, int]] = []

    async def enqueue(self, entry_id: str, run: int, name: str, *, bulk: bool = False) -> None:
        (self.bulk if bulk else self.enqueued).append(name)

    async def states(self, runs: Collection[tuple[str, int]]) -> Mapping[tuple[str, int], EngineState]:
        return {run: self.known[run] for run in runs if run in self.known}

    async def lost(self, limit: int) -> list[tuple[str, int]]:
        return [run for run, state in self.known.items() if state == "ended"][:limit]

    async def take_up_stranded(self) -> int:
        return 0

    async def notify(self, job_name: str) -> None: ...

    async def cancel(self, entry_id: str, run: int) -> None: ...

    async def forget_ended(self, before: datetime, limit: int) -> int:
        return 0

    async def forget(self, entry_id: str, run: int) -> None:
        self.gone.append((entry_id, run))
        self.known.pop((entry_id, run), None)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url, "services.media") as database:
        yield database


@pytest.fixture
def steps(database: Database, tmp_path: Path) -> Steps:
    settings, blobs = MediaSettings(data_dir=tmp_path), FolderBlobs(tmp_path / "objects")
    return Steps(settings=settings, database=database, blobs=blobs, analyser=FakeAnalyser(), index=FakeIndex())


async def add(database: Database, *names: str, queued: bool = False) -> list[store.LedgerRow]:
    moment = datetime(2026, 11, 22, tzinfo=UTC)
    rows = [store.new_row(BlobInfo("bucket", name, 1, "e", moment)) for name in names]
    async with database.transaction() as session:
        await store.add_new(session, rows)
        await store.mark_queued(session, [(row.entry_id, row.run) for row in rows], queued=queued)
    return rows


async def test_each_waiting_entry_is_enqueued_once_in_the_order_seen(database: Database, steps: Steps) -> None:
    names = [f"{number:03}" for number in range(450)]
    await add(database, *names)
    engine = FakeEngine()
    dispatcher = Dispatcher(database, engine, steps)
    assert await dispatcher.start_waiting() == 450
    assert await dispatcher.start_waiting() == 0
    assert engine.enqueued == names


@pytest.mark.parametrize("duty", ["recover", "review"])
async def test_what_ended_without_a_word_has_failed(database: Database, steps: Steps, duty: str) -> None:
    unknown, ended, alive = await add(database, "unknown", "ended", "alive", queued=True)
    engine = FakeEngine(**{ended.entry_id: "ended", alive.entry_id: "alive"})
    dispatcher = Dispatcher(database, engine, steps)
    await getattr(dispatcher, duty)()
    assert engine.enqueued == (["unknown"] if duty == "review" else [])
    assert engine.gone == [(ended.entry_id, 1)]
    async with database.reading() as session:
        rows = await store.entries(session, [unknown.entry_id, ended.entry_id, alive.entry_id])
    assert [(row.fate, row.reason_code) for row in rows] == [
        ("waiting", None),
        ("failed", "workflow-lost"),
        ("waiting", None),
    ]


async def test_what_ended_just_after_it_was_looked_up_keeps_its_fate(database: Database, steps: Steps) -> None:
    [row] = await add(database, "done", queued=True)
    async with database.transaction() as session:
        await courses.finish(session, row.entry_id, "done")
    await Dispatcher(database, FakeEngine(**{row.entry_id: "ended"}), steps).recover()
    async with database.reading() as session:
        [row] = await store.entries(session, [row.entry_id])
    assert (row.fate, row.reason_code) == ("done", None)


async def test_of_several_workers_one_at_a_time_enqueues(database: Database, steps: Steps) -> None:
    names = [f"{number:03}" for number in range(300)]
    await add(database, *names)
    engine = FakeEngine()
    await asyncio.gather(
        *(Dispatcher(database, engine, steps).start_waiting() for _ in range(1 + 2 * (not database.sqlite)))
    )
    assert sorted(engine.enqueued) == names
