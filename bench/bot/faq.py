"""The embedded FAQ search: how fast, and how often right on questions whose writer had not seen the FAQ.

`python -m bench.bot.faq`
"""

import asyncio
import statistics
import time
from pathlib import Path

from services.bot.embedded import EmbeddedFaqSearch
from services.bot.embedded.search import indexes_of
from services.bot.faq.entries import CUSTOMER
from services.bot.faq.reading import read_faq
from services.bot.main import faq_files
from services.bot.settings import BotSettings

QUESTIONS = Path(__file__).parents[2] / "tests/bot/data/faq_paraphrases.tsv"
ROUNDS = 5


async def main() -> None:
    settings = BotSettings()
    entries = [
        entry
        for content, language in faq_files(settings.faq_csv, settings.faq_language)
        for entry in read_faq(content, language=language)[0]
    ]
    search = EmbeddedFaqSearch(threshold=settings.faq_threshold, indexes=indexes_of(entries))
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    asked = [tuple(line.split("\t")) for line in lines if line and not line.startswith("#")]
    times, found = list[float](), dict[str, list[str | None]]()
    for _ in range(ROUNDS):
        for _topic, question in asked:
            began = time.perf_counter()
            answers = await search.search(question, language="en", reader=CUSTOMER, limit=3)
            times.append((time.perf_counter() - began) * 1000)
            found[question] = [answer.topic for answer in answers]
    known = [(topic, found[question]) for topic, question in asked if topic]
    foreign = [found[question] for topic, question in asked if not topic]
    print(f"{len(entries)} entries, {len(known)} questions, {len(foreign)} off the subject:")
    print(f"  first {sum(topics[:1] == [topic] for topic, topics in known) / len(known):.1%}", end="")
    print(f", among three {sum(topic in topics for topic, topics in known) / len(known):.1%}", end="")
    print(f", refused {sum(not topics for topics in foreign) / len(foreign):.1%}")
    print(f"  p50 {statistics.median(times):.2f} ms, p99 {statistics.quantiles(times, n=100)[98]:.2f} ms")


asyncio.run(main())
