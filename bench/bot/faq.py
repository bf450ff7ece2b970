"""The embedded FAQ search: how fast, and how often right on questions whose writers had not seen the FAQ.

`python -m bench.bot.faq`
"""

import asyncio
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from services.bot.embedded import EmbeddedFaqSearch
from services.bot.embedded.search import indexes_of
from services.bot.faq.entries import CUSTOMER, FaqEntry
from services.bot.faq.reading import read_faq
from services.bot.main import faq_files
from services.bot.settings import BotSettings

DATA = Path(__file__).parents[2] / "tests/bot/data"
QUESTIONS = ("faq_paraphrases.tsv", "faq_paraphrases_2.tsv")
ROUNDS = 5


def asked(name: str) -> list[tuple[set[str], str]]:
    """The topics that answer each question, none for one off the subject."""
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    pairs = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [(set(filter(None, topics.split(","))), question) for topics, question in pairs]


async def found(
    search: EmbeddedFaqSearch, questions: Sequence[tuple[set[str], str]]
) -> tuple[list[list[str | None]], list[float]]:
    """The topics of the answers to each question, and the milliseconds of every search."""
    times, topics = list[float](), list[list[str | None]]()
    for _ in range(ROUNDS):
        topics = []
        for _answering, question in questions:
            began = time.perf_counter()
            answers = await search.search(question, language="en", reader=CUSTOMER, limit=3)
            times.append((time.perf_counter() - began) * 1000)
            topics.append([answer.topic for answer in answers])
    return topics, times


def told(questions: Sequence[tuple[set[str], str]], topics: Sequence[list[str | None]]) -> str:
    known = [(answering, said) for (answering, _), said in zip(questions, topics, strict=True) if answering]
    foreign = [said for (answering, _), said in zip(questions, topics, strict=True) if not answering]
    first = sum(bool(said and said[0] in answering) for answering, said in known) / len(known)
    three = sum(bool(answering.intersection(said)) for answering, said in known) / len(known)
    refused = sum(not said for said in foreign) / len(foreign)
    return (
        f"{len(known)} questions: first {first:.1%}, among three {three:.1%}; "
        f"{len(foreign)} off the subject: refused {refused:.1%}"
    )


async def measure(entries: Sequence[FaqEntry], threshold: float) -> None:
    began = time.perf_counter()
    indexes = indexes_of(entries)
    print(f"{len(entries)} entries, indexed in {time.perf_counter() - began:.2f} s")
    times = list[float]()
    for name in QUESTIONS:
        questions = asked(name)
        topics, took = await found(EmbeddedFaqSearch(threshold=threshold, indexes=indexes), questions)
        times += took
        print(f"{name}, {told(questions, topics)}")
        topics, _ = await found(EmbeddedFaqSearch(threshold=0, indexes=indexes), questions)
        print(f"  without the threshold: {told(questions, topics)}")
    print(f"p50 {statistics.median(times):.2f} ms, p99 {statistics.quantiles(times, n=100)[98]:.2f} ms")


def main() -> None:
    settings = BotSettings()
    files = faq_files(settings.faq_csv, settings.faq_language)
    entries = [entry for content, language in files for entry in read_faq(content, language=language)[0]]
    asyncio.run(measure(entries, settings.faq_threshold))


if __name__ == "__main__":
    main()
