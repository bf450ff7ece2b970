"""The whole way of an object, with the real workflow engine, ledger, folders and routes."""

import asyncio
import fcntl
import os
import threading

import pytest

from services.media import store
from services.media.settings import MediaSettings
from shared.db import open_database
from shared.errors import Unavailable, UpstreamFailed
from shared.schemas.interaction import Interaction
from tests.conftest import eventually, without_chance
from tests.media.conftest import RESULTS, SOURCES, Pipeline, pipeline_of


async def test_upload_becomes_an_indexed_result(pipeline: Pipeline) -> None:
    [entry] = await pipeline.sent(("call one.json", b'{"n": 1}'))
    assert (entry.fate, entry.step, entry.kind, entry.name) == ("done", None, "transcribe", "call one.json")
    assert [document.interaction_id for document in pipeline.index.documents] == [entry.interaction_id]
    assert pipeline.files(RESULTS, "parsedFiles") == [f"parsedFiles/{entry.interaction_id}.json"]
    assert pipeline.files(RESULTS, "transcripts") == [f"transcripts/{entry.interaction_id}.json"]
    stored = await pipeline.blobs.get(RESULTS, f"parsedFiles/{entry.interaction_id}.json")
    assert Interaction.model_validate_json(stored) == pipeline.index.documents[0]
    assert pipeline.files(SOURCES, "failedAudio") == []
    assert not list((pipeline.root.parent / "media-work").iterdir())


async def test_metadata_reaches_the_result_and_lies_beside_the_object(pipeline: Pipeline) -> None:
    [entry] = await pipeline.sent(("a.json", b"[1]"), metadata='{"agent": "A-7", "language": "de-DE"}')
    assert (pipeline.index.documents[0].agent, pipeline.index.documents[0].language) == ("A-7", "de-DE")
    assert pipeline.files(SOURCES, "originalAudio") == [entry.key, entry.key + ".metadata.json"]


async def test_same_content_gives_one_result(pipeline: Pipeline) -> None:
    pipeline.analyser.seconds = 0.3
    entries = await pipeline.sent(*[(f"copy{number}.json", b'{"same": true}') for number in range(4)])
    [done] = [entry for entry in entries if entry.fate == "done"]
    duplicates = [entry for entry in entries if entry.fate == "duplicate"]
    assert len(duplicates) == 3
    assert {entry.duplicate_of for entry in duplicates} == {done.entry_id}
    assert len(pipeline.index.documents) == len(pipeline.files(RESULTS, "parsedFiles")) == 1


async def test_content_that_failed_before_is_tried_again(pipeline: Pipeline) -> None:
    [first] = await pipeline.sent(("a.json", b'"crash"'))
    [second] = await pipeline.sent(("b.json", b'"crash"'))
    assert [first.fate, second.fate] == ["failed", "failed"]


async def test_refused_file_is_set_aside_with_its_reason_and_disturbs_nothing(pipeline: Pipeline) -> None:
    bad, empty, good = await pipeline.sent(
        ("note.wav", b"no sound"), ("empty.wav", b""), ("good.json", b"{}"), metadata='{"agent": "A-7"}'
    )
    assert (bad.fate, bad.reason_code) == ("rejected", "not_audio")
    assert bad.reason == "The file is neither a recording nor a transcript."
    assert (empty.fate, empty.reason_code, empty.reason) == ("rejected", "empty", "The file is empty.")
    assert good.fate == "done"
    kept = [f"failedAudio/{entry.key}{ending}" for entry in (bad, empty) for ending in ("", ".metadata.json")]
    assert pipeline.files(SOURCES, "failedAudio") == sorted(kept)
    assert await pipeline.blobs.get(SOURCES, f"failedAudio/{bad.key}") == b"no sound"
    assert pipeline.files(SOURCES, "originalAudio") == [good.key, good.key + ".metadata.json"]


async def test_failure_never_overwrites_an_earlier_one(pipeline: Pipeline) -> None:
    for content in (b"first", b"second", b"second"):
        before = len(await pipeline.entries())
        pipeline.drop("originalAudio/same.wav", content)
        await pipeline.settled(before + 1)
    kept = pipeline.files(SOURCES, "failedAudio")
    assert len(kept) == 3
    contents = [await pipeline.blobs.get(SOURCES, key) for key in kept]
    assert sorted(contents) == [b"first", b"second", b"second"]


