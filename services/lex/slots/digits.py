"""Digits as people type and say them: "2468", "2 4 6 8", "two four six eight", "twenty four", "double four", "oh"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SPOKEN = {
    "zero": "0", "oh": "0", "o": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
_TEENS = {
    "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15", "sixteen": "16",
    "seventeen": "17", "eighteen": "18", "nineteen": "19",
}  # fmt: skip
_TENS = {
    "twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80",
    "ninety": "90",
}  # fmt: skip
_WORDS = _SPOKEN | _TEENS | _TENS
_TIMES = {"double": 2, "triple": 3, "quadruple": 4}
_TOKEN = re.compile(r"[^\W_]+")
_GAP = re.compile(r"[\s.,()\-–/\u200b-\u200d\u2060\ufeff]*")


@dataclass(frozen=True, slots=True)
class DigitRun:
    """Neighbouring digit tokens at `text[start:end]`, joined."""

    start: int
    end: int
    digits: str


def digit_runs(text: str) -> Iterator[DigitRun]:
    """The longest stretches of digits, in figures, in words, or both."""
    parts: list[str] = []
    start = end = 0
    times, times_start, after_tens = 1, -1, False
    for match in _TOKEN.finditer(text):
        if parts and not _GAP.fullmatch(text, end, times_start if times > 1 else match.start()):
            yield DigitRun(start, end, "".join(parts))
            parts = []
        token = match[0].lower()
        if token in _TIMES:
            times, times_start = _TIMES[token], match.start()
            continue
        digits = token if token.isascii() and token.isdigit() else _WORDS.get(token)
        if digits is None:
            if parts:
                yield DigitRun(start, end, "".join(parts))
            parts, times = [], 1
            continue
        if not parts:
            start = times_start if times > 1 else match.start()
        if parts and after_tens and times == 1 and token in _SPOKEN and digits != "0":
            parts[-1] = parts[-1][:-1] + digits
        else:
            parts.append(digits * times if token in _WORDS else digits[0] * (times - 1) + digits)
        after_tens = token in _TENS
        end, times = match.end(), 1
    if parts:
        yield DigitRun(start, end, "".join(parts))
