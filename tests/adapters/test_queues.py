"""Objects and ended jobs that Amazon SQS tells of: from S3's own notifications, and from EventBridge, to the ledger."""

import asyncio
import json
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aioboto3
import pytest

from services.media.aws.events import JobEnded, ObjectCreated, UnreadableMessage, read_events
from services.media.aws.notices import Arrivals, EndedJobs, Notices
from services.media.aws.queues import QueueReader, open_sqs
from services.media.main import create_app
from services.media.service import MediaService
from services.media.settings import MediaSettings
from shared.aws import S3Blobs, open_s3
from shared.blobs import BlobInfo
from shared.db import Database, open_database
from shared.errors import Unavailable
from shared.schemas.ledger import LedgerEntry
from tests.conftest import eventually, internal_headers, served, staff

SOURCE = "omni-lex-sentiment-source-audio"
FOLDERS = ("originalAudio", "conversationLogs")
JOB = "Transcribe Job State Change"


@dataclass
class Engine:
    notified: list[str] = field(default_factory=list)

    async def notify(self, job_name: str) -> None:
        self.notified.append(job_name)


@dataclass
class Ledger:
    """What seeing leads to. `faults` are raised one after the other first."""

    keys: list[str] = field(default_factory=list)
    infos: list[BlobInfo] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)

    async def seen(self, infos: Sequence[BlobInfo]) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self.infos += infos
        self.keys += [info.key for info in infos]


