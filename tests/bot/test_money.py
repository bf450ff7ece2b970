"""Amounts as customers say and read them."""

import pytest

from services.bot.money import parse_amount, show
from shared.schemas.base import Money


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("USD 25.00", 2500),
        ("$25", 2500),
        ("25", 2500),
        ("25.5", 2550),
        (" 25.50 dollars", 2550),
        ("1,234.56", 123456),
        ("0.29", 29),
        ("1 dollar", 100),
        ("0", 0),
    ],
)
def test_amount_is_exact(text: str, units: int) -> None:
    assert parse_amount(text) == Money(minor_units=units)


@pytest.mark.parametrize(
    "text", ["", "-5", "$", "25.555", "1,23", "EUR 25", "25 25", "1e3", "NaN", "²", "99999999999", "5."]
)
def test_what_is_no_amount(text: str) -> None:
    assert parse_amount(text) is None


@pytest.mark.parametrize(
    ("money", "shown"),
    [
        (Money(minor_units=123456), "$1,234.56"),
        (Money(minor_units=-5), "-$0.05"),
        (Money(minor_units=10**12 + 1), "$10,000,000,000.01"),
        (Money(minor_units=500, currency="EUR"), "EUR 5.00"),
    ],
)
def test_amount_shown(money: Money, shown: str) -> None:
    assert show(money) == shown
