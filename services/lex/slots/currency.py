"""AMAZON.Currency: an amount of money as `USD 25.00`."""

import re
from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal

from services.lex.slots.numbers import Number, numbers
from services.lex.slots.resolver import Finding, Reading

_SYMBOLS = {"$": "USD", "us$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}
_CODES = {"usd": "USD", "eur": "EUR", "gbp": "GBP", "cad": "CAD", "jpy": "JPY", "mxn": "MXN"}
_WORDS = {
    "dollar": "USD",
    "buck": "USD",
    "us dollar": "USD",
    "euro": "EUR",
    "pound": "GBP",
    **_CODES,
}
_CENTS = {"cent": 1, "c": 1, "¢": 1, "penny": 1, "pennie": 1, "nickel": 5, "dime": 10, "quarter": 25}
_BEFORE = re.compile(r"(us\$|[$€£¥]|\b(?:usd|eur|gbp|cad|jpy|mxn))\s*$", re.IGNORECASE)
_AFTER = re.compile(r"\s*(?:(us dollar|dollar|buck|euro|pound)s?\b|(usd|eur|gbp|cad|jpy|mxn)\b|([$€£]))", re.IGNORECASE)
_SMALL = re.compile(r"\s*(?:(cent|c|penny|pennie|nickel|dime|quarter)s?\b|(¢))", re.IGNORECASE)
_LINK = re.compile(r"\s*(?:and|,)?\s*", re.IGNORECASE)
_LARGEST = Decimal(10) ** 12


class CurrencyResolver:
    """`default` is the currency of the locale, for a bare number given in answer to the prompt."""

    def __init__(self, default: str = "USD") -> None:
        self._default = default

    def find(self, text: str, reading: Reading) -> Sequence[Finding]:
        return list(_amounts(text))

    def answer(self, text: str, reading: Reading) -> Finding | None:
        for found in _amounts(text):
            return found
        for number in numbers(text):
            if 0 <= number.value < _LARGEST:
                return _finding(text, number.start, number.end, self._default, number.value)
        return None

    def examples(self) -> Sequence[str]:
        return ("$25", "100 dollars")


def _amounts(text: str) -> Iterator[Finding]:
    pending = list(numbers(text))
    while pending:
        number = pending.pop(0)
        if not 0 <= number.value < _LARGEST:
            continue
        small = _SMALL.match(text, number.end)
        before, after = _BEFORE.search(text, 0, number.start), _AFTER.match(text, number.end)
        if before:
            symbol = before[1].lower()
            end = after.end() if after else number.end
            yield _finding(text, before.start(), end, _SYMBOLS.get(symbol) or _CODES[symbol], number.value)
        elif after:
            code = _SYMBOLS[after[3]] if after[3] else _WORDS[(after[1] or after[2]).lower()]
            value, end = number.value, after.end()
            if pending and (cents := _cents(text, end, pending[0])):
                value, end = value + cents[0], cents[1]
                pending.pop(0)
            yield _finding(text, number.start, end, code, value)
        elif small:
            value = number.value * _CENTS[(small[1] or small[2]).lower()] / 100
            yield _finding(text, number.start, small.end(), "USD", value)


def _cents(text: str, end: int, number: Number) -> tuple[Decimal, int] | None:
    """The "and fifteen cents" that follows an amount at `end`."""
    link, small = _LINK.match(text, end), _SMALL.match(text, number.end)
    if link is None or small is None or link.end() != number.start:
        return None
    return number.value * _CENTS[(small[1] or small[2]).lower()] / 100, small.end()


def _finding(text: str, start: int, end: int, code: str, value: Decimal) -> Finding:
    amount = f"{code} {value.quantize(Decimal('0.01'), ROUND_HALF_UP):f}"
    return Finding(start, end, text[start:end], amount, (amount,))
