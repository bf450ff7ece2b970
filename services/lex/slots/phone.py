"""AMAZON.PhoneNumber: digits, a leading + kept."""

import re
from collections.abc import Sequence

from phonenumbers import Leniency, PhoneNumberMatcher

from services.lex.slots.digits import DigitRun, digit_runs
from services.lex.slots.locales import Locale, locale_of
from services.lex.slots.resolver import Finding, Reading

_FEWEST, _MOST = 7, 15
_NORTH_AMERICA = frozenset({"US", "CA"})
_LOCAL = re.compile(r"(?<![\w$€£.,])\+?(?:\(\d{1,5}\)[\s.-]?)?\d[\d.\s-]{5,}\d(?![\w])")
# Tried first: the library would take digits that follow the number, such as a PIN, into it.
_NORTH_AMERICAN = re.compile(r"(?<![\w$€£.,+])(?:\+?1[\s.-]?)?(?:\(\d{3}\)\s?|\d{3}[\s.-]?)\d{3}[\s.-]?\d{4}(?!\w)")
_NOT_DIGIT = re.compile(r"\D")


class PhoneNumberResolver:
    """The region of the locale tells how national numbers are grouped."""

    def __init__(self, locale: Locale | None = None) -> None:
        locale = locale or locale_of("en_US")
        self._region = locale.region if locale.region.isalpha() else None
        self._words = locale.language.numbers
        self._plus = re.compile(rf"(?:\+|\b(?:{locale.language.address.marks_said('+')}))\s*$", re.IGNORECASE)

    def find(self, text: str, reading: Reading) -> Sequence[Finding]:
        if sum(char.isdigit() for char in text) < _FEWEST:
            return []
        if self._region in _NORTH_AMERICA and (plain := list(_NORTH_AMERICAN.finditer(text))):
            return [_finding(text, match.start(), match.end()) for match in plain]
        found = [
            _finding(text, match.start, match.end)
            for match in PhoneNumberMatcher(text, self._region, leniency=Leniency.POSSIBLE)
        ]
        if not found:
            found = [_finding(text, match.start(), match.end()) for match in _LOCAL.finditer(text)]
        return [item for item in found if _FEWEST <= len((item.interpreted or "").lstrip("+")) <= _MOST]

    def answer(self, text: str, reading: Reading) -> Finding | None:
        for found in self.find(text, reading):
            return found
        for run in digit_runs(text, self._words):
            if _FEWEST <= len(run.digits) <= _MOST:
                return _with_plus(text, run, self._plus)
        return None

    def examples(self) -> Sequence[str]:
        return ("555 555 0100", "+15555550100")


def _with_plus(text: str, run: DigitRun, plus: re.Pattern[str]) -> Finding:
    """Spoken digits as a number, with the plus that was said before them."""
    sign = plus.search(text, 0, run.start)
    start, number = (sign.start(), f"+{run.digits}") if sign else (run.start, run.digits)
    return Finding(start, run.end, text[start : run.end], number, (number,))


def _finding(text: str, start: int, end: int) -> Finding:
    original = text[start:end]
    number = ("+" if original.lstrip().startswith(("+", "＋")) else "") + _NOT_DIGIT.sub("", original)
    return Finding(start, end, original, number, (number,))
