"""Entities that have a form of their own in English: money, percentages, dates, and the numbers of things.

`DATE` is Amazon Comprehend's type too; `MONEY`, `PERCENT` and `REFERENCE` are ours, beside its `QUANTITY` and `OTHER`.
The score says how sure the form alone is: 0.95 written out, 0.8 spoken or by its cue, 0.6 where it is only relative.
"""

import re
from collections.abc import Iterator

from services.media.analysis.dates import DATE, MAY_HOLD_DATE
from shared.schemas.interaction import EntityMention

_ONES = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|"
    "twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
)
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_SPOKEN = rf"(?:(?:{_ONES}|{_TENS}|a)(?:[ -](?:{_ONES}|{_TENS}|hundred|thousand|million|and)){{0,8}})"
_WRITTEN = r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:\.\d{1,2})?"
_MUCH = r"(?:\s(?:thousand|million|billion)|[kKmM]\b)?"
_UNIT = r"(?:dollars?|bucks|euros?|pounds?|cents?|pence|usd|eur|gbp)"
_DAY = r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"

_FORMS: tuple[tuple[str, float, re.Pattern[str]], ...] = (
    ("MONEY", 0.95, re.compile(rf"(?:[$€£]|\b(?:USD|EUR|GBP))\s?(?:{_WRITTEN}){_MUCH}")),
    ("MONEY", 0.95, re.compile(rf"\b(?:{_WRITTEN})(?:\s(?:thousand|million))?\s?(?:{_UNIT}\b|[€£])", re.IGNORECASE)),
    ("MONEY", 0.8, re.compile(rf"\b{_SPOKEN}\s{_UNIT}\b(?:\sand\s{_SPOKEN}\scents?\b)?", re.IGNORECASE)),
    ("PERCENT", 0.95, re.compile(r"\b\d+(?:\.\d+)?\s?(?:%|percent\b|per cent\b)", re.IGNORECASE)),
    ("PERCENT", 0.8, re.compile(
        rf"\b{_SPOKEN}(?:\spoint(?:\s(?:{_ONES}|zero|oh))+)?\s(?:percent|per cent)\b", re.IGNORECASE)),
    ("DATE", 0.95, DATE),
    ("DATE", 0.6, re.compile(
        rf"\b(?:today|tomorrow|yesterday|tonight|(?:next|last|this)\s(?:{_DAY}|week|month|year)|"
        rf"(?:on\s)?{_DAY})\b", re.IGNORECASE)),
    ("REFERENCE", 0.8, re.compile(
        r"\b(?:order|reference|ref|invoice|tracking|confirmation|ticket|case|claim|policy|booking|"
        r"transaction|receipt|loan|"
        r"application)\s?(?:number|no\.?|id|code|"
        r"#)?(?:\sis)?[\s:#]{1,2}(?P<value>(?=[\w-]*\d)[A-Z0-9][A-Z0-9-]{3,24})\b", re.IGNORECASE)),
)  # fmt: skip


def recognised(text: str) -> Iterator[EntityMention]:
    """Every form found; they may overlap."""
    for kind, score, pattern in _FORMS:
        if pattern is DATE and MAY_HOLD_DATE.search(text) is None:
            continue
        for hit in pattern.finditer(text):
            group = "value" if "value" in pattern.groupindex else 0
            begin, end = hit.span(group)
            yield EntityMention(type=kind, text=text[begin:end], begin=begin, end=end, score=score)
