"""The arithmetic of loans, against Decimal arithmetic of 60 digits and against itself."""

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.accounts.amortisation import (
    divided,
    interest_of_day,
    interest_of_month,
    level_payment,
    month_after,
    schedule,
)

PRINCIPALS = st.integers(1, 5_000_000_00)
RATES = st.integers(0, 360_000)
MONTHS = st.integers(1, 480)


def exact_payment(principal: int, rate_ppm: int, months: int) -> int:
    with localcontext() as context:
        context.prec = 60
        monthly = Decimal(rate_ppm) / 12_000_000
        exact = principal * monthly / (1 - (1 + monthly) ** -months) if monthly else Decimal(principal) / months
        return int(exact.quantize(Decimal(1), ROUND_HALF_EVEN))


@pytest.mark.parametrize(
    ("principal", "rate_ppm", "months", "payment"),
    [
        (100_000_00, 60_000, 360, 599_55),  # the textbook's mortgage
        (200_000_00, 65_000, 360, 1_264_14),
        (165_000_00, 45_000, 360, 836_03),
        (20_000_00, 50_000, 60, 377_42),
        (12_000_00, 0, 36, 333_33),
        (320_000_00, 61_250, 360, 1_944_35),  # an eighth of a percent
        (1, 199_900, 360, 0),
    ],
)
def test_payment_is_that_of_the_tables(principal: int, rate_ppm: int, months: int, payment: int) -> None:
    assert level_payment(principal, rate_ppm, months) == payment


@given(PRINCIPALS, RATES, MONTHS)
def test_payment_is_the_formulas(principal: int, rate_ppm: int, months: int) -> None:
    assert level_payment(principal, rate_ppm, months) == exact_payment(principal, rate_ppm, months)


@given(PRINCIPALS, RATES, MONTHS, st.integers(0, 50_000_00))
def test_principal_parts_sum_to_the_principal(principal: int, rate_ppm: int, months: int, extra: int) -> None:
    lines = list(schedule(principal, rate_ppm, months, extra=extra))
    assert 1 <= len(lines) <= months
    assert sum(line.principal + line.extra for line in lines) == principal
    assert lines[-1].balance == 0
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))


@given(PRINCIPALS, RATES, MONTHS, st.integers(0, 50_000_00))
def test_every_line_follows_from_the_one_before(principal: int, rate_ppm: int, months: int, extra: int) -> None:
    owed = principal
    level = level_payment(principal, rate_ppm, months)
    for line in schedule(principal, rate_ppm, months, extra=extra):
        assert line.interest == interest_of_month(owed, rate_ppm)
        assert line.payment == line.interest + line.principal
        assert min(line.principal, line.interest, line.extra, line.balance) >= 0
        assert line.balance == owed - line.principal - line.extra
        assert line.payment == level or line.balance == 0
        assert line.extra == min(extra, line.extra + line.balance) or line.balance == 0
        owed = line.balance


@given(PRINCIPALS, RATES, MONTHS)
def test_last_payment_differs_by_no_more_than_the_rounding_of_the_others(
    principal: int, rate_ppm: int, months: int
) -> None:
    """A payment and an interest are off by half a unit each at most, and interest on that comes until the end."""
    lines = list(schedule(principal, rate_ppm, months))
    growth = 1 + Decimal(rate_ppm) / 12_000_000
    off = sum(growth**month for month in range(months)) + 1
    level, left_out = level_payment(principal, rate_ppm, months), months - len(lines)
    if left_out:
        assert left_out * level <= off * growth**left_out + level
    else:
        assert abs(lines[-1].payment - level) <= off


@given(PRINCIPALS, RATES, st.integers(2, 360), st.integers(1, 10_000_00))
def test_paying_more_costs_less_and_ends_no_later(principal: int, rate_ppm: int, months: int, extra: int) -> None:
    plain = list(schedule(principal, rate_ppm, months))
    faster = list(schedule(principal, rate_ppm, months, extra=extra))
    assert len(faster) <= len(plain)
    assert sum(line.interest for line in faster) <= sum(line.interest for line in plain)


@given(st.integers(-(10**20), 10**20), st.integers(1, 10**12))
def test_division_rounds_half_to_even(numerator: int, denominator: int) -> None:
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(numerator) / Decimal(denominator)
        assert divided(numerator, denominator) == int(exact.quantize(Decimal(1), ROUND_HALF_EVEN))


def test_interest_is_rounded_half_to_even() -> None:
    assert interest_of_month(5_000_000, 1_200) == 500
    assert [interest_of_month(balance, 60_000) for balance in (100, 300, 500)] == [0, 2, 2]  # 0.5, 1.5 and 2.5
    assert interest_of_day(214_350_00, 41_200) == 24_20  # 24.19512…


def test_months_end_on_their_last_day() -> None:
    first = date(2027, 1, 31)
    assert [month_after(first, months) for months in (0, 1, 2, 13, 24)] == [
        date(2027, 1, 31),
        date(2027, 2, 28),
        date(2027, 3, 31),
        date(2028, 2, 29),
        date(2029, 1, 31),
    ]
    assert month_after(date(2026, 12, 15), -12) == date(2025, 12, 15)
