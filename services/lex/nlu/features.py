"""Text to four bags of features: stems, stem bigrams with sentence marks, character n-grams inside words, concepts."""

import re
from itertools import pairwise
from typing import NamedTuple

from services.lex.nlu.concepts import Concepts, english_concepts
from services.lex.nlu.spelling import Spelling
from services.lex.nlu.words import language_of

_SIZES = (2, 3, 4)
_CACHED_CHUNKS = 50_000


class Bags(NamedTuple):
    """Feature ids, -1 for one the vocabulary lacks; each occurrence counts."""

    stems: list[int]
    pairs: list[int]
    grams: list[int]
    concepts: list[int]


class _Chunk(NamedTuple):
    stems: tuple[str, ...]
    ids: tuple[int, ...]
    grams: list[int]


class Vocabulary:
    """Gives features their ids while it grows; frozen, it knows no new ones."""

    def __init__(self, locale: str) -> None:
        self._language = language_of(locale)
        english = self._language.code == "en"
        self._concepts: Concepts | None = english_concepts(self._language.stems_of) if english else None
        self.tables: tuple[dict[str, int], dict[str, int], dict[str, int], dict[str, int]] = ({}, {}, {}, {})
        self._cache: dict[str, _Chunk] = {}
        self._growing = True
        self._spelling = Spelling(())

    def freeze(self) -> None:
        """No feature is new from now on; an unknown word that is one slip away from a known one is read as that."""
        self._growing = False
        self._spelling = Spelling(self._cache)

    def bags(self, text: str) -> Bags:
        chunks = [self._chunk(chunk) for chunk in self._language.chunks(text)]
        stems = [stem for chunk in chunks for stem in chunk.stems]
        pairs = [self._id(1, f"{left} {right}") for left, right in pairwise(["<", *stems, ">"])]
        groups = self._concepts.of(stems) if self._concepts else ()
        return Bags(
            [id_ for chunk in chunks for id_ in chunk.ids],
            pairs,
            [gram for chunk in chunks for gram in chunk.grams],
            [self._id(3, str(group)) for group in groups],
        )

    def _chunk(self, written: str) -> _Chunk:
        found = self._cache.get(written)
        if found is None:
            chunk = self._spelt(written)
            stems = self._language.stems(chunk)
            grams = [self._id(2, piece) for piece in _pieces(chunk)]
            found = _Chunk(stems, tuple(self._id(0, stem) for stem in stems), grams)
            if self._growing or len(self._cache) < _CACHED_CHUNKS:
                self._cache[written] = found
        return found

    def _spelt(self, written: str) -> str:
        """The known word that was meant. A word that is unknown to the bot but not to the language is no slip."""
        if self._growing or any(stem in self.tables[0] for stem in self._language.stems(written)):
            return written
        if self._concepts and any(stem in self._concepts for stem in self._language.stems(written)):
            return written
        return self._spelling.nearest(written) or written

    def _id(self, table: int, key: str) -> int:
        ids = self.tables[table]
        return ids.setdefault(key, len(ids)) if self._growing else ids.get(key, -1)


def _pieces(word: str) -> list[str]:
    padded = f" {word} "
    return [padded[i : i + size] for size in _SIZES for i in range(len(padded) - size + 1)]


def name_as_text(intent: str) -> str:
    """`BookHotel`, `book_hotel` and `book-hotel` all read "book hotel"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", intent).replace("_", " ").replace("-", " ")
