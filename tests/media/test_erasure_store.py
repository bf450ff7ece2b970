"""Erasure, counts and filters on both databases, with an engine and an index that only remember."""

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from services.media import store
from services.media.customers import customer_digest
from services.media.erasure import Erasures, ErasureWork
from services.media.ledger import Ledger
from services.media.ports import EngineState
from services.media.settings import MediaSettings
from services.media.store import LedgerRow, finding
from services.media.store.finding import Wanted
from shared.blobs import FolderBlobs
from shared.db import Database, open_database
from shared.errors import NotFound
from shared.schemas.erasures import NewErasure
from tests.media import courses
from tests.media.fakes import FakeIndex

BUCKET = "omni-lex-sentiment-source-audio"


@dataclass
class RememberingEngine:
    """`alive` runs are so until they are taken out of it."""

    alive: set[tuple[str, int]] = field(default_factory=set)
    cancelled: list[tuple[str, int]] = field(default_factory=list)
    forgotten: list[tuple[str, int]] = field(default_factory=list)

    async def enqueue(self, entry_id: str, run: int, name: str, *, bulk: bool = False) -> None: ...

    async def states(self, runs: Collection[tuple[str, int]]) -> Mapping[tuple[str, int], EngineState]:
        return {run: "alive" for run in runs if run in self.alive}

    async def lost(self, limit: int) -> list[tuple[str, int]]:
        return []

    async def notify(self, job_name: str) -> None: ...

    async def cancel(self, entry_id: str, run: int) -> None:
        self.cancelled.append((entry_id, run))

    async def forget(self, entry_id: str, run: int) -> None:
        self.forgotten.append((entry_id, run))


@dataclass
class Office:
    database: Database
    blobs: FolderBlobs
    settings: MediaSettings
    engine: RememberingEngine
    index: FakeIndex

    @property
    def erasures(self) -> Erasures:
        return Erasures(settings=self.settings, database=self.database, wake=lambda: None)

    async def carry_out(self) -> None:
        parts = {"settings": self.settings, "database": self.database, "blobs": self.blobs}
        await ErasureWork(**parts, index=self.index, engine=self.engine).carry_out()  # type: ignore[arg-type]  # by name

    async def entry(self, key: str, fate: str = "done", **fields: object) -> LedgerRow:
        row = store.new_row(await self.blobs.put(BUCKET, key, key.encode()))
        for name, value in {"fate": fate, **fields}.items():
            setattr(row, name, value)
        async with self.database.transaction() as session:
            await store.add_new(session, [row])
        return row

    async def row(self, row: LedgerRow) -> LedgerRow:
        async with self.database.reading() as session:
            found = await store.entry(session, row.entry_id)
        assert found is not None
        return found

    async def keys(self) -> list[str]:
        return [info.key for info in await self.blobs.listing(BUCKET, "")]


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    settings = MediaSettings(data_dir=tmp_path, erasure_settle_seconds=0)
    async with open_database(database_url, "services.media") as database:
        yield Office(database, FolderBlobs(tmp_path / "objects"), settings, RememberingEngine(), FakeIndex())


async def test_versions_and_copies_of_copies_go_and_what_came_later_stays(office: Office) -> None:
    first = await office.entry("a.wav", run=3, sha256="s")
    copy = await office.entry("b.wav", "duplicate", duplicate_of=first.entry_id)
    copy_of_copy = await office.entry("c.wav", "duplicate", duplicate_of=copy.entry_id)
    other = await office.entry("d.wav")
    order = await office.erasures.start(NewErasure(interaction_id=first.interaction_id), subject="pat")
    assert order.entries == 3
    await office.carry_out()
    told = await office.erasures.erasure(order.erasure_id)
    assert told.certificate is not None
    assert told.certificate.entries == [row.entry_id for row in (first, copy, copy_of_copy)]
    assert await office.keys() == ["d.wav"]
    assert (await office.row(first)).sha256 is None
    assert (await office.row(other)).fate == "done"
    assert [(first.entry_id, run) for run in (1, 2, 3)] == office.engine.forgotten[:3]
    again = await office.erasures.start(NewErasure(interaction_id=first.interaction_id), subject="kim")
    assert again == told
    with pytest.raises(NotFound):
        await office.erasures.start(NewErasure(interaction_id="unknown"), subject="pat")


