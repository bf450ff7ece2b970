"""Objects that appear in a bucket: one contract of what the ledger has of them, by folder watch and by S3 and SQS."""

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from services.media.assembly import open_sources
from services.media.aws.queues import QueueReader, open_sqs
from services.media.main import create_app
from services.media.service import MediaService
from services.media.settings import MediaSettings
from services.media.sources import FolderWatch
from shared.aws import open_s3
from shared.background import in_background
from shared.blobs import BlobInfo, Blobs, FolderBlobs
from shared.db import open_database
from shared.errors import Unavailable
from shared.schemas.ledger import LedgerEntry
from tests.conftest import eventually, internal_headers, served, staff

SOURCE = "omni-lex-sentiment-source-audio"
IN = "originalAudio"


@dataclass
class Part:
    """A bucket and the service that is told of its objects.

    `faults` are what the ledger raises first; one that `hangs` says when it does.
    """

    service: MediaService
    settings: MediaSettings
    blobs: Blobs
    main: type
    faults: list[Exception] = field(default_factory=list)
    hangs: asyncio.Event | None = None

    async def seen(self, infos: Sequence[BlobInfo]) -> None:
        if self.faults:
            raise self.faults.pop(0)
        if self.hangs is not None:
            self.hangs.set()
            await asyncio.Event().wait()
        await self.service.seen(infos)

    async def notify(self, job: str) -> None:
        raise AssertionError(job)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        async with open_sources(
            self.settings, self.blobs, seen=self.seen, notify=self.notify, counts=Counter()
        ) as sources:
            assert any(isinstance(source, self.main) for source in sources)
            async with in_background(*(source.run() for source in sources)):
                yield

    async def entries(self) -> list[LedgerEntry]:
        """Oldest first."""
        app = create_app(self.settings, self.service)
        async with served(app, headers=internal_headers("media", staff())) as client:
            answer = await client.get("/ledger", params={"limit": "200"})
        return [LedgerEntry.model_validate(item) for item in answer.json()["items"]][::-1]

    async def keys(self) -> list[str]:
        return [entry.key for entry in await self.entries()]

    async def have(self, *keys: str) -> None:
        async def are_there() -> bool:
            return set(keys) <= set(await self.keys())

        await eventually(are_there)

    async def put(self, key: str, data: bytes = b"sound") -> BlobInfo:
        return await self.blobs.put(SOURCE, key, data)


