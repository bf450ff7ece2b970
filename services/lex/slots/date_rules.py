"""The regular expressions of dates, made from a language's words."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from services.lex.slots.folding import folded
from services.lex.slots.languages.language import CalendarWords, Language

Kind = Literal["offset", "figures", "written", "alone", "month", "year", "weekday", "period", "counted"]
_DAY = r"(?<![\d/.:,$€£-])(?P<day>\d{1,2})(?:(?:st|nd|rd|th|er|o|re)(?!\w)|[º°ª]|\.(?!\d))?(?!\d)"
_ORDINAL = r"(?<![\d/.:,$€£-])(?P<day>\d{1,2})(?:st|nd|rd|th|er|[º°])(?!\w)"
_YEAR = r"(?P<year>\d{4}|(?:19|20) \d{2})(?!\d)"
_FIGURES = (
    r"(?<![\w/.-])(?P<year>\d{4})(?P<sep>[-/.])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})(?![\w/-])",
    r"(?<![\w/.-])(?P<a>\d{1,2})(?P<sep>[/.-])\s?(?P<b>\d{1,2})(?P=sep)\s?(?P<year>\d{4}|\d{2})(?![\w/-])",
    r"(?<![\w/.,$€£-])(?P<a>\d{1,2})/(?P<b>\d{1,2})(?![\w/%])",
    r"(?<![\w/.,$€£-])(?P<a>\d{1,2})\.\s?(?P<b>\d{1,2})\.(?!\d)",
)
_ARTICLE = r"(?:(?:the|el|le|den|der|il|dia|o|am)\s+)?"


@dataclass(frozen=True, slots=True)
class DateRule:
    """One pattern. `bare` ones count only in an answer, as the `short` names of weekdays do when they stand alone."""

    kind: Kind
    pattern: re.Pattern[str]
    values: Mapping[str, int] = field(default_factory=dict)
    bare: bool = False
    short: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DateRules:
    """`worth_trying` finds nothing in a text that none of the rules can match."""

    rules: tuple[DateRule, ...]
    worth_trying: re.Pattern[str]


@cache
def date_rules(language: Language) -> DateRules:
    words = language.calendar
    months, weekdays = _named(words.months, 1), _named(words.weekdays, 0)
    rules = [DateRule("figures", re.compile(_weekday_before(weekdays) + pattern)) for pattern in _FIGURES]
    if months:
        rules += [*_of_months(words, months, weekdays), *_relative(words, weekdays)]
    names = [*words.offsets, _any(months), _any(weekdays), *words.units.values()]
    return DateRules(tuple(rules), re.compile(rf"\d|(?<!\w)(?:{'|'.join(name for name in names if name)})(?!\w)"))


def _of_months(words: CalendarWords, months: dict[str, int], weekdays: dict[str, int]) -> Iterator[DateRule]:
    for template in words.written:
        pattern = template.replace("{day}", _DAY).replace("{month}", _group("month", months)).replace("{year}", _YEAR)
        yield DateRule("written", re.compile(rf"(?<!\w){_weekday_before(weekdays)}{pattern}(?!\w)"), months)
    for template in words.alone:
        pattern = template.replace("{day}", _DAY).replace("{ordinal}", _ORDINAL)
        yield DateRule("alone", re.compile(rf"(?<!\w){_weekday_before(weekdays)}{pattern}"))
    yield DateRule("alone", re.compile(rf"(?<![\w,.-]){_DAY}(?!\w|[/:,.-]\d)"), bare=True)
    tail = rf"(?!\w)(?:[\s,]+(?:of\s+|del?\s+)?{_YEAR})?"
    month = rf"(?P<month>{_any(months)}){tail}"
    before, behind = _around(words)
    yield DateRule("month", re.compile(rf"(?<!\w)(?:{words.of_month})(?:{before})?{month}(?:{behind})?(?!\w)"), months)
    yield DateRule("month", re.compile(rf"(?<!\w)(?:{before})?{month}(?:{behind})?(?!\w)"), months, bare=True)
    yield DateRule("year", re.compile(r"(?<![\w.,/:-])(?P<year>(?:19|20)\d\d)(?![\w/:-]|[.,]\d)"), bare=True)


def _relative(words: CalendarWords, weekdays: dict[str, int]) -> Iterator[DateRule]:
    offsets = {f"o{n}": days for n, days in enumerate(words.offsets.values())}
    groups = "|".join(f"(?P<o{n}>{pattern})" for n, pattern in enumerate(words.offsets))
    yield DateRule("offset", re.compile(rf"(?<!\w)(?:{groups})(?!\w)"), offsets)
    before, behind = _around(words)
    short = frozenset(name for names in words.weekdays.split() for name in map(folded, names.split("/")[1:]))
    weekday = rf"(?<!\w)(?:{before})?{_group('weekday', weekdays)}(?:{behind})?(?!\w)"
    yield DateRule("weekday", re.compile(weekday), weekdays, short=short)
    unit = "|".join(f"(?P<{name}>{pattern})" for name, pattern in words.units.items())
    yield DateRule("period", re.compile(rf"(?<!\w)(?:{before})(?:{unit})(?!\w)"))
    yield DateRule("period", re.compile(rf"(?<!\w)(?:{unit})(?:{behind})(?!\w)"))
    count = rf"(?P<n>\d{{1,6}}|{words.one})\s+(?:{unit})"
    for sign, templates in ((1, words.ahead), (-1, words.ago)):
        for template in templates:
            pattern = rf"(?<![\w.,]){template.replace('{count}', count)}(?!\w)"
            yield DateRule("counted", re.compile(pattern), {"sign": sign})


def _around(words: CalendarWords) -> tuple[str, str]:
    """What may stand before and behind a weekday or a unit, in groups that tell which one it is."""
    before = rf"(?P<next>{words.upcoming[0]})|(?P<this>{words.current[0]})|(?P<last>{words.past[0]})"
    return before, rf"(?P<next2>{words.upcoming[1]})|(?P<last2>{words.past[1]})"


def _named(words: str, start: int) -> dict[str, int]:
    return {folded(name): n for n, names in enumerate(words.split(), start) for name in names.split("/")}


def _any(names: Mapping[str, int]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


def _group(name: str, names: Mapping[str, int]) -> str:
    return rf"(?P<{name}>{_any(names)})(?!\w)"


def _weekday_before(weekdays: Mapping[str, int]) -> str:
    return rf"(?:(?:{_any(weekdays)})(?!\w)[\s,.]+{_ARTICLE})?" if weekdays else ""
