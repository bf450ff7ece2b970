"""Recordings that are transcribed elsewhere, by jobs that are waited for."""

from datetime import timedelta

import pytest

from services.media import store
from services.media.ports import Engine
from services.media.settings import MediaSettings
from services.media.transcriptions import JobId
from shared.db import open_database
from tests.conftest import eventually
from tests.media.conftest import pipeline_of
from tests.media.jobs import FakeTranscriber


@pytest.fixture
def transcriber(settings: MediaSettings) -> FakeTranscriber:
    return FakeTranscriber(settings.data_dir / "jobs.json")


@pytest.fixture
def settings(settings: MediaSettings) -> MediaSettings:
    return settings.model_copy(update={"transcribe_poll_seconds": 0.3, "bulk_upload_max_transcribe_jobs": 3})


async def test_recording_is_transcribed_by_a_job_and_the_job_removed(
    settings: MediaSettings, transcriber: FakeTranscriber
) -> None:
    async with pipeline_of(settings, transcriber=transcriber) as pipeline:
        [entry] = await pipeline.sent(("a.wav", b"RIFF one"))
        assert (entry.fate, entry.kind, entry.reason) == ("done", "audio", None)
    [(name, job)] = transcriber.jobs.items()
    assert (name, job["starts"], job["status"]) == (f"omnilex-{entry.entry_id}-1-1", 1, "forgotten")


async def test_notification_ends_the_waiting_at_once(settings: MediaSettings, transcriber: FakeTranscriber) -> None:
    transcriber.looks = 1000
    settings = settings.model_copy(update={"transcribe_poll_seconds": 3600})
    async with pipeline_of(settings, transcriber=transcriber) as pipeline:
        await pipeline.upload(("a.wav", b"RIFF one"))
        await eventually(lambda: transcriber.jobs)
        [name] = transcriber.jobs
        for job in (name, name):  # too early, and twice
            await pipeline.engine.notify(job)
        await eventually(lambda: transcriber.jobs[name]["looks"] >= 2)
        transcriber.end(name)
        for job in (name, name):
            await pipeline.engine.notify(job)
        [entry] = await pipeline.settled(1)
        await pipeline.engine.notify(name)  # too late
    assert entry.fate == "done"
    assert len(transcriber.jobs) == 1


@pytest.mark.parametrize(
    "name",
    [
        "somebody-elses-job",
        "omnilex-nonsense",
        JobId("0" * 32, 1, 1).name("omnilex-"),
        "omnilex-" + "0" * 32 + "-1-1; DROP TABLE",
    ],
)
async def test_notification_of_a_job_that_nobody_waits_for_does_nothing(
    settings: MediaSettings, transcriber: FakeTranscriber, name: str
) -> None:
    async with pipeline_of(settings, transcriber=transcriber) as pipeline:
        await pipeline.engine.notify(name)
        [entry] = await pipeline.sent(("a.wav", b"RIFF one"))
    assert entry.fate == "done"


async def test_job_that_fails_in_passing_is_followed_by_another(
    settings: MediaSettings, transcriber: FakeTranscriber
) -> None:
    transcriber.failures = ["Internal failure"]
    async with pipeline_of(settings, transcriber=transcriber) as pipeline:
        [entry] = await pipeline.sent(("a.wav", b"RIFF one"))
        outcomes = await _outcomes(settings, entry.entry_id)
    assert entry.fate == "done"
    assert [name[-2:] for name in transcriber.jobs] == ["-1", "-2"]
    assert [outcome for step, outcome in outcomes if step == "transcribe"] == ["transcription-failed", "done"]


async def test_job_that_fails_for_good_is_the_recordings_fate_in_its_own_words(
    settings: MediaSettings, transcriber: FakeTranscriber
) -> None:
    transcriber.failures = ["The media format is not valid."]
    async with pipeline_of(settings, transcriber=transcriber) as pipeline:
        [entry] = await pipeline.sent(("a.wav", b"RIFF one"))
        assert pipeline.files("omni-lex-sentiment-source-audio", "failedAudio")
    assert (entry.fate, entry.reason_code) == ("rejected", "transcription-failed")
    assert entry.reason == "The media format is not valid."
    assert len(transcriber.jobs) == 1


async def test_job_that_fails_in_passing_each_time_is_given_up(
    settings: MediaSettings, transcriber: FakeTranscriber
) -> None:
    transcriber.failures = ["Internal failure"] * 9
    settings = settings.model_copy(update={"step_attempts": 2})
    async with pipeline_of(settings, transcriber=transcriber) as pipeline:
        [entry] = await pipeline.sent(("a.wav", b"RIFF one"))
    assert (entry.fate, entry.reason) == ("failed", "Internal failure")
    assert len(transcriber.jobs) == 2


