"""AMAZON.Currency: an amount of money as `USD 25.00`."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from services.lex.slots.folding import folded
from services.lex.slots.locales import Locale, locale_of
from services.lex.slots.resolver import Finding, Reading
from services.lex.slots.spoken import Number, numbers

_SYMBOLS = {"us$": "USD", "ca$": "CAD", "c$": "CAD", "a$": "AUD", "au$": "AUD", "r$": "BRL", "hk$": "HKD", "nz$": "NZD",
            "$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW", "zł": "PLN"}  # fmt: skip
_CODES = [
    "usd",
    "eur",
    "gbp",
    "cad",
    "jpy",
    "mxn",
    "aud",
    "nzd",
    "chf",
    "cny",
    "hkd",
    "inr",
    "brl",
    "krw",
    "sgd",
    "sek",
    "nok",
    "dkk",
    "pln",
    "zar",
    "czk",
    "huf",
    "try",
    "ils",
    "ars",
    "clp",
    "cop",
    "pen",
    "aed",
]
_DOLLARS = frozenset({"CAD", "AUD", "NZD", "HKD", "SGD"})
_LARGEST = Decimal(10) ** 15
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class _Patterns:
    """`unit` and `cents` are tried behind a number; their groups are currency codes, or worth in cents."""

    before: re.Pattern[str]
    unit: re.Pattern[str]
    unit_codes: tuple[str, ...]
    cents: re.Pattern[str]
    cents_codes: tuple[str, ...]
    worth: tuple[int, ...]
    link: re.Pattern[str]


class CurrencyResolver:
    """The currency of the locale is that of a bare number in an answer, and of the bare dollar where it is one."""

    def __init__(self, locale: Locale | None = None) -> None:
        self._locale = locale or locale_of("en_US")
        self._patterns = _patterns(self._locale)

    def find(self, text: str, reading: Reading) -> Sequence[Finding]:
        return list(self._amounts(text))

    def answer(self, text: str, reading: Reading) -> Finding | None:
        for found in self._amounts(text):
            return found
        for number in self._numbers(text):
            return _finding(text, number.start, number.end, self._locale.currency, number.value)
        return None

    def examples(self) -> Sequence[str]:
        return {"en": ("$25", "100 dollars"), "pt": ("R$ 25", "100 reais")}.get(
            self._locale.language.code, (f"25 {self._locale.currency}", "100 euros")
        )

    def _numbers(self, text: str) -> list[Number]:
        """The numbers that can be amounts; "five fifteen" is one: 515."""
        found: list[Number] = []
        for number in numbers(text, self._locale.language.numbers, comma=self._locale.comma):
            last = found[-1] if found else None
            if last and _run_together(text, last, number):
                found[-1] = Number(last.start, number.end, last.value * 100 + number.value, spoken=True)
            elif 0 <= number.value < _LARGEST:
                found.append(number)
        return found

    def _amounts(self, text: str) -> Iterator[Finding]:
        plain, pending = folded(text), self._numbers(text)
        while pending:
            number = pending.pop(0)
            before, unit = self._patterns.before.search(plain, 0, number.start), self._unit(plain, number.end)
            cents = self._cents(plain, number)
            if before:
                code = self._code(before[1])
                yield _finding(text, before.start(), unit[1] if unit else number.end, code, number.value)
            elif unit:
                code, end = unit
                value = number.value
                if pending and (small := self._rest(plain, end, pending[0])):
                    value, end = value + small[0], small[1]
                    pending.pop(0)
                yield _finding(text, number.start, end, code, value)
            elif cents:
                yield _finding(text, number.start, cents[1], cents[2], cents[0])

    def _unit(self, text: str, position: int) -> tuple[str, int] | None:
        """The currency named at a position, and where its name ends."""
        match = self._patterns.unit.match(text, position)
        if match is None:
            return None
        if match["symbol"]:
            return self._code(match["symbol"]), match.end()
        named = self._patterns.unit_codes[int((match.lastgroup or "u0")[1:])]
        return self._local(named), match.end()

    def _cents(self, text: str, number: Number) -> tuple[Decimal, int, str] | None:
        """The worth, the end and the currency of small change: "5c", "3 dimes"."""
        match = self._patterns.cents.match(text, number.end)
        if match is None:
            return None
        index = int((match.lastgroup or "c0")[1:])
        value = number.value * self._patterns.worth[index] / 100
        return value, match.end(), self._patterns.cents_codes[index] or self._locale.currency

    def _rest(self, text: str, end: int, number: Number) -> tuple[Decimal, int] | None:
        """The "and fifteen cents", or only "fifteen", that follows an amount at `end`."""
        link = self._patterns.link.match(text, end)
        if link is None or link.end() != number.start:
            return None
        if cents := self._cents(text, number):
            return cents[0], cents[1]
        two_digits = number.spoken or number.end - number.start == 2
        if two_digits and 10 <= number.value < 100 and _CLAUSE_END.match(text, number.end):
            return number.value / 100, number.end
        return None

    def _code(self, symbol: str) -> str:
        symbol = symbol.strip()
        return self._local(_SYMBOLS[symbol]) if symbol in _SYMBOLS else symbol.upper()

    def _local(self, code: str) -> str:
        return self._locale.currency if code == "USD" and self._locale.currency in _DOLLARS else code


_CLAUSE_END = re.compile(r"\s*(?:$|[,.;!?])")


def _run_together(text: str, first: Number, second: Number) -> bool:
    """Two spoken numbers with a blank between them: hundreds and what is left."""
    spoken = first.spoken and second.spoken and not first.article
    return spoken and 0 < first.value < 100 and 10 <= second.value < 100 and text[first.end : second.start] == " "


@cache
def _patterns(locale: Locale) -> _Patterns:
    money = locale.language.money
    codes, symbols = "|".join(_CODES), "|".join(map(re.escape, _SYMBOLS))
    units = "|".join(f"(?P<u{n}>{pattern})" for n, pattern in enumerate(money.units)) or r"(?!)"
    small = {**dict.fromkeys(money.cents, 1), r"¢": 1, **money.pieces}
    cents = "|".join(f"(?P<c{n}>{pattern})" for n, pattern in enumerate(small))
    return _Patterns(
        re.compile(rf"((?<!\w)(?:{symbols})|\b(?:{codes}))\s*$"),
        re.compile(rf"[\s-]*(?:(?P<symbol>{symbols}|(?:{codes})\b)|(?:{units})(?!\w))"),
        tuple(money.units.values()),
        re.compile(rf"\s*(?:{cents})(?!\w)"),
        tuple(money.cents.get(pattern, "USD" if pattern in money.pieces else "") for pattern in small),
        tuple(small.values()),
        re.compile(rf"[\s,]*(?:(?:{money.link})\s+)?"),
    )


def _finding(text: str, start: int, end: int, code: str, value: Decimal) -> Finding:
    amount = f"{code} {value.quantize(_CENT, ROUND_HALF_UP):f}"
    return Finding(start, end, text[start:end], amount, (amount,))
