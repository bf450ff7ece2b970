"""Days of the calendar in text, written and spoken in English."""

import re

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)\.?"
)
_FIELD = r"(?:0?[1-9]|[12]\d|3[01])"
_ONES = r"(?:one|two|three|four|five|six|seven|eight|nine)"
_TEENS = r"(?:ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen)"
_TENS = r"(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
_TO_99 = rf"(?:{_TENS}(?:[ -]{_ONES})?|{_TEENS}|(?:oh|o|zero)[ -]{_ONES}|{_ONES})"
_YEAR = (
    rf"(?:(?:19|20)\d\d|['’]\d\d|\d\d\b(?!\d)|two thousand(?:(?: and)? {_TO_99})?|(?:nineteen|twenty)[ -]"
    rf"(?:hundred|{_TO_99})|(?:{_TENS}(?:[ -]{_ONES})?))"
)
_ORDINAL = (
    r"(?:(?:twenty|thirty)[ -])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|tenth|eleventh|twelfth|"
    r"thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth"
)
_DAY = rf"(?:\d\d?(?:st|nd|rd|th)?\b|{_ORDINAL}|{_TO_99})"
_OF_YEAR = rf"(?:,?\s(?:of\s|in\s)?{_YEAR}\b)?"
DATE = re.compile(
    rf"(?<![\d/.-])(?:\d{{4}}-{_FIELD}-{_FIELD}|\d{{4}}/{_FIELD}/{_FIELD}|{_FIELD}\s?/\s?{_FIELD}\s?/\s?(?:\d{{4}}|\d\d)|{_FIELD}-{_FIELD}-(?:\d{{4}}|\d\d)|"
    rf"{_FIELD}\.{_FIELD}\.(?:\d{{4}}|\d\d))(?![\d/-])"
    rf"|\b(?:the\s)?{_DAY}\s(?:of\s)?(?:{_MONTH})\b{_OF_YEAR}"
    rf"|\b(?:{_MONTH})\s(?:the\s)?{_DAY}{_OF_YEAR}"
    rf"|\b(?:{_MONTH})\s(?:(?:19|20)\d\d)\b"
    rf"|\b(?:the\s)?(?:{_ORDINAL})\sof\s(?:the\s)?(?:{_ORDINAL})\b{_OF_YEAR}",
    re.IGNORECASE,
)
"""`2/5/1980`, `1980-05-02`, `May 2nd, 1980`, `the second of may nineteen eighty`; the year may be missing."""

MAY_HOLD_DATE = re.compile(
    r"\d|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|(?:first|second|third|th)\sof\s", re.IGNORECASE
)
"""What no date is without; found or missed in a tenth of the time."""

BARE_YEAR = re.compile(
    rf"\b(?:19|20)\d\d\b|\bnineteen[ -](?:oh[ -]{_ONES}|{_TENS}(?:[ -]{_ONES})?|{_TEENS})\b", re.IGNORECASE
)
