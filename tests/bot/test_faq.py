"""The FAQ's embedded search over the bank's own file."""

import csv
import time
from pathlib import Path

import pytest

from services.bot.embedded import Bm25FaqSearch, FaqEntry
from services.bot.settings import BotSettings
from tests.bot.conversation import bank_faq


@pytest.fixture(scope="module")
def faq() -> Bm25FaqSearch:
    return bank_faq()


@pytest.mark.parametrize(
    ("question", "answered_by"),
    [
        ("how late are your branches open on Saturday", "What are your opening hours"),
        ("my card was stolen", "I lost my debit or credit card"),
        ("how can i deposit a cheque using the app", "How do I deposit a check with my phone"),
        ("how long until my check clears", "When will my deposited check clear"),
        ("is there a prepayment penalty", "Is there a penalty for paying off my mortgage early"),
        ("how do i get rid of mortgage insurance", "What is PMI"),
        ("how much do i need to put down on a house", "How much down payment"),
        ("current mortgage rates", "What are your current mortgage rates"),
        ("overdraft charges", "What are the overdraft fees"),
        ("i forgot my pin", "How do I change or reset my PIN"),
        ("how do I add my wife to my account", "How do I add a joint owner"),
        ("can i use my debit card in europe", "Can I use my debit or credit card abroad"),
        ("where is the closest branch", "Where is the nearest branch"),
        ("i'm having trouble paying my mortgage", "I have trouble paying my mortgage"),
        ("how do i talk to a human", "How do I contact customer service"),
    ],
)
async def test_paraphrase_finds_its_entry(faq: Bm25FaqSearch, question: str, answered_by: str) -> None:
    (best,) = await faq.search(question, limit=1)
    assert best.question.startswith(answered_by)
    assert 0 < best.score <= 1


@pytest.mark.parametrize(
    "question",
    [
        "what is the capital of France",
        "tell me a joke",
        "who won the football game last night",
        "can I order a pizza",
        "how do I lose weight",
        "where can I buy shoes",
        "hello",
        "2468",
        "asdf qwer",
        "???",
    ],
)
async def test_question_about_something_else_has_no_answer(faq: Bm25FaqSearch, question: str) -> None:
    assert await faq.search(question, limit=5) == []


async def test_every_question_finds_itself(faq: Bm25FaqSearch) -> None:
    with BotSettings().faq_csv.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 60
    for row in rows:
        (best,) = await faq.search(row["_question"], limit=1)
        assert (best.question, best.answer, best.source) == (row["_question"], row["_answer"], row["_source_uri"])
        assert len(best.answer) <= 1000


async def test_best_answers_come_first_and_no_more_than_asked(faq: Bm25FaqSearch) -> None:
    found = await faq.search("mortgage payment", limit=3)
    assert len(found) == 3
    assert [answer.score for answer in found] == sorted((answer.score for answer in found), reverse=True)


async def test_search_takes_under_five_milliseconds(faq: Bm25FaqSearch) -> None:
    async def once() -> float:
        began = time.process_time()
        await faq.search("how do i get rid of private mortgage insurance on my loan", limit=5)
        return time.process_time() - began

    assert min([await once() for _ in range(5)]) < 0.005


@pytest.mark.parametrize("content", ["question,answer\nq,a\n", "_question,_answer,_source_uri\n", ""])
def test_file_that_is_no_faq_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "faq.csv"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"faq\.csv"):
        Bm25FaqSearch.from_csv(path, threshold=0.4)


async def test_search_with_one_entry() -> None:
    faq = Bm25FaqSearch([FaqEntry("What is a lien?", "A claim on property.", None)], threshold=0.1)
    assert [answer.source for answer in await faq.search("explain liens", limit=5)] == [None]
