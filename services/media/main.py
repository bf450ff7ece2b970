"""Wires the media service together; run by `uvicorn --factory services.media.main:create_app`."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI

from services.media.assembly import open_analyst, open_sources, open_summariser, open_transcriber
from services.media.bulk import BulkWork
from services.media.dispatch import Dispatcher
from services.media.embedded import open_analyser
from services.media.engine import open_engine
from services.media.erasure import ErasureWork
from services.media.measures import QueueMessages
from services.media.ports import Analyser, Engine, Index, Transcriber
from services.media.reconciliation import MAX_BYTES
from services.media.retention import Retention
from services.media.routes import router
from services.media.service import MediaService
from services.media.settings import MediaSettings
from services.media.steps import Steps
from services.media.support_files import SupportFiles
from services.media.watchdog import LedgerGauge
from shared.app import build_app
from shared.background import in_background
from shared.blob_urls import open_blobs
from shared.callers import InternalTokens
from shared.clients.base import open_http
from shared.clients.insights import InsightsClient
from shared.db import open_database
from shared.middleware import JSON_BODY_LIMIT
from shared.traces import opened_traces


@dataclass(frozen=True)
class Media:
    """The service, and the engine that works for it, here or elsewhere."""

    service: MediaService
    engine: Engine


@asynccontextmanager
async def wire(settings: MediaSettings, *, works: bool | None = None) -> AsyncIterator[MediaService]:
    """The service until the end of the block; where it `works` (the setting, unless told), with all that works."""
    async with open_media(settings, works=settings.media_works_here if works is None else works) as media:
        yield media.service


@asynccontextmanager
async def open_media(
    settings: MediaSettings,
    *,
    analyser: Analyser | None = None,
    index: Index | None = None,
    transcriber: Transcriber | None = None,
    works: bool = True,
) -> AsyncIterator[Media]:
    """Everything, with the parts of the settings where none are given."""
    async with AsyncExitStack() as stack:
        url = settings.database_url(settings.media_database_url, "media")
        database = await stack.enter_async_context(open_database(url, "services.media"))
        blobs = await stack.enter_async_context(open_blobs(settings.objects_url(settings.blobs_url)))
        if analyser is None:
            analyst = await stack.enter_async_context(open_analyst(settings))
            support = SupportFiles(settings, blobs)
            summariser = await stack.enter_async_context(open_summariser(settings))
            analyser = await stack.enter_async_context(open_analyser(settings, analyst, summariser, support))
        if index is None:
            index = await stack.enter_async_context(_insights(settings))
        if transcriber is None:
            transcriber = await stack.enter_async_context(open_transcriber(settings, blobs))
        steps = Steps(
            settings=settings,
            database=database,
            blobs=blobs,
            analyser=analyser,
            index=index,
            transcriber=transcriber,
            traces=opened_traces(),
        )
        if works:
            await steps.clear_leftovers()
        engine = await stack.enter_async_context(open_engine(settings, steps, works=works))
        dispatcher = Dispatcher(database, engine, steps)
        bulk_work = BulkWork(settings=settings, database=database, blobs=blobs, released=dispatcher.wake)

        erasure_work = ErasureWork(
            settings=settings, database=database, blobs=blobs, index=index, engine=engine, transcriber=transcriber
        )
        retention = Retention(settings=settings, database=database, blobs=blobs, index=index)

        def wake() -> None:
            dispatcher.wake()
            bulk_work.wake()
            erasure_work.wake()

        service = MediaService(settings=settings, database=database, blobs=blobs, wake=wake, index=index)
        await stack.enter_async_context(in_background(service.watchdog.run()))
        if works:
            sources = await stack.enter_async_context(
                open_sources(settings, blobs, seen=service.seen, notify=engine.notify, counts=service.queue_messages)
            )
            looking = [source.run() for source in sources]
            working = (dispatcher.run(), bulk_work.run(), erasure_work.run(), retention.run())
            await stack.enter_async_context(in_background(*working, *looking))
        yield Media(service, engine)


def create_app(settings: MediaSettings | None = None, service: MediaService | None = None) -> FastAPI:
    """The application. A `service` that is given is open already, and is not closed here."""
    settings = settings or MediaSettings()
    app = build_app(
        name="media",
        title="OmniLex media",
        settings=settings,
        wire=wire,
        routers=[router],
        service=service,
        body_limits={
            "/ledger/reconciliation": MAX_BYTES,
            "/objects": settings.max_upload_request_bytes,
            "/objects/presigned": JSON_BODY_LIMIT,
        },
        docs=False,
    )
    measure(app)
    return app


def measure(app: FastAPI) -> None:
    """Has the application's `/metrics` tell of the ledger and the queues too."""
    for collector in (LedgerGauge, QueueMessages):
        app.state.metrics.registry.register(collector(lambda: getattr(app.state, "service", None)))


@asynccontextmanager
async def _insights(settings: MediaSettings) -> AsyncIterator[InsightsClient]:
    tokens = InternalTokens(settings.internal_secret.get_secret_value())
    async with open_http() as http:
        yield InsightsClient(http, base_url=settings.insights_url, audience="insights", tokens=tokens, sender="media")