@pytest.fixture(params=["folder", "queue"])
async def part(request: pytest.FixtureRequest, data_dir: Path) -> AsyncIterator[Part]:
    given: dict[str, object] = {"data_dir": data_dir, "watch_seconds": 0.05, "watch_settle_seconds": 0.05}
    async with AsyncExitStack() as stack:
        if request.param == "queue":
            request.getfixturevalue("aws_environment")
            prefix = f"{uuid.uuid4().hex[:12]}-"
            sqs: Any = await stack.enter_async_context(open_sqs(request.getfixturevalue("session")))
            s3 = await stack.enter_async_context(open_s3(prefix, request.getfixturevalue("session")))
            blobs: Blobs = s3
            client: Any = s3._client
            url = (await sqs.create_queue(QueueName=prefix[:-1]))["QueueUrl"]
            found = await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
            await client.create_bucket(Bucket=prefix + SOURCE)
            told = {"QueueArn": found["Attributes"]["QueueArn"], "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}
            await client.put_bucket_notification_configuration(
                Bucket=prefix + SOURCE,
                NotificationConfiguration={"QueueConfigurations": [told]},
            )
            given |= {"blobs_url": f"s3:{prefix}", "arrivals_queue_url": url, "queue_visibility_seconds": 3}
        else:
            blobs = FolderBlobs(data_dir / "objects")
        settings = MediaSettings.model_validate(given)
        database = await stack.enter_async_context(
            open_database(f"sqlite+aiosqlite:///{data_dir / 'media.sqlite'}", "services.media")
        )
        service = MediaService(settings=settings, database=database, blobs=blobs, wake=lambda: None)
        yield Part(service, settings, blobs, QueueReader if request.param == "queue" else FolderWatch)


async def test_an_object_is_entered_once_under_its_own_name_whatever_that_is(part: Part) -> None:
    names = [
        "a b+c%20é.wav",
        "2026/😀&=#?.json",
        "%2B+.wav",
        " x .wav",
        "'\"<>|.wav",
        "n\u0308.wav",
        "l" * 200,
        "deep/" * 20 + "a",
    ]
    async with part.watching():
        put = [await part.put(f"{IN}/{name}") for name in names]
        await part.have(*(info.key for info in put))
    found = await part.entries()
    assert sorted(entry.key for entry in found) == sorted(info.key for info in put)
    assert {(entry.bucket, entry.size, entry.fate) for entry in found} == {(SOURCE, 5, "waiting")}
    assert {entry.name for entry in found} == {info.key.rpartition("/")[2] for info in put}


async def test_told_again_by_another_start_it_is_not_entered_again(part: Part) -> None:
    await part.put(f"{IN}/before.wav")
    for number in range(2):
        async with part.watching():
            await part.put(f"{IN}/{number}.wav")
            await part.have(f"{IN}/before.wav", f"{IN}/{number}.wav")
    await part.service.seen(await part.blobs.listing(SOURCE, f"{IN}/"))
    assert sorted(await part.keys()) == [f"{IN}/{name}" for name in ("0.wav", "1.wav", "before.wav")]


async def test_a_new_version_and_a_new_name_are_entered_after_the_old(part: Part) -> None:
    async with part.watching():
        await part.put(f"{IN}/a.wav")
        await part.have(f"{IN}/a.wav")
        await part.put(f"{IN}/a.wav", b"other sound")
        await eventually(lambda: _has(part, 2))
        await part.blobs.copy(SOURCE, f"{IN}/a.wav", f"{IN}/b.wav")
        await part.blobs.delete(SOURCE, f"{IN}/a.wav")
        await part.have(f"{IN}/b.wav")
    assert [(entry.key, entry.size) for entry in await part.entries()] == [
        (f"{IN}/a.wav", 5),
        (f"{IN}/a.wav", 11),
        (f"{IN}/b.wav", 11),
    ]


async def _has(part: Part, count: int) -> bool:
    return len(await part.keys()) >= count


async def test_what_is_no_source_and_what_lies_elsewhere_is_left_alone(part: Part) -> None:
    async with part.watching():
        for key in (f"{IN}/a.wav.metadata.json", f"{IN}/.hidden", f"{IN}/.sub/a.wav", f"{IN}X/a.wav", "mp3/a.mp3", "x"):
            await part.put(key)
        await part.put("failedAudio/originalAudio/a.wav")
        await part.put("conversationLogs/log.jsonl")
        await part.put(f"{IN}/last.wav")
        await part.have(f"{IN}/last.wav", "conversationLogs/log.jsonl")
    assert sorted(await part.keys()) == ["conversationLogs/log.jsonl", f"{IN}/last.wav"]


async def test_one_that_is_gone_at_once_holds_nothing_up(part: Part) -> None:
    async with part.watching():
        await part.put(f"{IN}/gone.wav")
        await part.blobs.delete(SOURCE, f"{IN}/gone.wav")
        await part.put(f"{IN}/stays.wav")
        await part.have(f"{IN}/stays.wav")
    assert Counter(await part.keys())[f"{IN}/gone.wav"] <= 1


async def test_a_ledger_that_is_away_or_fails_is_told_again(part: Part) -> None:
    part.faults = [Unavailable("no database"), RuntimeError("a fault of ours"), Unavailable("no database")]
    async with part.watching():
        await part.put(f"{IN}/a.wav")
        await part.have(f"{IN}/a.wav")
    assert (await part.keys(), part.faults) == ([f"{IN}/a.wav"], [])


async def test_who_is_stopped_in_the_middle_leaves_nothing_out(part: Part) -> None:
    part.hangs = asyncio.Event()
    async with part.watching():
        await part.put(f"{IN}/a.wav")
        await part.hangs.wait()
    part.hangs = None
    async with part.watching():
        await part.have(f"{IN}/a.wav")
    assert await part.keys() == [f"{IN}/a.wav"]
