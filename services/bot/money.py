"""Amounts of money as customers say and read them."""

import re
from decimal import Decimal

from shared.schemas.base import Money
from shared.schemas.lex import Slot

_AMOUNT = re.compile(
    r"(?:USD|US\$|\$)?\s*(?P<whole>[0-9]{1,3}(?:,[0-9]{3}){1,3}|[0-9]{1,10})?(?P<fraction>\.[0-9]{1,2})?"
    r"\s*(?:USD|dollars?|bucks)?",
    re.IGNORECASE,
)
# Lex reads "$25.555" and "-25" as amounts that the customer did not say.
_MISREAD = re.compile(r"\.[0-9]{3}|(?<![\w.])[-−]\s*\$?\s*[0-9]|\b(?:minus|negative)\b", re.IGNORECASE)


def parse_amount(text: str) -> Money | None:
    """Dollars and cents, exact. None for what is no amount, is negative, or has more than two decimals."""
    match = _AMOUNT.fullmatch(text.strip())
    if match is None or not (match["whole"] or match["fraction"]):
        return None
    dollars = Decimal((match["whole"] or "0").replace(",", "") + (match["fraction"] or ""))
    return Money(minor_units=int(dollars * 100))


def amount_of(slot: Slot | None) -> Money | None:
    """The amount in a slot, whether Lex read it ("USD 25.00") or it stands as typed ("$25")."""
    if slot is None or slot.value is None:
        return None
    typed = slot.value.original_value or ""
    if _MISREAD.search(typed):
        return None
    return parse_amount(slot.value.interpreted_value or typed)


def show(money: Money) -> str:
    """`$1,234.56`; other currencies by their code."""
    sign = "-" if money.minor_units < 0 else ""
    symbol = "$" if money.currency == "USD" else f"{money.currency} "
    return f"{sign}{symbol}{Decimal(abs(money.minor_units)) / 100:,.2f}"
