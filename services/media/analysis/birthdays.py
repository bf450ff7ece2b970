"""Dates of birth: days of the calendar that are said to be one."""

import re
from bisect import bisect_right
from collections.abc import Iterator

from services.media.analysis.announced import HIDDEN
from services.media.analysis.dates import BARE_YEAR, DATE
from services.media.analysis.digits import digit_runs

_CUE = re.compile(r"\b(?:date of birth|d\.?\s?o\.?\s?b\b\.?|birth\s?(?:date|day)|born)", re.IGNORECASE)
_CLAIM = re.compile(
    r"[\s,.]{0,3}(?:is|was|that is|that's|as|for)\s(?:(?:my|the|his|her|our|their|your)\s(?:\w+\s)?"
    r"(?:date of birth|d\.?o\.?b|birth\s?(?:date|day))|(?:when|the day)\s\w+\swas born)",
    re.IGNORECASE,
)
_ELSE = re.compile(
    r"\b(?:paid|pay|payment|due|since|moved|opened|open|ordered|order|transfer|charge|charged|sent|arrived|called|appointment|"
    r"delivery|joined|started|expires|expiry|account|number|pin|phone|card|dollars)\b",
    re.IGNORECASE,
)
_REACH, _LOOK = 45, 1000
_TYPED = range(6, 9)


def birthdays(text: str) -> Iterator[tuple[int, int]]:
    """Begin and end of each, the year alone too where somebody was born in it."""
    cues = [hit.end() for hit in _CUE.finditer(text)]
    if not cues:
        return
    done = 0
    for begin, end in days_in(text):
        if begin >= done and (_announced(text, begin, cues) or _CLAIM.match(text, end)):
            yield begin, end
            done = end


def days_in(text: str) -> list[tuple[int, int]]:
    """Days, six to eight digits as people type a day in, and years; in order and without overlaps."""
    found = [hit.span() for hit in DATE.finditer(text)]
    found = _with(found, [run.span(*stretch) for run in digit_runs(text) for stretch in run.stretches(_TYPED)])
    return _with(found, [hit.span() for hit in BARE_YEAR.finditer(text)])


def _with(found: list[tuple[int, int]], more: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Both, in order, without those of `more` that touch one that was there."""
    kept = list(found)
    for begin, end in more:
        place = bisect_right(found, (begin, end))
        if not any(begin < last and first < end for first, last in found[max(0, place - 1) : place + 1]):
            kept.append((begin, end))
    return sorted(kept)


def _announced(text: str, begin: int, cues: list[int]) -> bool:
    place = bisect_right(cues, begin)
    at = cues[place - 1] if place else -_LOOK - 1
    if begin - at > _LOOK:
        return False
    between = text[at:begin].replace(HIDDEN, "")
    return len(between) <= _REACH and not _ELSE.search(between)
