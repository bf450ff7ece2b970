"""Amazon Comprehend behind the port TextAnalyst: what it is asked, in what pieces, and what becomes of its answers."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aioboto3
import pytest

from services.media.aws.comprehend import AmazonComprehend, open_comprehend
from shared.errors import TooManyRequests, UpstreamFailed
from tests.adapters.comprehend_server import ComprehendServer
from tests.adapters.modelled_server import AwsError
from tests.gateway.conftest import listening
from tests.media.analysis.builders import settings

ENDPOINT = "arn:aws:comprehend:us-east-1:123456789012:entity-recognizer-endpoint/plans"
Opened = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("aws_credentials")


@pytest.fixture
def server() -> ComprehendServer:
    return ComprehendServer()


@pytest.fixture
def opened(session: aioboto3.Session, server: ComprehendServer) -> Opened:
    """The adapter with these settings. Every request and answer keeps to the official model, or the test fails."""

    @asynccontextmanager
    async def opened(**given: object) -> AsyncIterator[AmazonComprehend]:
        async with (
            listening(server.app) as url,
            open_comprehend(settings(**given), session=session, endpoint_url=url) as comprehend,
        ):
            yield comprehend
        assert not server.broken, server.broken

    return opened


async def test_sentiments_come_in_order_in_batches_of_25(opened: Opened, server: ComprehendServer) -> None:
    texts = [("good" if number % 2 else "bad") + f" {number}" for number in range(60)] + ["", "...", "plain"]
    async with opened() as comprehend:
        found = await comprehend.sentiments(texts, "en-US")
    assert [one.label for one in found[:60]] == ["NEGATIVE", "POSITIVE"] * 30
    assert [(one.score, one.reason) for one in found[60:62]] == [(None, "There are no words to analyse.")] * 2
    assert (found[62].label, found[62].neutral, found[62].evidence) == ("NEUTRAL", 1.0, [])
    asked = server.asked("BatchDetectSentiment")
    assert sorted(len(str_list(one["TextList"])) for one in asked) == [11, 25, 25]
    assert {one["LanguageCode"] for one in asked} == {"en"}


def str_list(value: object) -> list[str]:
    assert isinstance(value, list)
    return [str(one) for one in value]


async def test_the_thresholds_are_ours(opened: Opened) -> None:
    async with opened(min_sentiment_positive=0.8) as comprehend:
        [found] = await comprehend.sentiments(["good good bad"], "en")
    assert (found.positive, found.negative, found.label) == (0.6667, 0.3333, "NEUTRAL")


async def test_long_texts_are_divided_and_averaged_by_length(opened: Opened, server: ComprehendServer) -> None:
    """A sentence of 12 letters in 2 bytes each with its stop: 4,992 of 5,000 bytes are taken by 192 of them."""
    text = "good. " * 800 + "bad. " * 600
    async with opened() as comprehend:
        [found] = await comprehend.sentiments([text], "en")
        [wide] = await comprehend.sentiments(["ü" * 9000], "de")
    sizes = [len(part.encode()) for one in server.asked("BatchDetectSentiment") for part in str_list(one["TextList"])]
    assert max(sizes) <= 5000
    assert sum(sizes[:2]) == len(text)
    assert wide.label == "NEUTRAL"
    assert found.neutral is not None


@pytest.mark.parametrize(("language", "code"), [("zh-TW", "zh-TW"), ("zh-CN", "zh"), ("pt-BR", "pt"), ("ar-SA", "ar")])
async def test_the_languages_code(opened: Opened, server: ComprehendServer, language: str, code: str) -> None:
    async with opened() as comprehend:
        await comprehend.sentiments(["good"], language)
    assert server.asked("BatchDetectSentiment")[0]["LanguageCode"] == code


@pytest.mark.parametrize("given", [{}, {"comprehend_languages": "fi|en"}])
async def test_a_language_that_is_not_supported_is_null_and_not_asked(
    opened: Opened, server: ComprehendServer, given: dict[str, str]
) -> None:
    async with opened(**given) as comprehend:
        [found] = await comprehend.sentiments(["hyvä"], "fi-FI")
        assert await comprehend.entities(["Helsinki"], "fi-FI") == [[]]
        assert await comprehend.personal_data("4111", "fi-FI") == []
    assert (found.score, found.label) == (None, None)
    assert found.reason
    assert server.requests == []


async def test_what_one_of_a_batch_is_refused_for_is_tried_again(opened: Opened, server: ComprehendServer) -> None:
    server.refused = {"shaky": 1}
    async with opened() as comprehend:
        found = await comprehend.sentiments(["good", "bad shaky", "good"], "en")
        assert [one.label for one in found] == ["POSITIVE", "NEGATIVE", "POSITIVE"]
        assert [one["TextList"] for one in server.asked("BatchDetectSentiment")][1:] == [["bad shaky"]]
        server.refused = {"shaky": 2}
        with pytest.raises(UpstreamFailed) as problem:
            await comprehend.sentiments(["shaky"], "en")
    assert "telltale" not in str(problem.value.detail)


@pytest.mark.parametrize(
    ("kind", "status", "problem"),
    [("ThrottlingException", 400, TooManyRequests), ("InvalidRequestException", 400, UpstreamFailed)],
)
async def test_faults_are_ours(
    opened: Opened, server: ComprehendServer, kind: str, status: int, problem: type[Exception]
) -> None:
    async with opened() as comprehend:
        server.faults = [AwsError(kind, status=status) for _ in range(3)]
        with pytest.raises(problem) as raised:
            await comprehend.sentiments(["good"], "en")
    assert "telltale" not in str(raised.value)


async def test_throttling_that_passes_is_not_seen(opened: Opened, server: ComprehendServer) -> None:
    server.faults = [AwsError("ThrottlingException")]
    async with opened() as comprehend:
        assert (await comprehend.sentiments(["good"], "en"))[0].label == "POSITIVE"


async def test_entities_have_the_offsets_of_the_text(opened: Opened) -> None:
    texts = ["hello Maya ü Patel", "", "nobody 😀 Here"]
    async with opened() as comprehend:
        found = await comprehend.entities(texts, "en-US")
    assert [[(one.type, one.text, one.score) for one in own] for own in found] == [
        [("PERSON", "Maya", 0.9), ("PERSON", "Patel", 0.9)],
        [],
        [("PERSON", "Here", 0.9)],
    ]
    assert all(text[one.begin : one.end] == one.text for text, own in zip(texts, found, strict=True) for one in own)


async def test_the_custom_endpoint_is_for_english_and_in_service(opened: Opened, server: ComprehendServer) -> None:
    server.endpoints = {f"{ENDPOINT}-old": "IN_SERVICE", ENDPOINT: "IN_SERVICE"}
    for name in ("plans", ENDPOINT):
        async with opened(entity_recognizer_endpoint=name) as comprehend:
            found = await comprehend.entities(["a Gold plan", "b"], "en-GB")
            assert [[one.type for one in own] for own in found] == [["PERSON", "COMMERCIAL_ITEM"], []]
            assert [[one.type for one in own] for own in await comprehend.entities(["Oro"], "es-ES")] == [["PERSON"]]
    assert {one["EndpointArn"] for one in server.asked("DetectEntities")} == {ENDPOINT}
    server.endpoints = {ENDPOINT: "UPDATING"}
    for given in ({"entity_recognizer_endpoint": "plans"}, {"entity_recognizer_endpoint": "undefined"}, {}):
        async with opened(**given) as comprehend:
            assert [[one.type for one in own] for own in await comprehend.entities(["Gold"], "en")] == [["PERSON"]]


async def test_personal_data_has_our_types_and_threshold(opened: Opened) -> None:
    text = "Jo has 4111 or maybe@x.org"
    async with opened() as comprehend:
        found = await comprehend.personal_data(text, "en-US")
    assert [(one.type, text[one.begin : one.end]) for one in found] == [("CARD", "4111")]
    async with opened(entity_threshold=0.2) as comprehend:
        assert [one.type for one in await comprehend.personal_data(text, "es")] == ["CARD", "EMAIL"]


async def test_the_language_is_that_of_most_of_the_text(opened: Opened) -> None:
    async with opened() as comprehend:
        assert await comprehend.language(["hola", "good morning to you all"]) == "en"
        assert await comprehend.language(["我的帳戶"]) == "zh-TW"
        assert await comprehend.language(["", "12"]) == "en"
        assert await comprehend.language([""]) is None