@dataclass
class Lab:
    """A bucket that tells a queue of its objects, with a queue for what nobody can read beside it."""

    sqs: Any
    s3: Any
    blobs: S3Blobs
    prefix: str
    url: str
    dead_url: str
    arn: str
    ledger: Ledger = field(default_factory=Ledger)
    engine: Engine = field(default_factory=Engine)
    counts: Counter[str] = field(default_factory=Counter)

    def reader(self, *, visibility_seconds: int = 30, seen: Any = None) -> QueueReader:  # noqa: ANN401  a stand-in for the ledger
        arrivals = Arrivals(
            self.blobs, bucket=SOURCE, bucket_prefix=self.prefix, folders=FOLDERS, seen=seen or self.ledger.seen
        )
        notices = Notices(arrivals, EndedJobs(self.engine.notify, prefix="omnilex-"))
        return QueueReader(
            self.sqs,
            self.url,
            notices.heard,
            visibility_seconds=visibility_seconds,
            counts=self.counts,
            long_poll_seconds=0,
            first_pause=0.01,
        )

    async def send(self, message: object) -> None:
        body = message if isinstance(message, str) else json.dumps(message)
        await self.sqs.send_message(QueueUrl=self.url, MessageBody=body)

    async def drained(self, reader: QueueReader) -> QueueReader:
        while await reader.take():
            pass
        return reader

    async def left(self, url: str | None = None) -> int:
        """Messages in the queue, hidden ones too."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = await self.sqs.get_queue_attributes(QueueUrl=url or self.url, AttributeNames=names)
        return sum(int(value) for value in found["Attributes"].values())


@pytest.fixture
async def lab(aws_environment: None, session: aioboto3.Session) -> AsyncIterator[Lab]:
    name = uuid.uuid4().hex[:12]
    prefix = f"{name}-"
    async with AsyncExitStack() as stack:
        sqs: Any = await stack.enter_async_context(open_sqs(session))
        blobs = await stack.enter_async_context(open_s3(prefix, session))
        s3: Any = blobs._client
        dead_url = (await sqs.create_queue(QueueName=f"{name}-dead"))["QueueUrl"]
        dead_arn = await _arn(sqs, dead_url)
        redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": "2"})
        url = (await sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": redrive}))["QueueUrl"]
        await s3.create_bucket(Bucket=prefix + SOURCE)
        yield Lab(sqs, s3, blobs, prefix, url, dead_url, await _arn(sqs, url))


async def _arn(sqs: Any, url: str) -> str:  # noqa: ANN401  a client: no types for SQS
    found = await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return str(found["Attributes"]["QueueArn"])


async def tell_of_objects(lab: Lab, *, events: Sequence[str] = ("s3:ObjectCreated:*", "s3:ObjectRemoved:*")) -> None:
    """S3 sends its test message first, as in earnest."""
    queue = {"QueueArn": lab.arn, "Events": list(events)}
    await lab.s3.put_bucket_notification_configuration(
        Bucket=lab.prefix + SOURCE, NotificationConfiguration={"QueueConfigurations": [queue]}
    )


def s3_event(bucket: str, key: str, *, name: str = "ObjectCreated:Put", **given: object) -> dict[str, object]:
    item = {"key": key, "size": 5, "eTag": "e1", "sequencer": "0055AED6DCD90281E5"} | given
    stored = {"s3SchemaVersion": "1.0", "bucket": {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"}, "object": item}
    record = {"eventSource": "aws:s3", "eventName": name, "eventTime": "2026-11-22T10:00:00.000Z", "s3": stored}
    return {"Records": [record]}


def bus_event(source: str, kind: str, detail: dict[str, object]) -> dict[str, object]:
    return {
        "version": "0",
        "id": "17793124-05d4-b198-2fde-7ededc63b103",
        "detail-type": kind,
        "source": source,
        "account": "111122223333",
        "time": "2026-11-22T10:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": detail,
    }


def bus_object(bucket: str, key: str) -> dict[str, object]:
    item = {"key": key, "size": 5, "etag": "e1", "version-id": "v1", "sequencer": "617f08299329d189"}
    detail = {"version": "0", "bucket": {"name": bucket}, "object": item, "reason": "PutObject"}
    return bus_event("aws.s3", "Object Created", detail)


# From the bucket to the ledger.


async def test_object_put_in_s3_gets_its_row_and_the_message_is_gone(lab: Lab, tmp_path: Path) -> None:
    await tell_of_objects(lab)
    keys = ["originalAudio/a b+c%20é.wav", "originalAudio/2026/😀&=#?.json", "conversationLogs/x/y.jsonl"]
    async with open_database(f"sqlite+aiosqlite:///{tmp_path / 'media.sqlite'}", "services.media") as database:
        service = _service(database, lab, tmp_path)
        for key in keys:
            await lab.blobs.put(SOURCE, key, b"sound")
        await lab.drained(lab.reader(seen=service.seen))
        entries = await _entries(service, tmp_path)
        assert sorted(entry.key for entry in entries) == sorted(keys)
        assert {(entry.size, entry.fate) for entry in entries} == {(5, "waiting")}
        assert await lab.left() == 0
        await service.seen(await lab.blobs.listing(SOURCE, ""))  # the same rule as the folder watch's
        assert await _entries(service, tmp_path) == entries


def _service(database: Database, lab: Lab, folder: Path) -> MediaService:
    return MediaService(settings=_settings(folder), database=database, blobs=lab.blobs, wake=lambda: None)


def _settings(folder: Path) -> MediaSettings:
    return MediaSettings(data_dir=folder, max_upload_bytes=1000)


async def _entries(service: MediaService, folder: Path) -> list[LedgerEntry]:
    async with served(create_app(_settings(folder), service), headers=internal_headers("media", staff())) as client:
        answer = await client.get("/ledger", params={"limit": "100"})
    return [LedgerEntry.model_validate(item) for item in answer.json()["items"]]


async def test_row_has_what_s3_itself_says_of_the_object(lab: Lab) -> None:
    await tell_of_objects(lab)
    await lab.blobs.put_stream(SOURCE, "originalAudio/large.wav", _chunks(17))
    await lab.drained(lab.reader())
    told = {(info.bucket, info.key, info.size, info.etag) for info in lab.ledger.infos}  # moto tells it twice
    assert told == {(info.bucket, info.key, info.size, info.etag) for info in await lab.blobs.listing(SOURCE, "")}


async def _chunks(megabytes: int) -> AsyncIterator[bytes]:
    for _ in range(megabytes):
        yield b"\0" * 1024 * 1024


async def test_objects_that_are_no_sources_and_removals_are_left_alone(lab: Lab) -> None:
    await tell_of_objects(lab)
    for key in ("originalAudio/a.wav.metadata.json", "originalAudio/sub/", "originalAudio/.hidden", "mp3/a.mp3", "x"):
        await lab.blobs.put(SOURCE, key, b"")
    await lab.blobs.put(SOURCE, "failedAudio/originalAudio/a.wav", b"1")
    await lab.blobs.delete(SOURCE, "x")
    await lab.drained(lab.reader())
    assert lab.ledger.keys == []
    assert lab.counts["unreadable"] == lab.counts["failed"] == 0
    assert await lab.left() == 0


async def test_event_bus_tells_of_objects_too(lab: Lab) -> None:
    events: Any
    async with aioboto3.Session().client("events") as events:
        await events.put_rule(Name=lab.prefix[:-1], EventPattern=json.dumps({"source": ["aws.s3"]}))
        await events.put_targets(Rule=lab.prefix[:-1], Targets=[{"Id": "media", "Arn": lab.arn}])
        await lab.s3.put_bucket_notification_configuration(
            Bucket=lab.prefix + SOURCE, NotificationConfiguration={"EventBridgeConfiguration": {}}
        )
        await lab.blobs.put(SOURCE, "originalAudio/a.wav", b"sound")
        await lab.drained(lab.reader())
        await events.remove_targets(Rule=lab.prefix[:-1], Ids=["media"])
        await events.delete_rule(Name=lab.prefix[:-1])
    assert lab.ledger.keys == ["originalAudio/a.wav"]


async def test_only_our_bucket_and_folders_count(lab: Lab) -> None:
    ours = lab.prefix + SOURCE
    await lab.send(s3_event("another-bucket", "originalAudio/a.wav"))
    await lab.send(s3_event(SOURCE, "originalAudio/a.wav"))  # without the prefix it is somebody else's
    await lab.send(s3_event(ours, "originalAudioX/a.wav"))
    await lab.send(bus_object(ours, "parsedFiles/a.json"))
    await lab.send(s3_event(ours, "originalAudio/ours.wav"))
    await lab.drained(lab.reader())
    assert lab.ledger.keys == ["originalAudio/ours.wav"]
    assert await lab.left() == 0


async def test_event_that_leaves_the_version_out_is_completed_from_the_object(lab: Lab) -> None:
    written = await lab.blobs.put(SOURCE, "originalAudio/a.wav", b"sound")
    await lab.send(s3_event(lab.prefix + SOURCE, "originalAudio/a.wav", eTag=None, size=None))
    await lab.send(s3_event(lab.prefix + SOURCE, "originalAudio/gone.wav", eTag=None))
    await lab.drained(lab.reader())
    assert lab.ledger.infos == [written]
    assert await lab.left() == 0


# What a queue does.


async def test_repeated_messages_and_several_readers_do_no_harm(lab: Lab, tmp_path: Path) -> None:
    keys = [f"originalAudio/{number}.wav" for number in range(30)]
    for key in keys * 2:
        await lab.send(s3_event(lab.prefix + SOURCE, key))
    async with open_database(f"sqlite+aiosqlite:///{tmp_path / 'media.sqlite'}", "services.media") as database:
        service = _service(database, lab, tmp_path)
        readers = [lab.reader(seen=service.seen) for _ in range(3)]
        await asyncio.gather(*(lab.drained(reader) for reader in readers))
        assert sorted(entry.key for entry in await _entries(service, tmp_path)) == sorted(keys)
    # A queue delivers at least once: it may hand a message to two who ask at the same moment.
    assert set(lab.counts) == {"done"}
    assert lab.counts["done"] >= 60
    assert await lab.left() == 0


async def test_poison_goes_to_the_dead_letters_and_holds_nothing_up(lab: Lab) -> None:
    await lab.send("{")
    for number in range(12):
        await lab.send(s3_event(lab.prefix + SOURCE, f"originalAudio/{number}.wav"))
    reader = lab.reader(visibility_seconds=1)

    async def in_dead_letters() -> bool:
        await lab.drained(reader)
        return await lab.left(lab.dead_url) == 1

    await eventually(in_dead_letters)
    assert len(lab.ledger.keys) == 12
    assert lab.counts == {"done": 12, "unreadable": 2}
    assert await lab.left() == 0


async def test_message_whose_work_fails_is_kept_and_comes_again(lab: Lab) -> None:
    await lab.send(s3_event(lab.prefix + SOURCE, "originalAudio/a.wav"))
    lab.ledger.faults = [RuntimeError("a fault of ours")]
    reader = lab.reader(visibility_seconds=1)
    await reader.take()
    assert await lab.left() == 1

    async def seen() -> bool:
        await reader.take()
        return lab.ledger.keys == ["originalAudio/a.wav"]

    await eventually(seen)
    assert lab.counts == {"failed": 1, "done": 1}


async def test_outage_of_the_ledger_is_waited_out_with_the_message_in_hand(lab: Lab) -> None:
    await lab.send(s3_event(lab.prefix + SOURCE, "originalAudio/a.wav"))
    lab.ledger.faults = [Unavailable("no database")] * 3
    reader = lab.reader()
    await reader.take()
    assert lab.ledger.keys == ["originalAudio/a.wav"]
    assert lab.counts == {"done": 1}
    assert await lab.left() == 0


async def test_message_in_work_is_hidden_for_longer_than_it_was_asked_for(lab: Lab) -> None:
    await lab.send(s3_event(lab.prefix + SOURCE, "originalAudio/a.wav"))
    at_work, may_end = asyncio.Event(), asyncio.Event()

    async def slow(infos: Sequence[BlobInfo]) -> None:
        at_work.set()
        await may_end.wait()
        await lab.ledger.seen(infos)

    first, second = lab.reader(visibility_seconds=3, seen=slow), lab.reader(visibility_seconds=3)
    working = asyncio.create_task(first.take())
    await at_work.wait()
    until = asyncio.get_running_loop().time() + 4
    while asyncio.get_running_loop().time() < until:
        assert await second.take() == 0
        await asyncio.sleep(0.2)
    may_end.set()
    await working
    assert lab.ledger.keys == ["originalAudio/a.wav"]
    assert await lab.left() == 0


async def test_reader_that_is_stopped_leaves_its_message_to_others(lab: Lab) -> None:
    await lab.send(s3_event(lab.prefix + SOURCE, "originalAudio/a.wav"))
    at_work = asyncio.Event()

    async def stuck(infos: Sequence[BlobInfo]) -> None:
        at_work.set()
        await asyncio.Event().wait()

    stopped = asyncio.create_task(lab.reader(visibility_seconds=3, seen=stuck).run())
    await at_work.wait()
    stopped.cancel()
    with suppress(asyncio.CancelledError):
        await stopped
    reader = lab.reader()

    async def seen() -> bool:
        await reader.take()
        return lab.ledger.keys == ["originalAudio/a.wav"]

    await eventually(seen)


async def test_queue_that_is_away_is_waited_for(lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    real, lab.url = lab.url, lab.url + "-none"
    reader = lab.reader()
    running = asyncio.create_task(reader.run())
    await eventually(lambda: sum(record.message == "queue.away" for record in caplog.records) >= 3)
    reader._url = lab.url = real
    await lab.send(s3_event(lab.prefix + SOURCE, "originalAudio/a.wav"))
    await eventually(lambda: lab.ledger.keys == ["originalAudio/a.wav"])
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_queue_without_dead_letters_is_told_of(lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    lab.url = lab.dead_url
    running = asyncio.create_task(lab.reader().run())
    await eventually(lambda: "queue.no-dead-letters" in caplog.messages)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


# Ended jobs.


async def test_ended_job_wakes_who_waits_for_it(lab: Lab) -> None:
    completed = {"TranscriptionJobName": "omnilex-e1.1", "TranscriptionJobStatus": "COMPLETED"}
    failed = {"JobName": "omnilex-e2.1", "JobStatus": "FAILED", "FailureReason": "The audio is too quiet."}
    await lab.send(bus_event("aws.transcribe", JOB, completed))
    await lab.send(bus_event("aws.transcribe", "Call Analytics Job State Change", failed))
    await lab.drained(lab.reader())
    assert sorted(lab.engine.notified) == ["omnilex-e1.1", "omnilex-e2.1"]
    assert await lab.left() == 0


async def test_jobs_of_others_and_states_on_the_way_are_left_alone(lab: Lab) -> None:
    for detail in (
        {"TranscriptionJobName": "somebody-elses", "TranscriptionJobStatus": "COMPLETED"},
        {"TranscriptionJobName": "omnilex-e1.1", "TranscriptionJobStatus": "IN_PROGRESS"},
    ):
        await lab.send(bus_event("aws.transcribe", JOB, detail))
    await lab.send(bus_event("aws.transcribe", "Vocabulary State Change", {"VocabularyName": "bank-en-us"}))
    await lab.drained(lab.reader())
    assert lab.engine.notified == []
    assert lab.counts == {"done": 3}
    assert await lab.left() == 0


# What messages look like.


def test_keys_are_decoded_where_they_are_encoded_and_only_there() -> None:
    [direct] = read_events(json.dumps(s3_event("b", "in/a+b%2Bc%20%C3%A9.wav")))
    [by_bus] = read_events(json.dumps(bus_object("b", "in/a+b%2Bc.wav")))
    assert isinstance(direct, ObjectCreated)
    assert isinstance(by_bus, ObjectCreated)
    assert direct.key == "in/a b+c é.wav"
    assert by_bus.key == "in/a+b%2Bc.wav"


def test_message_by_way_of_a_topic_is_unwrapped() -> None:
    inner = s3_event("b", "in/a.wav")
    wrapped = {"Type": "Notification", "MessageId": "m", "TopicArn": "arn:aws:sns:r:1:t", "Message": json.dumps(inner)}
    assert read_events(json.dumps(wrapped)) == read_events(json.dumps(inner))


def test_message_of_several_records_tells_of_each() -> None:
    records = [s3_event("b", f"in/{number}.wav")["Records"][0] for number in range(3)]  # type: ignore[index]  # JSON: a list
    removed = s3_event("b", "in/x.wav", name="ObjectRemoved:Delete")["Records"][0]  # type: ignore[index]  # JSON: a list
    found = read_events(json.dumps({"Records": [*records, removed]}))
    assert [event.key for event in found if isinstance(event, ObjectCreated)] == ["in/0.wav", "in/1.wav", "in/2.wav"]


@pytest.mark.parametrize(
    "message",
    [
        {"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": "2026-11-22T10:00:00.000Z", "Bucket": "b"},
        s3_event("b", "in/a.wav", name="ObjectRemoved:DeleteMarkerCreated"),
        s3_event("b", "in/a.wav", name="ObjectTagging:Put"),
        bus_event("aws.s3", "Object Deleted", {"bucket": {"name": "b"}, "object": {"key": "in/a.wav"}}),
        {"Records": []},
    ],
)
def test_events_that_need_nothing_done(message: dict[str, object]) -> None:
    assert list(read_events(json.dumps(message))) == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "null",
        '"text"',
        "[]",
        "{}",
        '{"Records": {}}',
        '{"Records": [{"eventSource": "aws:ses", "eventName": "x"}]}',
        '{"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put"}]}',
        json.dumps(s3_event("b", "")),
        json.dumps(s3_event("b", "in/%FF.wav")),
        json.dumps(s3_event("b", "in/a.wav", size=-1)),
        json.dumps(bus_event("aws.s3", "Object Created", {"bucket": {"name": "b"}})),
        json.dumps(bus_event("aws.transcribe", JOB, {"TranscriptionJobName": "secret"})),
        json.dumps(bus_event("aws.ec2", "EC2 Instance State-change Notification", {})),
        '{"Type": "Notification", "Message": "secret"}',
        "[" * 100_000,
    ],
)
def test_message_that_nobody_can_read(body: str) -> None:
    with pytest.raises(UnreadableMessage) as unreadable:
        read_events(body)
    assert "secret" not in str(unreadable.value)


def test_job_by_either_api() -> None:
    detail = {"JobName": "omnilex-1", "JobStatus": "COMPLETED"}
    message = bus_event("aws.transcribe", "Call Analytics Job State Change", detail)
    assert read_events(json.dumps(message)) == [JobEnded("omnilex-1")]
