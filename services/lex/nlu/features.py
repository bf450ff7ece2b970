"""Text to three bags of features: stems, stem bigrams with sentence marks, character n-grams inside words."""

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import snowballstemmer

_TOKEN = re.compile(r"[^\W_]+|[$€£%]")
_DIGIT = re.compile(r"\d")
_JOINTS = re.compile(r"(?<=\d)[.,:](?=\d)")
_CONTRACTIONS = [
    (re.compile(pattern), text)
    for pattern, text in (
        (r"\bwon't\b", "will not"),
        (r"\bcan'?t\b|\bcannot\b", "can not"),
        (r"n't\b", " not"),
        (r"\bdont\b", "do not"),
        (r"\bi'?m\b", "i am"),
        (r"'re\b", " are"),
        (r"'ve\b", " have"),
        (r"'ll\b", " will"),
        (r"'d\b", " would"),
        (r"\b(what|where|how|who|when|it|that|there|here|why)'?s\b", r"\1 is"),
    )
]
_STEMMERS = {
    "ar": "arabic", "ca": "catalan", "de": "german", "en": "english", "es": "spanish", "fi": "finnish",
    "fr": "french", "hi": "hindi", "it": "italian", "nl": "dutch", "no": "norwegian", "pt": "portuguese",
    "sv": "swedish",
}  # fmt: skip
_SIZES = (2, 3, 4)
_CACHED_WORDS = 50_000


class Bags(NamedTuple):
    """Feature ids, -1 for one the vocabulary lacks; each occurrence counts."""

    stems: list[int]
    pairs: list[int]
    grams: list[int]


def normalise(text: str) -> str:
    """Lower case, contractions written out, and every digit as 0: the shape of a number stays, its value goes."""
    text = unicodedata.normalize("NFKC", text).lower().replace("’", "'").replace("`", "'")
    for pattern, replacement in _CONTRACTIONS:
        text = pattern.sub(replacement, text)
    return _DIGIT.sub("0", _JOINTS.sub("", text))


def words_of(text: str) -> list[str]:
    """The normalised tokens: runs of letters and digits, currency signs."""
    return _TOKEN.findall(normalise(text))


class Vocabulary:
    """Gives features their ids while it grows; frozen, it knows no new ones."""

    def __init__(self, locale: str) -> None:
        language = _STEMMERS.get(locale.partition("_")[0])
        self._stemmer = snowballstemmer.stemmer(language) if language else None
        self.tables: tuple[dict[str, int], dict[str, int], dict[str, int]] = ({}, {}, {})
        self._cache: dict[str, tuple[str, int, list[int]]] = {}
        self._growing = True

    def freeze(self) -> None:
        self._growing = False

    def bags(self, text: str) -> Bags:
        entries = [self._word(word) for word in words_of(text)]
        marked = ["<", *(entry[0] for entry in entries), ">"]
        pairs = [self._id(1, f"{left} {right}") for left, right in pairwise(marked)]
        return Bags([entry[1] for entry in entries], pairs, [gram for entry in entries for gram in entry[2]])

    def _word(self, word: str) -> tuple[str, int, list[int]]:
        found = self._cache.get(word)
        if found is None:
            stem = str(self._stemmer.stemWord(word)) if self._stemmer else word
            found = stem, self._id(0, stem), [self._id(2, piece) for piece in _pieces(word)]
            if self._growing or len(self._cache) < _CACHED_WORDS:
                self._cache[word] = found
        return found

    def _id(self, table: int, key: str) -> int:
        ids = self.tables[table]
        return ids.setdefault(key, len(ids)) if self._growing else ids.get(key, -1)


def _pieces(word: str) -> Sequence[str]:
    padded = f" {word} "
    return [padded[i : i + size] for size in _SIZES for i in range(len(padded) - size + 1)]


def name_as_text(intent: str) -> str:
    """`BookHotel`, `book_hotel` and `book-hotel` all read "book hotel"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", intent).replace("_", " ").replace("-", " ")