async def test_nothing_is_certified_while_a_run_is_alive(office: Office) -> None:
    row = await office.entry("a.wav", "running", queued=True, step="analyse")
    office.engine.alive.add((row.entry_id, 1))
    order = await office.erasures.start(NewErasure(interaction_id=row.interaction_id), subject="pat")
    async with office.database.transaction() as session:
        await courses.finish(session, row.entry_id, "done", run=1)
    await office.carry_out()
    assert office.engine.cancelled == [(row.entry_id, 1)]
    assert (await office.erasures.erasure(order.erasure_id)).state == "running"
    await office.blobs.put(office.settings.output_bucket_name, f"parsedFiles/{row.interaction_id}.json", b"late")
    office.engine.alive.clear()
    await office.carry_out()
    told = await office.erasures.erasure(order.erasure_id)
    assert (told.state, told.attempts) == ("done", 2)
    assert await office.blobs.listing(office.settings.output_bucket_name, "") == []
    assert (await office.row(row)).fate == "erased"


async def test_version_that_comes_during_the_erasure_keeps_its_result_and_its_source(office: Office) -> None:
    old = await office.entry("s.json")
    order = await office.erasures.start(NewErasure(interaction_id=old.interaction_id), subject="pat")
    new = await office.entry("s.json", seen_at=store.now() + timedelta(seconds=1))
    assert new.entry_id != old.entry_id
    await office.blobs.put(office.settings.output_bucket_name, f"parsedFiles/{new.interaction_id}.json", b"new")
    await office.carry_out()
    assert (await office.erasures.erasure(order.erasure_id)).state == "done"
    assert await office.keys() == ["s.json"]
    assert len(await office.blobs.listing(office.settings.output_bucket_name, "")) == 1
    assert office.index.removed == []


async def test_customer_is_found_by_hash_and_in_side_cars_that_nobody_read_yet(office: Office) -> None:
    digest = customer_digest(office.settings.internal_secret.get_secret_value(), "C-1")
    known = await office.entry("a.wav", customer_digest=digest, kind="audio")
    unread = await office.entry("b.wav", "waiting", bulk_id="b")
    await office.blobs.put(BUCKET, "b.wav.metadata.json", b'{"customer": "C-1"}')
    await office.entry("c.wav", "waiting", bulk_id="b")
    await office.blobs.put(BUCKET, "c.wav.metadata.json", b"not json")
    order = await office.erasures.start(NewErasure(customer="C-1"), subject="pat")
    await office.carry_out()
    told = await office.erasures.erasure(order.erasure_id)
    assert told.certificate is not None
    assert told.certificate.entries == [known.entry_id, unread.entry_id]
    assert await office.keys() == ["c.wav", "c.wav.metadata.json"]


async def test_counts_and_filters(office: Office) -> None:
    await office.entry("a.wav", "failed", reason_code="died", reason="It died.", kind="audio")
    await office.entry("B.wav", "failed", reason_code="died", reason="It died again.")
    await office.entry("c.wav", "waiting", bulk_id="b")
    await office.entry("d.wav", "waiting", stuck_code="waiting-too-long")
    told = await Ledger(database=office.database, wake=lambda: None).counts(Wanted())
    assert (told.fates, told.stuck) == ({"failed": 2, "held": 1, "waiting": 1}, 1)
    assert [(one.reason_code, one.entries, one.reason) for one in told.reasons] == [("died", 2, "It died again.")]
    async with office.database.reading() as session:
        for wanted, keys in [
            (Wanted(name="b.W"), ["B.wav"]),
            (Wanted(stuck=True), ["d.wav"]),
            (Wanted(stuck=False, bulk_id="b"), ["c.wav"]),
            (Wanted(kind="audio", fate="failed"), ["a.wav"]),
            (Wanted(seen_from=store.now()), []),
        ]:
            assert [row.key for row in await finding.page(session, wanted, before=None, limit=9)] == keys
