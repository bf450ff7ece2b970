"""Text to bags of features: words as written and as meant, their pairs, and character n-grams inside words."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from services.lex.nlu.concepts import Concepts, english_concepts
from services.lex.nlu.spelling import Spelling
from services.lex.nlu.words import language_of

_SIZES = (2, 3, 4)
_CACHED_CHUNKS = 50_000
_TABLES = ("stems", "words", "pairs", "grams", "concepts")


class Bags(NamedTuple):
    """Feature ids, -1 for one the vocabulary lacks; each occurrence counts, except of concepts.

    `words` are the stems with synonyms made one; `pairs` are those of neighbouring stems and of neighbouring words.
    """

    stems: list[int]
    words: list[int]
    stem_pairs: list[int]
    pairs: list[int]
    grams: list[int]
    concepts: list[int]


Widths = Mapping[str, int]
"""How many different features there are, by the names of the bags."""


class _Chunk(NamedTuple):
    stems: tuple[str, ...]
    grams: list[int]


class Vocabulary:
    """The features of the texts it has learnt; later texts bring no new ones."""

    def __init__(self, locale: str) -> None:
        self._language = language_of(locale)
        english = self._language.code == "en"
        self._concepts: Concepts | None = english_concepts(self._language.stems_of) if english else None
        self._tables: dict[str, dict[str, int]] = {
            kind: {} for kind in ("stems", "words", "pairs", "grams", "concepts")
        }
        self._cache: dict[str, _Chunk] = {}
        self._support: Counter[int] = Counter()
        self._growing = True
        self._spelling = Spelling(())

    def learn(self, texts: Sequence[str]) -> list[Bags]:
        """The bags of all texts. From now on an unknown word that is one slip away from a known one is read as that,
        and a word of several meanings as the one that most of these texts can have."""
        stems = [[stem for chunk in self._chunks(text) for stem in chunk.stems] for text in texts]
        if self._concepts:
            self._support.update(group for text in stems for group in self._concepts.of(text))
        bags = [self.bags(text) for text in texts]
        self._growing = False
        self._spelling = Spelling(self._cache)
        return bags

    @property
    def widths(self) -> Widths:
        widths = {kind: len(table) for kind, table in self._tables.items()}
        return {**widths, "stem_pairs": widths["pairs"], "words": widths["words"] or widths["stems"]}

    def bags(self, text: str) -> Bags:
        chunks = self._chunks(text)
        stems = [stem for chunk in chunks for stem in chunk.stems]
        stem_ids = self._ids("stems", stems)
        stem_pairs = self._ids("pairs", _pairs(stems))
        grams = [gram for chunk in chunks for gram in chunk.grams]
        if not self._concepts:
            return Bags(stem_ids, stem_ids, stem_pairs, stem_pairs, grams, [])
        words = self._concepts.meant(stems, self._support)
        concepts = self._ids("concepts", [str(group) for group in sorted(self._concepts.of(stems))])
        pairs = [*stem_pairs, *self._ids("pairs", [f"#{pair}" for pair in _pairs(words)])]
        return Bags(stem_ids, self._ids("words", words), stem_pairs, pairs, grams, concepts)

    def _chunks(self, text: str) -> list[_Chunk]:
        return [self._chunk(chunk) for chunk in self._language.chunks(text)]

    def _chunk(self, written: str) -> _Chunk:
        found = self._cache.get(written)
        if found is None:
            chunk = self._spelt(written)
            found = _Chunk(self._language.stems(chunk), self._ids("grams", _pieces(chunk)))
            if self._growing or len(self._cache) < _CACHED_CHUNKS:
                self._cache[written] = found
        return found

    def _spelt(self, written: str) -> str:
        """The known word that was meant. A word that is unknown to the bot but not to the language is no slip."""
        known = self._tables["stems"]
        if self._growing or any(stem in known for stem in self._language.stems(written)):
            return written
        if self._concepts and any(stem in self._concepts for stem in self._language.stems(written)):
            return written
        return self._spelling.nearest(written) or written

    def _ids(self, kind: str, keys: Sequence[str]) -> list[int]:
        ids = self._tables[kind]
        if self._growing:
            return [ids.setdefault(key, len(ids)) for key in keys]
        return [ids.get(key, -1) for key in keys]


def _pairs(words: Sequence[str]) -> list[str]:
    return [f"{left} {right}" for left, right in pairwise(["<", *words, ">"])]


def _pieces(word: str) -> list[str]:
    padded = f" {word} "
    return [padded[i : i + size] for size in _SIZES for i in range(len(padded) - size + 1)]


def name_as_text(intent: str) -> str:
    """`BookHotel`, `book_hotel` and `book-hotel` all read "book hotel"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", intent).replace("_", " ").replace("-", " ")
