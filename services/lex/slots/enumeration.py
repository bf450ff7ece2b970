"""Custom slot types: a list of values with synonyms."""

import re
from collections.abc import Mapping, Sequence

from services.lex.slots.folding import folded
from services.lex.slots.locales import Locale, locale_of
from services.lex.slots.near import SpellingIndex, slips, slips_allowed
from services.lex.slots.openings import core_of
from services.lex.slots.resolver import Finding, Reading, trimmed

_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)?[+#]*")
_LONGEST_OPEN = 8
_MOST_RESOLVED = 5
_Tokens = Sequence[re.Match[str]]


class EnumerationResolver:
    """Values and synonyms compare without case, blanks and diacritics, on whole words.

    With `closed` (TOP_RESOLUTION) the value is passed on in its canonical spelling and nothing else resolves; else
    (ORIGINAL_VALUE) what the customer typed is passed on, slips of the keyboard are forgiven, and the listed values
    are examples.
    """

    def __init__(self, values: Mapping[str, Sequence[str]], *, closed: bool, locale: Locale | None = None) -> None:
        self._closed = closed
        self.language = (locale or locale_of("en_US")).language
        self._values = list(values)
        self._canonical: dict[str, list[str]] = {}
        self._words: dict[str, int] = {}
        for value, synonyms in values.items():
            for spelling in (value, *synonyms):
                words = _TOKEN.findall(folded(spelling))
                key = "".join(words) or folded(spelling.strip())
                canonical = self._canonical.setdefault(key, [])
                if value not in canonical:
                    canonical.append(value)
                self._words[key] = len(words)
        self._longest = max(self._words.values(), default=0) + 1
        self._keys = list(self._canonical)
        self._near = None if closed else SpellingIndex(self._keys)

    def find(self, text: str, reading: Reading) -> Sequence[Finding]:
        tokens = list(_TOKEN.finditer(folded(text)))
        found, missed, position = [], [], 0
        while position < len(tokens):
            match = self._exact(text, tokens, position)
            if match is not None:
                found.append(match[0])
                position += match[1]
            else:
                missed.append(position)
                position += 1
        return sorted([*found, *self._nearly(text, tokens, missed)], key=lambda finding: finding.start)

    def answer(self, text: str, reading: Reading) -> Finding | None:
        start, core = trimmed(text)
        if values := self._canonical.get(folded(core)) if core else None:
            return self._finding(text, start, start + len(core), values)
        if found := self.find(text, reading):
            return max(found, key=lambda finding: finding.end - finding.start)
        return None if self._closed else self._open_value(text)

    def examples(self) -> Sequence[str]:
        return self._values

    def _exact(self, text: str, tokens: _Tokens, position: int) -> tuple[Finding, int] | None:
        """The longest value that begins with a token, and how many tokens it takes."""
        for length in range(min(self._longest, len(tokens) - position), 0, -1):
            span = tokens[position : position + length]
            values = self._canonical.get("".join([token[0] for token in span]))
            if values:
                return self._finding(text, span[0].start(), span[-1].end(), values), length
        return None

    def _nearly(self, text: str, tokens: _Tokens, missed: list[int]) -> list[Finding]:
        """Misspelt values among the tokens that no value took."""
        if self._near is None or not any(slips_allowed(len(tokens[n][0])) for n in missed):
            return []
        alike = self._near.alike(*(tokens[n][0] for n in missed), "".join(tokens[n][0] for n in missed))
        matches = [
            (wrong - len(self._keys[key]), first, first + self._words[self._keys[key]], wrong, key)
            for key in alike
            for first, wrong in self._windows(tokens, missed, self._keys[key])
        ]
        found: list[Finding] = []
        taken: set[int] = set()
        for _, first, behind, *_ in sorted(matches):
            if taken.isdisjoint(range(first, behind)):
                taken |= set(range(first, behind))
                same = sorted((wrong, key) for _, at, end, wrong, key in matches if (at, end) == (first, behind))
                values = list(dict.fromkeys(value for _, key in same for value in self._canonical[self._keys[key]]))
                found.append(self._finding(text, tokens[first].start(), tokens[behind - 1].end(), values))
        return found

    def _windows(self, tokens: _Tokens, missed: list[int], key: str) -> list[tuple[int, int]]:
        """Where as many missed words stand as the spelling has, with the slips between them."""
        count, most, free = self._words[key], slips_allowed(len(key)), set(missed)
        windows = []
        for first in missed:
            if count and all(n in free for n in range(first, first + count)):
                wrong = slips("".join(token[0] for token in tokens[first : first + count]), key, most)
                windows += [] if wrong is None else [(first, wrong)]
        return windows

    def _finding(self, text: str, start: int, end: int, values: list[str]) -> Finding:
        original = text[start:end]
        resolved = tuple(values[: 1 if self._closed else _MOST_RESOLVED])
        return Finding(start, end, original, values[0] if self._closed else original, resolved)

    def _open_value(self, text: str) -> Finding | None:
        """An unlisted answer, without the words people put around a value."""
        start, core = core_of(text, self.language)
        if not core or len(core.split()) > _LONGEST_OPEN:
            return None
        return Finding(start, start + len(core), core, core, (), known=False)
