"""Slips of the keyboard: an unknown word becomes the one known word that is a slip away."""

from collections.abc import Collection

from rapidfuzz import process
from rapidfuzz.distance import OSA

_SHORTEST, _TWO_SLIPS = 5, 9


class Spelling:
    """`known` are the words of the index, `other` are good words that are not in it: neither are slips."""

    def __init__(self, known: Collection[str], other: Collection[str]) -> None:
        self._known = frozenset(known)
        self._other = frozenset(other)
        self._candidates = sorted(word for word in self._known if len(word) >= _SHORTEST and word.isalpha())

    def corrected(self, word: str) -> str:
        """The word, or the nearest known one: one slip off, two for long words, the first letter being right."""
        if len(word) < _SHORTEST or not word.isalpha() or word in self._known or word in self._other:
            return word
        slips = 2 if len(word) >= _TWO_SLIPS else 1
        found = process.extract(word, self._candidates, scorer=OSA.distance, score_cutoff=slips, limit=5)
        near = [(distance, candidate) for candidate, distance, _ in found if candidate[0] == word[0]]
        return min(near)[1] if near else word
