"""Everyday synonyms: the groups of `concepts.en.txt` that a text's stems belong to."""

from collections.abc import Callable, Iterator, Mapping, Sequence
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

    def of(self, stems: Sequence[str]) -> set[int]:
        """The groups of every word and every phrase in the text."""
        found: set[int] = set()
        for at, stem in enumerate(stems):
            found.update(self._words.get(stem, ()))
            for _, groups in self._phrases_at(stems, at):
                found.update(groups)
        return found

    def meant(self, stems: Sequence[str], support: Mapping[int, int]) -> list[str]:
        """The text with every word or phrase of a group replaced by the group's mark, a longer phrase first.

        Of several groups a word stands in, the one with the most `support` is meant; of equal ones, the first.
        """
        marks = []
        at = 0
        while at < len(stems):
            size, groups = next(self._phrases_at(stems, at), (1, self._words.get(stems[at], ())))
            marks.append(f"#{max(groups, key=lambda group: support.get(group, 0))}" if groups else stems[at])
            at += size
        return marks

    def _phrases_at(self, stems: Sequence[str], at: int) -> Iterator[tuple[int, tuple[int, ...]]]:
        """The phrases that begin at a place, the longest first, with their lengths."""
        if stems[at] in self._opening:
            for size in range(min(_LONGEST, len(stems) - at), 1, -1):
                groups = self._phrases.get(tuple(stems[at : at + size]))
                if groups:
                    yield size, groups

    def __contains__(self, stem: str) -> bool:
        return stem in self._words


@cache
def english_concepts(stems_of: Callable[[str], tuple[str, ...]]) -> Concepts:
    """The project's own list for English. `stems_of` cuts a text into the stems that `Concepts` will be given."""
    lines = (line.strip() for line in _FILE.read_text(encoding="utf-8").splitlines())
    groups = [line.split(",") for line in lines if line and not line.startswith("#")]
    return Concepts([[stems_of(entry) for entry in group] for group in groups])
