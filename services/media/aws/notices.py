"""What is done about an event: a new object is seen, an ended job wakes who waits for it."""

import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import aioboto3

from services.media.aws.events import JobEnded, ObjectCreated, UnreadableMessage, read_events
from services.media.aws.queues import QueueReader, open_sqs
from services.media.settings import MediaSettings
from services.media.sources import Seen, is_source, is_text
from shared.blobs import BlobInfo, Blobs
from shared.errors import NotFound

log = logging.getLogger("omnilex.media.notices")


class Arrivals:
    """Enters new objects of the watched folders in the ledger, by the same rule as the folder watch.

    Events of other buckets and folders, and of objects that are no sources, are left alone.
    """

    def __init__(self, blobs: Blobs, *, bucket: str, bucket_prefix: str, folders: Sequence[str], seen: Seen) -> None:
        self._blobs = blobs
        self._bucket = bucket
        self._name = bucket_prefix + bucket
        self._folders = tuple(f"{folder}/" for folder in folders)
        self._seen = seen

    async def heard(self, event: ObjectCreated) -> None:
        if event.bucket != self._name or not event.key.startswith(self._folders):
            log.info("notice.elsewhere", extra={"bucket": event.bucket})
            return
        if not is_source(event.key):
            return
        if not is_text(event.key) or "\0" in event.key:
            raise UnreadableMessage("a key that cannot be stored")
        if (info := await self._info(event)) is not None:
            await self._seen([info])

    async def _info(self, event: ObjectCreated) -> BlobInfo | None:
        """As the event tells it, which is of this very version; asked for only where the event does not tell it."""
        if event.etag is not None and event.size is not None:
            return BlobInfo(self._bucket, event.key, event.size, event.etag, event.at)
        try:
            return await self._blobs.head(self._bucket, event.key)
        except NotFound:
            return None


class EndedJobs:
    """Tells `notify` the names of our own jobs, which are those that begin with `prefix`."""

    def __init__(self, notify: Callable[[str], Awaitable[None]], *, prefix: str) -> None:
        self._notify = notify
        self._prefix = prefix

    async def heard(self, event: JobEnded) -> None:
        if event.name.startswith(self._prefix):
            await self._notify(event.name)


class Notices:
    """One door for the messages of both queues, which may be one and the same."""

    def __init__(self, arrivals: Arrivals, jobs: EndedJobs) -> None:
        self._arrivals = arrivals
        self._jobs = jobs

    async def heard(self, body: str) -> None:
        """Raises UnreadableMessage, and what the ledger and the engine raise."""
        for event in read_events(body):
            match event:
                case ObjectCreated():
                    await self._arrivals.heard(event)
                case JobEnded():
                    await self._jobs.heard(event)


@asynccontextmanager
async def open_readers(
    settings: MediaSettings,
    blobs: Blobs,
    *,
    seen: Seen,
    notify: Callable[[str], Awaitable[None]],
    counts: Counter[str],
    session: aioboto3.Session | None = None,
) -> AsyncIterator[list[QueueReader]]:
    """A reader for each queue of the settings; one queue may serve for both."""
    arrivals = Arrivals(
        blobs,
        bucket=settings.input_bucket_name,
        bucket_prefix=settings.bucket_prefix,
        folders=settings.watched_folders,
        seen=seen,
    )
    notices = Notices(arrivals, EndedJobs(notify, prefix=settings.transcribe_job_prefix))
    urls = dict.fromkeys(url for url in (settings.arrivals_queue_url, settings.transcription_queue_url) if url)
    async with open_sqs(session) as client:
        yield [
            QueueReader(client, url, notices.heard, visibility_seconds=settings.queue_visibility_seconds, counts=counts)
            for url in urls
        ]
