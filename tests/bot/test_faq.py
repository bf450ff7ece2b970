"""The embedded search over the bank's own FAQ: paraphrases, slips of the keyboard, and what it must not answer."""

from functools import cache
from pathlib import Path

import pytest

from services.bot.embedded.index import FaqIndex
from services.bot.embedded.language import language_known
from services.bot.embedded.search import EmbeddedFaqSearch, indexes_of
from services.bot.faq.entries import CUSTOMER, MAX_ANSWER, Access, FaqEntry, Reader
from services.bot.faq.reading import read_faq
from services.bot.main import faq_files
from services.bot.settings import BotSettings
from shared.schemas.faq import FaqAnswer


@cache
def entries() -> list[FaqEntry]:
    settings = BotSettings()
    files = faq_files(settings.faq_csv, settings.faq_language)
    return [entry for content, language in files for entry in read_faq(content, language=language)[0]]


@cache
def engine() -> EmbeddedFaqSearch:
    return EmbeddedFaqSearch(threshold=BotSettings().faq_threshold, indexes=indexes_of(entries()))


async def ask(question: str, *, language: str = "en", limit: int = 5, reader: Reader = CUSTOMER) -> list[FaqAnswer]:
    return await engine().search(question, language=language, reader=reader, limit=limit)


def written(name: str) -> list[tuple[str, str]]:
    """The pairs of a file of paraphrases: topic and question; the topic is empty for a question off the subject."""
    path = Path(__file__).parent / "data" / name
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    pairs = [line.split("\t") for line in lines]
    return [(topic, question) for topic, question, *_ in pairs]


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
        ("how do i get a morgage preaproval", "How do I get preapproved for a mortgage"),
        ("overdarft fees", "What are the overdraft fees"),
        ("what is the routng number", "What is your routing number"),
        ("WHAT IS YOUR ROUTING NUMBER", "What is your routing number"),
    ],
)
async def test_paraphrase_finds_its_entry(question: str, answered_by: str) -> None:
    best = (await ask(question))[0]
    assert best.question.startswith(answered_by)
    assert best.score is not None
    assert BotSettings().faq_threshold <= best.score <= 1


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
        "thanks a lot",
        "good morning",
        "2468",
        "asdf qwer",
        "???",
        "what's my balance",
        "how much do I owe on my credit card",
        "show me my last transactions",
        "transfer 200 dollars to my savings",
        "did my paycheck come in yet",
        "my pin is 4711",
    ],
)
async def test_other_question_has_no_answer(question: str) -> None:
    assert await ask(question) == []


async def test_every_question_finds_itself() -> None:
    for entry in entries():
        reader = Reader(frozenset({"staff"}))
        best = (await ask(entry.question, language=entry.language, reader=reader))[0]
        assert (best.question, best.answer, best.source) == (entry.question, entry.answer, entry.source)
        assert (best.topic, best.language) == (entry.topic, entry.language)
        assert len(best.answer) <= 1000 < MAX_ANSWER, "it is one message"


def test_there_are_enough_entries_in_every_language() -> None:
    open_topics = {
        language: {entry.topic for entry in entries() if entry.language == language and entry.access.open}
        for language in ("en", "es")
    }
    assert len(open_topics["en"]) >= 120
    assert open_topics["es"] == open_topics["en"]
    assert all(entry.source for entry in entries())
    assert all(len(entry.alternatives) >= 3 for entry in entries())


async def test_best_answers_come_first_and_no_more_than_asked() -> None:
    found = await ask("can I pay my mortgage early with extra payments", limit=2)
    assert len(found) == 2
    assert {answer.topic for answer in found} == {"extra-mortgage-payments", "prepayment-penalty"}
    scores = [answer.score or 0 for answer in found]
    assert scores == sorted(scores, reverse=True)


async def test_questions_of_somebody_who_has_not_seen_the_faq_are_answered() -> None:
    """The floors are what is reached; the aims are 85 % first, 95 % among three, 90 % refused (docs/benchmarks.md)."""
    pairs = written("faq_paraphrases.tsv")
    found = [(topic, [answer.topic for answer in await ask(question, limit=3)]) for topic, question in pairs]
    known = [(topic, topics) for topic, topics in found if topic]
    foreign = [topics for topic, topics in found if not topic]
    assert (len(known), len(foreign)) == (110, 60)
    assert sum(topics[:1] == [topic] for topic, topics in known) / len(known) >= 0.80
    assert sum(topic in topics for topic, topics in known) / len(known) >= 0.83
    assert sum(not topics for topics in foreign) / len(foreign) >= 0.90


async def test_unknown_language_has_no_answer() -> None:
    assert await ask("quelles sont les heures d'ouverture", language="fr") == []


async def test_language_without_lists_of_its_own_is_searched_too() -> None:
    french = [
        FaqEntry("heures", "fr", "Quelles sont vos heures d'ouverture ?", "De 9 h à 17 h."),
        FaqEntry("carte", "fr", "J'ai perdu ma carte bancaire, que faire ?", "Appelez-nous."),
        FaqEntry("virement", "fr", "Combien coûte un virement à l'étranger ?", "45 dollars."),
    ]
    search = EmbeddedFaqSearch(threshold=0.5)
    await search.load(french)
    (best,) = await search.search("ma carte bancaire est perdue", language="fr", reader=CUSTOMER, limit=1)
    assert best.answer == "Appelez-nous."
    japanese = [
        FaqEntry("a", "ja", "営業時間を教えてください", "九時から五時まで"),
        FaqEntry("b", "ja", "住所", "東京"),
    ]
    await search.load(japanese)
    assert await search.search("ma carte bancaire", language="fr", reader=CUSTOMER, limit=1) == []
    (best,) = await search.search("営業時間を教えてください", language="ja", reader=CUSTOMER, limit=1)
    assert best.answer == "九時から五時まで"


async def test_index_of_one_entry_and_of_none() -> None:
    one = FaqEntry("lien", "en", "What is a lien?", "A claim on property.")
    assert FaqIndex([one], language_known("en")).best("explain liens", limit=5)[0][0] == 0
    assert FaqIndex([], language_known("en")).best("explain liens", limit=5) == []


@pytest.mark.parametrize(
    ("access", "groups", "user", "may"),
    [
        (Access(), {"customers"}, None, True),
        (Access(allowed_groups=("staff",)), {"customers"}, None, False),
        (Access(allowed_groups=("staff",)), {"staff", "agent"}, "kim", True),
        (Access(allowed_users=("kim",)), {"staff"}, "kim", True),
        (Access(allowed_users=("kim",)), {"staff"}, "pat", False),
        (Access(denied_groups=("agent",)), {"staff", "agent"}, "kim", False),
        (Access(allowed_groups=("staff",), denied_users=("kim",)), {"staff"}, "kim", False),
        (Access(denied_users=("kim",)), {"customers"}, None, True),
    ],
)
def test_who_may_read(access: Access, groups: set[str], user: str | None, may: bool) -> None:
    assert Reader(frozenset(groups), user).may_read(access) is may
