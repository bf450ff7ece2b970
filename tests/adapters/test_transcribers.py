"""The port Transcriber: one contract, kept by both APIs of Amazon Transcribe and by the fake of other tests."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aioboto3
import pytest

from services.media.analysis import identify, read_transcript
from services.media.aws.transcribe import open_transcribe
from services.media.ports import JobState, Transcriber, TranscriptionJob
from services.media.settings import MediaSettings
from shared.blobs import FolderBlobs
from shared.errors import NotFound
from tests.adapters.transcribe_server import TranscribeServer
from tests.gateway.conftest import listening
from tests.media.fakes import transcript
from tests.media.jobs import FakeTranscriber

ROLE = "arn:aws:iam::123456789012:role/omnilex-call-analytics"
OUTPUT = "omni-lex-sentiment-transcribe-output"
NAME = f"omnilex-{7:032x}-1-1"


@dataclass
class Part:
    """A transcriber, and how a test has its jobs end."""

    transcriber: Transcriber
    end: Callable[[str], Awaitable[None]]
    fail: Callable[[str, str], Awaitable[None]]
    channels: int = 1

    async def start(self, name: str = NAME) -> None:
        job = TranscriptionJob(name, "omni-lex-sentiment-source-audio", "originalAudio/a.wav", self.channels, "en-US")
        await self.transcriber.start(job)


@pytest.fixture(params=["fake", "standard", "call-analytics"])
async def part(
    request: pytest.FixtureRequest, tmp_path: Path, session: aioboto3.Session, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Part]:
    if request.param == "fake":
        yield fake(tmp_path)
        return
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    async with amazons(tmp_path, session, analytics=request.param == "call-analytics") as amazon:
        yield amazon


def fake(folder: Path) -> Part:
    transcriber = FakeTranscriber(folder / "jobs.json", looks=1000)

    async def end(name: str) -> None:
        transcriber.end(name)

    async def fail(name: str, reason: str) -> None:
        transcriber.change(lambda jobs: jobs[name].update(failure=reason))
        transcriber.end(name)

    return Part(transcriber, end, fail)


@asynccontextmanager
async def amazons(folder: Path, session: aioboto3.Session, *, analytics: bool) -> AsyncIterator[Part]:
    server, blobs = TranscribeServer(), FolderBlobs(folder / "objects")
    settings = MediaSettings(
        data_dir=folder,
        blobs_url="s3:",
        transcriber="call-analytics" if analytics else "transcribe",
        call_analytics_role_arn=ROLE,
    )

    async def end(name: str) -> None:
        key = f"transcribeJobs/redacted-{name}.json"
        await blobs.put(OUTPUT, key, transcript(1))
        server.end(name, uri=f"https://s3.us-east-1.amazonaws.com/{OUTPUT}/{key}", redacted=True)

    async def fail(name: str, reason: str) -> None:
        server.end(name, failure=reason)

    async with (
        listening(server.app) as url,
        open_transcribe(settings, blobs, session=session, endpoint_url=url) as transcribe,
    ):
        yield Part(transcribe, end, fail, channels=2 if analytics else 1)
    assert not server.broken, server.broken


async def test_job_is_open_until_it_has_ended(part: Part) -> None:
    await part.start()
    assert await part.transcriber.state(NAME) == JobState("open")
    await part.end(NAME)
    assert await part.transcriber.state(NAME) == JobState("done")


async def test_starting_twice_is_one_job(part: Part) -> None:
    await part.start()
    await part.end(NAME)
    await part.start()
    assert await part.transcriber.state(NAME) == JobState("done")


async def test_what_was_heard_can_be_read(part: Part, tmp_path: Path) -> None:
    await part.start()
    await part.end(NAME)
    heard = tmp_path / "heard.json"
    await part.transcriber.fetch(NAME, heard)
    found = read_transcript(identify(heard, "job.json").kind, heard)
    assert {one.speaker for one in found.utterances} == {"spk_0", "spk_1"}


@pytest.mark.parametrize(("reason", "passing"), [("Internal failure.", True), ("The audio is no audio.", False)])
async def test_failure_says_why_and_whether_it_may_pass(part: Part, reason: str, passing: bool) -> None:
    await part.start()
    await part.fail(NAME, reason)
    state = await part.transcriber.state(NAME)
    assert (state.status, state.passing) == ("failed", passing)
    assert reason in (state.sentence or "")


async def test_forgotten_job_is_unknown_and_forgetting_is_harmless(part: Part, tmp_path: Path) -> None:
    await part.start()
    await part.end(NAME)
    for _ in range(2):
        await part.transcriber.forget(NAME)
        assert await part.transcriber.state(NAME) == JobState("unknown")
    with pytest.raises(NotFound):
        await part.transcriber.fetch(NAME, tmp_path / "heard.json")


async def test_job_that_nobody_started_is_unknown(part: Part, tmp_path: Path) -> None:
    assert await part.transcriber.state("omnilex-none") == JobState("unknown")
    await part.transcriber.forget("omnilex-none")
    with pytest.raises(NotFound):
        await part.transcriber.fetch("omnilex-none", tmp_path / "heard.json")
