"""The engine: an index for each language, searched in this process, swapped whole."""

import asyncio
from collections.abc import Mapping, Sequence

from services.bot.embedded.index import FaqIndex
from services.bot.embedded.language import language_known
from services.bot.faq.entries import FaqEntry, Reader
from shared.schemas.faq import FaqAnswer

_ALSO = 0.5


class EmbeddedFaqSearch:
    """Searches in about a millisecond. Scores are calibrated: with none from `threshold` on there is no answer.

    With one, the entries beside it may be half as sure: it could be one of them that was meant.
    """

    def __init__(self, *, threshold: float, indexes: Mapping[str, FaqIndex] | None = None) -> None:
        self._threshold = threshold
        self._indexes: Mapping[str, FaqIndex] = indexes or {}
        self._loading = asyncio.Lock()

    async def load(self, entries: Sequence[FaqEntry]) -> None:
        async with self._loading:
            self._indexes = await asyncio.to_thread(indexes_of, entries)

    async def search(self, query: str, *, language: str, reader: Reader, limit: int) -> list[FaqAnswer]:
        index = self._indexes.get(language)
        if index is None:
            return []
        found = index.best(query, hidden=index.hidden_from(reader), limit=limit)
        if not found or found[0][1] < self._threshold:
            return []
        return [answer(index.entries[number], score) for number, score in found if score >= _ALSO * self._threshold]


def indexes_of(entries: Sequence[FaqEntry]) -> dict[str, FaqIndex]:
    """The index of each language that has entries."""
    languages = sorted({entry.language for entry in entries})
    return {
        language: FaqIndex([entry for entry in entries if entry.language == language], language_known(language))
        for language in languages
    }


def answer(entry: FaqEntry, score: float | None) -> FaqAnswer:
    """The entry as an answer, its score rounded to thousandths."""
    return FaqAnswer(
        question=entry.question,
        answer=entry.answer,
        source=entry.source,
        score=None if score is None else round(score, 3),
        topic=entry.topic,
        language=entry.language,
        groups=list(entry.access.allowed_groups),
    )
