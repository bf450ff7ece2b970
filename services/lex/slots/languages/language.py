"""What the resolvers have to know of a language. Words are stored folded: lower case, no diacritics."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from services.lex.slots.folding import folded


def counted(words: str, start: int = 0, step: int = 1) -> dict[str, int]:
    """Words for ascending numbers; `a/b` are two words for one number."""
    values = {}
    for n, spellings in enumerate(words.split()):
        for spelling in spellings.split("/"):
            values[folded(spelling)] = start + n * step
    return values


@dataclass(frozen=True)
class NumberWords:
    """`values` up to 999 as one word; `compound` are stems for thousand inside a word ("zweitausendfünf").

    `joint` is the word between parts of a number: after hundreds, after tens, or anywhere between descending parts.
    `articles` are words for one that mostly are none. `figures` are words for a digit that only count among digits,
    `halves` words for a number and a half.
    """

    values: Mapping[str, int]
    scales: Mapping[str, int]
    hundred: frozenset[str] = frozenset()
    ordinals: Mapping[str, int] = field(default_factory=dict)
    minus: frozenset[str] = frozenset()
    point: frozenset[str] = frozenset()
    articles: frozenset[str] = frozenset()
    joint: str = ""
    joins: Literal["hundreds", "tens", "any"] = "any"
    half: str = r"(?!)"
    compound: tuple[str, ...] = ()
    vigesimal: bool = False
    unit_first: bool = False
    repeats: Mapping[str, int] = field(default_factory=dict)
    figures: Mapping[str, int] = field(default_factory=dict)
    halves: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class CalendarWords:
    """Regular expressions over folded text in which spoken numbers stand as digits (ordinals with º behind).

    `offsets` are days from today. `upcoming`, `current`, `past` are what stands before and behind a weekday or unit.
    In `ahead` and `ago` `{count}` is a number of units; in `written`, `alone` and `of_month` stand `{day}`, `{month}`
    and `{year}`. The first spelling of a month or weekday is its full name, the others count with more words only.
    """

    offsets: Mapping[str, int]
    months: str
    weekdays: str
    units: Mapping[Literal["day", "week", "month", "year"], str]
    upcoming: tuple[str, str]
    current: tuple[str, str]
    past: tuple[str, str]
    ahead: tuple[str, ...]
    ago: tuple[str, ...]
    written: tuple[str, ...]
    alone: tuple[str, ...]
    of_month: str
    one: str = "1"


@dataclass(frozen=True)
class ClockWords:
    """`parts` are the parts of the day: what may follow a time or stand alone, by MO, AF, EV, NI, AM, PM.

    In `spoken` stand `{h}` for the hour, `{m}` (`{mm}` with two digits) for minutes that are added and `{less}` for
    minutes that are taken off; the number is added to the minutes, as the groups p15, p30 and q15 (minus 15) are.
    `exact` are forms of the 24 hour clock, `bare` those that only count in an answer.
    """

    named: Mapping[str, str]
    parts: Mapping[str, str]
    spoken: tuple[tuple[str, int], ...]
    exact: tuple[str, ...]
    bare: tuple[str, ...]
    now: str = r"(?!)"


@dataclass(frozen=True)
class MoneyWords:
    """`units` and `cents` are words for currencies and their hundredths, `pieces` coins worth so many cents."""

    units: Mapping[str, str]
    cents: Mapping[str, str]
    pieces: Mapping[str, int]
    link: str


@dataclass(frozen=True)
class AnswerWords:
    """Alternatives of a regular expression that mean yes, no, perhaps and not knowing; `opening` and `ending` are
    what people put around any answer."""

    yes: str
    no: str
    maybe: str
    unknown: str
    opening: str
    ending: str
    negation: str = r"(?!)"


@dataclass(frozen=True)
class AddressWords:
    """How the characters of an e-mail address are said, as regular expressions."""

    at: str
    marks: Mapping[str, str]

    def marks_said(self, mark: str) -> str:
        """The words for one mark."""
        return next((words for words, written in self.marks.items() if written == mark), r"(?!)")


@dataclass(frozen=True, eq=False)
class Language:
    """`units` are the words for the parts of a duration, by their letter in ISO 8601 (`TM` is a minute)."""

    code: str
    numbers: NumberWords
    calendar: CalendarWords
    clock: ClockWords
    units: Mapping[str, str]
    half_unit: str
    and_half: str
    percent: str
    money: MoneyWords
    answers: AnswerWords
    address: AddressWords
    conjunctions: str
    an: str = r"(?!)"
