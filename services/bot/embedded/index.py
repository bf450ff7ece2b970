"""The index of one language's entries, and what a query is worth in it.

Three readings of a query are put together: BM25 over whole entries, in which a word counts by the share of an entry's
phrasings that have it; the one phrasing that is nearest (cosine); and how much of the query's own subject the entry
covers. Against them stand the lines of `outside.<language>.txt`.
"""

import math
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from services.bot.embedded.features import ASKING, CONCEPT, PAIR, PART, SUBJECTS, WORD
from services.bot.embedded.language import Language
from services.bot.embedded.outside import Outside
from services.bot.embedded.scoring import Calibration, Evidence
from services.bot.embedded.vocabulary import ANY_NUMBER, Vocabulary
from services.bot.embedded.weights import Columns, Floats, rarity, unit_rows
from services.bot.faq.entries import FaqEntry, Reader

# By measurement with phrasings left out in turn; all are flat around here.
_BY_SUBJECT = {WORD: 1.0, CONCEPT: 1.7, ASKING: 0.4, PAIR: 0.3, SUBJECTS: 0.2, PART: 0.15}
_SATURATION = 0.08
_OF_ANSWER = 0.4
_NEAREST = 0.3
_BY_CONCEPT = 0.8
_OF_UNHEARD = 0.5
_CANDIDATES = 8


class FaqIndex:
    """Built once, then only read. Building takes about a second for ten thousand phrasings."""

    def __init__(self, entries: Sequence[FaqEntry], language: Language, calibration: Calibration | None = None) -> None:
        self.entries = list(entries)
        self.calibration = calibration or Calibration()
        self._language = language
        self._restricted = [number for number, entry in enumerate(self.entries) if not entry.access.open]
        phrasings = [
            (number, phrasing)
            for number, entry in enumerate(self.entries)
            for phrasing in (entry.question, *entry.alternatives)
        ]
        self._owner = np.array([number for number, _ in phrasings], dtype=np.intp)
        asked = language.words.tokens_of([phrasing for _, phrasing in phrasings])
        answers = language.words.tokens_of([entry.answer for entry in self.entries])
        known = {token for tokens in (*asked, *answers) for token in tokens if token.subject}
        self._vocabulary = Vocabulary(language, known)
        self._written: dict[str, list[int]] = {}
        for number, phrasing in phrasings:
            self._written.setdefault(self._vocabulary.word_for_word(phrasing), []).append(number)
        self._learn([language.features(t) for t in asked], [language.features(t) for t in answers])

    def _learn(self, phrasings: Sequence[frozenset[str]], answers: Sequence[frozenset[str]]) -> None:
        self._columns = columns = Columns([*phrasings, *answers, *self._language.outside])
        asked = columns.rows(phrasings)
        self._held = self._share_of_phrasings(asked)
        count = len(self.entries)
        frequency = np.bincount(self._held.indices, minlength=len(columns))
        self._rarity = rarity(frequency, count)
        self._unheard = math.log(1 + (count + 0.5) / 0.5)
        saturated = self._held.copy()
        saturated.data = saturated.data * (1 + _SATURATION) / (saturated.data + _SATURATION)
        self._whole = sparse.csc_array(saturated.maximum(columns.rows(answers) * _OF_ANSWER))
        # What no entry has counts against the query as a word only, and not as a number.
        lacking = columns.kinds == WORD
        if (number := columns.of(WORD + ANY_NUMBER)) is not None:
            lacking[number] = False
        self._by_subject = np.where((frequency > 0) | lacking, columns.weights(_BY_SUBJECT) * self._rarity, 0)
        self._nearest_subject = sparse.csc_array(unit_rows(asked, self._by_subject))
        self._outside = Outside(columns, asked, columns.rows(self._language.outside))

    def _share_of_phrasings(self, asked: sparse.csr_array) -> sparse.csr_array:
        rows = np.arange(len(self._owner))
        owned = sparse.csr_array((np.ones(len(rows)), (self._owner, rows)), shape=(len(self.entries), len(rows)))
        share = sparse.csr_array(owned @ asked)
        share.data /= np.repeat(np.asarray(owned.sum(axis=1)), np.diff(share.indptr))
        return share

    def hidden_from(self, reader: Reader) -> list[int]:
        """The entries that the reader may not see."""
        return [number for number in self._restricted if not reader.may_read(self.entries[number].access)]

    def best(self, query: str, *, limit: int, hidden: Sequence[int] = ()) -> list[tuple[int, float]]:
        """The entries that fit best with their scores (0..1, falling), but for the hidden ones.

        A question in an editor's own words is that entry's, whatever else speaks against it.
        """
        scored = {number: self.calibration.score(found) for number, found in self.evidence(query, hidden, limit)}
        for number in self._written.get(self._vocabulary.word_for_word(query), ()):
            if number not in hidden:
                scored[number] = 1.0
        return sorted(scored.items(), key=lambda pair: -pair[1])[:limit]

    def evidence(self, query: str, hidden: Sequence[int] = (), limit: int = 1) -> list[tuple[int, Evidence]]:
        """What speaks for the likeliest entries; none for a query without a subject."""
        tokens = self._vocabulary.tokens(query)
        subjects = {token.stem for token in tokens if token.subject} - {ANY_NUMBER}
        if not subjects:
            return []
        asked = self._columns.known(self._language.features(tokens))
        unheard = _OF_UNHEARD * sum(self._columns.of(WORD + stem) is None for stem in subjects)
        subject = self._subject(asked, unheard)
        subject[list(hidden)] = 0
        outside = self._outside.nearness(asked, unheard * self._unheard**2)
        manner = self._outside.manner(asked)
        lacking = sum(stem not in self._vocabulary for stem in subjects) / len(subjects)
        likeliest = np.argsort(-subject, kind="stable")[: max(limit, _CANDIDATES)].tolist()
        return [
            (
                number,
                Evidence(
                    subject=float(subject[number]),
                    covered=self._covered(number, subjects),
                    outside=outside,
                    manner=manner,
                    lacking=lacking,
                    subjects=len(subjects),
                    words=len({token.word for token in tokens}),
                    phrasings=len(self._owner),
                ),
            )
            for number in likeliest
            if subject[number] > 0
        ]

    def _subject(self, asked: NDArray[np.intp], unheard: float) -> Floats:
        weights = self._by_subject[asked]
        reachable = weights.sum() + unheard * self._unheard
        whole = self._whole[:, asked] @ weights / (reachable or 1)
        length = math.sqrt(float(weights @ weights) + unheard * self._unheard**2) or 1
        nearest = self._nearest_subject[:, asked] @ (weights / length)
        return np.asarray((1 - _NEAREST) * whole + _NEAREST * self._of_owners(nearest))

    def _of_owners(self, of_phrasings: Floats) -> Floats:
        best = np.zeros(len(self.entries))
        np.maximum.at(best, self._owner, of_phrasings)
        return best

    def _covered(self, number: int, subjects: Collection[str]) -> float:
        """The share of the query's words, by their rarity, that the entry has, itself or a word for the same."""
        start, end = self._held.indptr[number : number + 2]
        held = set(self._held.indices[start:end].tolist())
        covered = total = 0.0
        for stem in subjects:
            column = self._columns.of(WORD + stem)
            worth = _OF_UNHEARD * self._unheard if column is None else float(self._rarity[column])
            total += worth
            if column in held:
                covered += worth
            elif any(self._columns.of(f"{CONCEPT}{group}") in held for group in self._language.concepts.of(stem)):
                covered += _BY_CONCEPT * worth
        return covered / total if total else 0.0
