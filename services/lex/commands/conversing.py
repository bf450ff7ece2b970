"""What the commands that talk with a bot share: which bot and locale, and its code hook."""

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from services.lex.bots import ServedLocale
from services.lex.code_hook import HttpCodeHook
from services.lex.commands.command import CommandFailed
from services.lex.commands.exporting import named_bot
from services.lex.dialog.engine import Dialog
from services.lex.nlu.understanding import Understanding
from services.lex.search import open_search
from services.lex.settings import LexSettings
from shared.clients.base import open_http


def partner_arguments(parser: argparse.ArgumentParser) -> None:
    """BOT, --locale, --code-hook and --search."""
    parser.add_argument("bot", metavar="BOT", help="name or id of a bot that is served, or a file or folder")
    parser.add_argument("--locale", metavar="LOCALE", help="default: en_US, or the bot's first")
    parser.add_argument("--code-hook", metavar="URL", help="where the bot's code hook listens; default: none is called")
    parser.add_argument(
        "--search", metavar="URL", help="bot service whose FAQ answers Kendra and QnA intents; default: none is asked"
    )


def partner(given: argparse.Namespace) -> ServedLocale:
    """The bot to talk with, trained. Raises CommandFailed or DefinitionError."""
    bot = named_bot(given.bot)
    identifier = given.locale or ("en_US" if "en_US" in bot.locales else min(bot.locales))
    locale = bot.locales.get(identifier)
    if locale is None:
        raise CommandFailed(f"{bot.name} does not speak {identifier}, but {', '.join(sorted(bot.locales))}.")
    return ServedLocale(bot, locale, Understanding(locale))


@asynccontextmanager
async def dialog_of(given: argparse.Namespace) -> AsyncIterator[Dialog]:
    """The dialog, with the code hook and the search that the command names, asked as the service asks them."""
    settings = LexSettings(code_hook_url=given.code_hook or "", lex_search_url=given.search or "")
    async with open_http() as http:
        yield Dialog(_hook(settings, http), open_search(settings, http), time_zone=settings.lex_time_zone)


def _hook(settings: LexSettings, http: httpx.AsyncClient) -> HttpCodeHook | None:
    if not settings.code_hook_url:
        return None
    secret = settings.code_hook_secret.get_secret_value()
    return HttpCodeHook(http, url=settings.code_hook_url, secret=secret, timeout=settings.code_hook_timeout_seconds)
