"""Wires the media service together; run by `uvicorn --factory services.media.main:create_app`."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from services.media.bulk import BulkWork
from services.media.dispatch import Dispatcher
from services.media.embedded import open_analyser
from services.media.ports import Analyser, Index
from services.media.routes import router
from services.media.service import MediaService
from services.media.settings import MediaSettings
from services.media.sources import FolderWatch
from services.media.steps import Steps
from services.media.workflow import open_engine
from shared.app import build_app
from shared.blob_urls import open_blobs
from shared.callers import InternalTokens
from shared.clients.base import open_http
from shared.clients.insights import InsightsClient
from shared.db import open_database


@asynccontextmanager
async def wire(
    settings: MediaSettings, *, analyser: Analyser | None = None, index: Index | None = None
) -> AsyncIterator[MediaService]:
    """The service with everything that works behind it, until the end of the block."""
    async with AsyncExitStack() as stack:
        url = settings.database_url(settings.media_database_url, "media")
        database = await stack.enter_async_context(open_database(url, "services.media"))
        blobs = await stack.enter_async_context(open_blobs(settings.objects_url(settings.blobs_url)))
        if analyser is None:
            analyser = await stack.enter_async_context(open_analyser(settings))
        if index is None:
            index = await stack.enter_async_context(_insights(settings))
        steps = Steps(settings=settings, database=database, blobs=blobs, analyser=analyser, index=index)
        await steps.clear_leftovers()
        dispatcher = Dispatcher(database, await stack.enter_async_context(open_engine(settings, steps)), steps)
        bulk_work = BulkWork(settings=settings, database=database, blobs=blobs, released=dispatcher.wake)

        def wake() -> None:
            dispatcher.wake()
            bulk_work.wake()

        service = MediaService(settings=settings, database=database, blobs=blobs, wake=wake)
        watch = FolderWatch(
            blobs,
            bucket=settings.input_bucket_name,
            folders=settings.watched_folders,
            seen=service.seen,
            seconds=settings.watch_seconds,
            settle_seconds=settings.watch_settle_seconds,
        )
        async with _in_background(dispatcher.run(), watch.run(), bulk_work.run()):
            yield service


def create_app(settings: MediaSettings | None = None, service: MediaService | None = None) -> FastAPI:
    """The application. A `service` that is given is open already, and is not closed here."""
    settings = settings or MediaSettings()
    return build_app(
        name="media",
        title="OmniLex media",
        settings=settings,
        wire=wire,
        routers=[router],
        service=service,
        body_limits={"/objects": settings.max_upload_request_bytes},
        docs=False,
    )


@asynccontextmanager
async def _insights(settings: MediaSettings) -> AsyncIterator[InsightsClient]:
    tokens = InternalTokens(settings.internal_secret.get_secret_value())
    async with open_http() as http:
        yield InsightsClient(http, base_url=settings.insights_url, audience="insights", tokens=tokens, sender="media")


@asynccontextmanager
async def _in_background(*works: Coroutine[object, object, None]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
