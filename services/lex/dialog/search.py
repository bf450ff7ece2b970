"""Intents that search: AMAZON.KendraSearchIntent and AMAZON.QnAIntent. Without a provider there is no result.

Names of the request attributes: Lex V2 guide, the pages of the two built-in intents.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from pydantic import JsonValue

from services.lex.definition.model import IntentDefinition
from services.lex.dialog.turn import Turn
from services.lex.dialog.wording import MissingValue, fill

KENDRA, QNA = "AMAZON.KendraSearchIntent", "AMAZON.QnAIntent"
MOST = 5
"""How many results of a kind Lex hands on."""

_KENDRA_PREFIX, _QNA_PREFIX = "x-amz-lex:kendra-search-response", "x-amz-lex:qnA-search-response"


@dataclass(frozen=True, slots=True)
class Found:
    """One result. `link` is a document's address or an answer's source."""

    text: str
    kind: Literal["question_answer", "document", "answer"] = "answer"
    question: str | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The results, best first; `raw` is what the provider said, for `intent.kendraResponse`."""

    found: Sequence[Found] = ()
    raw: JsonValue = None


class SearchFailed(Exception):
    """The provider does not answer, or answers with an error."""


class KnowledgeSearch(Protocol):
    """Where a search intent looks for answers."""

    async def search(self, query: str, intent: IntentDefinition, filter_text: str | None) -> SearchResult:
        """The answers to a query, none being an answer too. `filter_text` is Kendra's query filter, filled.

        Raises SearchFailed.
        """


class NoSearch:
    """No provider is configured."""

    async def search(self, query: str, intent: IntentDefinition, filter_text: str | None) -> SearchResult:
        return SearchResult()


def searches(intent: IntentDefinition) -> bool:
    """Whether the intent is answered by a search."""
    return intent.parent_intent_signature in (KENDRA, QNA)


def eligible_searches(turn: Turn) -> list[str]:
    """The locale's search intents whose input contexts are active."""
    return [
        name
        for name, intent in turn.served.intents.items()
        if searches(intent) and all(context.name in turn.contexts for context in intent.input_contexts)
    ]


async def look_up(turn: Turn, name: str, search: KnowledgeSearch) -> SearchResult | None:
    """Puts what was found into the request attributes, for the intent's messages; None when nothing was.

    Raises SearchFailed.
    """
    if not turn.text.strip():
        return None
    intent = turn.served.intents[name]
    result = await search.search(turn.text, intent, _filter(turn, intent))
    if not result.found:
        return None
    attributes = _qna(result) if intent.parent_intent_signature == QNA else _kendra(result)
    turn.request_attributes |= attributes
    turn.answer_attributes = (turn.answer_attributes or {}) | attributes
    return result


def _filter(turn: Turn, intent: IntentDefinition) -> str | None:
    setting = intent.kendra_configuration or {}
    text = setting.get("queryFilterString")
    if not setting.get("queryFilterStringEnabled") or not isinstance(text, str):
        return None
    try:
        return fill(text, turn)
    except MissingValue:
        return None


def _qna(result: SearchResult) -> dict[str, str]:
    best = result.found[0]
    attributes = {_QNA_PREFIX: best.text}
    if best.link:
        attributes[f"{_QNA_PREFIX}-source"] = best.link
    return attributes


def _kendra(result: SearchResult) -> dict[str, str]:
    attributes: dict[str, str] = {}
    counts: dict[str, int] = {}
    for entry in result.found:
        number = counts[entry.kind] = counts.get(entry.kind, 0) + 1
        if number > MOST:
            continue
        if entry.kind == "question_answer":
            attributes[f"{_KENDRA_PREFIX}-question_answer-question-{number}"] = entry.question or ""
            attributes[f"{_KENDRA_PREFIX}-question_answer-answer-{number}"] = entry.text
        else:
            attributes[f"{_KENDRA_PREFIX}-{entry.kind}-{number}"] = entry.text
        if entry.kind == "document" and entry.link:
            attributes[f"{_KENDRA_PREFIX}-document-link-{number}"] = entry.link
    return attributes
