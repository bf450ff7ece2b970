"""Composite slots: one value made of several sub slots. Which of them are needed is the dialog's to say."""

import re
from collections.abc import Mapping, Sequence

from services.lex.slots.resolver import Finding, Reading, Resolver, trimmed

_SEPARATORS = re.compile(r"^[\s,;]+")
_FIRST_PIECE = re.compile(r"([^,;\n]*).*", re.DOTALL)


class CompositeResolver:
    """A value is made of the values of its parts, each from its own words. Its text is the whole answer."""

    def __init__(self, parts: Mapping[str, Resolver]) -> None:
        self._parts = parts

    def find(self, text: str, reading: Reading) -> Sequence[Finding]:
        """A value only when at least two of the parts, or the only one, stand in the text."""
        found = self._found(text, reading)
        if len(found) < min(2, len(self._parts)) or not found:
            return ()
        start, end = min(part.start for part in found.values()), max(part.end for part in found.values())
        return (self._composed(text, start, end, found),)

    def answer(self, text: str, reading: Reading) -> Finding | None:
        """The parts that the answer gives, which may not be all."""
        found = self._found(text, reading)
        rest = "".join(" " if any(p.start <= n < p.end for p in found.values()) else c for n, c in enumerate(text))
        unread = [name for name in self._parts if name not in found]
        for n, name in enumerate(unread):
            piece = _piece(rest, whole=n == len(unread) - 1)
            has_text = any(char.isalnum() for char in piece)
            if has_text and (value := self._parts[name].answer(piece, reading)):
                found[name] = value
                rest = rest[: value.start] + " " * (value.end - value.start) + rest[value.end :]
        start, core = trimmed(text)
        return self._composed(text, start, start + len(core), found) if found else None

    def examples(self) -> Sequence[str]:
        examples = (part.examples() for part in self._parts.values())
        return tuple(" ".join(values) for values in zip(*examples, strict=False))

    def _found(self, text: str, reading: Reading) -> dict[str, Finding]:
        """The parts that are recognisable, the longest first, none sharing text with another."""
        candidates = [(name, value) for name, part in self._parts.items() for value in part.find(text, reading)]
        found: dict[str, Finding] = {}
        for name, value in sorted(candidates, key=lambda item: item[1].start - item[1].end):
            free = all(value.end <= other.start or value.start >= other.end for other in found.values())
            if name not in found and free:
                found[name] = value
        return found

    def _composed(self, text: str, start: int, end: int, found: Mapping[str, Finding]) -> Finding:
        whole = text[start:end]
        parts = tuple((name, found.get(name)) for name in self._parts)
        return Finding(start, end, whole, whole, (whole,), parts=parts)


def _piece(text: str, *, whole: bool) -> str:
    """The text up to the first comma after a word, or all of it: "Main Street, Springfield" names a street and a city.

    What comes before the first word is blanked, so that places in the text stay what they are.
    """
    begun = _SEPARATORS.sub(lambda found: " " * len(found[0]), text, count=1)
    return begun if whole else _FIRST_PIECE.sub(r"\1", begun)
