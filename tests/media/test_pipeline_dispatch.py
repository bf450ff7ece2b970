"""From the ledger to an engine that only remembers."""

from collections.abc import AsyncIterator, Collection, Mapping
from datetime import UTC, datetime

import pytest

from services.media import store
from services.media.dispatch import Dispatcher
from services.media.ports import EngineState
from shared.blobs import BlobInfo
from shared.db import Database, open_database


class FakeEngine:
    def __init__(self, **known: EngineState) -> None:
        self.known = known
        self.enqueued: list[str] = []

    async def enqueue(self, entry_id: str, name: str) -> None:
        self.enqueued.append(name)

    async def states(self, entry_ids: Collection[str]) -> Mapping[str, EngineState]:
        return {entry_id: self.known[entry_id] for entry_id in entry_ids if entry_id in self.known}


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url, "services.media") as database:
        yield database


async def add(database: Database, *names: str, queued: bool = False) -> list[store.LedgerRow]:
    moment = datetime(2026, 11, 22, tzinfo=UTC)
    rows = [store.new_row(BlobInfo("bucket", name, 1, "e", moment)) for name in names]
    async with database.transaction() as session:
        await store.add_new(session, rows)
        await store.mark_queued(session, [row.entry_id for row in rows], queued=queued)
    return rows


async def test_each_waiting_entry_is_enqueued_once_in_the_order_seen(database: Database) -> None:
    names = [f"{number:03}" for number in range(450)]
    await add(database, *names)
    engine = FakeEngine()
    dispatcher = Dispatcher(database, engine)
    assert await dispatcher.start_waiting() == 450
    assert await dispatcher.start_waiting() == 0
    assert engine.enqueued == names


async def test_recovery_enqueues_the_unknown_and_gives_up_what_ended_without_a_word(database: Database) -> None:
    unknown, ended, alive = await add(database, "unknown", "ended", "alive", queued=True)
    engine = FakeEngine(**{ended.entry_id: "ended", alive.entry_id: "alive"})
    await Dispatcher(database, engine).recover()
    assert engine.enqueued == ["unknown"]
    async with database.reading() as session:
        rows = await store.entries(session, [unknown.entry_id, ended.entry_id, alive.entry_id])
    assert [(row.fate, row.reason_code) for row in rows] == [
        ("waiting", None),
        ("failed", "workflow-lost"),
        ("waiting", None),
    ]
