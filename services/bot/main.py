"""Puts the bot together: `uvicorn --factory services.bot.main:create_app`."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from services.bot import faq_routes
from services.bot.faq.desk import FaqDesk, kept_fresh
from services.bot.faq.ports import FaqEngine
from services.bot.faq.publishing import FaqPublisher, kept_published
from services.bot.faq.unanswered import Unanswered
from services.bot.faq.versions import FaqVersions, utc_now
from services.bot.identity import IdentityTokens
from services.bot.ports import Bank
from services.bot.read_back import ReadBackSeal
from services.bot.replays import Replays
from services.bot.routes import router
from services.bot.seal import Seal
from services.bot.service import BotService
from services.bot.settings import BotSettings
from shared.app import build_app
from shared.callers import InternalTokens
from shared.clients.accounts import AccountsClient
from shared.clients.base import open_http
from shared.db import Database, open_database


@asynccontextmanager
async def wire(settings: BotSettings) -> AsyncIterator[BotService]:
    """The service with its adapters, which are closed at the end of the block."""
    tokens = InternalTokens(settings.internal_secret.get_secret_value())
    secret = settings.identity_token_secret.get_secret_value()
    identities = IdentityTokens(secret, seconds=settings.identity_seconds)
    url = settings.database_url(settings.bot_database_url, "bot")
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(url, "services.bot"))
        faq = await stack.enter_async_context(open_faq(settings, database))
        http = await stack.enter_async_context(open_http())
        accounts = AccountsClient(
            http, base_url=settings.accounts_url, audience="accounts", tokens=tokens, sender="bot"
        )
        bank = Bank(accounts, faq, settings.support_phone, Seal(secret, "pins"), settings.step_up_seconds)
        replays = Replays(database, Seal(secret, "answers"))
        yield BotService(bank, identities, ReadBackSeal(secret), faq, replays)


@asynccontextmanager
async def open_faq(settings: BotSettings, database: Database) -> AsyncIterator[FaqDesk]:
    """The FAQ, with the files of the release in it, kept fresh, and published, for the life of the block."""
    index_id = settings.kendra_index_id if settings.faq_search == "kendra" else None
    async with _faq_engine(settings) as engine:
        versions = FaqVersions(database, engine.load, index_id=index_id)
        await versions.ship(faq_files(settings.faq_csv, settings.faq_language))
        unanswered = Unanswered(database, utc_now, kept=settings.faq_unanswered_kept, days=settings.faq_unanswered_days)
        async with kept_fresh(versions, seconds=settings.faq_refresh_seconds), _published(settings, database, versions):
            yield FaqDesk(engine, versions, unanswered, default_language=settings.faq_language)


@asynccontextmanager
async def _faq_engine(settings: BotSettings) -> AsyncIterator[FaqEngine]:
    match settings.faq_search:
        case "embedded":
            from services.bot.embedded import EmbeddedFaqSearch

            yield EmbeddedFaqSearch(threshold=settings.faq_threshold)
        case "kendra":
            from services.bot.aws import open_kendra

            index_id = settings.kendra_index_id or ""  # the settings see to it that there is one
            async with open_kendra(index_id=index_id, least=settings.kendra_confidence) as kendra:
                yield kendra


@asynccontextmanager
async def _published(settings: BotSettings, database: Database, versions: FaqVersions) -> AsyncIterator[None]:
    """Keeps Amazon Kendra in step with the versions, where it is what searches."""
    if settings.faq_search != "kendra":
        yield
        return
    from services.bot.aws import open_kendra_faqs

    index_id = settings.kendra_index_id or ""
    async with open_kendra_faqs(
        index_id=index_id,
        bucket=settings.kendra_faq_bucket or "",
        prefix=settings.kendra_faq_prefix,
        role_arn=settings.kendra_faq_role_arn or "",
    ) as hosted:
        publisher = FaqPublisher(database, versions, hosted, index_id=index_id)
        async with kept_published(publisher, seconds=settings.faq_refresh_seconds):
            yield


def faq_files(path: Path, language: str) -> list[tuple[bytes, str]]:
    """The file and those beside it for other languages (`faq.csv`, `faq.es.csv`), each with its language."""
    others = sorted(path.parent.glob(f"{path.stem}.*{path.suffix}"))
    return [(path.read_bytes(), language)] + [(other.read_bytes(), other.stem.rpartition(".")[2]) for other in others]


def create_app(settings: BotSettings | None = None, service: BotService | None = None) -> FastAPI:
    """The bot's application; reads the environment when no settings are given."""
    return build_app(
        name="bot",
        title="OmniLex bot",
        settings=settings or BotSettings(),
        wire=wire,
        routers=[router, faq_routes.router],
        service=service,
        body_limits={"/faq": faq_routes.MAX_FILE_BYTES},
        docs=False,
    )
