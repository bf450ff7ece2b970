"""Amounts as a customer hears them."""

from shared.schemas.base import Money


def in_words(amount: Money) -> str:
    """`$1,234.56`, or `1,234.56 EUR` in another currency than US dollars."""
    whole, hundredths = divmod(abs(amount.minor_units), 100)
    sign = "-" if amount.minor_units < 0 else ""
    figure = f"{whole:,}.{hundredths:02d}"
    return f"{sign}${figure}" if amount.currency == "USD" else f"{sign}{figure} {amount.currency}"
