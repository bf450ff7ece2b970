"""Numbers in digits and English words, with the place where they stand."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.lex.slots.resolver import Finding, Reading

_UNDER_TWENTY = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENFOLD = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
UNITS = {word: value for value, word in enumerate(_UNDER_TWENTY)}
TENS = {word: 10 * value for value, word in enumerate(_TENFOLD, start=2)}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_WORD = "|".join([*UNITS, *TENS, *_SCALES])
_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"
_NUMBER = re.compile(
    rf"(?<![\w.,])(?P<sign>[-−]|minus\s+|negative\s+)?"
    rf"(?:(?P<digits>{_DIGITS})(?P<thousands>\s?k\b)?"
    rf"|(?P<words>(?:(?:{_WORD})\b(?:(?:\s+and)?[\s-]+(?=(?:{_WORD})\b))?)+(?:\s+point(?:\s+(?:{_WORD})\b)+)?"
    rf"|point(?:\s+(?:{_WORD})\b)+|an?\s+(?:hundred|thousand)\b))(?:(?=c\b)|(?!\w|[.,]\d))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Number:
    start: int
    end: int
    value: Decimal


def numbers(text: str) -> Iterator[Number]:
    """Every number: "1,250.50", "2k", "minus 15", "one hundred and five", "point four two"."""
    for match in _NUMBER.finditer(text):
        if match["digits"]:
            value = Decimal(match["digits"].replace(",", ""))
            if match["thousands"]:
                value *= 1000
        else:
            value = _spoken(match["words"].lower())
        yield Number(match.start(), match.end(), -value if match["sign"] else value)


def _spoken(words: str) -> Decimal:
    whole, _, fraction = words.partition("point")
    value = Decimal(_integer(re.findall(r"[a-z]+", whole)))
    if fraction:
        digits = "".join(str(_integer([word])) for word in fraction.split())
        value += Decimal(f"0.{digits}")
    return value


def _integer(words: Sequence[str]) -> int:
    total, group = 0, 0
    for word in words:
        if word in UNITS:
            group += UNITS[word]
        elif word in TENS:
            group += TENS[word]
        elif word == "hundred":
            group = max(group, 1) * 100
        elif word in _SCALES:
            total += max(group, 1) * _SCALES[word]
            group = 0
    return total + group


def plain(value: Decimal) -> str:
    """The number in digits, without an exponent and without trailing zeros behind the point."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


class NumberResolver:
    """AMAZON.Number: digits, such as `123.45` and `-15`."""

    def find(self, text: str, reading: Reading) -> Sequence[Finding]:
        found = []
        for number in numbers(text):
            value = plain(number.value)
            original = text[number.start : number.end]
            found.append(Finding(number.start, number.end, original, value, (value,)))
        return found

    def answer(self, text: str, reading: Reading) -> Finding | None:
        return next(iter(self.find(text, reading)), None)

    def examples(self) -> Sequence[str]:
        return ("3", "25")
