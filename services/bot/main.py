"""Puts the bot together: `uvicorn --factory services.bot.main:create_app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.bot.identity import IdentityTokens
from services.bot.pin_seal import PinSeal
from services.bot.ports import Bank, FaqSearch
from services.bot.read_back import ReadBackSeal
from services.bot.routes import router
from services.bot.service import BotService
from services.bot.settings import BotSettings
from shared.app import build_app
from shared.callers import InternalTokens
from shared.clients.accounts import AccountsClient
from shared.clients.base import open_http


@asynccontextmanager
async def wire(settings: BotSettings) -> AsyncIterator[BotService]:
    """The service with its adapters, which are closed at the end of the block."""
    faq = open_faq(settings)
    tokens = InternalTokens(settings.internal_secret.get_secret_value())
    secret = settings.identity_token_secret.get_secret_value()
    identities = IdentityTokens(secret, seconds=settings.identity_seconds)
    async with open_http() as http:
        accounts = AccountsClient(
            http, base_url=settings.accounts_url, audience="accounts", tokens=tokens, sender="bot"
        )
        bank = Bank(accounts, faq, settings.support_phone, PinSeal(secret), settings.step_up_seconds)
        yield BotService(bank, identities, ReadBackSeal(secret))


def open_faq(settings: BotSettings) -> FaqSearch:
    match settings.faq_search:
        case "embedded":
            from services.bot.embedded import Bm25FaqSearch

            return Bm25FaqSearch.from_csv(settings.faq_csv, threshold=settings.faq_threshold)


def create_app(settings: BotSettings | None = None, service: BotService | None = None) -> FastAPI:
    """The bot's application; reads the environment when no settings are given."""
    return build_app(
        name="bot",
        title="OmniLex bot",
        settings=settings or BotSettings(),
        wire=wire,
        routers=[router],
        service=service,
        docs=False,
    )
