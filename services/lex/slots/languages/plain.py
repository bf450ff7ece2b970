"""Languages without rules of their own: figures, ISO dates, clock times, ISO currency codes."""

from services.lex.slots.languages.language import (
    AddressWords,
    AnswerWords,
    CalendarWords,
    ClockWords,
    Language,
    MoneyWords,
    NumberWords,
)

_NEVER = r"(?!)"
PLAIN = Language(
    code="",
    numbers=NumberWords(values={}, scales={}),
    calendar=CalendarWords(
        offsets={},
        months="",
        weekdays="",
        units={"day": _NEVER, "week": _NEVER, "month": _NEVER, "year": _NEVER},
        upcoming=(_NEVER, _NEVER),
        current=(_NEVER, _NEVER),
        past=(_NEVER, _NEVER),
        ahead=(),
        ago=(),
        written=(),
        alone=(),
        of_month=_NEVER,
    ),
    clock=ClockWords(named={}, parts={}, spoken=(), exact=(r"{h}:{mm}",), bare=()),
    units={},
    half_unit=_NEVER,
    and_half=_NEVER,
    percent=_NEVER,
    money=MoneyWords(units={}, cents={}, pieces={}, link=_NEVER),
    answers=AnswerWords(yes="ok", no="no", maybe=_NEVER, unknown=_NEVER, opening=_NEVER, ending=_NEVER),
    address=AddressWords(at=_NEVER, marks={}),
    conjunctions=_NEVER,
)
