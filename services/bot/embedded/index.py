"""The index of one language's entries, and what a query is worth in it.

Three readings of a query are put together: BM25 over whole entries, in which a word counts by the share of an entry's
phrasings that have it; the one phrasing that is nearest (cosine); and how much of the query's own subject the entry
covers. Against them stand the nearest line of `outside.<language>.txt` (cosine), and words of the rest of the world.
"""

import math
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from services.bot.embedded.features import ASKING, CONCEPT, PAIR, PART, SUBJECTS, WORD
from services.bot.embedded.language import Language
from services.bot.embedded.scoring import Calibration, Evidence
from services.bot.embedded.spelling import Spelling
from services.bot.embedded.words import Token
from services.bot.faq.entries import FaqEntry, Reader

Floats = NDArray[np.float64]
Columns = NDArray[np.intp]

# By measurement with one phrasing of each entry left out in turn; all are flat around here.
_BY_SUBJECT = {WORD: 1.0, CONCEPT: 1.7, ASKING: 0.4, PAIR: 0.3, SUBJECTS: 0.2, PART: 0.15}
_BY_FORM = {WORD: 1.0, CONCEPT: 0.7, ASKING: 0.5, PAIR: 0.6, SUBJECTS: 0.3, PART: 0.1}
_SATURATION = 0.3
_OF_ANSWER = 0.4
_NEAREST = 0.3
_BY_CONCEPT = 0.8
_OF_UNHEARD = 0.5
_OF_NUMBER = 0.2
_CANDIDATES = 8
_ANY_NUMBER = "0"


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
        self._written: dict[str, list[int]] = {}
        for number, phrasing in phrasings:
            self._written.setdefault(self._word_for_word(phrasing), []).append(number)
        asked = [language.words.tokens(phrasing) for _, phrasing in phrasings]
        answers = [language.words.tokens(entry.answer) for entry in self.entries]
        self._learn_words({token for tokens in (*asked, *answers) for token in tokens if token.subject})
        self._learn_features([language.features(t) for t in asked], [language.features(t) for t in answers])

    def _word_for_word(self, text: str) -> str:
        return " ".join(token.word for token in self._language.words.tokens(text))

    def _learn_words(self, known: Collection[Token]) -> None:
        self._stems = {token.stem for token in known}
        self._foreign = {token.stem for token in self._language.foreign} - self._stems
        words = {token.word for token in known} | self._language.concepts.written
        self._spelling = Spelling(words, {token.word for token in self._language.foreign})

    def _learn_features(self, phrasings: Sequence[frozenset[str]], answers: Sequence[frozenset[str]]) -> None:
        outside = self._language.outside
        self._columns = {
            name: column
            for column, name in enumerate(
                sorted({name for found in (*phrasings, *answers, *outside) for name in found})
            )
        }
        asked = self._matrix(phrasings)
        share = self._share_of_phrasings(asked)
        count = len(self.entries)
        frequency = np.bincount(share.indices, minlength=len(self._columns))
        self._rarity = _rarity(frequency, count)
        self._unheard = math.log(1 + (count + 0.5) / 0.5)
        self._held = share
        saturated = share.copy()
        saturated.data = saturated.data * (1 + _SATURATION) / (saturated.data + _SATURATION)
        self._whole = sparse.csc_array(saturated.maximum(self._matrix(answers) * _OF_ANSWER))
        # What no entry has counts against the query as a word only, and not as a number.
        lacking = np.array([name[0] == WORD and name != WORD + _ANY_NUMBER for name in self._columns])
        self._by_subject = np.where((frequency > 0) | lacking, self._weights(_BY_SUBJECT) * self._rarity, 0)
        told_apart = self._matrix(outside)
        sentences = asked.sum(axis=0) + told_apart.sum(axis=0)
        self._by_form = self._weights(_BY_FORM) * _rarity(sentences, asked.shape[0] + told_apart.shape[0])
        if (number := self._columns.get(WORD + _ANY_NUMBER)) is not None:
            self._by_form[number] *= _OF_NUMBER
        self._nearest_subject = _unit_rows(asked, self._by_subject)
        self._outside = _unit_rows(told_apart, self._by_form)

    def _matrix(self, found: Sequence[frozenset[str]]) -> sparse.csr_array:
        columns = [self._columns[name] for names in found for name in names]
        ends = np.cumsum([0, *(len(names) for names in found)])
        return sparse.csr_array((np.ones(len(columns)), columns, ends), shape=(len(found), len(self._columns)))

    def _share_of_phrasings(self, asked: sparse.csr_array) -> sparse.csr_array:
        rows = np.arange(len(self._owner))
        owned = sparse.csr_array((np.ones(len(rows)), (self._owner, rows)), shape=(len(self.entries), len(rows)))
        share = sparse.csr_array(owned @ asked)
        share.data /= np.repeat(np.asarray(owned.sum(axis=1)), np.diff(share.indptr))
        return share

    def _weights(self, by_kind: dict[str, float]) -> Floats:
        return np.array([by_kind[name[0]] for name in self._columns])

    def hidden_from(self, reader: Reader) -> list[int]:
        """The entries that the reader may not see."""
        return [number for number in self._restricted if not reader.may_read(self.entries[number].access)]

    def best(self, query: str, *, limit: int, hidden: Sequence[int] = ()) -> list[tuple[int, float]]:
        """The entries that fit best with their scores (0..1, falling), but for the hidden ones.

        A question in an editor's own words is that entry's, whatever else speaks against it.
        """
        scored = {number: self.calibration.score(found) for number, found in self.evidence(query, hidden, limit)}
        for number in self._written.get(self._word_for_word(query), ()):
            if number not in hidden:
                scored[number] = 1.0
        return sorted(scored.items(), key=lambda pair: -pair[1])[:limit]

    def evidence(self, query: str, hidden: Sequence[int] = (), limit: int = 1) -> list[tuple[int, Evidence]]:
        """What speaks for the likeliest entries; none for a query without a subject."""
        tokens = self._tokens(query)
        subjects = {token.stem for token in tokens if token.subject}
        if not subjects - {_ANY_NUMBER}:
            return []
        asked = self._asked(tokens)
        unheard = sum(_OF_UNHEARD for stem in subjects if stem != _ANY_NUMBER and WORD + stem not in self._columns)
        foreign = sum(stem in self._foreign for stem in subjects)
        subject = self._subject(asked, unheard)
        subject[list(hidden)] = 0
        outside = self._from_outside(asked, unheard)
        likeliest = np.argsort(-subject, kind="stable")[: max(limit, _CANDIDATES)].tolist()
        return [
            (number, Evidence(float(subject[number]), outside, self._covered(number, subjects), foreign))
            for number in likeliest
            if subject[number] > 0
        ]

    def _tokens(self, query: str) -> list[Token]:
        """The query's words, slips corrected; a number that no entry has is any number."""
        plain = self._language.words.tokens(query)
        corrected = [self._corrected(token) for token in plain]
        if all(token.word == word for token, word in zip(plain, corrected, strict=True)):
            return plain
        return self._language.words.tokens(" ".join(corrected))

    def _corrected(self, token: Token) -> str:
        if token.number:
            return token.word if token.stem in self._stems else _ANY_NUMBER
        return self._spelling.corrected(token.word) if token.subject else token.word

    def _asked(self, tokens: Sequence[Token]) -> Columns:
        """The columns of the query's features that are known."""
        found = self._language.features(tokens)
        return np.array(sorted(self._columns[name] for name in found if name in self._columns), dtype=np.intp)

    def _subject(self, asked: Columns, unheard: float) -> Floats:
        weights = self._by_subject[asked]
        reachable = weights.sum() + unheard * self._unheard
        whole = self._whole[:, asked] @ weights / (reachable or 1)
        nearest = self._nearest_subject[:, asked] @ (weights / self._length(weights, unheard))
        return np.asarray((1 - _NEAREST) * whole + _NEAREST * self._of_owners(nearest))

    def _from_outside(self, asked: Columns, unheard: float) -> float:
        """How near the nearest line is that no FAQ answers."""
        weights = self._by_form[asked]
        return float((self._outside[:, asked] @ (weights / self._length(weights, unheard))).max(initial=0))

    def _length(self, weights: Floats, unheard: float) -> float:
        return math.sqrt(float(weights @ weights) + unheard * self._unheard**2) or 1

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
            if stem == _ANY_NUMBER:
                continue
            column = self._columns.get(WORD + stem)
            rarity = _OF_UNHEARD * self._unheard if column is None else float(self._rarity[column])
            total += rarity
            if column in held:
                covered += rarity
            elif any(self._columns.get(f"{CONCEPT}{group}") in held for group in self._language.concepts.of(stem)):
                covered += _BY_CONCEPT * rarity
        return covered / total if total else 0.0


def _rarity(frequency: Floats | NDArray[np.intp], count: int) -> Floats:
    """How much a feature tells that `frequency` of `count` have (BM25's inverse document frequency)."""
    return np.asarray(np.log(1 + (count - frequency + 0.5) / (frequency + 0.5)))


def _unit_rows(matrix: sparse.csr_array, weights: Floats) -> sparse.csc_array:
    """The rows weighted and brought to length one."""
    weighted = matrix.copy()
    weighted.data = weighted.data * weights[weighted.indices]
    lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    weighted.data /= np.repeat(np.where(lengths > 0, lengths, 1), np.diff(weighted.indptr))
    return sparse.csc_array(weighted)