async def test_job_that_somebody_removed_is_started_again_under_another_name(
    settings: MediaSettings, transcriber: FakeTranscriber
) -> None:
    transcriber.looks = 1000
    async with pipeline_of(settings, transcriber=transcriber) as pipeline:
        await pipeline.upload(("a.wav", b"RIFF one"))
        await eventually(lambda: transcriber.jobs)
        [name] = transcriber.jobs
        transcriber.remove(name)
        await eventually(lambda: transcriber.jobs)
        [second] = transcriber.jobs
        transcriber.end(second)
        [entry] = await pipeline.settled(1)
    assert entry.fate == "done"
    assert (name[-2:], second[-2:]) == ("-1", "-2")


async def test_job_without_an_end_is_given_up_at_the_time_limit(
    settings: MediaSettings, transcriber: FakeTranscriber
) -> None:
    transcriber.looks = 1000
    settings = settings.model_copy(update={"transcribe_timeout_seconds": 1})
    async with pipeline_of(settings, transcriber=transcriber) as pipeline:
        [entry] = await pipeline.sent(("a.wav", b"RIFF one"))
    assert (entry.fate, entry.reason_code, entry.step) == ("failed", "timeout", "transcribe")
    assert [job["status"] for job in transcriber.jobs.values()] == ["forgotten"]


async def test_never_more_jobs_at_once_than_allowed(settings: MediaSettings, transcriber: FakeTranscriber) -> None:
    transcriber.looks = 2
    async with pipeline_of(settings, transcriber=transcriber) as pipeline:
        entries = await pipeline.sent(*((f"{n}.wav", b"RIFF %d" % n) for n in range(12)))
    assert {entry.fate for entry in entries} == {"done"}
    assert len(transcriber.jobs) == 12
    assert 1 < transcriber.most_open <= 3


async def test_restart_goes_on_with_the_job_that_is_open(settings: MediaSettings, transcriber: FakeTranscriber) -> None:
    transcriber.looks = 1000
    async with pipeline_of(settings, transcriber=transcriber) as pipeline:
        await pipeline.upload(("a.wav", b"RIFF one"))
        await eventually(lambda: transcriber.jobs)
    [name] = transcriber.jobs
    transcriber.end(name)
    async with pipeline_of(settings, transcriber=transcriber) as pipeline:
        [entry] = await pipeline.settled(1)
    assert entry.fate == "done"
    assert list(transcriber.jobs) == [name]


async def test_engine_keeps_nothing_of_runs_that_ended_long_ago(
    settings: MediaSettings, transcriber: FakeTranscriber
) -> None:
    async with pipeline_of(settings, transcriber=transcriber) as pipeline:
        entries = await pipeline.sent(("a.wav", b"RIFF one"), ("b.json", b"2"))
        runs = [(entry.entry_id, entry.run) for entry in entries]
        await eventually(lambda: _are_all_ended(pipeline.engine, runs))
        assert await pipeline.engine.forget_ended(store.now() - timedelta(minutes=1), 10) == 0
        assert await pipeline.engine.forget_ended(store.now() + timedelta(minutes=1), 10) == 3
        assert await pipeline.engine.states(runs) == {}


async def _are_all_ended(engine: Engine, runs: list[tuple[str, int]]) -> bool:
    return list((await engine.states(runs)).values()) == ["ended"] * len(runs)


async def test_cancelled_run_leaves_no_job_behind(settings: MediaSettings, transcriber: FakeTranscriber) -> None:
    transcriber.looks = 1000
    async with pipeline_of(settings, transcriber=transcriber) as pipeline:
        await pipeline.upload(("a.wav", b"RIFF one"))
        await eventually(lambda: transcriber.jobs)
        [entry] = await pipeline.entries()
        await pipeline.engine.cancel(entry.entry_id, 1)
        await eventually(lambda: [job["status"] for job in transcriber.jobs.values()] == ["forgotten"])
        [entry] = await pipeline.settled(1)
    assert (entry.fate, entry.reason_code) == ("failed", "workflow-lost")


async def _outcomes(settings: MediaSettings, entry_id: str) -> list[tuple[str, str | None]]:
    url = settings.database_url(settings.media_database_url, "media")
    async with open_database(url, "services.media") as database, database.reading() as session:
        return [(row.step, row.outcome) for row in await store.steps_of(session, entry_id)]
