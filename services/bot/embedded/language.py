"""What is known of a language before any FAQ is read: made once, shared by every index in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from services.bot.embedded.concepts import Concepts
from services.bot.embedded.features import features
from services.bot.embedded.words import Token, Words, lines


@dataclass(frozen=True, slots=True)
class Language:
    """`outside` are the features of each line that no FAQ answers; `foreign` are words of the rest of the world."""

    words: Words
    concepts: Concepts
    outside: tuple[frozenset[str], ...]
    foreign: frozenset[str]

    def features(self, tokens: Sequence[Token]) -> frozenset[str]:
        return features(self.words, self.concepts, tokens)


@lru_cache(maxsize=8)
def language_known(code: str) -> Language:
    """The language, from the lists of this package; one that has none is told apart by its words alone."""
    return language_of(code, lines("outside", code))


def language_of(code: str, outside: Sequence[str]) -> Language:
    """The language with other lines from outside than its own."""
    words = Words(code)
    concepts = Concepts(words)
    told_apart = words.tokens_of(outside)
    listed = words.tokens_of(lines("foreign", code))
    return Language(
        words,
        concepts,
        outside=tuple(features(words, concepts, tokens) for tokens in told_apart),
        foreign=frozenset(token.word for tokens in (*listed, *told_apart) for token in tokens if token.subject),
    )
