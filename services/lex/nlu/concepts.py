"""Everyday synonyms: the groups of `concepts.en.txt` that a text's stems belong to."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("concepts.en.txt")
_LONGEST = 5


class Concepts:
    """Words and phrases by their stems, each with the numbers of its groups."""

    def __init__(self, groups: Sequence[Sequence[Sequence[str]]]) -> None:
        self._words: dict[str, tuple[int, ...]] = {}
        self._phrases: dict[tuple[str, ...], tuple[int, ...]] = {}
        self._opening: set[str] = set()
        for number, group in enumerate(groups):
            for stems in dict.fromkeys(tuple(stems) for stems in group):
                if len(stems) == 1:
                    self._words[stems[0]] = (*self._words.get(stems[0], ()), number)
                else:
                    self._phrases[stems] = (*self._phrases.get(stems, ()), number)
                    self._opening.add(stems[0])

    def of(self, stems: Sequence[str]) -> list[int]:
        """The groups of every word and every phrase in the text; one that occurs twice is there twice."""
        found: list[int] = []
        for at, stem in enumerate(stems):
            found += self._words.get(stem, ())
            if stem in self._opening:
                for size in range(2, min(_LONGEST, len(stems) - at) + 1):
                    found += self._phrases.get(tuple(stems[at : at + size]), ())
        return found

    def __contains__(self, stem: str) -> bool:
        return stem in self._words


@cache
def english_concepts(stems_of: Callable[[str], tuple[str, ...]]) -> Concepts:
    """The project's own list for English. `stems_of` cuts a text into the stems that `Concepts.of` will be given."""
    lines = (line.strip() for line in _FILE.read_text(encoding="utf-8").splitlines())
    groups = [line.split(",") for line in lines if line and not line.startswith("#")]
    return Concepts([[stems_of(entry) for entry in group] for group in groups])
