"""FAQ search by Amazon Kendra.

Sources: the botocore model of `kendra`; the developer guide, "Query responses and response types" and "Filtering on
user context".
"""

import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Literal

import aioboto3
from aiobotocore.config import AioConfig

from services.bot.faq.entries import FaqEntry, Reader
from shared.aws import aws_session, translated_errors
from shared.errors import Problem, TooManyRequests, Unavailable, UpstreamFailed
from shared.schemas.faq import FaqAnswer

if TYPE_CHECKING:
    from types_aiobotocore_kendra import KendraClient
    from types_aiobotocore_kendra.type_defs import (
        AttributeFilterTypeDef,
        QueryResultItemTypeDef,
        QueryResultTypeDef,
        UserContextTypeDef,
    )

log = logging.getLogger("omnilex.bot.kendra")

Confidence = Literal["VERY_HIGH", "HIGH", "MEDIUM", "LOW"]
SCORES: dict[str, float] = {"VERY_HIGH": 0.95, "HIGH": 0.8, "MEDIUM": 0.6, "LOW": 0.3}
"""Kendra's classes of confidence on the scale of our scores; NOT_AVAILABLE has none."""

# A customer waits for the answer, and Lex for the code hook: a search has a few seconds, tries included.
_CONFIG = AioConfig(connect_timeout=1, read_timeout=4, retries={"mode": "standard", "total_max_attempts": 2})
_MAX_QUERY = 1000
_PAGE = 20


class KendraFaqSearch:
    """Takes an open client. Answers below the confidence `least` are none; those of unknown confidence are kept.

    Kendra tells no confidence in languages other than English.
    """

    def __init__(self, client: "KendraClient", *, index_id: str, least: Confidence) -> None:
        self._client = client
        self._index_id = index_id
        self._least = SCORES[least]

    async def load(self, entries: Sequence[FaqEntry]) -> None:
        """Kendra searches what it was given by a FaqPublisher: nothing to load here."""

    async def search(self, query: str, *, language: str, reader: Reader, limit: int) -> list[FaqAnswer]:
        text = " ".join(query.split())[:_MAX_QUERY]
        if not text:
            return []
        with _search_errors():
            result = await self._client.query(
                IndexId=self._index_id,
                QueryText=text,
                AttributeFilter=_in_language(language),
                UserContext=_as_user(reader),
                PageSize=_PAGE,
            )
        return self._answers(result, language)[:limit]

    def _answers(self, result: "QueryResultTypeDef", language: str) -> list[FaqAnswer]:
        """Questions of the FAQ and answers found in documents, surest first, else in Kendra's order."""
        found: dict[str, FaqAnswer] = {}
        for item in result.get("ResultItems", ()):
            answer = _answer(item, language)
            if answer and (answer.score is None or answer.score >= self._least):
                found.setdefault(answer.answer, answer)
        return sorted(found.values(), key=lambda answer: -(answer.score or 0))


def _in_language(language: str) -> "AttributeFilterTypeDef":
    """Without this filter Kendra searches English only."""
    return {"EqualsTo": {"Key": "_language_code", "Value": {"StringValue": language}}}


def _as_user(reader: Reader) -> "UserContextTypeDef":
    """Always sent: Kendra shows a query without a user every entry, whoever it is for."""
    context: UserContextTypeDef = {"Groups": sorted(reader.groups)}
    if reader.user:
        context["UserId"] = reader.user
    return context


def _answer(item: "QueryResultItemTypeDef", language: str) -> FaqAnswer | None:
    """The result as an answer; None for a mere document, and for one without a text."""
    kind = item.get("Type")
    if kind not in ("QUESTION_ANSWER", "ANSWER"):
        return None
    told = {
        extra["Key"]: extra["Value"].get("TextWithHighlightsValue", {}).get("Text", "")
        for extra in item.get("AdditionalAttributes", ())
    }
    text = (told.get("AnswerText") or item.get("DocumentExcerpt", {}).get("Text", "")).strip()
    if not text:
        return None
    question = told.get("QuestionText") or item.get("DocumentTitle", {}).get("Text", "")
    return FaqAnswer(
        question=question.strip(),
        answer=text,
        source=item.get("DocumentURI") or _attribute(item, "_source_uri"),
        score=SCORES.get(item.get("ScoreAttributes", {}).get("ScoreConfidence", "")),
        language=language,
    )


def _attribute(item: "QueryResultItemTypeDef", key: str) -> str | None:
    values = (attribute["Value"] for attribute in item.get("DocumentAttributes", ()) if attribute["Key"] == key)
    return next((value.get("StringValue") for value in values), None)


@contextmanager
def _search_errors() -> Iterator[None]:
    """No failure of a search is the asker's own: 502, 503 or 504."""
    try:
        with translated_errors("Amazon Kendra"):
            yield
    except TooManyRequests as error:
        raise Unavailable("Amazon Kendra is busy.") from error
    except Problem as error:
        if error.status >= 500:
            raise
        log.error("kendra.refused", exc_info=error)
        raise UpstreamFailed("Amazon Kendra refused the request.") from error


@asynccontextmanager
async def open_kendra(
    *,
    index_id: str,
    least: Confidence,
    session: aioboto3.Session | None = None,
    endpoint_url: str | None = None,
) -> AsyncIterator[KendraFaqSearch]:
    """Amazon Kendra for the life of the block, with what the environment says where nothing is given."""
    opened = (session or aws_session()).client("kendra", config=_CONFIG, endpoint_url=endpoint_url)
    async with opened as client:
        yield KendraFaqSearch(client, index_id=index_id, least=least)
