"""AMAZON.Date: `yyyy-mm-dd`, from dates in figures and in words and from what is said relative to today."""

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from services.lex.slots.date_rules import DateRule, date_rules
from services.lex.slots.locales import Locale, locale_of
from services.lex.slots.matches import Candidate, finding, without_overlaps
from services.lex.slots.resolver import Finding, Reading
from services.lex.slots.views import view_of

_BARE_SHARE = 0.25  # how much of an answer a bare month or day must be: "may i …" is no month
_LEAP_CYCLE = 8  # years between two leap days at most


class _Today(NamedTuple):
    """`v1`: weeks and months as V1 resolves them."""

    date: date
    v1: bool
    day_first: bool


class DateResolver:
    """A date without a year is the next one on or after today. With `v1` a week is its Monday, a month its last day."""

    def __init__(self, locale: Locale | None = None, *, v1: bool = False) -> None:
        self._locale = locale or locale_of("en_US")
        self._v1 = v1

    def find(self, text: str, reading: Reading) -> Sequence[Finding]:
        return self._read(text, reading, bare=False)

    def answer(self, text: str, reading: Reading) -> Finding | None:
        found = self._read(text, reading, bare=False) or self._read(text, reading, bare=True)
        return found[0] if found else None

    def examples(self) -> Sequence[str]:
        return _examples(self._locale)

    def _read(self, text: str, reading: Reading, *, bare: bool) -> list[Finding]:
        view = view_of(text, self._locale.language, self._locale.comma)
        rules = date_rules(self._locale.language)
        if not rules.worth_trying.search(view.text):
            return []
        today = _Today(reading.today, self._v1, self._locale.day_first)
        candidates = without_overlaps(_candidates(rules.rules, view.text, today, bare))
        return [finding(text, view, candidate) for candidate in candidates if candidate.values]


def _candidates(rules: Sequence[DateRule], text: str, today: _Today, bare: bool) -> Iterator[Candidate]:
    for rule in rules:
        if rule.bare and not bare:
            continue
        for match in rule.pattern.finditer(text):
            if rule.short and not bare and match["weekday"] in rule.short and _shift(match) is None:
                continue
            try:
                day = _READERS[rule.kind](match, today, rule)
            except (ValueError, OverflowError):
                day = None
            if not rule.bare or match.end() - match.start() >= _BARE_SHARE * len(text):
                yield Candidate(match.start(), match.end(), (day.isoformat(),) if day else ())


@cache
def _examples(locale: Locale) -> tuple[str, ...]:
    words = [re.sub(r"\(\?<?[!:=].*?\)|\\s\+|\|.*", "", word) for word in locale.language.calendar.offsets]
    weekdays = [names.split("/")[0] for names in locale.language.calendar.weekdays.split()[:5:4]]
    return (*(word for word in words[1:2] if word.isalpha()), "2030-05-01", *weekdays)


def _offset(match: re.Match[str], today: _Today, rule: DateRule) -> date:
    return today.date + timedelta(days=rule.values[match.lastgroup or ""])


def _figures(match: re.Match[str], today: _Today, rule: DateRule) -> date | None:
    """Day and month in the order of the locale, or in the only order that gives a date."""
    groups = match.groupdict()
    if groups.get("month"):
        return date(int(groups["year"]), int(groups["month"]), int(groups["day"]))
    first, second = int(groups["a"]), int(groups["b"])
    day, month = (first, second) if today.day_first else (second, first)
    if month > 12:
        day, month = month, day
    return _in_year(day, month, groups.get("year"), today.date)


def _written(match: re.Match[str], today: _Today, rule: DateRule) -> date | None:
    return _in_year(int(match["day"]), rule.values[match["month"]], match["year"], today.date)


def _in_year(day: int, month: int, year: str | None, today: date) -> date | None:
    """The date in a given year, else the next such date on or after today."""
    if year:
        digits = re.sub(r"\D", "", year)
        return date(int(digits) + (2000 if len(digits) == 2 else 0), month, day)
    for ahead in range(_LEAP_CYCLE + 1):
        if 1 <= day <= monthrange(today.year + ahead, month)[1]:
            found = date(today.year + ahead, month, day)
            if found >= today:
                return found
    return None


