"""Amazon Transcribe, standard and Call Analytics, behind the port `Transcriber`."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

import aioboto3

from services.media.analysis.source import RejectedSource
from services.media.aws.faults import transcribe_errors
from services.media.aws.transcribe_requests import (
    Lists,
    analytics_request,
    languages_of,
    output_keys,
    standard_request,
)
from services.media.aws.word_lists import ReadyLists
from services.media.ports import JobState, TranscriptionJob
from services.media.settings import MediaSettings
from shared.aws import AWS_CONFIG, aws_session
from shared.blobs import Blobs
from shared.errors import Conflict, InvalidRequest, NotFound, Problem, TooManyRequests, UpstreamFailed

if TYPE_CHECKING:
    from types_aiobotocore_transcribe import TranscribeServiceClient
    from types_aiobotocore_transcribe.type_defs import CallAnalyticsJobTypeDef, TranscriptionJobTypeDef

_STEREO = 2
_PASSING = ("internal", "throttl", "too many requests", "service unavailable", "try again later")


@dataclass(frozen=True)
class _Told:
    """What Transcribe says of a job. `finds_language`: it was to find the language out among several."""

    status: str
    reason: str
    transcript: str | None
    finds_language: bool


class _Api(Protocol):
    """One of the two APIs."""

    async def start(self, job: TranscriptionJob, lists: Lists) -> None: ...

    async def get(self, name: str) -> _Told: ...

    async def delete(self, name: str) -> None: ...


class StandardJobs:
    def __init__(self, client: "TranscribeServiceClient", settings: MediaSettings) -> None:
        self._client = client
        self._settings = settings

    async def start(self, job: TranscriptionJob, lists: Lists) -> None:
        await self._client.start_transcription_job(**standard_request(job, lists, self._settings))

    async def get(self, name: str) -> _Told:
        job = (await self._client.get_transcription_job(TranscriptionJobName=name))["TranscriptionJob"]
        return _told(job, job.get("TranscriptionJobStatus", ""), finds_language=job.get("IdentifyLanguage", False))

    async def delete(self, name: str) -> None:
        await self._client.delete_transcription_job(TranscriptionJobName=name)


class AnalyticsJobs:
    def __init__(self, client: "TranscribeServiceClient", settings: MediaSettings) -> None:
        self._client = client
        self._settings = settings

    async def start(self, job: TranscriptionJob, lists: Lists) -> None:
        await self._client.start_call_analytics_job(**analytics_request(job, lists, self._settings))

    async def get(self, name: str) -> _Told:
        job = (await self._client.get_call_analytics_job(CallAnalyticsJobName=name))["CallAnalyticsJob"]
        among = job.get("Settings", {}).get("LanguageOptions", [])
        return _told(job, job.get("CallAnalyticsJobStatus", ""), finds_language=len(among) > 1)

    async def delete(self, name: str) -> None:
        await self._client.delete_call_analytics_job(CallAnalyticsJobName=name)


def _told(job: "TranscriptionJobTypeDef | CallAnalyticsJobTypeDef", status: str, *, finds_language: bool) -> _Told:
    transcript = job.get("Transcript", {})
    uri = transcript.get("RedactedTranscriptFileUri") or transcript.get("TranscriptFileUri")
    return _Told(status, job.get("FailureReason", ""), uri, finds_language)


class AmazonTranscribe:
    """Takes an open client. With `analytics`, recordings of two channels go to Call Analytics, all others do not."""

    def __init__(
        self, client: "TranscribeServiceClient", blobs: Blobs, settings: MediaSettings, *, analytics: bool
    ) -> None:
        self._settings = settings
        self._blobs = blobs
        self._lists = ReadyLists(client, settings)
        self._standard = StandardJobs(client, settings)
        self._analytics = AnalyticsJobs(client, settings) if analytics else None

    async def start(self, job: TranscriptionJob) -> Sequence[str]:
        if any(not letter.isprintable() for letter in job.key):
            raise RejectedSource(
                "transcriber_name", "Amazon Transcribe takes no file with control letters in its name."
            )
        lists, left_out = await self._lists.of(languages_of(job, self._settings))
        api: _Api = self._analytics if self._analytics and job.channels == _STEREO else self._standard
        try:
            with _no_fault_of_the_caller(), transcribe_errors():
                await api.start(job, lists)
        except Conflict:  # it was started before
            pass
        except InvalidRequest as refusal:
            sentence = f"Amazon Transcribe refused the recording: {refusal.detail}"
            raise RejectedSource("transcriber_refused", sentence) from None
        return left_out

    async def state(self, name: str) -> JobState:
        try:
            told = await self._get(name)
        except NotFound:
            return JobState("unknown")
        match told.status:
            case "COMPLETED":
                return JobState("done")
            case "FAILED":
                return self._failed(told)
            case _:
                return JobState("open")

    async def fetch(self, name: str, target: Path) -> None:
        told = await self._get(name)
        key = self._key(told.transcript) if told.transcript else None
        if key not in output_keys(name, self._settings):
            raise UpstreamFailed("Amazon Transcribe did not write where it was told to.")
        await self._blobs.download(self._settings.output_bucket_name, key, target)

    async def forget(self, name: str) -> None:
        """The job first: one that is still at work could write after its output was removed."""
        for api in self._apis():
            try:
                with _no_fault_of_the_caller(), transcribe_errors():
                    await api.delete(name)
            except NotFound:
                continue
        for key in output_keys(name, self._settings):
            await self._blobs.delete(self._settings.output_bucket_name, key)

    def _apis(self) -> Iterator[_Api]:
        if self._analytics:
            yield self._analytics
        yield self._standard

    async def _get(self, name: str) -> _Told:
        for api in self._apis():
            try:
                with _no_fault_of_the_caller(), transcribe_errors():
                    return await api.get(name)
            except NotFound:
                continue
        raise NotFound("Amazon Transcribe has no such job.")

    def _failed(self, told: _Told) -> JobState:
        reason = told.reason or "it gave no reason"
        passing = any(word in reason.lower() for word in _PASSING)
        return JobState(
            "failed",
            f"Amazon Transcribe could not transcribe the recording: {reason}",
            passing=passing,
            try_language=self._settings.transcribe_languages[0] if told.finds_language and not passing else None,
        )

    def _key(self, uri: str) -> str | None:
        """The key within our bucket, from any form of S3's addresses; null for an object of another bucket."""
        address = urlsplit(uri)
        bucket = self._settings.bucket_prefix + self._settings.output_bucket_name
        path = unquote(address.path.lstrip("/"))
        if address.netloc == bucket or address.netloc.startswith(f"{bucket}.s3"):
            return path
        return path.removeprefix(f"{bucket}/") if path.startswith(f"{bucket}/") else None


@contextmanager
def _no_fault_of_the_caller() -> Iterator[None]:
    """What the environment is refused is for its operator, not for whoever sent the recording."""
    try:
        yield
    except (NotFound, Conflict, InvalidRequest, TooManyRequests):
        raise
    except Problem as problem:
        if problem.status >= 500:
            raise
        raise UpstreamFailed("Amazon Transcribe refused the request.") from problem


@asynccontextmanager
async def open_transcribe(
    settings: MediaSettings,
    blobs: Blobs,
    *,
    session: aioboto3.Session | None = None,
    endpoint_url: str | None = None,
) -> AsyncIterator[AmazonTranscribe]:
    """Amazon Transcribe for the life of the block, with what the environment says where nothing is given."""
    opened = (session or aws_session()).client("transcribe", config=AWS_CONFIG, endpoint_url=endpoint_url)
    async with opened as client:
        yield AmazonTranscribe(client, blobs, settings, analytics=settings.transcriber == "call-analytics")
