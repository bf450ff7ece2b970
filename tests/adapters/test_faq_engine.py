"""The port FaqEngine of the bot: one contract, kept by the embedded index and by Amazon Kendra."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aioboto3
import pytest

from services.bot.aws import open_kendra
from services.bot.embedded import EmbeddedFaqSearch
from services.bot.faq.entries import CUSTOMER, Access, FaqEntry, Reader
from services.bot.faq.ports import FaqEngine
from shared.errors import Problem
from shared.schemas.faq import FaqAnswer
from tests.adapters.kendra_server import KendraServer, item
from tests.adapters.service_model import operation, violations
from tests.gateway.conftest import listening

INDEX = "0123abcd-0123-4567-89ab-0123456789ab"
AGENT = Reader(frozenset({"staff", "agent"}), "kim")
ENTRIES = [
    FaqEntry("wire", "en", "What does a wire transfer cost?", "Wires cost $25.", "https://bank.example/wires"),
    FaqEntry("hours", "en", "When are the branches open?", "From 9 am to 5 pm."),
    FaqEntry("fraud", "en", "What is the fraud desk extension?", "It is 4100.", access=Access(("staff",))),
    FaqEntry("kims", "en", "Who keeps the spare vault keys?", "Kim does.", access=Access(allowed_users=("kim",))),
    FaqEntry("not-kims", "en", "Who audits the petty cash drawer?", "Pat.", access=Access(denied_users=("kim",))),
    FaqEntry("horario", "es", "¿Cuándo abren las sucursales?", "De 9 a 5."),
]


@pytest.fixture
def server() -> KendraServer:
    return KendraServer(ENTRIES)


@asynccontextmanager
async def opened_kendra(server: KendraServer) -> AsyncIterator[FaqEngine]:
    session = aioboto3.Session("test", "test", region_name="us-east-1")
    async with (
        listening(server.app) as url,
        open_kendra(index_id=INDEX, least="MEDIUM", session=session, endpoint_url=url) as opened,
    ):
        yield opened
    assert not server.broken, server.broken


@pytest.fixture
async def kendra(server: KendraServer) -> AsyncIterator[FaqEngine]:
    async with opened_kendra(server) as opened:
        yield opened


@pytest.fixture(params=["embedded", "kendra"])
async def engine(request: pytest.FixtureRequest, server: KendraServer) -> AsyncIterator[FaqEngine]:
    if request.param == "kendra":
        async with opened_kendra(server) as opened:
            await opened.load(ENTRIES)
            yield opened
    else:
        embedded = EmbeddedFaqSearch(threshold=0.5)
        await embedded.load(ENTRIES)
        yield embedded


async def ask(
    engine: FaqEngine, query: str, *, language: str = "en", reader: Reader = CUSTOMER, limit: int = 5
) -> Sequence[FaqAnswer]:
    return await engine.search(query, language=language, reader=reader, limit=limit)


async def test_question_finds_its_entry(engine: FaqEngine) -> None:
    best = (await ask(engine, "what does a wire transfer cost"))[0]
    assert (best.question, best.answer) == ("What does a wire transfer cost?", "Wires cost $25.")
    assert (best.source, best.language) == ("https://bank.example/wires", "en")
    assert best.score is not None
    assert 0.5 <= best.score <= 1


async def test_other_question_finds_nothing(engine: FaqEngine) -> None:
    assert await ask(engine, "unicorn saddle repair") == []


async def test_no_more_than_asked_for(engine: FaqEngine) -> None:
    assert len(await ask(engine, "what does a wire transfer cost", limit=1)) == 1


async def test_only_the_language_asked_for_is_searched(engine: FaqEngine) -> None:
    assert (await ask(engine, "cuándo abren las sucursales", language="es"))[0].answer == "De 9 a 5."
    assert all(found.language == "es" for found in await ask(engine, "cuándo abren las sucursales", language="es"))
    assert await ask(engine, "what does a wire transfer cost", language="de") == []


@pytest.mark.parametrize(
    ("question", "answer", "reader", "may"),
    [
        ("what is the fraud desk extension", "It is 4100.", AGENT, True),
        ("what is the fraud desk extension", "It is 4100.", CUSTOMER, False),
        ("who keeps the spare vault keys", "Kim does.", AGENT, True),
        ("who keeps the spare vault keys", "Kim does.", Reader(frozenset({"staff"}), "pat"), False),
        ("who audits the petty cash drawer", "Pat.", AGENT, False),
        ("who audits the petty cash drawer", "Pat.", CUSTOMER, True),
    ],
)
async def test_only_readers_of_an_entry_find_it(
    engine: FaqEngine, question: str, answer: str, reader: Reader, may: bool
) -> None:
    assert (answer in [found.answer for found in await ask(engine, question, reader=reader)]) is may


@pytest.mark.parametrize("query", ["???", " ", "x" * 5000, "what\x00is\nthis", "🦙"])
async def test_odd_query_is_no_failure(engine: FaqEngine, query: str) -> None:
    assert await ask(engine, query) == []


async def test_kendra_is_always_told_who_asks(kendra: FaqEngine, server: KendraServer) -> None:
    await ask(kendra, "what does a wire transfer cost")
    await ask(kendra, "what does a wire transfer cost", reader=AGENT)
    assert [request["UserContext"] for request in server.requests] == [
        {"Groups": ["customers"]},
        {"Groups": ["agent", "staff"], "UserId": "kim"},
    ]


@pytest.mark.parametrize(
    ("confidence", "score"),
    [("VERY_HIGH", 0.95), ("HIGH", 0.8), ("MEDIUM", 0.6), ("LOW", None), ("NOT_AVAILABLE", "unknown")],
)
async def test_confidence_of_kendra(
    kendra: FaqEngine, server: KendraServer, confidence: str, score: float | str | None
) -> None:
    server.confidence = confidence
    found = await ask(kendra, "what does a wire transfer cost", limit=1)
    expected = [] if score is None else [None if score == "unknown" else score]
    assert [answer.score for answer in found] == expected


async def test_answers_of_documents_count_and_documents_do_not(kendra: FaqEngine, server: KendraServer) -> None:
    server.result = [
        item("Wires", "A wire takes a day.", "https://bank.example/doc", "MEDIUM", "ANSWER"),
        item("A page", "Some page.", "https://bank.example/page", "VERY_HIGH", "DOCUMENT"),
        item("What is a wire?", "A transfer.", None, "VERY_HIGH"),
        item("Wires again", "A transfer.", None, "HIGH"),
    ]
    found = await ask(kendra, "wires")
    assert [(answer.question, answer.answer, answer.source) for answer in found] == [
        ("What is a wire?", "A transfer.", None),
        ("Wires", "A wire takes a day.", "https://bank.example/doc"),
    ]


@pytest.mark.parametrize(
    ("status", "kind", "becomes"),
    [
        (400, "ThrottlingException", 503),
        (400, "AccessDeniedException", 502),
        (400, "ResourceNotFoundException", 502),
        (400, "ValidationException", 502),
        (400, "ConflictException", 502),
        (500, "InternalServerException", 502),
    ],
)
async def test_failure_of_kendra_is_not_the_askers(
    kendra: FaqEngine, server: KendraServer, status: int, kind: str, becomes: int
) -> None:
    server.failure = (status, kind)
    with pytest.raises(Problem) as failed:
        await ask(kendra, "what does a wire transfer cost")
    assert failed.value.status == becomes
    assert "telltale" not in failed.value.detail


async def test_kendra_that_nobody_serves_is_unavailable() -> None:
    session = aioboto3.Session("test", "test", region_name="us-east-1")
    async with open_kendra(
        index_id=INDEX, least="MEDIUM", session=session, endpoint_url="http://127.0.0.1:9"
    ) as kendra:
        with pytest.raises(Problem) as failed:
            await ask(kendra, "what does a wire transfer cost")
    assert failed.value.status == 503


@pytest.mark.parametrize(
    "query",
    [
        {"QueryText": "x"},
        {"IndexId": "short"},
        {"IndexId": "!" * 36},
        {"IndexId": INDEX, "QueryResultTypeFilter": "FAQ"},
        {"IndexId": INDEX, "UserContext": {"Groups": []}},
        {"IndexId": INDEX, "Question": "x"},
    ],
)
def test_the_model_is_stricter_than_the_client(query: dict[str, object]) -> None:
    shape = operation("kendra", "Query").input_shape
    assert violations(shape, query)
    assert not violations(shape, {"IndexId": INDEX, "QueryText": "x", "UserContext": {"Groups": ["customers"]}})
