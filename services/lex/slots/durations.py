"""AMAZON.Duration: a duration of ISO 8601, such as `PT10M`, `P8W` or `P2YT3H10M`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from services.lex.slots.languages.language import Language
from services.lex.slots.locales import Locale, locale_of
from services.lex.slots.matches import Candidate, finding
from services.lex.slots.resolver import Finding, Reading
from services.lex.slots.spoken import in_digits
from services.lex.slots.views import view_of

_QUARTER = (
    r"(?:(?:an?|1|um|un|une|eine?)\s+)?(?P<quarters>[1-3]\s+)?(?:quarters?\s+(?:of\s+)?an\s+hour|cuartos?\s+de\s+hora"
    r"|quartos?\s+de\s+hora|quarts?\s+d'heure|quart[oi]\s+d'ora|viertelstunden?)"
)
_ORDER = ("Y", "M", "W", "D", "TH", "TM", "TS")
_SMALLER = {"Y": ("M", 12), "M": ("D", 30), "W": ("D", 7), "D": ("TH", 24), "TH": ("TM", 60), "TM": ("TS", 60)}
_NAMED = {"F": ("W", 2), "X": ("Y", 10)}


class _Part(NamedTuple):
    start: int
    end: int
    amounts: Mapping[str, Decimal]


class DurationResolver:
    """Parts that follow one another make one duration; weeks beside other parts are written as days."""

    def __init__(self, locale: Locale | None = None) -> None:
        self._locale = locale or locale_of("en_US")

    def find(self, text: str, reading: Reading) -> Sequence[Finding]:
        language = self._locale.language
        if not language.units:
            return []
        view = view_of(text, language, self._locale.comma)
        parts = _joined(view.text, list(_parts(view.text, language)), language)
        return [finding(text, view, Candidate(part.start, part.end, (_iso(part.amounts),))) for part in parts]

    def answer(self, text: str, reading: Reading) -> Finding | None:
        return next(iter(self.find(text, reading)), None) or _iso_given(text)

    def examples(self) -> Sequence[str]:
        return _EXAMPLES.get(self._locale.language.code, ("PT10M",))


_EXAMPLES = {
    "en": ("10 minutes", "two weeks"), "es": ("10 minutos", "dos semanas"), "pt": ("10 minutos", "duas semanas"),
    "fr": ("10 minutes", "deux semaines"), "de": ("10 Minuten", "zwei Wochen"), "it": ("10 minuti", "due settimane"),
}  # fmt: skip
_ISO = re.compile(
    r"\s*(P(?=\d|T\d)(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?)\s*", re.A
)


def _iso_given(text: str) -> Finding | None:
    match = _ISO.fullmatch(text)
    return Finding(match.start(1), match.end(1), match[1], match[1], (match[1],)) if match else None


@cache
def _pattern(language: Language) -> re.Pattern[str]:
    units = "|".join(f"(?P<{name}>{pattern})" for name, pattern in language.units.items())
    number = rf"(?P<n>\d{{1,9}}(?:[.,]\d{{1,4}})?|{language.an})"
    return re.compile(
        rf"(?<![\w.,:/$€£-])(?:(?P<quarter>{_QUARTER})(?!\w)"
        r"|(?P<hours>\d{1,4})\s?h\s?(?P<minutes>[0-5]\d)(?!\w|[.,:]\d)(?:\s?min(?:utes|uti|utos)?\b)?"
        rf"|(?:(?P<half>{language.half_unit})|{number}(?P<half1>{language.and_half})?[\s'-]*)(?:{units})(?!\w)"
        rf"(?P<half2>{language.and_half}(?!\w))?)"
    )


def _parts(text: str, language: Language) -> Iterator[_Part]:
    for match in _pattern(language).finditer(text):
        yield _Part(match.start(), match.end(), _amounts(match, language))


def _amounts(match: re.Match[str], language: Language) -> dict[str, Decimal]:
    """The amount of each unit that one match says."""
    if match["quarter"]:
        return {"TM": Decimal(15 * int(match["quarters"] or 1))}
    if match["hours"]:
        return {"TH": Decimal(match["hours"]), "TM": Decimal(match["minutes"])}
    unit = next(name for name in language.units if match[name])
    given = match["n"] or ""
    amount = Decimal(given.replace(",", ".")) if given[:1].isdigit() else Decimal(0 if match["half"] else 1)
    if match["half"] or match["half1"] or match["half2"]:
        amount += Decimal("0.5")
    unit, times = _NAMED.get(unit, (unit, 1))
    return _in_whole_units(unit, amount * times)


def _in_whole_units(unit: str, amount: Decimal) -> dict[str, Decimal]:
    """1.5 hours as one hour and thirty minutes; parts of a second are dropped."""
    whole, amounts = amount // 1, {}
    if whole or amount == whole:
        amounts[unit] = whole
    rest = amount - whole
    if rest and unit in _SMALLER:
        smaller, times = _SMALLER[unit]
        amounts |= {name: value for name, value in _in_whole_units(smaller, rest * times).items() if value}
    return amounts or {unit: whole}


def _joined(text: str, parts: list[_Part], language: Language) -> list[_Part]:
    """Neighbours from a larger to a smaller unit, joined."""
    link = _link(language)
    joined: list[_Part] = []
    for part in parts:
        last = joined[-1] if joined else None
        if last and link.fullmatch(text, last.end, part.start) and _smallest(last) < _largest(part):
            joined[-1] = _Part(last.start, part.end, {**last.amounts, **part.amounts})
        else:
            joined.append(part)
    return joined


@cache
def _link(language: Language) -> re.Pattern[str]:
    return re.compile(rf"[\s,]*(?:(?:{language.conjunctions})\s+)?")


def _smallest(part: _Part) -> int:
    return max(_ORDER.index(unit) for unit in part.amounts)


def _largest(part: _Part) -> int:
    return min(_ORDER.index(unit) for unit in part.amounts)


def _iso(amounts: Mapping[str, Decimal]) -> str:
    amounts = dict(amounts)
    if "W" in amounts and len(amounts) > 1:
        amounts["D"] = amounts.get("D", Decimal(0)) + 7 * amounts.pop("W")
    day = "".join(f"{in_digits(amounts[unit])}{unit}" for unit in _ORDER if unit in amounts and len(unit) == 1)
    time = "".join(f"{in_digits(amounts[unit])}{unit[1]}" for unit in _ORDER if unit in amounts and len(unit) == 2)
    return f"P{day}{f'T{time}' if time else ''}"
