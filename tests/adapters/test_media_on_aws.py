"""The media service on Amazon's parts: from an object put in S3 to its result, by SQS, Transcribe and EventBridge."""

import json
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aioboto3
import httpx
import pytest

from services.media.main import create_app, open_media
from services.media.settings import MediaSettings
from shared.aws import S3Blobs, open_s3
from shared.schemas.ledger import LedgerEntry
from tests.adapters.transcribe_server import TranscribeServer
from tests.conftest import eventually, internal_headers, served, staff
from tests.gateway.conftest import listening
from tests.media.fakes import FakeAnalyser, FakeIndex, transcript

SOURCE, OUTPUT = "omni-lex-sentiment-source-audio", "omni-lex-sentiment-transcribe-output"
RECORDING = b"RIFF a recording"


@dataclass
class Cloud:
    """The account in which the service runs."""

    transcribe: TranscribeServer
    blobs: S3Blobs
    prefix: str
    queue_url: str
    events: Any

    async def tell(self, name: str, status: str) -> None:
        """What Transcribe does when a job has ended."""
        detail = {"TranscriptionJobName": name, "TranscriptionJobStatus": status}
        entry = {"Source": "aws.transcribe", "DetailType": "Transcribe Job State Change", "Detail": json.dumps(detail)}
        await self.events.put_events(Entries=[entry])

    async def end(self, name: str, heard: bytes) -> None:
        """The job of this name has heard something; nobody is told."""
        key = f"transcribeJobs/redacted-{name}.json"
        await self.blobs.put(OUTPUT, key, heard)
        uri = f"https://s3.us-east-1.amazonaws.com/{self.prefix}{OUTPUT}/{key}"
        self.transcribe.end(name, uri=uri, redacted=True)

    def job_of(self, key: str) -> str | None:
        """The name of the job that was started for the object."""
        uri = f"s3://{self.prefix}{SOURCE}/{key}"
        for asked in self.transcribe.asked("StartTranscriptionJob"):
            if asked["Media"] == {"MediaFileUri": uri}:
                return str(asked["TranscriptionJobName"])
        return None


@pytest.fixture
async def cloud(aws_environment: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Cloud]:
    name, server, session = uuid.uuid4().hex[:12], TranscribeServer(), aioboto3.Session()
    async with AsyncExitStack() as stack:
        sqs: Any = await stack.enter_async_context(session.client("sqs"))
        events: Any = await stack.enter_async_context(session.client("events"))
        blobs = await stack.enter_async_context(open_s3(f"{name}-"))
        url = (await sqs.create_queue(QueueName=name))["QueueUrl"]
        arn = (await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"]))["Attributes"]["QueueArn"]
        await events.put_rule(Name=name, EventPattern=json.dumps({"source": ["aws.transcribe"]}))
        await events.put_targets(Rule=name, Targets=[{"Id": "media", "Arn": arn}])
        for bucket in (SOURCE, OUTPUT, "omni-lex-sentiment-bulk-upload"):
            await blobs._client.create_bucket(Bucket=f"{name}-{bucket}")
        told = {"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]}
        await blobs._client.put_bucket_notification_configuration(
            Bucket=f"{name}-{SOURCE}", NotificationConfiguration=told
        )
        monkeypatch.setenv("AWS_ENDPOINT_URL_TRANSCRIBE", await stack.enter_async_context(listening(server.app)))
        yield Cloud(server, blobs, f"{name}-", url, events)
    assert not server.broken, server.broken


@pytest.fixture
def settings(cloud: Cloud, data_dir: Path) -> MediaSettings:
    return MediaSettings(
        data_dir=data_dir,
        blobs_url=f"s3:{cloud.prefix}",
        arrivals_queue_url=cloud.queue_url,
        transcription_queue_url=cloud.queue_url,
        transcriber="transcribe",
        step_retry_seconds=0.01,
    )


async def entries(client: httpx.AsyncClient) -> dict[str, LedgerEntry]:
    """By name."""
    answer = await client.get("/ledger", params={"limit": "200"})
    found = [LedgerEntry.model_validate(item) for item in answer.json()["items"]]
    return {entry.name: entry for entry in found}


async def test_recordings_in_s3_become_results(cloud: Cloud, settings: MediaSettings) -> None:
    """One job is told of, one twice, one never, one fails; a transcript needs none."""
    index = FakeIndex()
    settings = settings.model_copy(update={"transcribe_poll_seconds": 2.0})
    async with (
        open_media(settings, analyser=FakeAnalyser(), index=index) as media,
        served(create_app(settings, media.service), headers=internal_headers("media", staff("analyst"))) as client,
    ):
        names = ["told.wav", "told twice.wav", "never told.wav", "fails.wav"]
        for name in names:
            await cloud.blobs.put(SOURCE, f"originalAudio/{name}", RECORDING + name.encode())
        await cloud.blobs.put(SOURCE, "originalAudio/ready.json", transcript(7))
        await eventually(lambda: all(cloud.job_of(f"originalAudio/{name}") for name in names))
        for number, name in enumerate(names[:3]):
            await cloud.end(str(cloud.job_of(f"originalAudio/{name}")), transcript(number))
        jobs = [str(cloud.job_of(f"originalAudio/{name}")) for name in names]
        cloud.transcribe.end(jobs[3], failure="The media format is not supported.")
        for job in (jobs[0], jobs[1], jobs[1], jobs[3], "somebody-elses", "omnilex-unknown"):
            await cloud.tell(job, "COMPLETED")

        async def settled() -> bool:
            fates = {entry.fate for entry in (await entries(client)).values()}
            return len(await entries(client)) == 5 and not fates & {"waiting", "running"}

        await eventually(settled, 60)
        found = await entries(client)
        measures = (await client.get("/metrics")).text
    assert {name: entry.fate for name, entry in found.items()} == dict.fromkeys([*names[:3], "ready.json"], "done") | {
        "fails.wav": "rejected"
    }
    assert "The media format is not supported." in (found["fails.wav"].reason or "")
    assert len(index.documents) == 4
    assert 'omnilex_media_queue_messages_total{outcome="unreadable"} 0.0' in measures
    assert 'omnilex_media_queue_messages_total{outcome="done"} 0.0' not in measures
    assert len(cloud.transcribe.asked("StartTranscriptionJob")) == 4
    assert len(await cloud.blobs.listing(OUTPUT, "parsedFiles/")) == 4
    assert [info.key for info in await cloud.blobs.listing(SOURCE, "failedAudio/")] == [
        "failedAudio/originalAudio/fails.wav"
    ]


async def test_object_that_no_message_told_of_is_found(cloud: Cloud, settings: MediaSettings) -> None:
    await cloud.blobs._client.put_bucket_notification_configuration(
        Bucket=cloud.prefix + SOURCE, NotificationConfiguration={}
    )
    for number in range(3):
        await cloud.blobs.put(SOURCE, f"originalAudio/{number}.json", transcript(number))
    index = FakeIndex()
    async with open_media(settings, analyser=FakeAnalyser(), index=index):
        await eventually(lambda: len(index.documents) == 3)
