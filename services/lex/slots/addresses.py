"""AMAZON.EmailAddress and AMAZON.UKPostalCode."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from services.lex.slots.folding import folded
from services.lex.slots.languages.language import Language
from services.lex.slots.locales import Locale, locale_of
from services.lex.slots.resolver import Finding, Reading
from services.lex.slots.views import view_of

_LOCAL = r"[^\W_](?:[\w.!#$%&'*+/=?^`{|}~-]{0,62}[\w+-])?"
_WRITTEN = re.compile(rf"(?<![\w.@+-]){_LOCAL}\s?@\s?(?:[^\W_](?:[\w-]{{0,61}}[^\W_])?\.)+[^\W\d_]{{2,24}}(?![\w@-])")
_BLANKS = re.compile(r"\s+")


class EmailAddressResolver:
    """Written addresses as they are; said ones joined: "john dot smith at example dot com"."""

    def __init__(self, locale: Locale | None = None) -> None:
        self._language = (locale or locale_of("en_US")).language

    def find(self, text: str, reading: Reading) -> Sequence[Finding]:
        written = [_finding(text, *match.span(), _BLANKS.sub("", match[0])) for match in _WRITTEN.finditer(text)]
        return written or (list(self._spoken(text)) if self._language.address.marks else [])

    def answer(self, text: str, reading: Reading) -> Finding | None:
        return next(iter(self.find(text, reading)), None)

    def examples(self) -> Sequence[str]:
        return ("jane@example.com", "john.smith@example.org")

    def _spoken(self, text: str) -> Iterator[Finding]:
        pattern, marks, at = _said(self._language)
        if not at.search(folded(text)):
            return
        view = view_of(text, self._language)
        for match in pattern.finditer(view.text):
            address = at.sub("@", match[0], count=1)
            for mark, words in marks:
                address = words.sub(mark, address)
            address = _BLANKS.sub("", address)
            if _WRITTEN.fullmatch(address):
                yield _finding(text, *view.source(*match.span()), address)


class UKPostalCodeResolver:
    """Upper case with the space: `SW1A 1AA`."""

    _CODE = re.compile(r"(?<!\w)([a-z]{1,2}\d[a-z\d]?)[\s-]*(\d[a-z]{2})(?!\w)")

    def find(self, text: str, reading: Reading) -> Sequence[Finding]:
        codes = ((match.span(), f"{match[1]} {match[2]}".upper()) for match in self._CODE.finditer(folded(text)))
        return [_finding(text, start, end, code) for (start, end), code in codes]

    def answer(self, text: str, reading: Reading) -> Finding | None:
        return next(iter(self.find(text, reading)), None) or self._apart(text)

    def examples(self) -> Sequence[str]:
        return ("SW1A 1AA", "M1 1AE")

    def _apart(self, text: str) -> Finding | None:
        """A code that was spelled letter by letter and is the whole answer."""
        core = text.strip(" .,!?\t\n")
        match = self._CODE.fullmatch(_BLANKS.sub("", folded(core)))
        if match is None:
            return None
        start = text.index(core)
        return _finding(text, start, start + len(core), f"{match[1]} {match[2]}".upper())


def _finding(text: str, start: int, end: int, value: str) -> Finding:
    return Finding(start, end, text[start:end], value, (value,))


@cache
def _said(language: Language) -> tuple[re.Pattern[str], tuple[tuple[str, re.Pattern[str]], ...], re.Pattern[str]]:
    """A said address, the words for its marks, and the words for its at sign."""
    words = language.address
    mark, dot = "|".join(words.marks), words.marks_said(".")
    name = r"(?:[^\W_]\s+)*[^\W_]+(?:\s+\d+)*"
    local = rf"{name}(?:(?:\s+(?:{mark})\s+|[._+-]){name})*"
    domain = rf"{name}(?:(?:\s+(?:{mark})\s+|-){name})*(?:\s+(?:{dot})\s+|\.)[^\W\d_]{{2,24}}"
    pattern = re.compile(rf"(?<!\w){local}\s+(?:(?:{words.at})\s+|@\s*){domain}(?!\w)")
    marks = tuple((written, re.compile(rf"(?<!\w)(?:{said})(?!\w)")) for said, written in words.marks.items())
    return pattern, marks, re.compile(rf"\s(?:{words.at})\s")
