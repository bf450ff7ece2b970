"""AMAZON.Date, its plain forms: ISO dates, month/day/year, today, tomorrow, yesterday."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from services.lex.slots.resolver import Finding, Reading

_DAYS = {"today": 0, "tomorrow": 1, "yesterday": -1}
_DATE = re.compile(
    r"(?<![\w/-])(?:(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"|(?P<us_month>\d{1,2})/(?P<us_day>\d{1,2})(?:/(?P<us_year>\d{4}))?"
    r"|(?P<word>today|tomorrow|yesterday))(?![\w/-])",
    re.IGNORECASE,
)


class DateResolver:
    """A date without a year is the next one on or after today."""

    def find(self, text: str, reading: Reading) -> Sequence[Finding]:
        found = []
        for match in _DATE.finditer(text):
            day = _day(match, reading.today)
            if day is not None:
                value = day.isoformat()
                found.append(Finding(match.start(), match.end(), match[0], value, (value,)))
        return found

    def answer(self, text: str, reading: Reading) -> Finding | None:
        return next(iter(self.find(text, reading)), None)

    def examples(self) -> Sequence[str]:
        return ("tomorrow", "2030-05-01")


def _day(match: re.Match[str], today: date) -> date | None:
    if match["word"]:
        return today + timedelta(days=_DAYS[match["word"].lower()])
    try:
        if match["year"]:
            return date(int(match["year"]), int(match["month"]), int(match["day"]))
        year, month, day = int(match["us_year"] or today.year), int(match["us_month"]), int(match["us_day"])
        result = date(year, month, day)
        return result if match["us_year"] or result >= today else result.replace(year=year + 1)
    except ValueError:
        return None