async def test_faults_end_in_the_ledger_without_the_customers_words(pipeline: Pipeline) -> None:
    died, bug = await pipeline.sent(("died.json", b'"crash"'), ("bug.json", b'"bug: my PIN is 2468"'))
    assert (died.fate, died.reason_code, died.step, died.attempt) == ("failed", "died", "transcribe", 3)
    assert (bug.fate, bug.reason_code, bug.attempt) == ("failed", "unexpected", 1)
    engine = (pipeline.root.parent / "workflow.sqlite").read_bytes()
    engine += (pipeline.root.parent / "workflow.sqlite-wal").read_bytes()
    assert bug.entry_id.encode() in engine
    assert "2468" not in without_chance(engine)


async def test_index_that_fails_for_a_moment_is_tried_again(pipeline: Pipeline) -> None:
    pipeline.index.faults = [UpstreamFailed(), UpstreamFailed()]
    [entry] = await pipeline.sent(("a.json", b"1"))
    assert (entry.fate, entry.attempt) == ("done", 3)


async def test_index_that_is_away_is_waited_for(pipeline: Pipeline) -> None:
    pipeline.index.faults = [Unavailable() for _ in range(4)]
    [entry] = await pipeline.sent(("a.json", b"1"))
    assert entry.fate == "done"
    assert len(pipeline.index.documents) == 1


async def test_index_that_refuses_the_result_fails_it(pipeline: Pipeline) -> None:
    pipeline.index.faults = [UpstreamFailed() for _ in range(3)]
    [entry] = await pipeline.sent(("a.json", b"1"))
    assert (entry.fate, entry.step, entry.reason_code) == ("failed", "index", "index")


async def test_drop_is_taken_and_side_cars_and_hidden_files_are_not(pipeline: Pipeline) -> None:
    pipeline.drop("originalAudio/x/call.wav.metadata.json", b'{"agent": "A-9"}')
    pipeline.drop("originalAudio/.hidden", b"1")
    pipeline.drop("elsewhere/other.json", b"1")
    pipeline.drop("originalAudio/x/call.wav", b"RIFF")
    [entry] = await pipeline.settled(1)
    assert (entry.fate, entry.kind, entry.key) == ("done", "audio", "originalAudio/x/call.wav")
    assert pipeline.index.documents[0].agent == "A-9"


async def test_side_car_that_is_not_valid_is_a_reason_to_refuse(pipeline: Pipeline) -> None:
    pipeline.drop("originalAudio/call.wav.metadata.json", b'{"conversation_time": "yesterday"}')
    pipeline.drop("originalAudio/call.wav", b"RIFF")
    [entry] = await pipeline.settled(1)
    assert (entry.fate, entry.reason_code) == ("rejected", "bad_metadata")
    assert entry.reason == "The side-car file is not valid metadata (at: conversation_time)."


async def test_half_written_drop_is_not_taken(pipeline: Pipeline) -> None:
    path, enough = pipeline.drop("originalAudio/slow.json", b"["), threading.Event()

    def write() -> None:
        """In a thread of its own, so that asking for the entries holds up no write."""
        with path.open("ab", buffering=0) as file:
            while not enough.wait(0.02):
                file.write(b"1,")
            file.write(b"1]")

    writing = asyncio.create_task(asyncio.to_thread(write))
    await asyncio.sleep(1)
    entries = await pipeline.entries()
    enough.set()
    await writing
    assert entries == []
    [entry] = await pipeline.settled(1)
    assert entry.fate == "done"


async def test_chat_log_written_again_replaces_its_interaction(pipeline: Pipeline) -> None:
    pipeline.drop("conversationLogs/bot/2026-11-22/s1.jsonl", b"[1]")
    [first] = await pipeline.settled(1)
    pipeline.drop("conversationLogs/bot/2026-11-22/s1.jsonl", b"[1, 2]")
    _, second = await pipeline.settled(2)
    assert first.fate == second.fate == "done"
    assert first.entry_id != second.entry_id
    assert first.interaction_id == second.interaction_id
    assert [document.duration for document in pipeline.index.documents] == [3.0, 6.0]
    assert len(pipeline.files(RESULTS, "parsedFiles")) == 1