def _alone(match: re.Match[str], today: _Today, rule: DateRule) -> date | None:
    """The next day of a month with this number."""
    day, month = int(match["day"]), today.date.replace(day=1)
    for _ in range(3):
        last = monthrange(month.year, month.month)[1]
        if 1 <= day <= last and month.replace(day=day) >= today.date:
            return month.replace(day=day)
        month = month.replace(day=last) + timedelta(days=1)
    return None


def _month(match: re.Match[str], today: _Today, rule: DateRule) -> date:
    """A named month as the months around today resolve: a future one is its last day, else its first."""
    month, digits = rule.values[match["month"]], re.sub(r"\D", "", match["year"] or "")
    shift = _shift(match) or 0
    year = int(digits) if digits else today.date.year + (month < today.date.month)
    if shift < 0 and not digits:
        year = today.date.year - (month >= today.date.month)
    first = date(year, month, 1)
    future = today.v1 or first > today.date
    return first.replace(day=monthrange(year, month)[1]) if future else first


def _year(match: re.Match[str], today: _Today, rule: DateRule) -> date:
    year = int(match["year"])
    return date(year, 12, 31) if year > today.date.year or today.v1 else date(year, 1, 1)


def _weekday(match: re.Match[str], today: _Today, rule: DateRule) -> date:
    """The next such day: after today when "next" is said, before it for "last", else today counts."""
    ahead, shift = (rule.values[match["weekday"]] - today.date.weekday()) % 7, _shift(match)
    if shift is not None and shift < 0:
        return today.date - timedelta(days=(7 - ahead) if ahead else 7)
    return today.date + timedelta(days=7 if shift == 1 and ahead == 0 else ahead)


def _period(match: re.Match[str], today: _Today, rule: DateRule) -> date:
    """ "next week", "last month", "this year". Lex V2 resolves "next week" to the last day of the current week."""
    shift, base = _shift(match) or 0, today.date
    if match["day"]:
        return base + timedelta(days=shift)
    if match["week"]:
        monday = base - timedelta(days=base.weekday())
        return monday + timedelta(days=6 if shift > 0 and not today.v1 else 7 * shift)
    year, month = (base.year + shift, 12 if shift > 0 or today.v1 else 1) if match["year"] else _months(base, shift)
    last = shift > 0 or today.v1
    return date(year, month, monthrange(year, month)[1] if last else 1)


def _counted(match: re.Match[str], today: _Today, rule: DateRule) -> date:
    """ "in three days", "two weeks ago"; a day that the month lacks is its last."""
    number = int(match["n"]) if match["n"].isdigit() else 1
    count = number * rule.values["sign"]
    if match["day"] or match["week"]:
        return today.date + timedelta(days=count * (7 if match["week"] else 1))
    year, month = _months(today.date, count * (12 if match["year"] else 1))
    return date(year, month, min(today.date.day, monthrange(year, month)[1]))


def _months(base: date, count: int) -> tuple[int, int]:
    """Year and month so many months away. Raises ValueError outside of the calendar."""
    year, month = divmod(base.year * 12 + base.month - 1 + count, 12)
    if not 1 <= year <= 9999:
        raise ValueError("outside of the calendar")
    return year, month + 1


def _shift(match: re.Match[str]) -> int | None:
    """1 for "next", 0 for "this", -1 for "last", None when nothing of the kind is said."""
    groups = match.groupdict()
    if groups.get("next") or groups.get("next2"):
        return 1
    if groups.get("last") or groups.get("last2"):
        return -1
    return 0 if groups.get("this") else None


_READERS = {
    "offset": _offset, "figures": _figures, "written": _written, "alone": _alone, "month": _month, "year": _year,
    "weekday": _weekday, "period": _period, "counted": _counted,
}  # fmt: skip
