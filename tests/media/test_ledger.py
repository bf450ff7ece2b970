"""The ledger through HTTP: steps, filters, counts, retries, events, what is stuck, what never came."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from services.media import store
from services.media.ledger import Ledger
from services.media.ledger_events import LedgerEvents
from services.media.reconciliation import ids_in
from services.media.settings import MediaSettings
from services.media.watchdog import Watchdog
from shared.blobs import BlobInfo
from shared.db import Database, open_database
from shared.errors import InvalidRequest, Unavailable
from shared.schemas.ledger import LedgerCounts, LedgerDetail, LedgerEntry, Reconciliation, Retried
from tests.conftest import eventually, internal_headers, staff
from tests.media import courses
from tests.media.conftest import SOURCES, Pipeline, pipeline_of


def supervisor() -> dict[str, str]:
    return internal_headers("media", staff("supervisor"))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url, "services.media") as database:
        yield database


async def detail(pipeline: Pipeline, entry_id: str) -> LedgerDetail:
    return LedgerDetail.model_validate_json((await pipeline.client.get(f"/ledger/{entry_id}")).content)


async def counts(pipeline: Pipeline, **query: str) -> LedgerCounts:
    return LedgerCounts.model_validate_json((await pipeline.client.get("/ledger/counts", params=query)).content)


async def retry(pipeline: Pipeline, path: str, **query: str) -> httpx.Response:
    return await pipeline.client.post(f"/ledger/{path}", params=query, headers=supervisor())


async def test_entry_shows_its_steps_with_their_times(pipeline: Pipeline) -> None:
    [good] = await pipeline.sent(("a.json", b"1"))
    shown = await detail(pipeline, good.entry_id)
    assert [step.step for step in shown.steps] == ["identify", "transcribe", "analyse", "write", "index"]
    assert {step.outcome for step in shown.steps} == {"done"}
    assert all(step.seconds is not None and step.seconds >= 0 for step in shown.steps)
    assert not shown.retryable


async def test_attempts_that_failed_are_shown(pipeline: Pipeline) -> None:
    [bad] = await pipeline.sent(("a.json", b'"crash"'))
    shown = await detail(pipeline, bad.entry_id)
    tries = [(step.step, step.attempt, step.outcome) for step in shown.steps]
    assert tries[0] == ("identify", 1, "done")
    assert [(step, attempt) for step, attempt, _ in tries[1:]] == [("transcribe", number) for number in (1, 2, 3)]
    assert "done" not in {outcome for _, _, outcome in tries[1:]}
    assert (shown.fate, shown.reason_code, shown.retryable) == ("failed", "died", True)


async def test_filters_and_counts(pipeline: Pipeline) -> None:
    await pipeline.sent(("a.json", b"1"))
    await pipeline.sent(("b.json", b"1"), ("c.txt", b"no"), ("d.json", b'"bug"'), ("e.txt", b"nay"))
    for query, names in [
        ({"fate": "done"}, ["a.json"]),
        ({"fate": "duplicate"}, ["b.json"]),
        ({"reason_code": "not_audio"}, ["e.txt", "c.txt"]),
        ({"kind": "transcribe", "name": "D"}, ["d.json"]),
        ({"stuck": "true"}, []),
        ({"seen_to": "2020-01-01T00:00:00Z"}, []),
        ({"seen_from": "2020-01-01T00:00:00Z", "fate": "failed"}, ["d.json"]),
        ({"bulk_id": "none"}, []),
        ({"step": "transcribe"}, ["d.json"]),
    ]:
        assert [entry.name for entry in await pipeline.entries(**query)] == names, query
    told = await counts(pipeline)
    assert told.fates == {"done": 1, "duplicate": 1, "rejected": 2, "failed": 1}
    most = told.reasons[0]
    assert (most.fate, most.reason_code, most.entries) == ("rejected", "not_audio", 2)
    assert most.reason == "The file is neither a recording nor a transcript."
    assert (await counts(pipeline, fate="failed")).fates == {"failed": 1}
    for bad in ({"fate": "lost"}, {"seen_from": "yesterday"}, {"seen_from": "2020-01-01T00:00:00"}, {"limit": "0"}):
        assert (await pipeline.client.get("/ledger", params=bad)).status_code == 422


async def test_retry_runs_again_and_succeeds_when_the_cause_is_gone(pipeline: Pipeline) -> None:
    pipeline.index.faults = [RuntimeError("no"), RuntimeError("no"), RuntimeError("no")]
    [bad] = await pipeline.sent(("a.json", b"1"))
    assert (bad.fate, pipeline.index.documents) == ("failed", [])
    pipeline.index.faults = []
    answer = await retry(pipeline, f"{bad.entry_id}/retry")
    assert answer.status_code == 202
    assert LedgerEntry.model_validate_json(answer.content).run == 2
    [good] = await pipeline.settled(1)
    assert (good.fate, good.run, good.reason_code) == ("done", 2, None)
    assert len(pipeline.index.documents) == 1
    assert {step.run for step in (await detail(pipeline, bad.entry_id)).steps} == {1, 2}
    assert pipeline.files(SOURCES, "originalAudio") == []
    again = await retry(pipeline, f"{bad.entry_id}/retry")
    assert (again.status_code, again.json()["detail"]) == (409, "Nothing is to be done again: the entry is done.")


async def test_many_retries_at_once_are_one_run(database: Database) -> None:
    ledger = Ledger(database=database, wake=lambda: None)
    row = store.new_row(BlobInfo("b", "k", 1, "e", store.now()))
    async with database.transaction() as session:
        await store.add_new(session, [row])
        await courses.finish(session, row.entry_id, "failed", code="died")
    entries = await asyncio.gather(*(ledger.retry(row.entry_id, subject="pat") for _ in range(5)))
    assert {(entry.fate, entry.run) for entry in entries} == {("waiting", 2)}


async def test_all_of_a_reason_are_retried_but_not_what_has_a_newer_version(pipeline: Pipeline) -> None:
    await pipeline.sent(("a.txt", b"no"), ("b.txt", b"nay"), ("c.json", b'"bug"'))
    pipeline.drop("conversationLogs/s.txt", b"not yet")
    await pipeline.settled(4)
    pipeline.drop("conversationLogs/s.txt", b"[1]")
    assert (await pipeline.settled(5))[-1].fate == "done"
    answer = await retry(pipeline, "retry", reason_code="not_audio")
    assert Retried.model_validate_json(answer.content) == Retried(retried=2, left=1)
    assert [(entry.name, entry.run) for entry in await pipeline.settled(5)] == [
        ("a.txt", 2),
        ("b.txt", 2),
        ("c.json", 1),
        ("s.txt", 1),
        ("s.txt", 1),
    ]
    [old] = await pipeline.entries(fate="rejected", name="s.txt")
    assert not (await detail(pipeline, old.entry_id)).retryable
    refused = await retry(pipeline, f"{old.entry_id}/retry")
    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        "A newer version of the object has a result or is on its way to one.",
    )
    assert (await retry(pipeline, "retry", reason_code="no-such")).status_code == 404
    assert (await retry(pipeline, "retry")).status_code == 422


async def test_only_supervisors_retry(pipeline: Pipeline) -> None:
    assert (await pipeline.client.post("/ledger/retry?reason_code=x")).status_code == 403
    assert (await pipeline.client.post("/ledger/x/retry")).status_code == 403
    assert (await retry(pipeline, "no-such-entry/retry")).status_code == 404


async def events_of(pipeline: Pipeline, until: int, **headers: str) -> list[tuple[str, LedgerEntry]]:
    """The first `until` events of a stream, with their ids."""
    found: list[tuple[str, LedgerEntry]] = []
    answer = await pipeline.client.get("/ledger/events", headers=headers)
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    for event in answer.text.split("\n\n"):
        lines = dict(line.partition(": ")[::2] for line in event.split("\n"))
        if lines.get("event") == "entry":
            found.append((lines["id"], LedgerEntry.model_validate_json(lines["data"])))
    return found[:until]


async def test_events_tell_of_changes_and_go_on_after_the_last_one_seen(settings: MediaSettings) -> None:
    async with pipeline_of(settings.model_copy(update={"ledger_stream_seconds": 0.5})) as pipeline:
        await _events_go_on(pipeline)


async def _events_go_on(pipeline: Pipeline) -> None:
    [first] = await pipeline.sent(("a.json", b"1"))
    events = await events_of(pipeline, 100)
    assert (events[-1][1].entry_id, events[-1][1].fate) == (first.entry_id, "done")
    [_, second] = [first, *(await pipeline.sent(("b.json", b"2")))]
    later = await events_of(pipeline, 100, **{"last-event-id": events[-1][0]})
    assert (later[-1][1].entry_id, later[-1][1].fate) == (second.entry_id, "done")
    assert (await pipeline.client.get("/ledger/events", headers={"last-event-id": "x"})).status_code == 422


async def test_events_reach_readers_of_other_processes_even_when_they_are_committed_late(database: Database) -> None:
    events = LedgerEvents(database, readers=2, look_seconds=0.01, quiet_seconds=0.05)
    rows = [store.new_row(BlobInfo("b", f"{number}", 1, "e", store.now())) for number in range(450)]
    seen: list[str] = []
    heartbeats = 0

    async def read() -> None:
        nonlocal heartbeats
        async for batch in await events.follow(None, seconds=30):
            heartbeats += not batch
            seen.extend(change.row.entry_id for change in batch)
            if len(seen) >= 451 and heartbeats > 2:
                return

    async def write() -> None:
        async with database.transaction() as session:
            await store.add_new(session, rows)
        late = store.new_row(BlobInfo("b", "late", 1, "e", store.now()))
        late.updated_at -= timedelta(seconds=2)  # another machine's clock, or a transaction that took its time
        async with database.transaction() as session:
            await store.add_new(session, [late])

    await asyncio.gather(read(), write())
    assert len(seen) == len(set(seen)) == 451


async def test_readers_are_bounded(database: Database) -> None:
    events = LedgerEvents(database, readers=1, look_seconds=0.01, quiet_seconds=5)
    reader = await events.follow(None, seconds=30)
    await anext(reader)
    with pytest.raises(Unavailable):
        await events.follow(None, seconds=30)
    await reader.aclose()  # type: ignore[attr-defined]  # it is a generator
    await events.follow(None, seconds=30)
    for bad in ("", "12", "a-b", "9" * 30 + "-1"):
        if bad:
            with pytest.raises(InvalidRequest):
                await events.follow(bad, seconds=1)


async def test_what_does_not_move_is_raised_once_and_until_it_moves(database: Database) -> None:
    watchdog = Watchdog(MediaSettings(), database)
    step, waits, queued, held, behind = (
        store.new_row(BlobInfo("b", name[0], 1, name[1], store.now())) for name in ["s1", "w1", "q1", "h1", "w2"]
    )
    queued.queued, held.bulk_id = True, "b"
    async with database.transaction() as session:
        await store.add_new(session, [step, waits, queued, held, behind])
        await courses.begin(session, step.entry_id, "index")
    assert await watchdog.look() == 0
    later = store.now() + timedelta(days=2)
    assert await watchdog.look(later) == 3
    assert (await watchdog.look(later), watchdog.stuck) == (0, 3)
    async with database.transaction() as session:
        rows = await store.entries(session, [row.entry_id for row in (step, waits, queued, held, behind)])
        codes = [row.stuck_code for row in rows]
        await courses.finish(session, step.entry_id, "done")
    assert codes == ["step-too-long", "waiting-too-long", "queue-too-long", None, None]
    await watchdog.look()
    assert watchdog.stuck == 2


async def test_stuck_entries_are_in_the_metrics(pipeline: Pipeline) -> None:
    assert "omnilex_ledger_stuck_entries 0.0" in (await pipeline.client.get("/metrics")).text


def test_ids_in_a_name() -> None:
    assert {"2026-03-01_GUID_4711_AGENT_9", "4711", "2026-03-01"} <= ids_in("2026-03-01_GUID_4711_AGENT_9.wav")
    assert {"a b.wav", "a b"} <= ids_in("a b.wav")


async def reconciled(pipeline: Pipeline, body: bytes, **query: str) -> Reconciliation:
    answer = await pipeline.client.post("/ledger/reconciliation", content=body, params=query)
    assert answer.status_code == 200, answer.text
    return Reconciliation.model_validate_json(answer.content)


async def test_expected_calls_are_held_against_the_ledger(pipeline: Pipeline) -> None:
    await pipeline.sent(
        ("GUID_1_x.json", b"1"), ("2.txt", b"no"), ("surprise.json", b"3"), ("again-4.txt", b"n"), ("4.json", b"4")
    )
    body = '\ufeffwhen,call_id\r\ntoday,1\r\n,2\r\n,\r\nx,3\r\nx,3\r\nshort\r\n"broken,5\r\nx,é4\r\nx,4\r\n'.encode()
    told = await reconciled(pipeline, body + b"x,\xff\n", seen_from="2020-01-01T00:00:00Z")
    assert (told.expected, told.done, told.missing) == (5, 2, ["3", "é4"])
    assert [(one.call_id, one.fate, one.reason) for one in told.failed] == [
        ("2", "rejected", "The file is neither a recording nor a transcript.")
    ]
    assert [one.call_id for one in told.unexpected] == ["surprise.json"]
    assert told.bad_rows == [
        "Row 6: the id is there already.",
        "Row 7: it has too few columns.",
        "Row 8: this is no row of a CSV in UTF-8.",
        "Row 11: this is no row of a CSV in UTF-8.",
    ]
    assert (await reconciled(pipeline, b"1\n2")).unexpected == []


@pytest.mark.parametrize("body", [b"", b"call_id\n", b"\x00\xff", b"x" * 20_000])
async def test_list_that_is_none_is_refused(pipeline: Pipeline, body: bytes) -> None:
    answer = await pipeline.client.post("/ledger/reconciliation", content=body)
    assert answer.status_code == 422
    assert json.loads(answer.content)["detail"]


async def test_retry_of_what_belongs_to_a_bulk_is_let_in_again(pipeline: Pipeline) -> None:
    answer = await pipeline.client.post("/bulk", json={"source": "upload"}, headers=supervisor())
    bulk_id = answer.json()["bulk_id"]
    into = {"bulk_id": bulk_id}
    taken = await pipeline.client.post("/objects", params=into, files=[("file", ("a.txt", b"no"))])
    assert taken.status_code == 202
    await pipeline.client.post(f"/bulk/{bulk_id}/complete", headers=supervisor())
    [entry] = await pipeline.settled(1)
    assert (entry.fate, entry.bulk_id, entry.bucket) == ("rejected", bulk_id, "omni-lex-sentiment-bulk-upload")

    async def state() -> str:
        return str((await pipeline.client.get(f"/bulk/{bulk_id}")).json()["state"])

    async def is_done() -> bool:
        return await state() == "done"

    await eventually(is_done)
    assert (await retry(pipeline, f"{entry.entry_id}/retry")).status_code == 202
    [again] = await pipeline.settled(1)
    assert (again.fate, again.run) == ("rejected", 2)
    await eventually(is_done)
    late = await pipeline.client.post("/objects", params=into, files=[("file", ("b.txt", b"no"))])
    assert (late.status_code, late.json()["detail"]) == (409, "No more files may be uploaded to this bulk.")
    assert (await pipeline.client.post("/bulk", json={"source": "upload"})).status_code == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/ledger?name=%00"),
        ("GET", "/ledger?reason_code=%00"),
        ("GET", "/ledger?bulk_id=%00"),
        ("GET", "/ledger?cursor=-1"),
        ("GET", "/ledger/a%00b"),
        ("GET", "/bulk/%00"),
        ("GET", "/bulk?cursor=x"),
        ("POST", "/ledger/a%00/retry"),
        ("POST", "/ledger/retry?reason_code=%00"),
        ("POST", "/bulk/%00/pause"),
    ],
)
async def test_text_that_no_database_keeps_is_refused(pipeline: Pipeline, method: str, path: str) -> None:
    answer = await pipeline.client.request(method, path, headers=supervisor())
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
