"""Hearing a recording: one contract, whether this machine's recogniser hears it or a job of Amazon Transcribe."""

import asyncio
import io
import os
import signal
import wave
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from functools import cache
from pathlib import Path

import aioboto3
import numpy as np
import pytest
from numpy.typing import NDArray

from services.media.aws.transcribe import AmazonTranscribe, open_transcribe
from services.media.embedded import LocalAnalyser
from services.media.settings import MediaSettings
from shared.blobs import FolderBlobs
from shared.errors import UpstreamFailed
from shared.processes import Processes
from shared.schemas.interaction import Interaction
from shared.schemas.ledger import LedgerDetail, LedgerEntry
from tests.adapters.hearing_server import HearingServer, Said
from tests.adapters.modelled_server import AwsError
from tests.conftest import eventually, internal_headers, staff, without_chance
from tests.gateway.conftest import listening
from tests.lex.voices import spoken
from tests.media.conftest import RESULTS, SOURCES, Pipeline, pipeline_of
from tests.media.fakes import FakeIndex

pytestmark = pytest.mark.usefixtures("aws_credentials")
RATE = 16_000
QUIET = np.zeros(RATE // 2, np.int16)
JOBS = "transcribeJobs"
Track = NDArray[np.int16]


def wav(*channels: Track, rate: int = RATE) -> bytes:
    longest = max(map(len, channels))
    samples = np.stack([np.pad(channel, (0, longest - len(channel))) for channel in channels], axis=1)
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(len(channels))
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(samples.astype("<i2").tobytes())
    return file.getvalue()


@cache
def recordings() -> dict[str, tuple[bytes, tuple[Said, ...]]]:
    """By name: the recording and what is said in it."""
    asks, answers = "Thank you for calling, how can I help you?", "I want to pay my bill."
    first, second = spoken(asks, words_a_minute=130), spoken(answers, voice="en-us+f3", words_a_minute=130)
    after = len(first) + len(QUIET)
    # In this voice the recogniser hears the last ten of the digits as such, a telephone number.
    told = spoken("the number is" + " two" * 12, voice="en-us+m7")
    one = Said(0, 0.1, len(first) / RATE, asks)
    other = Said(1, after / RATE, (after + len(second)) / RATE, answers)
    silent = np.zeros(after, np.int16)
    return {
        "one.wav": (wav(first), (one,)),
        "two.wav": (wav(first, np.concatenate([silent, second])), (one, other)),
        "silent.wav": (wav(np.zeros(3 * RATE, np.int16)), ()),
        "number.wav": (wav(told), (Said(0, 0.1, len(told) / RATE, "the number is", "222-222-2222"),)),
    }


def recording(name: str) -> tuple[str, bytes]:
    return name, recordings()[name][0]


def seconds(name: str) -> float:
    with wave.open(io.BytesIO(recordings()[name][0])) as reader:
        return reader.getnframes() / reader.getframerate()


class Here:
    """Recordings are heard in a process of this machine."""

    hearer = "PocketSphinx"
    deaf: str | None = '{"language": "de-DE"}'
    """The side-car of what can never be heard."""

    def __init__(self, settings: MediaSettings, desk: Processes, speech: Processes) -> None:
        self.settings = settings
        self.desk, self.speech = desk, speech
        self.index = FakeIndex()
        self._held: int | None = None

    @property
    def transcriber(self) -> AmazonTranscribe | None:
        return None

    def running(self) -> AbstractAsyncContextManager[Pipeline]:
        """The service; opened again it finds its data."""
        analyser = LocalAnalyser(self.settings, desk=self.desk, speech=self.speech)
        return pipeline_of(self.settings, transcriber=self.transcriber, given=analyser, index=self.index)

    async def disturb(self) -> None:
        """The next recording meets trouble that passes."""
        os.kill(await self.speech.run(20, os.getpid), signal.SIGKILL)

    async def hold(self) -> None:
        """Hearing takes for ever until `release`."""
        self._held = await self.speech.run(20, os.getpid)
        os.kill(self._held, signal.SIGSTOP)

    async def release(self) -> None:
        """Comes back when what was held has ended."""
        if self._held is not None:
            with suppress(ProcessLookupError):
                os.kill(self._held, signal.SIGCONT)
            self._held = None
            await self.speech.run(20, os.getpid)

    def cannot_hear(self) -> None:
        """What comes next cannot be heard, now or later."""

    def jobs(self) -> list[str]:
        """That another system was asked for and still has."""
        return []

    def asked(self) -> int:
        """How many jobs there have been."""
        return 0

    def written(self) -> list[str]:
        """What they put in the bucket."""
        return []


class Elsewhere(Here):
    """Amazon Transcribe hears, as a server plays it that holds every request and answer against the service's model."""

    hearer = "Amazon Transcribe"
    deaf = None

    def __init__(
        self,
        settings: MediaSettings,
        desk: Processes,
        speech: Processes,
        *,
        server: HearingServer,
        transcribe: AmazonTranscribe,
    ) -> None:
        super().__init__(settings, desk, speech)
        self.server, self._transcribe = server, transcribe

    @property
    def transcriber(self) -> AmazonTranscribe:
        return self._transcribe

    async def disturb(self) -> None:
        """The service is away, and then a job fails."""
        self.server.faults = [AwsError("ServiceUnavailable", status=503)] * 3
        self.server.failures = ["Internal failure. Please try your request again."]

    async def hold(self) -> None:
        self.server.busy = True

    async def release(self) -> None:
        self.server.busy = False

    def cannot_hear(self) -> None:
        self.server.failures = ["The media format is not supported."]

    def jobs(self) -> list[str]:
        return self.server.names()

    def asked(self) -> int:
        return len(self.server.asked("StartTranscriptionJob"))

    def written(self) -> list[str]:
        return self.server.written


@pytest.fixture(scope="module")
def speech() -> Iterator[Processes]:
    """One process that hears."""
    processes = Processes(1, "media", "CRITICAL")
    yield processes
    asyncio.run(processes.close())


@pytest.fixture(params=["here", "elsewhere"])
async def part(
    request: pytest.FixtureRequest, desk: Processes, speech: Processes, data_dir: Path, session: aioboto3.Session
) -> AsyncIterator[Here]:
    settings = MediaSettings(
        data_dir=data_dir,
        step_attempts=3,
        step_retry_seconds=0.01,
        transcribe_poll_seconds=0.3,
        erasure_look_seconds=0.1,
        erasure_settle_seconds=0.5,
    )
    if request.param == "here":
        here = Here(settings, desk, speech)
        yield here
        await here.release()
        return
    objects = data_dir / "objects"
    server = HearingServer(objects, {name: said for name, (_, said) in recordings().items()})
    amazons = MediaSettings(data_dir=data_dir, blobs_url="s3:", transcriber="transcribe")
    async with (
        listening(server.app) as url,
        open_transcribe(amazons, FolderBlobs(objects), session=session, endpoint_url=url) as transcribe,
    ):
        yield Elsewhere(settings, desk, speech, server=server, transcribe=transcribe)
    assert not server.broken, server.broken


def stored(pipeline: Pipeline) -> Mapping[str, str]:
    """All that is kept of recordings in writing, by its key."""
    keys = pipeline.files(RESULTS, ".")
    return {key: (pipeline.root / RESULTS / key).read_text() for key in keys}


def result(pipeline: Pipeline) -> Interaction:
    """The only one."""
    [key] = pipeline.files(RESULTS, "parsedFiles")
    return Interaction.model_validate_json(stored(pipeline)[key])


def is_nothing_left(part: Here, pipeline: Pipeline) -> bool:
    """Of the work: no job, nothing that a job wrote, no copy on this machine."""
    work = part.settings.work_dir
    return not part.jobs() and not pipeline.files(RESULTS, JOBS) and not (work.exists() and list(work.iterdir()))


async def outcomes(pipeline: Pipeline, entry: LedgerEntry) -> list[str | None]:
    """Of each attempt at hearing."""
    answer = await pipeline.client.get(f"/ledger/{entry.entry_id}")
    return [step.outcome for step in LedgerDetail.model_validate(answer.json()).steps if step.step == "transcribe"]


async def being_heard(pipeline: Pipeline) -> LedgerEntry:
    async def is_at_work() -> bool:
        return [entry.step for entry in await pipeline.entries()] == ["transcribe"]

    await eventually(is_at_work)
    [entry] = await pipeline.entries()
    return entry


async def test_words_come_in_turns_within_the_recording(part: Here) -> None:
    async with part.running() as pipeline:
        [entry] = await pipeline.sent(recording("one.wav"))
        assert (entry.fate, entry.kind, entry.reason_code) == ("done", "audio", None)
        assert is_nothing_left(part, pipeline)
        found = result(pipeline)
        assert part.index.documents == [found]
        [again] = await pipeline.sent(recording("one.wav"))
    assert (again.fate, again.duplicate_of) == ("duplicate", entry.entry_id)
    assert part.asked() == (part.hearer == "Amazon Transcribe")
    assert (found.interaction_id, found.kind, found.language) == (entry.interaction_id, "call", "en-US")
    assert found.source.transcriber == part.hearer
    assert found.duration == pytest.approx(seconds("one.wav"), abs=0.001)
    words = [word for turn in found.turns for word in turn.words]
    assert len(words) > 3
    for turn in found.turns:
        assert turn.text == " ".join(word.text for word in turn.words)
        assert (turn.start, turn.end) == (turn.words[0].start, turn.words[-1].end)
    assert [word.start for word in words] == sorted(word.start for word in words)
    assert all(0 <= word.start < word.end <= found.duration for word in words)
    assert all(word.confidence is not None and 0 <= word.confidence <= 1 for word in words)
    assert found.word_confidence is not None
    [speaker] = found.speakers
    assert (speaker.speaker, speaker.role_source, 0.5 <= speaker.role_confidence <= 1) == ("spk_0", "inferred", True)


async def test_each_channel_is_a_party(part: Here) -> None:
    known = '{"roles": {"ch_0": "AGENT", "ch_1": "CALLER"}, "language": "en-GB"}'
    async with part.running() as pipeline:
        [entry] = await pipeline.sent(recording("two.wav"), metadata=known)
        found = result(pipeline)
        assert is_nothing_left(part, pipeline)
    assert (entry.fate, found.language) == ("done", "en-GB")
    assert [(one.speaker, one.role, one.role_source, one.role_confidence) for one in found.speakers] == [
        ("ch_0", "AGENT", "metadata", 1.0),
        ("ch_1", "CALLER", "metadata", 1.0),
    ]
    first, second = found.turns
    assert (first.speaker, second.speaker) == ("ch_0", "ch_1")
    border = recordings()["two.wav"][1][1].start
    assert first.end <= border <= second.start + 0.05
    assert set(found.loudness) == {"ch_0", "ch_1"}
    assert not [warning for warning in found.warnings if "voices" in warning]


async def test_silence_is_a_result_that_says_so(part: Here) -> None:
    async with part.running() as pipeline:
        [entry] = await pipeline.sent(recording("silent.wav"))
        found = result(pipeline)
        assert is_nothing_left(part, pipeline)
    assert (entry.fate, entry.reason) == ("done", None)
    assert (found.turns, found.speakers, found.word_confidence, found.summary) == ([], [], None, [])
    assert len([warning for warning in found.warnings if "No words" in warning or "no words" in warning]) == 1
    assert "silence" in {flag.code for flag in found.quality}
    assert (found.duration, found.non_talk_time) == (3.0, 3.0)


async def test_what_cannot_be_heard_is_rejected_with_a_sentence(part: Here) -> None:
    part.cannot_hear()
    async with part.running() as pipeline:
        [entry] = await pipeline.sent(recording("one.wav"), metadata=part.deaf)
        assert await outcomes(pipeline, entry) == [entry.reason_code]
        aside = pipeline.files(SOURCES, "failedAudio")
        kept = stored(pipeline)
    assert (entry.fate, entry.step) == ("rejected", "transcribe")
    assert entry.reason_code
    assert (entry.reason or "").endswith(".")
    assert [key for key in aside if key.endswith("one.wav")]
    assert (kept, part.index.documents) == ({}, [])


async def test_what_is_no_recording_is_refused_before_anybody_hears_it(part: Here) -> None:
    short, many = np.ones(RATE, np.int16), [np.ones(RATE // 4, np.int16)] * 65
    files = {
        "text.wav": b"this is no sound",
        "short.wav": wav(short[: RATE // 4]),
        "many.wav": wav(*many),
        "slow.wav": wav(short[:1000], rate=1000),
        "cut.wav": recordings()["two.wav"][0][: RATE * 4],
    }
    async with part.running() as pipeline:
        entries = await pipeline.sent(*files.items())
        assert is_nothing_left(part, pipeline)
        kept = stored(pipeline)
    assert {entry.name: (entry.fate, entry.reason_code) for entry in entries} == {
        "text.wav": ("rejected", "not_audio"),
        "short.wav": ("rejected", "too_short"),
        "many.wav": ("rejected", "too_many_channels"),
        "slow.wav": ("rejected", "sample_rate"),
        "cut.wav": ("rejected", "truncated"),
    }
    assert all((entry.reason or "").endswith(".") for entry in entries)
    assert (kept, part.asked()) == ({}, 0)


async def test_trouble_that_passes_is_tried_again_and_ends_once(part: Here) -> None:
    await part.disturb()
    async with part.running() as pipeline:
        [entry] = await pipeline.sent(recording("one.wav"))
        tried = await outcomes(pipeline, entry)
        assert len(result(pipeline).turns) == 1
    assert (entry.fate, entry.run, len(part.index.documents)) == ("done", 1, 1)
    assert tried[-1] == "done"
    assert tried[:-1]
    assert set(tried[:-1]) <= {"failed", "unavailable", "transcription-failed"}


async def test_the_same_entry_again_is_the_same_result(part: Here) -> None:
    """Of a first run it is the index that refused the result."""
    part.index.faults = [UpstreamFailed("telltale")] * part.settings.step_attempts
    async with part.running() as pipeline:
        [entry] = await pipeline.sent(recording("one.wav"))
        assert (entry.fate, entry.reason_code) == ("failed", "index")
        first = result(pipeline)
        assert is_nothing_left(part, pipeline)
        headers = internal_headers("media", staff("supervisor"))
        answer = await pipeline.client.post(f"/ledger/{entry.entry_id}/retry", headers=headers)
        assert answer.status_code == 202
        [again] = await pipeline.settled(1)
        second = result(pipeline)
        assert is_nothing_left(part, pipeline)
    assert (again.fate, again.run, again.interaction_id) == ("done", 2, first.interaction_id)
    assert part.index.documents == [second]
    same = {"processed_at", "source"}
    assert second.model_dump(exclude=same) == first.model_dump(exclude=same)


async def test_a_restart_goes_on_and_ends_once(part: Here) -> None:
    await part.hold()
    async with part.running() as pipeline:
        assert (await pipeline.upload(recording("one.wav"))).status_code == 202
        before = await being_heard(pipeline)
    await part.release()
    async with part.running() as pipeline:
        [entry] = await pipeline.settled(1)
        found = result(pipeline)
        assert is_nothing_left(part, pipeline)
    assert (entry.entry_id, entry.fate, entry.run) == (before.entry_id, "done", 1)
    assert part.index.documents == [found]
    assert part.asked() <= 1


async def test_what_is_erased_while_it_is_heard_leaves_nothing(part: Here) -> None:
    await part.hold()
    admin = internal_headers("media", staff("admin"))
    async with part.running() as pipeline:
        await pipeline.upload(recording("one.wav"), metadata='{"customer": "C-1"}')
        entry = await being_heard(pipeline)
        answer = await pipeline.client.post("/erasures", json={"customer": "C-1"}, headers=admin)
        assert answer.status_code == 202, answer.text
        url = f"/erasures/{answer.json()['erasure_id']}"

        async def is_done() -> bool:
            return (await pipeline.client.get(url, headers=admin)).json()["state"] == "done"

        await eventually(is_done)
        await part.release()
        assert is_nothing_left(part, pipeline)
        assert [pipeline.files(bucket, ".") for bucket in (SOURCES, RESULTS)] == [[], []]
        [left] = await pipeline.entries()
    assert (left.entry_id, left.fate) == (entry.entry_id, "erased")
    assert part.index.documents == []


async def test_a_number_said_aloud_is_not_kept(part: Here) -> None:
    async with part.running() as pipeline:
        [entry] = await pipeline.sent(recording("number.wav"))
        found, kept = result(pipeline), stored(pipeline)
        assert is_nothing_left(part, pipeline)
    assert entry.fate == "done"
    assert len(kept) == 2
    everything = without_chance(" ".join([*kept.values(), *part.written()]))
    assert not [number for number in ("222", "two two two") if number in everything]
    assert [one for turn in found.turns for one in turn.redactions]
    assert "[PII" in found.turns[-1].text
    assert found.recording is not None
    assert found.recording.copied == "redacted"
    assert all(0 <= one.start < one.end <= found.duration for one in found.recording.silenced)
    assert sum(one.end - one.start for one in found.recording.silenced) > 0.5
    assert found.leaks == 0
