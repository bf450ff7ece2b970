"""Which parts stand for the ports, by the settings. Those of AWS are imported only when a setting asks for them."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol

from services.media.ports import Summariser, TextAnalyst, Transcriber
from services.media.settings import MediaSettings
from services.media.sources import FolderWatch, Seen
from services.media.sweep import Sweep
from shared.blobs import Blobs


class Source(Protocol):
    """Something that tells of new objects or ended jobs."""

    async def run(self) -> None:
        """For ever."""


@asynccontextmanager
async def open_transcriber(settings: MediaSettings, blobs: Blobs) -> AsyncIterator[Transcriber | None]:
    """Null where recordings are heard on this machine."""
    match settings.transcriber:
        case "local":
            yield None
        case "transcribe" | "call-analytics":
            from services.media.aws import open_transcribe

            async with open_transcribe(settings, blobs) as transcribe:
                yield transcribe


@asynccontextmanager
async def open_analyst(settings: MediaSettings) -> AsyncIterator[TextAnalyst | None]:
    """Null where texts are judged on this machine."""
    match settings.text_analysis:
        case "local":
            yield None
        case "comprehend":
            from services.media.aws.comprehend import open_comprehend

            async with open_comprehend(settings) as comprehend:
                yield comprehend


@asynccontextmanager
async def open_summariser(settings: MediaSettings) -> AsyncIterator[Summariser | None]:
    """Null where summaries are in the parties' own words."""
    match settings.summary:
        case "extractive":
            yield None
        case "bedrock":
            from services.media.aws.bedrock import open_bedrock

            async with open_bedrock(settings) as bedrock:
                yield bedrock


@asynccontextmanager
async def open_sources(
    settings: MediaSettings,
    blobs: Blobs,
    *,
    seen: Seen,
    notify: Callable[[str], Awaitable[None]],
    counts: Counter[str],
) -> AsyncIterator[list[Source]]:
    """The folder watch; where a queue tells of objects, that queue instead, and a sweep once in a while.

    What becomes of a queue's messages is added to `counts`.
    """
    async with AsyncExitStack() as stack:
        sources: list[Source] = [
            _sweep(settings, blobs, seen) if settings.arrivals_queue_url else _watch(settings, blobs, seen)
        ]
        if settings.arrivals_queue_url or settings.transcription_queue_url:
            from services.media.aws import open_readers

            sources += await stack.enter_async_context(
                open_readers(settings, blobs, seen=seen, notify=notify, counts=counts)
            )
        yield sources


def _watch(settings: MediaSettings, blobs: Blobs, seen: Seen) -> Source:
    return FolderWatch(
        blobs,
        bucket=settings.input_bucket_name,
        folders=settings.watched_folders,
        seen=seen,
        seconds=settings.watch_seconds,
        settle_seconds=settings.watch_settle_seconds,
    )


def _sweep(settings: MediaSettings, blobs: Blobs, seen: Seen) -> Source:
    return Sweep(
        blobs,
        bucket=settings.input_bucket_name,
        folders=settings.watched_folders,
        seen=seen,
        seconds=settings.sweep_seconds,
    )
