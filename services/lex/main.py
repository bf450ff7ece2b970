"""The open stand-in for Amazon Lex: `uvicorn --factory services.lex.main:create_app`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime

import httpx
from fastapi import FastAPI

from services.lex.bots import BotCatalog
from services.lex.claims import SessionClaims
from services.lex.code_hook import BoundHooks
from services.lex.conversation_logs import ConversationLogs
from services.lex.definition.faults import DefinitionError
from services.lex.definition.shelf import BotShelf
from services.lex.ports import Clock, SpeechToText
from services.lex.routes import router
from services.lex.search import open_search
from services.lex.service import LexRuntime
from services.lex.settings import LexSettings
from services.lex.speech.remote import RemoteSpeech
from shared.app import build_app
from shared.background import in_background
from shared.blob_urls import open_blobs
from shared.cipher import Cipher
from shared.clients.base import open_http
from shared.db import open_database
from shared.processes import Processes


def create_app(settings: LexSettings | None = None, service: LexRuntime | None = None) -> FastAPI:
    """The application. Its lifespan reads and trains the bots and starts the writer of conversation logs."""
    settings = settings or LexSettings()
    return build_app(
        name="lex",
        title="OmniLex: Lex runtime",
        settings=settings,
        wire=wire,
        routers=[router],
        service=service,
        docs=False,
    )


@asynccontextmanager
async def wire(
    settings: LexSettings, clock: Clock = lambda: datetime.now(UTC), speech: SpeechToText | None = None
) -> AsyncIterator[LexRuntime]:
    """A runtime on what the settings say; `speech` stands in for what they say of it.

    Raises DefinitionError for a bot that cannot be read, ValueError for a code hook that is not there.
    """
    shelf = BotShelf([settings.lex_bots_dir, settings.imports_dir])
    catalog = await asyncio.to_thread(_catalog, shelf, settings)
    cipher = Cipher(settings.lex_session_secret.get_secret_value(), "lex sessions")
    async with AsyncExitStack() as stack:
        stack.callback(catalog.close)
        url = settings.database_url(settings.lex_database_url, "lex")
        database = await stack.enter_async_context(open_database(url, "services.lex"))
        objects = await stack.enter_async_context(open_blobs(settings.objects_url(settings.blobs_url)))
        http = await stack.enter_async_context(open_http())
        hooks = BoundHooks(
            http,
            default_url=settings.code_hook_url,
            bindings=settings.code_hook_bindings,
            secret=settings.code_hook_secret.get_secret_value(),
            timeout=settings.code_hook_timeout_seconds,
        )
        logs = ConversationLogs(database, cipher, objects, clock, quiet_seconds=settings.lex_log_quiet_seconds)
        runtime = LexRuntime(
            catalog=catalog,
            database=database,
            claims=SessionClaims(database, cipher, clock, wait_seconds=settings.lex_turn_wait_seconds),
            hooks=hooks,
            logs=logs,
            objects=objects,
            clock=clock,
            speech=speech or await stack.enter_async_context(open_speech(settings, http)),
            search=open_search(settings, http),
            time_zone=settings.lex_time_zone,
            hidden_attributes=settings.lex_log_hidden_attributes,
        )
        async with in_background(
            logs.run(settings.lex_log_poll_seconds), catalog.follow(shelf, settings.lex_bots_poll_seconds)
        ):
            yield runtime


@asynccontextmanager
async def open_speech(settings: LexSettings, http: httpx.AsyncClient) -> AsyncIterator[SpeechToText | None]:
    """What hears audio, if anything; its processes start when they are first needed and end with the block."""
    seconds = settings.lex_speech_timeout_seconds
    match settings.lex_speech:
        case "none":
            yield None
        case "http":
            key = settings.lex_speech_key.get_secret_value() if settings.lex_speech_key else None
            url, model = settings.lex_speech_url, settings.lex_speech_model
            yield RemoteSpeech(http, url=url, model=model, key=key, seconds=seconds)
        case "pocketsphinx":
            from services.lex.speech.embedded import PocketSphinxSpeech

            processes = Processes(settings.lex_speech_workers, "lex", settings.log_level)
            try:
                yield PocketSphinxSpeech(processes, seconds=seconds)
            finally:
                await processes.close()


def _catalog(shelf: BotShelf, settings: LexSettings) -> BotCatalog:
    """A bot that came with the service must be readable; an imported one is left out when it is not."""
    shelved = shelf.load()
    for source, fault in shelf.faults.items():
        if source.is_relative_to(settings.lex_bots_dir):
            raise fault
    if not shelved:
        raise DefinitionError(f"{settings.lex_bots_dir}: holds no bot, and none was imported")
    return BotCatalog(entry.bot for entry in shelved)
