"""Phrases of service talk with their valence, read from `phrases.tsv`.

A line is a valence, a tab and a row of elements: `a|b` (either), `word?` (may be missing), `*` (one to three words),
`*?` (up to three), `@name` (a class of words, defined in the same file); `_` joins words of one alternative, and `\\d+`
with an ending is a figure.

Elements are compared word by word. Regular expressions would say the same, but there are 750 phrases, and to compile so
many takes a fifth of what the first hour of talk takes.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_NEGATORS = frozenset({"not", "no", "never", "nobody", "nothing", "without", "none", "hardly", "barely"})
_NEVER_SKIPPED = frozenset({"not", "no", "never", "nobody"})
_MOST_SKIPPED = 3
_MARK = re.compile(r"[.,?!]")
_FIGURE = re.compile(r"\\d\+(?:\(\?:(?P<endings>[a-z|]+)\))?")


@dataclass(frozen=True, slots=True)
class Words:
    """An element: of `rows` (words in a row) one, a word of `single`, a figure with one of the `endings`, or of `late`.

    In this order, which is that of the file: `had_enough|had` takes both words where it can, `had|had_enough` does not.
    """

    single: frozenset[str]
    rows: tuple[tuple[str, ...], ...] = ()
    late: tuple[tuple[str, ...], ...] = ()
    endings: tuple[str, ...] = ()
    optional: bool = False

    def lengths(self, norms: Sequence[str], at: int) -> Iterator[int]:
        """How many words from `at` on it takes, each way that it may."""
        if at < len(norms):
            yield from _rows(self.rows, norms, at)
            if norms[at] in self.single or (self.endings and _is_figure(norms[at], self.endings)):
                yield 1
            yield from _rows(self.late, norms, at)
        if self.optional:
            yield 0


@dataclass(frozen=True, slots=True)
class Gap:
    """Up to three words, none of which is a denial or a mark."""

    least: int

    def lengths(self, norms: Sequence[str], at: int) -> Iterator[int]:
        """The most first."""
        most = 0
        while most < _MOST_SKIPPED and at + most < len(norms) and _may_be_skipped(norms[at + most]):
            most += 1
        yield from range(most, self.least - 1, -1)


@dataclass(frozen=True, slots=True)
class Phrase:
    """`closed`: a negation belongs to the phrase itself, and one before it changes nothing.

    An element that is only words is the set of them. Most candidates are ruled out without looking at their elements:
    `second` holds the words that alone may come second (null where that is not so simple), and of each set of `needs`
    one must be in the sentence.
    """

    valence: float
    elements: tuple["frozenset[str] | Words | Gap", ...]
    closed: bool
    second: frozenset[str] | None
    needs: tuple[frozenset[str], ...]

    def end(self, norms: Sequence[str], at: int, element: int = 0) -> int | None:
        """Where the phrase ends that begins at `at`; null where it does not. The first way that fits counts."""
        for number in range(element, len(self.elements)):
            part = self.elements[number]
            if not isinstance(part, frozenset):
                ways = (self.end(norms, at + length, number + 1) for length in part.lengths(norms, at))
                return next((end for end in ways if end is not None), None)
            if at == len(norms) or norms[at] not in part:
                return None
            at += 1
        return at


@cache
def phrases() -> dict[str, tuple[Phrase, ...]]:
    """By the word that a phrase begins with. Read once."""
    text = files(__package__).joinpath("phrases.tsv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    classes = dict(_class(line) for line in lines if line.startswith("@"))
    found: dict[str, list[Phrase]] = defaultdict(list)
    for line in lines:
        if not line.startswith("@"):
            valence, _, written = line.partition("\t")
            for first, phrase in _read(float(valence), written.split(), classes):
                found[first].append(phrase)
    return {first: tuple(listed) for first, listed in found.items()}


def longest(norms: Sequence[str], at: int, words: Set[str]) -> tuple[Phrase, int] | None:
    """Of the sentence `norms` the phrase that reaches farthest from `at` on, and its end; `words` is the set of it."""
    best: tuple[Phrase, int] | None = None
    second = norms[at + 1] if at + 1 < len(norms) else ""
    for phrase in phrases().get(norms[at], ()):
        if phrase.second is not None and second not in phrase.second:
            continue
        for needed in phrase.needs:
            if needed.isdisjoint(words):
                break
        else:
            end = phrase.end(norms, at)
            if end is not None and (best is None or end > best[1]):
                best = phrase, end
    return best


def _class(line: str) -> tuple[str, str]:
    name, _, members = line.partition(" = ")
    return name, members


def _read(valence: float, elements: list[str], classes: dict[str, str]) -> Iterator[tuple[str, Phrase]]:
    parts = tuple(_element(element, classes) for element in elements)
    closed = any(word in _NEGATORS for element in elements for word in re.split(r"[|_?]", element))
    phrase = Phrase(valence, parts, closed, _second(parts), _needs(parts))
    for first in dict.fromkeys(one.split("_")[0] for one in _alternatives(elements[0], classes)):
        yield first, phrase


def _second(parts: Sequence[frozenset[str] | Words | Gap]) -> frozenset[str] | None:
    return _beginnings(parts[1]) if len(parts) > 1 and isinstance(parts[0], frozenset) else None


def _needs(parts: Sequence[frozenset[str] | Words | Gap]) -> tuple[frozenset[str], ...]:
    beginnings = (_beginnings(part) for part in parts[1:])
    return tuple(words for words in beginnings if words is not None)


def _beginnings(part: frozenset[str] | Words | Gap) -> frozenset[str] | None:
    """The words of which one must be there; null where there are too many, or where none need be."""
    if isinstance(part, Words) and not part.endings and not part.optional:
        return part.single | {row[0] for row in (*part.rows, *part.late)}
    return part if isinstance(part, frozenset) else None


def _element(element: str, classes: dict[str, str]) -> frozenset[str] | Words | Gap:
    if element in ("*", "*?"):
        return Gap(int(element == "*"))
    single: set[str] = set()
    rows: list[tuple[str, ...]] = []
    late: list[tuple[str, ...]] = []
    endings: list[str] = []
    for one in _alternatives(element.removesuffix("?"), classes):
        if figure := _FIGURE.fullmatch(one):
            endings += (figure.group("endings") or "").split("|")
        elif "_" in one:
            row = tuple(one.split("_"))
            (late if row[0] in single else rows).append(row)
        else:
            single.add(one)
    optional = element.endswith("?")
    if rows or late or endings or optional:
        return Words(frozenset(single), tuple(rows), tuple(late), tuple(endings), optional)
    return frozenset(single)


def _alternatives(element: str, classes: dict[str, str]) -> list[str]:
    listed: list[str] = []
    for one in _divided(element):
        listed += _divided(classes[one]) if one.startswith("@") else [one] if one else []
    return listed


def _divided(text: str) -> list[str]:
    """At the bars, but for those within brackets."""
    return re.split(r"\|(?![^(]*\))", text)


def _is_figure(norm: str, endings: Sequence[str]) -> bool:
    return any(norm.endswith(ending) and norm.removesuffix(ending).isdecimal() for ending in endings)


def _rows(rows: Sequence[tuple[str, ...]], norms: Sequence[str], at: int) -> Iterator[int]:
    return (len(row) for row in rows if row[0] == norms[at] and tuple(norms[at : at + len(row)]) == row)


def _may_be_skipped(norm: str) -> bool:
    return norm not in _NEVER_SKIPPED and _MARK.search(norm) is None