async def test_chat_log_that_returns_to_an_earlier_content_is_processed_again(pipeline: Pipeline) -> None:
    for number, content in enumerate((b"[1]", b"[1, 2]", b"[1]"), 1):
        pipeline.drop("conversationLogs/s.jsonl", content)
        await pipeline.settled(number)
    assert [document.duration for document in pipeline.index.documents] == [3.0, 6.0, 3.0]


async def test_versions_of_one_object_are_processed_one_after_the_other(pipeline: Pipeline) -> None:
    pipeline.analyser.seconds = 1.5
    pipeline.drop("conversationLogs/s.jsonl", b"1")
    await eventually(lambda: pipeline.analyser.at_once == 1)
    for number in (2, 3):
        pipeline.drop("conversationLogs/s.jsonl", b"1" * number)
        await eventually(lambda count=number: _has(pipeline, count))
    entries = await pipeline.settled(3)
    assert pipeline.analyser.most_at_once == 1
    assert [(entry.fate, entry.reason_code) for entry in entries] == [
        ("done", None),
        ("duplicate", "superseded"),
        ("done", None),
    ]
    assert pipeline.index.documents[-1].duration == 3.0


async def _has(pipeline: Pipeline, count: int) -> bool:
    return len(await pipeline.entries()) >= count


async def test_object_that_is_only_touched_gives_no_second_result(pipeline: Pipeline) -> None:
    path = pipeline.drop("originalAudio/a.json", b"1")
    await pipeline.settled(1)
    os.utime(path, (1, 1))
    first, second = await pipeline.settled(2)
    assert (second.fate, second.duplicate_of) == ("duplicate", first.entry_id)


async def test_what_a_stop_or_a_crash_left_behind_is_finished_at_the_next_start(settings: MediaSettings) -> None:
    async with pipeline_of(settings) as pipeline:
        pipeline.analyser.seconds = 60
        await pipeline.upload(("stopped.json", b"1"))
        await eventually(lambda: pipeline.analyser.at_once == 1)
    url = settings.database_url("sqlite", "media")
    async with open_database(url, "services.media") as database, database.transaction() as session:
        never_enqueued = await pipeline.blobs.put(SOURCES, "originalAudio/a.json", b"2")
        enqueued_unknown_to_engine = await pipeline.blobs.put(SOURCES, "originalAudio/b.json", b"3")
        rows = [store.new_row(info) for info in (never_enqueued, enqueued_unknown_to_engine)]
        await store.add_new(session, rows)
        await store.mark_queued(session, [(rows[1].entry_id, 1)])
    stored_and_never_registered = "originalAudio/c.json"
    await pipeline.blobs.put(SOURCES, stored_and_never_registered, b"4")
    leftover = settings.work_dir / "ended-before"
    leftover.mkdir()
    async with pipeline_of(settings) as pipeline:
        assert not leftover.exists()
        entries = await pipeline.settled(4)
    assert [(entry.name, entry.fate) for entry in entries] == [
        ("stopped.json", "done"),
        ("a.json", "done"),
        ("b.json", "done"),
        ("c.json", "done"),
    ]


async def test_run_that_the_engine_lost_hold_of_is_taken_up_again(pipeline: Pipeline) -> None:
    pipeline.analyser.broken_off = 1
    await pipeline.upload(("a.json", b"1"))
    await eventually(lambda: pipeline.analyser.broken_off == 0)
    await eventually(pipeline.engine.take_up_stranded)
    [entry] = await pipeline.settled(1)
    assert entry.fate == "done"
    assert await pipeline.engine.take_up_stranded() == 0


async def test_second_process_on_the_same_data_is_refused(settings: MediaSettings, pipeline: Pipeline) -> None:
    lock = settings.data_dir / "workflow.lock"
    with lock.open("a") as file, pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
