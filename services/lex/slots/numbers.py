"""AMAZON.Number and AMAZON.Percentage: `123.45`, `-15`, `50%`."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache
from heapq import merge

from services.lex.slots.digits import single_digits
from services.lex.slots.folding import folded
from services.lex.slots.languages.language import Language
from services.lex.slots.locales import Locale, locale_of
from services.lex.slots.resolver import Finding, Reading
from services.lex.slots.spoken import Number, in_digits, numbers

_HALF = Decimal("0.5")


class NumberResolver:
    """A word for one that is an article, such as "una", counts only in an answer. Digits said one by one are one
    number: "two four six eight" is 2468.
    """

    def __init__(self, locale: Locale | None = None) -> None:
        self._locale = locale or locale_of("en_US")

    def find(self, text: str, reading: Reading) -> Sequence[Finding]:
        return [_finding(text, number) for number in self._numbers(text) if not number.article]

    def answer(self, text: str, reading: Reading) -> Finding | None:
        found = list(self._numbers(text))
        best = next((number for number in found if not number.article), found[0] if found else None)
        return _finding(text, best) if best else None

    def examples(self) -> Sequence[str]:
        return ("3", "25")

    def _numbers(self, text: str) -> Iterator[Number]:
        language = self._locale.language
        half, plain = _half(language), folded(text)
        runs = [
            Number(run.start, run.end, Decimal(run.digits), spoken=True)
            for run in single_digits(text, language.numbers)
        ]
        others = (
            number
            for number in numbers(text, language.numbers, comma=self._locale.comma)
            if not any(run.start <= number.start < run.end for run in runs)
        )
        for number in merge(runs, others, key=lambda number: number.start):
            whole = number.value == number.value.to_integral_value()
            behind = half.match(plain, number.end) if whole and number not in runs else None
            yield Number(number.start, behind.end(), number.value + _HALF) if behind else number


class PercentageResolver:
    """A bare number in an answer stays a number."""

    def __init__(self, locale: Locale | None = None) -> None:
        self._locale = locale or locale_of("en_US")
        self._numbers = NumberResolver(locale)

    def find(self, text: str, reading: Reading) -> Sequence[Finding]:
        found, plain = [], folded(text)
        for number in numbers(text, self._locale.language.numbers, comma=self._locale.comma):
            if sign := _percent(self._locale.language).match(plain, number.end):
                value = f"{in_digits(number.value)}%"
                found.append(Finding(number.start, sign.end(), text[number.start : sign.end()], value, (value,)))
        return found

    def answer(self, text: str, reading: Reading) -> Finding | None:
        return next(iter(self.find(text, reading)), None) or self._numbers.answer(text, reading)

    def examples(self) -> Sequence[str]:
        return ("50%", "12.5%")


def _finding(text: str, number: Number) -> Finding:
    value = in_digits(number.value)
    return Finding(number.start, number.end, text[number.start : number.end], value, (value,))


@cache
def _half(language: Language) -> re.Pattern[str]:
    return re.compile(language.numbers.half)


@cache
def _percent(language: Language) -> re.Pattern[str]:
    return re.compile(rf"\s*(?:[%％]|(?:{language.percent})(?!\w))")
