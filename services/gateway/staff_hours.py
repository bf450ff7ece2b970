"""When staff are there to answer: a weekly plan in the bank's own time zone, and days on which nobody is."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.gateway.settings import STAFF_HOURS, WEEKDAYS

_BEFORE, _AHEAD = 8, 9
_YEAR = 370
Period = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class _Span:
    """On these days of the week, 0 Monday; one that ends no later than it begins ends on the next day."""

    weekdays: frozenset[int]
    begins: time
    ends: time


class StaffHours:
    """`plan` is written `mon-fri 08:00-18:00`, one entry for each part of it; empty, somebody is always there."""

    def __init__(self, plan: Sequence[str] = (), zone: str = "UTC", closed_on: Collection[date] = ()) -> None:
        self.zone = ZoneInfo(zone)
        self._spans = [_span(entry) for entry in plan]
        self._closed_on = frozenset(closed_on)

    def open_since(self, now: datetime) -> datetime | None:
        """Since when somebody has been there without a break, as far as a week back; None while nobody is."""
        if not self._spans:
            return datetime.min.replace(tzinfo=UTC)
        return next((begins for begins, ends in self._periods(now, -_BEFORE, _AHEAD) if begins <= now < ends), None)

    def closed_since(self, now: datetime) -> datetime:
        """When somebody was there last, of a moment at which nobody is."""
        past = [ends for _, ends in self._periods(now, -_YEAR, 1) if ends <= now]
        return max(past, default=datetime.min.replace(tzinfo=UTC))

    def opens_at(self, now: datetime) -> datetime | None:
        """When somebody will be there, in the bank's time zone; None when that is not within a year."""
        for days in (_AHEAD, _YEAR):
            coming = [begins for begins, _ in self._periods(now, -1, days) if begins > now]
            if coming:
                return coming[0].astimezone(self.zone)
        return None

    def _periods(self, now: datetime, first: int, last: int) -> list[Period]:
        """From so many days before to so many after, in order; what follows without a break is one."""
        joined: list[Period] = []
        for begins, ends in sorted(self._parts(now.astimezone(self.zone).date(), first, last)):
            if joined and begins <= joined[-1][1]:
                joined[-1] = joined[-1][0], max(ends, joined[-1][1])
            else:
                joined.append((begins, ends))
        return joined

    def _parts(self, today: date, first: int, last: int) -> Iterator[Period]:
        for number in range(first, last):
            day = today + timedelta(days=number)
            if day in self._closed_on:
                continue
            for span in self._spans:
                if day.weekday() in span.weekdays:
                    over_night = timedelta(days=span.ends <= span.begins)
                    yield self._moment(day, span.begins), self._moment(day + over_night, span.ends)

    def _moment(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)


def _span(entry: str) -> _Span:
    found = re.fullmatch(STAFF_HOURS, entry)
    if found is None:
        raise ValueError("hours of staff are written mon-fri 08:00-18:00")
    first = WEEKDAYS.index(found["first"])
    last = WEEKDAYS.index(found["last"]) if found["last"] else first
    days = frozenset((first + number) % 7 for number in range((last - first) % 7 + 1))
    return _Span(days, _time(found["begins"]), _time(found["ends"]))


def _time(text: str) -> time:
    return time.min if text == "24:00" else time.fromisoformat(text)
