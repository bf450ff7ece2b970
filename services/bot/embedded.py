"""FAQ search in this process: BM25 over the questions and answers of a Kendra FAQ file."""

import csv
import logging
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import bm25s
import snowballstemmer

from shared.schemas.faq import FaqAnswer

_COLUMNS = ("_question", "_answer", "_source_uri")
_QUESTION_WEIGHT = 4
# A question says each word once: saturating fast makes presence count, not repetition.
_K1, _B = 1.0, 0.3

# Words that questions of all kinds are made of; they tell nothing about the subject.
_STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        """a about am an and any are as at be been but by can could did do does done for from get gets getting give go
        going got had has have having he hello help her here hey hi him how i id if ill im in into is it its ive just
        know let like me mine my need of on one or our out please she should so some tell than thank thanks that the
        their them then there these they thing this those to too up us use using want was we well were what whats when
        where which who whom why will with would you your yours omnilex bank work works explain mean means happen
        happens way ways take make possible able yes no not time today now also really still good great best old
        someone somebody much many before after until while other another same long""",
    )
)
# Words of customers, by the words of the file.
_SYNONYMS = {
    "cheque": "check",
    "cheques": "checks",
    "atms": "atm",
    "interest": "rate",
    "apr": "rate",
    "apy": "rate",
    "rates": "rate",
    "vehicle": "auto",
    "car": "auto",
    "cars": "auto",
    "house": "home",
    "property": "home",
    "stole": "stolen",
    "missing": "lost",
    "misplaced": "lost",
    "lose": "lost",
    "losing": "lost",
    "charge": "fee",
    "charges": "fee",
    "cost": "fee",
    "costs": "fee",
    "price": "fee",
    "cds": "cd",
    "certificate": "cd",
    "certificates": "cd",
    "opening": "open",
    "hours": "open",
    "hour": "open",
    "shut": "close",
    "mobile": "phone",
    "cellphone": "phone",
    "app": "phone",
    "abroad": "travel",
    "overseas": "travel",
    "trip": "travel",
    "vacation": "travel",
    "passcode": "pin",
    "overdue": "late",
    "minimum": "minimum",
    "least": "minimum",
    "closest": "nearest",
    "update": "change",
    "human": "person",
    "representative": "person",
    "agent": "person",
    "insured": "insurance",
    "smallest": "minimum",
}


@dataclass(frozen=True, slots=True)
class FaqEntry:
    question: str
    answer: str
    source: str | None


class Bm25FaqSearch:
    """An index built once; searching it takes well under a millisecond.

    An answer's score is its BM25 score as a share of what a text with every word of the question could reach, so that
    words the file does not know count against it. Below `threshold` there is no answer.
    """

    def __init__(self, entries: Sequence[FaqEntry], *, threshold: float) -> None:
        logging.getLogger("bm25s").setLevel(logging.WARNING)  # it sets itself to DEBUG
        self._entries = list(entries)
        self._threshold = threshold
        self._stemmer = snowballstemmer.stemmer("english")
        texts = [self._terms(entry.question) * _QUESTION_WEIGHT + self._terms(entry.answer) for entry in self._entries]
        self._index = bm25s.BM25(method="lucene", k1=_K1, b=_B)
        self._index.index(texts, show_progress=False)
        self._weights = _weights(texts)

    @classmethod
    def from_csv(cls, path: Path, *, threshold: float) -> Self:
        """Raises ValueError for a file without Kendra's columns or without entries."""
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if not set(_COLUMNS[:2]) <= set(rows.fieldnames or ()):
                raise ValueError(f"{path.name} has no columns {', '.join(_COLUMNS)}")
            entries = [
                FaqEntry(row["_question"].strip(), row["_answer"].strip(), row.get("_source_uri") or None)
                for row in rows
                if row["_question"] and row["_answer"]
            ]
        if not entries:
            raise ValueError(f"{path.name} has no questions")
        return cls(entries, threshold=threshold)

    async def search(self, query: str, *, limit: int) -> list[FaqAnswer]:
        terms = list(dict.fromkeys(self._terms(query)))
        known = [term for term in terms if term in self._weights]
        if not known:
            return []
        unknown = math.log(1 + (len(self._entries) + 0.5) / 0.5)
        reachable = sum(self._weights.get(term, unknown) for term in terms)
        scores = self._index.get_scores(known) / reachable
        best = scores.argsort()[::-1][:limit]
        return [self._answer(int(place), float(scores[place])) for place in best if scores[place] >= self._threshold]

    def _answer(self, place: int, score: float) -> FaqAnswer:
        entry = self._entries[place]
        rounded = round(min(1.0, score), 3)
        return FaqAnswer(question=entry.question, answer=entry.answer, source=entry.source, score=rounded)

    def _terms(self, text: str) -> list[str]:
        words = re.findall(r"[a-z0-9]+", re.sub(r"['’]", "", text.casefold()))
        told = [_SYNONYMS.get(word, word) for word in words if word not in _STOP_WORDS]
        stems: list[str] = self._stemmer.stemWords(told)
        return stems


def _weights(texts: Sequence[Sequence[str]]) -> dict[str, float]:
    """How much each term tells (BM25's inverse document frequency)."""
    count = len(texts)
    frequency: dict[str, int] = {}
    for text in texts:
        for term in set(text):
            frequency[term] = frequency.get(term, 0) + 1
    return {term: math.log(1 + (count - seen + 0.5) / (seen + 0.5)) for term, seen in frequency.items()}
