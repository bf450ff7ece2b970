"""Where questions are asked: picks the language, searches, and keeps what had no answer."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import SQLAlchemyError

from services.bot.faq.entries import CUSTOMER, Reader, language_of
from services.bot.faq.ports import FaqEngine
from services.bot.faq.unanswered import Unanswered
from services.bot.faq.versions import FaqVersions
from shared.background import in_background
from shared.schemas.faq import FaqAnswer, FaqResults

log = logging.getLogger("omnilex.bot.faq")


class FaqDesk:
    """`default_language` is searched for whoever speaks a language that the FAQ has no entries in."""

    def __init__(
        self, engine: FaqEngine, versions: FaqVersions, unanswered: Unanswered, *, default_language: str
    ) -> None:
        self._engine = engine
        self.versions = versions
        self.unanswered = unanswered
        self._default = default_language

    async def search(
        self, query: str, *, limit: int, locale: str = "en_US", channel: str | None = None
    ) -> list[FaqAnswer]:
        """A customer's question: the answers that fit, best first.

        Without any the question is recorded as one of the channel, when a channel is named. An answer's `language` is
        not that of the locale when the FAQ has none in that. Raises UpstreamFailed, UpstreamTimeout or Unavailable.
        """
        found = await self.ask(query, limit=limit, locale=locale, reader=CUSTOMER, channel=channel)
        return found.answers

    async def ask(self, query: str, *, limit: int, locale: str, reader: Reader, channel: str | None) -> FaqResults:
        """As `search`, by anybody."""
        asked = language_of(locale)
        language = asked if asked in self.versions.languages else self._default
        answers = await self._engine.search(query, language=language, reader=reader, limit=limit)
        if not answers and channel:
            await self.unanswered.record(query, language=language, channel=channel)
        return FaqResults(query=query, answers=answers, language=language)


@asynccontextmanager
async def kept_fresh(versions: FaqVersions, *, seconds: float) -> AsyncIterator[None]:
    """Within the block, looks every `seconds` whether another version is in use by now."""
    async with in_background(_refresh(versions, seconds)):
        yield


async def _refresh(versions: FaqVersions, seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await versions.refresh()
        except (SQLAlchemyError, OSError) as error:  # the database is away for a while: the entries at hand go on
            log.warning("faq.not_refreshed", extra={"error": type(error).__name__})
