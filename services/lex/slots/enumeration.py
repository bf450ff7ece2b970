"""Custom slot types: a list of values with synonyms."""

import re
from collections.abc import Sequence

from services.lex.slots.resolver import Finding, Reading, trimmed

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_OPENING = re.compile(
    r"(?:(?:it'?s|it is|that'?s|that is|i'?d like|i would like|i want|i need|make it|let'?s do|"
    r"how about|to|for|please|just|um|uh|well)\b[\s,:]*)+",
    re.IGNORECASE,
)
_ENDING = re.compile(r"[\s,]+(?:please|thanks|thank you)$", re.IGNORECASE)
_LONGEST_OPEN = 8


class EnumerationResolver:
    """Values and synonyms compare without case and blanks, on whole words.

    With `closed` (TOP_RESOLUTION) the value is passed on in its canonical spelling and nothing else resolves; else
    (ORIGINAL_VALUE) what the customer typed is passed on, and the listed values are examples.
    """

    def __init__(self, values: dict[str, list[str]], *, closed: bool) -> None:
        self._closed = closed
        self._values = list(values)
        self._canonical: dict[str, str] = {}
        self._longest = 1
        for value, synonyms in values.items():
            for spelling in (value, *synonyms):
                words = [match[0] for match in _TOKEN.finditer(spelling)]
                self._canonical.setdefault(_key(words), value)
                self._longest = max(self._longest, len(words) + 1)

    def find(self, text: str, reading: Reading) -> Sequence[Finding]:
        tokens = list(_TOKEN.finditer(text))
        found, position = [], 0
        while position < len(tokens):
            for length in range(min(self._longest, len(tokens) - position), 0, -1):
                span = tokens[position : position + length]
                value = self._canonical.get(_key([token[0] for token in span]))
                if value is not None:
                    found.append(self._finding(text, span[0].start(), span[-1].end(), value))
                    position += length
                    break
            else:
                position += 1
        return found

    def answer(self, text: str, reading: Reading) -> Finding | None:
        found = self.find(text, reading)
        if found:
            return max(found, key=lambda finding: finding.end - finding.start)
        return None if self._closed else _open_value(text)

    def examples(self) -> Sequence[str]:
        return self._values

    def _finding(self, text: str, start: int, end: int, value: str) -> Finding:
        original = text[start:end]
        return Finding(start, end, original, value if self._closed else original, (value,))


def _key(words: Sequence[str]) -> str:
    return "".join(words).casefold().replace("’", "'")


def _open_value(text: str) -> Finding | None:
    """An unlisted answer, without the words people put around a value."""
    start, core = trimmed(text)
    if opening := _OPENING.match(core):
        start, core = start + opening.end(), core[opening.end() :]
    core = _ENDING.sub("", core)
    if not core or len(core.split()) > _LONGEST_OPEN:
        return None
    return Finding(start, start + len(core), core, core, (), known=False)
