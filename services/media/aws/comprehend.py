"""Amazon Comprehend behind the port `TextAnalyst`: sentiment, entities, personal data and the language of texts."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar, cast

import aioboto3
from botocore.exceptions import ClientError

from services.media.analysis.pii import Finding
from services.media.analysis.sentiment import LIMIT_BYTES, has_words, parts_of, rescore
from services.media.analysis.settings import AnalysisSettings
from shared.aws import AWS_CONFIG, aws_session, translated_errors
from shared.background import all_or_none
from shared.errors import UpstreamFailed
from shared.schemas.interaction import EntityMention, Sentiment

if TYPE_CHECKING:
    from types_aiobotocore_comprehend import ComprehendClient
    from types_aiobotocore_comprehend.literals import LanguageCodeType
    from types_aiobotocore_comprehend.type_defs import (
        BatchDetectDominantLanguageItemResultTypeDef,
        BatchDetectEntitiesItemResultTypeDef,
        BatchDetectSentimentItemResultTypeDef,
        BatchItemErrorTypeDef,
        EntityTypeDef,
        SentimentScoreTypeDef,
    )

BATCH = 25
"""Texts of one request (Comprehend's own limit)."""
_AT_ONCE = 4
_LANGUAGES = frozenset(["en", "es", "fr", "de", "it", "pt", "ar", "hi", "ja", "ko", "zh", "zh-TW"])
_PII_LANGUAGES = frozenset({"en", "es"})
_TYPES = {
    "CREDIT_DEBIT_NUMBER": "CARD", "CREDIT_DEBIT_CVV": "PIN", "PIN": "PIN", "EMAIL": "EMAIL", "PHONE": "PHONE",
    "SSN": "SSN",
    "INTERNATIONAL_BANK_ACCOUNT_NUMBER": "IBAN", "BANK_ACCOUNT_NUMBER": "ACCOUNT", "BANK_ROUTING": "ACCOUNT",
    "PASSPORT_NUMBER": "ID", "DRIVER_ID": "ID", "PASSWORD": "PASSWORD",
}  # fmt: skip
_AGAIN = frozenset({"INTERNAL_SERVER_ERROR", "InternalServerException", "InternalServerError"})

T = TypeVar("T")
Piece = tuple[int, int, int]
"""Which text, and the stretch of it."""


class AmazonComprehend:
    """Takes an open client. Answers come in the order of the texts.

    Texts over 5,000 bytes are divided; what one of a batch is refused for is tried once more. Raises
    TooManyRequests, Unavailable, UpstreamTimeout, and UpstreamFailed for what the environment is refused.
    """

    def __init__(self, client: "ComprehendClient", settings: AnalysisSettings) -> None:
        self._client = client
        self._settings = settings
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._endpoint: str | None = None

    async def sentiments(self, texts: Sequence[str], language: str) -> list[Sentiment]:
        """Probabilities and score of each; null, with the reason, where the text or its language cannot be analysed."""
        code = self._code(language)
        if code is None:
            return [Sentiment(reason=f"The language {language} is not among the configured ones.") for _ in texts]

        async def ask(
            batch: list[str],
        ) -> "tuple[list[BatchDetectSentimentItemResultTypeDef], list[BatchItemErrorTypeDef]]":
            answer = await self._client.batch_detect_sentiment(TextList=batch, LanguageCode=code)
            return answer["ResultList"], answer["ErrorList"]

        pieces = _pieces(texts)
        found = await self._batches(texts, pieces, ask)
        return [
            self._averaged(
                texts[at], [(end - begin, found[n]) for n, (of, begin, end) in enumerate(pieces) if of == at]
            )
            for at in range(len(texts))
        ]

    async def entities(self, texts: Sequence[str], language: str) -> list[list[EntityMention]]:
        """Mentions of each text by the standard model, and by the custom endpoint where there is one for English."""
        code = self._code(language)
        if code is None:
            return [[] for _ in texts]

        async def ask(
            batch: list[str],
        ) -> "tuple[list[BatchDetectEntitiesItemResultTypeDef], list[BatchItemErrorTypeDef]]":
            answer = await self._client.batch_detect_entities(TextList=batch, LanguageCode=code)
            return answer["ResultList"], answer["ErrorList"]

        pieces = _pieces(texts)
        found = await self._batches(texts, pieces, ask)
        mentions: list[list[EntityMention]] = [[] for _ in texts]
        for number, (of, begin, _) in enumerate(pieces):
            mentions[of] += _mentions(texts[of], begin, found[number].get("Entities", []))
        if code == "en" and (endpoint := await self._custom_endpoint()):
            for (of, begin, _), own in zip(pieces, await self._custom(texts, pieces, endpoint), strict=True):
                mentions[of] += _mentions(texts[of], begin, own)
        return mentions

    async def personal_data(self, text: str, language: str) -> list[Finding]:
        """Only in the languages that Comprehend finds personal data in; types are ours."""
        code = (self._code(language) or "").split("-")[0]
        if code not in _PII_LANGUAGES:
            return []
        findings: list[Finding] = []
        for begin, end in parts_of(text):
            with translated_errors("Amazon Comprehend"):
                answer = await self._client.detect_pii_entities(
                    Text=text[begin:end], LanguageCode=cast("LanguageCodeType", code)
                )
            findings += [
                Finding(_TYPES[one["Type"]], begin + one["BeginOffset"], begin + one["EndOffset"])
                for one in answer["Entities"]
                if one["Type"] in _TYPES and one["Score"] >= self._settings.entity_threshold
            ]
        return findings

    async def language(self, texts: Sequence[str]) -> str | None:
        """The dominant language of the texts taken together, `zh-TW` told from `zh`; null without any."""

        async def ask(
            batch: list[str],
        ) -> "tuple[list[BatchDetectDominantLanguageItemResultTypeDef], list[BatchItemErrorTypeDef]]":
            answer = await self._client.batch_detect_dominant_language(TextList=batch)
            return answer["ResultList"], answer["ErrorList"]

        weights: dict[str, float] = {}
        pieces = _pieces(texts)
        for (_, begin, end), one in zip(pieces, await self._batches(texts, pieces, ask), strict=True):
            for told in one.get("Languages", []):
                code = told["LanguageCode"]
                weights[code] = weights.get(code, 0.0) + told["Score"] * (end - begin)
        return max(weights, key=lambda code: weights[code], default=None)

    def _code(self, language: str) -> "LanguageCodeType | None":
        code = self._settings.text_language(language)
        return cast("LanguageCodeType", code) if code in _LANGUAGES else None

    async def _batches(
        self,
        texts: Sequence[str],
        pieces: Sequence[Piece],
        ask: "Callable[[list[str]], Awaitable[tuple[list[T], list[BatchItemErrorTypeDef]]]]",
    ) -> list[T]:
        """An answer for each piece, by requests of 25 of which a few run at a time."""

        async def one(first: int) -> list[T]:
            batch = [texts[of][begin:end] for of, begin, end in pieces[first : first + BATCH]]
            async with self._slots:
                return await _complete(batch, ask)

        answers = await all_or_none([one(first) for first in range(0, len(pieces), BATCH)])
        return [answer for batch in answers for answer in batch]

    def _averaged(self, text: str, found: "list[tuple[int, BatchDetectSentimentItemResultTypeDef]]") -> Sentiment:
        if not found:
            return Sentiment(reason="There are no words to analyse.")
        size = sum(length for length, _ in found)
        scores: list[tuple[int, SentimentScoreTypeDef]] = [(length, one["SentimentScore"]) for length, one in found]
        return rescore(
            Sentiment(
                positive=round(sum(length * one["Positive"] for length, one in scores) / size, 4),
                negative=round(sum(length * one["Negative"] for length, one in scores) / size, 4),
                neutral=round(sum(length * one["Neutral"] for length, one in scores) / size, 4),
                mixed=round(sum(length * one["Mixed"] for length, one in scores) / size, 4),
            ),
            self._settings,
        )

    async def _custom(
        self, texts: Sequence[str], pieces: Sequence[Piece], endpoint: str
    ) -> "list[Sequence[EntityTypeDef]]":
        """There is no batch for endpoints: one request a piece."""

        async def one(piece: Piece) -> "Sequence[EntityTypeDef]":
            of, begin, end = piece
            async with self._slots:
                with translated_errors("Amazon Comprehend"):
                    return (await self._client.detect_entities(Text=texts[of][begin:end], EndpointArn=endpoint))[
                        "Entities"
                    ]

        return await all_or_none([one(piece) for piece in pieces])

    async def _custom_endpoint(self) -> str | None:
        """The address of `EntityRecognizerEndpoint`; null if none is configured or it is not in service."""
        wanted = self._settings.entity_recognizer_endpoint
        if wanted is None or self._endpoint is not None:
            return self._endpoint
        with translated_errors("Amazon Comprehend"):
            pages = self._client.get_paginator("list_endpoints").paginate(Filter={"Status": "IN_SERVICE"})
            async for page in pages:
                for one in page["EndpointPropertiesList"]:
                    arn = one.get("EndpointArn", "")
                    if arn == wanted or arn.rpartition("/")[2] == wanted:
                        self._endpoint = arn
                        return arn
        return None


async def _complete(
    batch: list[str], ask: "Callable[[list[str]], Awaitable[tuple[list[T], list[BatchItemErrorTypeDef]]]]"
) -> list[T]:
    """Comprehend answers for some of a batch and refuses others, each with its index."""
    answers: dict[int, T] = {}
    left = list(range(len(batch)))
    for _ in range(2):
        try:
            with translated_errors("Amazon Comprehend"):
                results, errors = await ask([batch[at] for at in left])
        except UpstreamFailed as problem:
            if not _passing(problem):
                raise
            continue
        for result in results:
            answers[left[cast("dict[str, int]", result)["Index"]]] = result
        left = [left[error["Index"]] for error in errors if "Index" in error]
        if not left:
            break
    if len(answers) < len(batch):
        raise UpstreamFailed("Amazon Comprehend could not analyse some of the texts.")
    return [answers[at] for at in range(len(batch))]


def _passing(problem: UpstreamFailed) -> bool:
    cause = problem.__cause__
    return isinstance(cause, ClientError) and cause.response.get("Error", {}).get("Code") in _AGAIN


def _pieces(texts: Sequence[str]) -> list[Piece]:
    """Of each text that holds any words the parts that Comprehend takes."""
    return [
        (of, begin, end)
        for of, text in enumerate(texts)
        if has_words(text)
        for begin, end in parts_of(text)
        if text[begin:end].strip() and len(text[begin:end].encode()) <= LIMIT_BYTES
    ]


def _mentions(text: str, shift: int, entities: "Sequence[EntityTypeDef]") -> list[EntityMention]:
    """Offsets are those of the whole text (Comprehend counts code points, as Python does)."""
    return [
        EntityMention(
            type=one.get("Type", "OTHER"),
            text=text[shift + one["BeginOffset"] : shift + one["EndOffset"]],
            begin=shift + one["BeginOffset"],
            end=shift + one["EndOffset"],
            score=round(one.get("Score", 0.0), 4),
        )
        for one in entities
        if "BeginOffset" in one and "EndOffset" in one
    ]


@asynccontextmanager
async def open_comprehend(
    settings: AnalysisSettings, *, session: aioboto3.Session | None = None, endpoint_url: str | None = None
) -> AsyncIterator[AmazonComprehend]:
    """Amazon Comprehend for the life of the block, with what the environment says where nothing is given."""
    opened = (session or aws_session()).client("comprehend", config=AWS_CONFIG, endpoint_url=endpoint_url)
    async with opened as client:
        yield AmazonComprehend(client, settings)
