"""Places and names of people: AMAZON.City, State, Country, StreetName, FirstName, LastName.

The lists are open: what a customer says is passed on as said. Well-known places are also recognised inside a phrase.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Literal

from babel import Locale as BabelLocale

from services.lex.slots.enumeration import EnumerationResolver
from services.lex.slots.locales import Locale, locale_of
from services.lex.slots.openings import core_of
from services.lex.slots.places import CITIES, STATES
from services.lex.slots.resolver import Finding, Reading

Kind = Literal["City", "State", "Country", "StreetName", "FirstName", "LastName"]
_LONGEST = 6
_NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"})
_HAS_LETTER = re.compile(r"[^\W\d_]")
_EXAMPLES: Mapping[Kind, Sequence[str]] = {
    "City": ("Berlin", "New York", "Madrid"),
    "State": ("Texas", "California"),
    "Country": ("France", "Canada", "Brazil"),
    "StreetName": ("Main Street", "Oak Avenue"),
    "FirstName": ("Maria", "John"),
    "LastName": ("Smith", "Garcia"),
}


class NameResolver:
    """Of two names in an answer, the first is the first name and the rest the last name."""

    def __init__(self, kind: Kind, locale: Locale | None = None) -> None:
        self._kind = kind
        self._language = (locale or locale_of("en_US")).language
        self._listed = _listed(kind, self._language.code)

    def find(self, text: str, reading: Reading) -> Sequence[Finding]:
        return [_as_said(found) for found in self._listed.find(text, reading)] if self._listed else ()

    def answer(self, text: str, reading: Reading) -> Finding | None:
        if found := self.find(text, reading):
            return max(found, key=lambda finding: finding.end - finding.start)
        start, core = core_of(text, self._language)
        words = core.split()
        if not words or len(words) > _LONGEST or not _HAS_LETTER.search(core):
            return None
        if len(words) > 1 and self._kind == "FirstName":
            core = words[0]
        if len(words) > 1 and self._kind == "LastName":
            last = core[len(words[0]) :].lstrip()
            start, core = start + len(core) - len(last), last
        core = core.rstrip(" ,.")
        return Finding(start, start + len(core), core, core, (core,), known=False) if core else None

    def examples(self) -> Sequence[str]:
        return _EXAMPLES[self._kind]


def _as_said(found: Finding) -> Finding:
    return Finding(found.start, found.end, found.original, found.original, (found.original,))


@cache
def _listed(kind: Kind, language: str) -> EnumerationResolver | None:
    names: Sequence[str] = ()
    if kind == "Country":
        names = [name for code in dict.fromkeys(("en", language or "en")) for name in _countries(code)]
    elif kind in ("City", "State"):
        names = CITIES if kind == "City" else STATES
    return EnumerationResolver({name: [] for name in names}, closed=True) if names else None


def _countries(language: str) -> Sequence[str]:
    """What the countries are called in a language, by the Unicode Common Locale Data Repository."""
    territories = BabelLocale(language).territories
    return [name for code, name in territories.items() if len(code) == 2 and code not in _NO_COUNTRIES]
