"""Texts as the words that an English speaker says for them."""

import re
from collections.abc import Iterator

from services.lex.slots.folding import folded

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_STEPS = ((1_000_000, "million"), (1000, "thousand"), (100, "hundred"))
_LARGEST = 10**9
_HALF_OF_DAY = re.compile(r"(?<=\d)\s*([ap])\.?m\b\.?", re.IGNORECASE)
_TOKEN = re.compile(
    r"(?P<money>\$)?(?P<number>\d[\d,]*)(?:\.(?P<part>\d+))?(?P<percent>%)?"
    r"|(?P<word>[^\W\d_]+(?:['’.][^\W\d_]+)*)"
)


def spoken(text: str) -> list[str]:
    """The words of a text in lower case; figures as one reads them. What is no word is left out."""
    text = _HALF_OF_DAY.sub(r" \1 m", text)
    return [word for match in _TOKEN.finditer(text) for word in _words(match)]


def _words(match: re.Match[str]) -> Iterator[str]:
    if match["word"]:
        yield folded(match["word"])
        return
    yield from number_words(match["number"].replace(",", ""))
    if match["money"]:
        yield "dollars"
        if match["part"]:
            yield from ("and", *number_words(match["part"]), "cents")
    elif match["part"]:
        yield from ("point", *(_ONES[int(digit)] for digit in match["part"]))
    if match["percent"]:
        yield "percent"


def number_words(digits: str) -> list[str]:
    """A number as one reads it; one with a leading zero, or too long to be a number, digit by digit."""
    if (len(digits) > 1 and digits.startswith("0")) or int(digits) >= _LARGEST:
        return [_ONES[int(digit)] for digit in digits]
    return _read(int(digits))


def _read(number: int) -> list[str]:
    for size, name in _STEPS:
        if number >= size:
            rest = number % size
            return [*_read(number // size), name, *(_read(rest) if rest else ())]
    if number < len(_ONES):
        return [_ONES[number]]
    tens, ones = divmod(number, 10)
    return [_TENS[tens - 2], *([_ONES[ones]] if ones else ())]
