"""Custom slot types: a list of values with synonyms."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from services.lex.slots.folding import folded
from services.lex.slots.locales import Locale, locale_of
from services.lex.slots.near import Near, SpellingIndex
from services.lex.slots.openings import core_of
from services.lex.slots.resolver import Finding, Reading, trimmed

_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)?[+#]*")
_LONGEST_OPEN = 8
_MOST_RESOLVED = 5
_Words = Sequence[str]


class _Match(NamedTuple):
    """Values, the likeliest first, in the words from `first` to before `behind`.

    `worth` is the letters of the likeliest spelling, less two for each slip.
    """

    first: int
    behind: int
    values: list[str]
    worth: int
    slips: int = 0


class EnumerationResolver:
    """Values and synonyms compare without case, blanks and diacritics, on whole words.

    With `closed` (TOP_RESOLUTION) the value is passed on in its canonical spelling and nothing else resolves; else
    (ORIGINAL_VALUE) what the customer typed is passed on, slips of the keyboard are forgiven, and the listed values
    are examples. With `has_signs` some values have no word in them: those are known by themselves only, never inside
    a text.
    """

    def __init__(self, values: Mapping[str, Sequence[str]], *, closed: bool, locale: Locale | None = None) -> None:
        self._closed = closed
        self.language = (locale or locale_of("en_US")).language
        self._values = list(values)
        self._canonical: dict[str, list[str]] = {}
        self._reach: dict[str, int] = {}
        words: dict[str, list[str]] = {}
        for value, synonyms in values.items():
            for spelling in (value, *synonyms):
                written = _TOKEN.findall(folded(spelling))
                key = "".join(written) or folded(spelling.strip())
                canonical = self._canonical.setdefault(key, [])
                if value not in canonical:
                    canonical.append(value)
                words[key] = written
                self._reach[key[:2]] = max(self._reach.get(key[:2], 0), len(written) + 1)
        self._keys = list(self._canonical)
        self.has_signs = not all(words.values())
        self._near = None if closed else SpellingIndex(words)

    def find(self, text: str, reading: Reading) -> Sequence[Finding]:
        places = list(_TOKEN.finditer(folded(text)))
        words = [place[0] for place in places]
        exact = self._exact(words)
        found = exact if self._near is None else _best([*exact, *self._nearly(words, exact, self._near)])
        return [
            self._finding(text, places[match.first].start(), places[match.behind - 1].end(), match.values)
            for match in found
        ]

    def answer(self, text: str, reading: Reading) -> Finding | None:
        start, core = trimmed(text)
        if values := self._canonical.get(folded(core)) if core else None:
            return self._finding(text, start, start + len(core), values)
        if found := self.find(text, reading):
            return max(found, key=lambda finding: finding.end - finding.start)
        return None if self._closed else self._open_value(text)

    def examples(self) -> Sequence[str]:
        return self._values

    def _exact(self, words: _Words) -> list[_Match]:
        """The values that stand in the text, from its beginning, each as long as may be."""
        found, position = [], 0
        while position < len(words):
            match = self._longest(words, position)
            if match is not None:
                found.append(match)
            position = match.behind if match else position + 1
        return found

    def _longest(self, words: _Words, first: int) -> _Match | None:
        """The longest value that begins with a word, whose letters may be spread over one word more than it has."""
        start = "".join(words[first : first + 2])[:2]
        reach = self._reach.get(start) or self._reach.get(words[first], 0)
        for behind in range(min(first + reach, len(words)), first, -1):
            key = "".join(words[first:behind])
            if values := self._canonical.get(key):
                return _Match(first, behind, values, len(key))
        return None

    def _nearly(self, words: _Words, exact: Sequence[_Match], index: SpellingIndex) -> Iterator[_Match]:
        """What may be misspelt values, those that overlap with others and with exact ones as well."""
        taken = {(match.first, match.behind) for match in exact}
        for first, word in enumerate(words):
            for count in index.counts(word):
                behind = first + count
                if behind <= len(words) and (first, behind) not in taken:
                    near = index.near(tuple(words[first:behind]))
                    if near:
                        yield self._meant(first, behind, near)

    def _meant(self, first: int, behind: int, near: Sequence[Near]) -> _Match:
        keys = [self._keys[each.number] for each in near]
        values = list(dict.fromkeys(value for key in keys for value in self._canonical[key]))
        return _Match(first, behind, values, len(keys[0]) - 2 * near[0].slips, near[0].slips)

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


def _best(matches: Iterable[_Match]) -> list[_Match]:
    """Those that do not overlap, in their order: what is worth more comes first."""
    kept: list[_Match] = []
    for match in sorted(matches, key=lambda match: (-match.worth, match.slips, match.first)):
        if all(match.behind <= other.first or match.first >= other.behind for other in kept):
            kept.append(match)
    return sorted(kept)
