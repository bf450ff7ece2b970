"""Which of two values of a condition is the greater one (Lex V2 guide, "Comparison operators").

Numbers, percentages and amounts of one currency compare as numbers; dates and times by the calendar and the clock;
durations (ISO 8601, an `H` also without its `T`, as the guide writes it) by their length; everything else as text.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

_NUMBER = re.compile(r"(?:(?P<currency>[a-z]{3}) )?(?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+))%?")
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
_DURATION = re.compile(
    r"p(?=[\dt])(?:(\d{1,9})y)?(?:(\d{1,9})m)?(?:(\d{1,9})w)?(?:(\d{1,9})d)?"
    r"(?:t?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?)?"
)
_LENGTHS = (31_557_600, 2_629_800, 604_800, 86_400, 3_600, 60, 1)


def order(one: str, other: str) -> int:
    """Negative, 0 or positive as `one` is less than, equal to or greater than `other`. Both are casefolded."""
    if _currencies_fit(one, other) and (of_kind := _ordered(_number, one, other)) is not None:
        return of_kind
    for kind in (_day, _second_of_day, _length):
        if (of_kind := _ordered(kind, one, other)) is not None:
            return of_kind
    return (one > other) - (one < other)


def _ordered(kind: Callable[[str], Decimal | int | None], one: str, other: str) -> int | None:
    """How two values of one kind compare; None when one of them is not of it."""
    values = kind(one), kind(other)
    if values[0] is None or values[1] is None:
        return None
    return (values[0] > values[1]) - (values[0] < values[1])


def _currencies_fit(one: str, other: str) -> bool:
    """A bare number fits any currency."""
    named = {match["currency"] for text in (one, other) if (match := _NUMBER.fullmatch(text))} - {None}
    return len(named) < 2


def _number(text: str) -> Decimal | None:
    match = _NUMBER.fullmatch(text)
    return Decimal(match["number"]) if match else None


def _day(text: str) -> int | None:
    match = _DATE.fullmatch(text)
    try:
        return date(*map(int, match.groups())).toordinal() if match else None
    except ValueError:
        return None


def _second_of_day(text: str) -> int | None:
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3_600 + minutes * 60 + seconds


def _length(text: str) -> int | None:
    """Seconds of a duration; a year and a month have their mean length."""
    parts = _DURATION.fullmatch(text)
    if parts is None or not any(parts.groups()):
        return None
    return sum(int(part or 0) * seconds for part, seconds in zip(parts.groups(), _LENGTHS, strict=True))
