"""From a text to its words: folded, without contractions, told apart into function words and words with a subject."""

import re
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import product

import snowballstemmer

_STEMMERS = {"de": "german", "en": "english", "es": "spanish", "fr": "french", "it": "italian", "pt": "portuguese"}
_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = re.compile(r"['’`´]")


@dataclass(frozen=True, slots=True)
class Token:
    """A word as it was written (folded) and its stem. `subject` is false for a word that any text may have."""

    word: str
    stem: str
    subject: bool

    @property
    def number(self) -> bool:
        return self.word[0].isdigit()


class Words:
    """The words of one language. A language without lists of its own has stems where Snowball knows it, no more."""

    def __init__(self, language: str) -> None:
        self.language = language
        lists = _lists(language)
        self._function = frozenset(word for line in lists["function"] for word in line)
        self._asking = frozenset(word for line in lists["asking"] for word in line)
        self._written_out = {line[0]: line[1:] for line in lists["contractions"]}
        self._stemmers = threading.local()

    def split(self, text: str) -> list[str]:
        """The words as they are written, folded, contractions written out."""
        return [part for word in _WORD.findall(folded(text)) for part in self._written_out.get(word, (word,))]

    def tokens(self, text: str) -> list[Token]:
        return self.tokens_of([text])[0]

    def tokens_of(self, texts: Sequence[str]) -> list[list[Token]]:
        """The tokens of each text; among many texts a word is stemmed only once."""
        split = [self.split(text) for text in texts]
        words = sorted({word for found in split for word in found})
        known = {
            word: Token(word, stem, word not in self._function)
            for word, stem in zip(words, self.stems(words), strict=True)
        }
        return [[known[word] for word in found] for found in split]

    def stems(self, words: Sequence[str]) -> list[str]:
        if self.language not in _STEMMERS:
            return list(words)
        # A stemmer keeps the word it is at: each thread has its own, for an index is built beside the searches.
        if not hasattr(self._stemmers, "own"):
            self._stemmers.own = snowballstemmer.stemmer(_STEMMERS[self.language])
        stems: list[str] = self._stemmers.own.stemWords(list(words))
        return stems

    def asks(self, token: Token) -> bool:
        """Whether the word tells what kind of answer is wanted (when, how much)."""
        return token.word in self._asking


def folded(text: str) -> str:
    """Lower case without accents and apostrophes."""
    decomposed = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text).casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def lines(name: str, language: str) -> list[str]:
    """The lines of this package's list `name` in a language, without comments; none when there is no such list.

    A line with `{one|another}` is a line for each of them.
    """
    return [spelt for line in written_lines(name, language) for spelt in spelt_out(line)]


def written_lines(name: str, language: str) -> list[str]:
    """The same as they are written, a line of many still being one."""
    source = files(__package__).joinpath(f"{name}.{language}.txt")
    if not source.is_file():
        return []
    stripped = (line.partition("#")[0].strip() for line in source.read_text(encoding="utf-8").splitlines())
    return [line for line in stripped if line]


def spelt_out(line: str) -> list[str]:
    """Each line that a line with `{one|another}` stands for."""
    parts = [part.split("|") for part in re.split(r"[{}]", line)] if "{" in line else [[line]]
    return [" ".join("".join(chosen).split()) for chosen in product(*parts)]


@lru_cache(maxsize=8)
def _lists(language: str) -> dict[str, list[tuple[str, ...]]]:
    """The parts of `words.<language>.txt`, each begun by its name in brackets."""
    parts: dict[str, list[tuple[str, ...]]] = {"function": [], "asking": [], "contractions": []}
    part = parts["function"]
    for line in lines("words", language):
        if line.startswith("["):
            part = parts[line.strip("[]")]
        else:
            part.append(tuple(folded(line).split()))
    return parts
