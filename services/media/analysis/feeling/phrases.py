"""Phrases of service talk with their valence, read from `phrases.tsv`.

A line is a valence, a tab and a row of elements: `a|b` (either), `word?` (may be missing), `*` (one to three words),
`*?` (up to three), `@name` (a class of words, defined in the same file); `_` joins words of one alternative.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_GAP = r"(?:(?!(?:not|no|never|nobody) )[^\s.,?!]+ ){%d,3}"
_NEGATORS = frozenset({"not", "no", "never", "nobody", "nothing", "without", "none", "hardly", "barely"})


@dataclass(frozen=True)
class Phrase:
    """`closed`: a negation belongs to the phrase itself, and one before it changes nothing."""

    valence: float
    pattern: re.Pattern[str]
    closed: bool


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
            for first, phrase in _compiled(float(valence), written.split(), classes):
                found[first].append(phrase)
    return {first: tuple(listed) for first, listed in found.items()}


def longest(joined: str, at: int, first: str) -> tuple[Phrase, int] | None:
    """The phrase that reaches farthest from `at` on, and its end; `joined` has a space after every word."""
    best: tuple[Phrase, int] | None = None
    for phrase in phrases().get(first, ()):
        hit = phrase.pattern.match(joined, at)
        if hit and (best is None or hit.end() > best[1]):
            best = phrase, hit.end()
    return best


def _class(line: str) -> tuple[str, str]:
    name, _, members = line.partition(" = ")
    return name, members


def _compiled(valence: float, elements: list[str], classes: dict[str, str]) -> Iterator[tuple[str, Phrase]]:
    parts = [_element(element, classes) for element in elements]
    closed = any(word in _NEGATORS for element in elements for word in re.split(r"[|_?]", element))
    phrase = Phrase(valence, re.compile("".join(parts)), closed)
    for first in dict.fromkeys(one.split("_")[0] for one in _alternatives(elements[0], classes)):
        yield first, phrase


def _element(element: str, classes: dict[str, str]) -> str:
    if element in ("*", "*?"):
        return _GAP % (element == "*")
    either = "|".join(one.replace("_", " ") for one in _alternatives(element.removesuffix("?"), classes))
    return f"(?:(?:{either}) )" + ("?" if element.endswith("?") else "")


def _alternatives(element: str, classes: dict[str, str]) -> list[str]:
    listed: list[str] = []
    for one in element.split("|"):
        listed += classes[one].split("|") if one.startswith("@") else [one] if one else []
    return listed
