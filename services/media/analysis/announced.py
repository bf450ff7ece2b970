"""Numbers that are told by the words around them: whose number it is decides whether it is personal."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from services.media.analysis.dates import DATE
from services.media.analysis.digits import DigitRun, digit_runs

HIDDEN = "\x00"
"""Stands for each letter that is hidden already. Rules never count it, so that they say the same after hiding."""

_REACH = 60
"""Characters from a cue to the number that it announces."""
_LOOK_BACK = 1000
_LONGEST_NUMERAL = 8

_THINGS = (
    "order|reference|ref|invoice|tracking|confirmation|ticket|booking|receipt|serial|extension|zip|"
    "post\\s?code|postal|swift|bic|"
    "policy|transaction|shipment|parcel|meter|version|coupon|promo"
)
_THINGS_TOO = (
    "case|claim|part|model|item|product|batch|room|flight|branch|gate|page|form|article|customer|"
    "client|employee|badge|contract|"
    "check|cheque|purchase|quote|sku|plate|suite|unit|apartment|apt|error|lot|job|incident|report|"
    "complaint|request|store|patient|"
    "box|route|bus|train|platform|terminal|seat|table|size|year|student|vendor|supplier|agent|file|document"
)
"""What has a number without being a person: the second kind only where `number`, or the number, follows at once."""

_SPOKEN = r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|double|triple)\b"
_KINDS = {
    "PIN": r"pin|p\.\s?i\.\s?n\.?|pass\s?code|security code|access code|verification code|"
    r"c\.?v\.?[vc]\.?2?|one[ -]time (?:pass)?code|otp|"
    r"(?:on|at) the back|telephone password",
    "SSN": r"social(?: security| insurance)?|s\.?s\.?n\.?|taxpayer id|tax id|i\.?t\.?i\.?n\.?|national insurance",
    "ACCOUNT": r"account|acct\.?|a/c|routing|sort code|membership",
    "PHONE": r"(?:phone|telephone|cell|mobile|contact|callback|call back|home|work|fax|"
    r"whatsapp)(?: phone)? (?:number|no\b|#)|phone|cell|"
    rf"mobile|(?:call|dial|ring|text|phone|reach)(?= (?:at |on )?(?:\(?\d|{_SPOKEN}))|"
    rf"call me(?: back)?(?: at| on)?|(?:reach|text|ring|phone) (?:me|us|him|her)(?: at| on)?|my number|best number",
    "CARD": r"(?:credit|debit|bank|gift|visa|master|mastercard|amex)?\s?card(?: number)?|visa|"
    r"mastercard|amex|american express|long number",
    "TRADE": rf"(?:{_THINGS})(?: (?:number|no\.?|id|code|#))?|(?:{_THINGS_TOO})(?: (?:number|no\.?|id|"
    rf"code|#)|(?=\s?[:#]?\s?(?:\d|{_SPOKEN})))|"
    r"ending(?: in| with)?|ends(?: in| with)?|last (?:four|4)(?: digits)?",
}
_CUE = re.compile(
    rf"(?<![\w@.])(?:{'|'.join(f'(?P<{kind}>{words})' for kind, words in _KINDS.items())})(?!\w)", re.IGNORECASE
)
LENGTHS: dict[str, range | tuple[int, ...]] = {
    "PIN": range(3, 9), "SSN": (4, 9), "ACCOUNT": range(5, 18), "PHONE": range(7, 16), "CARD": range(13, 20),
}  # fmt: skip
_CLAIM = re.compile(
    r"[\s.,]{0,3}(?:(?:yes|yeah|um|uh),?\s)?(?:is|was|that is|that's|that was|would be|are|as|for|=)\s"
    r"(?:my|the|our|his|her|their|your|a)\s(?:\w+\s){0,2}?$",
    re.IGNORECASE,
)
_SORT_CODE = re.compile(r"sort code(?: is|:)?\s$", re.IGNORECASE)
_YEAR_BEFORE = re.compile(r"\b(?:in|since|year|until|till|from|before|after|by|of|back in|during)\s$", re.IGNORECASE)
_PLACE_AFTER = re.compile(
    r"\s(?:[A-Z]\w+\s){1,3}(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|way|place|square)\b",
    re.IGNORECASE,
)
_CLOCK_AFTER = re.compile(r":\d\d|\s?(?:o'?clock|pm\b|[ap]\.m\b)", re.IGNORECASE)


@dataclass(frozen=True)
class Announced:
    """A number of so many digits from `begin` to `end`; `kind` is what the words around it call it."""

    kind: str
    begin: int
    end: int


def announced(text: str) -> Iterator[Announced]:
    """Numbers that the words before or behind them make personal."""
    runs = digit_runs(text)
    cues = [(hit.end(), hit.lastgroup or "") for hit in _CUE.finditer(text)] if runs else []
    ends = [end for end, _ in cues]
    days = [hit.span() for hit in DATE.finditer(text)] if cues else []
    for run in runs if cues else ():
        yield from _of_run(text, run, cues, ends, days)


def called(text: str, at: int) -> str | None:
    """The kind that the nearest cue before `at` gives to a number there; `TRADE` for numbers of things."""
    before = text[max(0, at - _LOOK_BACK) : at].replace(HIDDEN, "")[-_REACH:]
    nearest: str | None = None
    for hit in _CUE.finditer(before + text[at : at + _LONGEST_NUMERAL]):
        if hit.end() <= len(before):
            nearest = hit.lastgroup
    return nearest


def _of_run(
    text: str, run: DigitRun, cues: list[tuple[int, str]], ends: list[int], days: list[tuple[int, int]]
) -> Iterator[Announced]:
    done = 0
    for kind, lengths in LENGTHS.items():
        for first, count in run.stretches(lengths):
            begin, end = run.span(first, count)
            if (
                first < done
                or (_dated(begin, end, days) and not _SORT_CODE.search(text[max(0, begin - 20) : begin]))
                or not stands_for_something(text, begin, end, count)
            ):
                continue
            place = bisect_right(ends, begin)
            if _announced_before(text, begin, kind, cues[max(0, place - 5) : place]) or _claimed_after(
                text, end, kind, cues[place : place + 2]
            ):
                yield Announced(kind, begin, end)
                done = first + count


def _claimed_after(text: str, end: int, kind: str, cues: list[tuple[int, str]]) -> bool:
    """`… is my account number`."""
    return any(
        cue == kind and _CLAIM.match(_CUE.sub("", text[end:at]).replace(HIDDEN, ""))
        for at, cue in cues
        if at - end <= _REACH
    )


def _announced_before(text: str, begin: int, kind: str, cues: list[tuple[int, str]]) -> bool:
    """Whether the nearest cue that a number of this length can belong to is of the kind. Things come before persons,
    but for `the last four of my social`.
    """
    for at, cue in reversed(cues):
        if len(text[max(0, at, begin - _LOOK_BACK) : begin].replace(HIDDEN, "")) > _REACH:
            return False
        if cue == kind:
            return True
        if cue == "TRADE" and not (kind == "SSN" and any(other == "SSN" for _, other in cues)):
            return False
    return False


def is_dated(text: str, begin: int, end: int) -> bool:
    """Whether the stretch is of a day of the calendar."""
    near = max(0, begin - 40)
    return any(near + hit.start() < end and begin < near + hit.end() for hit in DATE.finditer(text[near : end + 40]))


def _dated(begin: int, end: int, days: list[tuple[int, int]]) -> bool:
    place = bisect_right(days, (begin, end))
    return any(begin < last and first < end for first, last in days[max(0, place - 1) : place + 1])


def stands_for_something(text: str, begin: int, end: int, count: int) -> bool:
    """Whether the digits are a number to be known by, and not a year, a house, or a time of day."""
    year = count == 4 and text[begin:end][:2] in ("19", "20") and _YEAR_BEFORE.search(text[max(0, begin - 10) : begin])
    return not (year or _PLACE_AFTER.match(text, end) or _CLOCK_AFTER.match(text, end))
