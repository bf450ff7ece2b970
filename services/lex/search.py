"""The FAQ search of the bot service, for intents that search.

Form of `kendraResponse`: the answer of Amazon Kendra's Query operation, its names in camel case, as Lex V2 hands it to
a code hook.
"""

import logging
from collections.abc import Sequence

import httpx
from pydantic import JsonValue

from services.lex.definition.model import IntentDefinition
from services.lex.dialog.search import KENDRA, MOST, Found, SearchFailed, SearchResult
from services.lex.settings import LexSettings
from shared.callers import Caller, InternalTokens
from shared.clients.bot import BotClient
from shared.context import current_context
from shared.errors import Problem
from shared.schemas.faq import FaqAnswer

log = logging.getLogger("omnilex.lex.search")

_LONGEST_QUERY = 500
_SELF = Caller("service", "lex")


def open_search(settings: LexSettings, http: httpx.AsyncClient) -> "FaqKnowledge | None":
    """Where the settings let search intents look for answers, if anywhere."""
    if not settings.lex_search_url:
        return None
    tokens = InternalTokens(settings.internal_secret.get_secret_value())
    client = BotClient(http, base_url=settings.lex_search_url, audience="bot", tokens=tokens, sender="lex")
    return FaqKnowledge(client)


class FaqKnowledge:
    """Every search intent of every bot finds its answers in one FAQ. It has no attributes that a filter could ask for:
    a query filter is left out.
    """

    def __init__(self, bot: BotClient) -> None:
        self._bot = bot

    async def search(self, query: str, intent: IntentDefinition, filter_text: str | None) -> SearchResult:
        try:
            results = await self._bot.search_faq(query[:_LONGEST_QUERY], limit=MOST, caller=_SELF)
        except Problem as problem:
            log.warning("lex.search_failed", extra={"intent": intent.name, "slug": problem.slug})
            raise SearchFailed from problem
        found = [Found(entry.answer, "question_answer", entry.question, entry.source) for entry in results.answers]
        kendra = intent.parent_intent_signature == KENDRA
        return SearchResult(found, kendra_response(results.answers) if kendra else None)


def kendra_response(answers: Sequence[FaqAnswer]) -> JsonValue:
    """The answers as Kendra gives entries of a FAQ; how sure it is of each is not known in its terms."""
    context = current_context()
    return {
        "queryId": context.request_id if context else "",
        "resultItems": [_item(number, entry) for number, entry in enumerate(answers, 1)],
        "facetResults": [],
        "totalNumberOfResults": len(answers),
    }


def _item(number: int, entry: FaqAnswer) -> JsonValue:
    return {
        "id": f"faq-{number}",
        "type": "QUESTION_ANSWER",
        "additionalAttributes": [_attribute("QuestionText", entry.question), _attribute("AnswerText", entry.answer)],
        "documentId": f"faq-{number}",
        "documentTitle": _text(""),
        "documentExcerpt": _text(entry.answer),
        "documentURI": entry.source or "",
        "documentAttributes": [],
        "scoreAttributes": {"scoreConfidence": "NOT_AVAILABLE"},
    }


def _attribute(key: str, text: str) -> JsonValue:
    return {"key": key, "valueType": "TEXT_WITH_HIGHLIGHTS_VALUE", "value": {"textWithHighlightsValue": _text(text)}}


def _text(text: str) -> JsonValue:
    return {"text": text, "highlights": []}
