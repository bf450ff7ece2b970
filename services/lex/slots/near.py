"""Spellings that are nearly another one: a slip of a letter or two."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

# From so many letters on, so many may be wrong; in a shorter spelling none.
_SLIPS = ((5, 1), (9, 2), (15, 3))
_LONGEST = 1_000_000
_REMEMBERED = 4096
_BANDS = [
    (shortest, behind - 1, slips)
    for (shortest, slips), (behind, _) in zip(_SLIPS, [*_SLIPS[1:], (_LONGEST, 0)], strict=True)
]


class Near(NamedTuple):
    """A known spelling, and the letters wrong, missing, too many or swapped between it and a text."""

    slips: int
    number: int


class SpellingIndex:
    """Finds the spellings a slip or a few away from a text, however many there are.

    `spellings` are without blanks, each with the words it is written in. A slip is never in the first letter or in a
    figure, nor makes one word of two. Every spelling that is near is found: those of one first letter, one number of
    words, the same figures and about one length are few enough to be compared in whole.
    """

    def __init__(self, spellings: Mapping[str, Sequence[str]]) -> None:
        known: set[str] = set()
        groups: defaultdict[_Kind, list[tuple[int, str, int]]] = defaultdict(list)
        for number, (spelling, words) in enumerate(spellings.items()):
            if words and len(spelling) >= _SLIPS[0][0]:
                known.update(words)
                groups[_kind(spelling, len(words))].append((len(spelling), spelling, number))
        self._counts: dict[str, set[int]] = {}
        for letter, count, _ in groups:
            self._counts.setdefault(letter, set()).add(count)
        lists = {kind: _Group(sorted(group)) for kind, group in groups.items()}
        self._nearest = lru_cache(_REMEMBERED)(partial(_nearest, lists, known))

    def counts(self, word: str) -> Collection[int]:
        """How many words the spellings have that could begin with that word."""
        return self._counts.get(word[0], ())

    def near(self, words: tuple[str, ...]) -> tuple[Near, ...]:
        """The spellings of as many words that may be meant by these, best first, then in their order."""
        return self._nearest(words)


_Kind = tuple[str, int, str]


def _kind(spelling: str, words: int) -> _Kind:
    """What slips leave as it is: the first letter, the number of words, the figures."""
    return spelling[0], words, "".join(char for char in spelling if char.isdigit())


class _Group:
    """Spellings of one kind, by length."""

    def __init__(self, members: list[tuple[int, str, int]]) -> None:
        self._lengths = [length for length, _, _ in members]
        self._spellings = [spelling for _, spelling, _ in members]
        self._numbers = [number for _, _, number in members]

    def near(self, text: str, least: int) -> Iterator[Near]:
        """The spellings to which the text has at least so many slips, and no more than their lengths allow."""
        for shortest, longest, most in _BANDS:
            first = bisect_left(self._lengths, max(shortest, len(text) - most))
            behind = bisect_right(self._lengths, min(longest, len(text) + most))
            if first < behind and least <= most:
                found = extract(text, self._spellings[first:behind], scorer=OSA.distance, score_cutoff=most, limit=None)
                yield from (Near(int(slips), self._numbers[first + place]) for _, slips, place in found)


def _nearest(groups: Mapping[_Kind, _Group], known: Collection[str], words: tuple[str, ...]) -> tuple[Near, ...]:
    text = "".join(words)
    group = groups.get(_kind(text, len(words)))
    if group is None:
        return ()
    wrong = sum(word not in known for word in words)  # every unknown word has a slip of its own
    return tuple(sorted(group.near(text, wrong)))
