"""Spellings that are nearly another one: a slip of a letter or two."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import chain

_GRAM = 3
_MOST_TRIED = 12
_COMMON = 400  # spellings that share a gram so frequent that it tells nothing apart


def slips_allowed(length: int) -> int:
    """How many letters of a word so long may be wrong: none in a short one, at most three."""
    return 0 if length < 5 else min(3, 1 + (length >= 9) + (length >= 15))


class SpellingIndex:
    """Finds the spellings that share most groups of three letters with a text, however many there are."""

    def __init__(self, spellings: Sequence[str]) -> None:
        self._spellings = spellings
        self._grams: defaultdict[str, list[int]] = defaultdict(list)
        for n, spelling in enumerate(spellings):
            if slips_allowed(len(spelling)):
                for gram in _grams(spelling):
                    self._grams[gram].append(n)

    def alike(self, *texts: str) -> list[int]:
        """The spellings that may be meant by some part of the texts, likeliest first."""
        grams = {gram for text in texts for gram in _grams(text)}
        lists = [found for gram in grams if (found := self._grams.get(gram))]
        telling = [found for found in lists if len(found) <= _COMMON] or sorted(lists, key=len)[:3]
        shared = Counter(chain.from_iterable(telling))
        best = sorted(shared, key=lambda n: (-shared[n] / len(self._spellings[n]), n))
        return [n for n in best[:_MOST_TRIED] if 4 * shared[n] >= len(self._spellings[n])]


def _grams(spelling: str) -> set[str]:
    padded = f"^{spelling}$"
    return {padded[n : n + _GRAM] for n in range(len(padded) - _GRAM + 1)}


def slips(first: str, second: str, most: int) -> int | None:
    """Letters wrong, missing, too many or swapped between two spellings; None when more than `most`."""
    if abs(len(first) - len(second)) > most or first[:1] != second[:1]:
        return None
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, letter in enumerate(first, 1):
        older, before, row = before, row, [i]
        for j, other in enumerate(second, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == second[j - 2] and first[i - 2] == other:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return None
    return row[-1] if row[-1] <= most else None
