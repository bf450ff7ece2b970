"""Loans repaid in equal monthly payments: the payment, its split, the schedule. Whole minor units, exact arithmetic.

The formulas are those of the level-payment (ordinary annuity) loan, as in Appendix J to Regulation Z (12 CFR 1026) with
unit periods of a month: with the yearly nominal rate R, r = R/12 and n payments, the payment is P·r / (1 - (1+r)^-n).
Rates are whole parts per million a year (6.125 % is 61,250), fine enough for the eighths of a percent of mortgages.
Every figure is worked out in integers and rounded once, half to even, to the minor unit; the last payment takes up what
the rounding left, so the principal parts always sum to the principal.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

_MILLION = 1_000_000
_MONTHS = 12
_DAYS = 365


@dataclass(frozen=True, slots=True)
class Instalment:
    """One line of a schedule, in minor units: `payment` is `interest` + `principal`; `extra` is repaid besides."""

    number: int
    payment: int
    interest: int
    principal: int
    extra: int
    balance: int


def level_payment(principal: int, rate_ppm: int, months: int) -> int:
    """The monthly payment in minor units, rounded half to even; a loan without interest is divided evenly."""
    if rate_ppm == 0:
        return divided(principal, months)
    base = _MILLION * _MONTHS
    grown, still = (base + rate_ppm) ** months, base**months
    return divided(principal * rate_ppm * grown, base * (grown - still))


def interest_of_month(balance: int, rate_ppm: int) -> int:
    """A twelfth of the year's interest on the balance, rounded half to even."""
    return divided(balance * rate_ppm, _MILLION * _MONTHS)


def interest_of_day(balance: int, rate_ppm: int) -> int:
    """The per-diem interest on the balance: a 365th of the year's, in every year (actual/365), rounded half to even."""
    return divided(balance * rate_ppm, _MILLION * _DAYS)


def schedule(
    principal: int, rate_ppm: int, months: int, *, payment: int | None = None, extra: int = 0
) -> Iterator[Instalment]:
    """The instalments until nothing is owed, at most `months` of them; `payment` is the level one unless given.

    Interest is that of the month on what is owed. `extra` is repaid with each payment but the last and ends the loan
    sooner. The last payment is what is then left, be it more or less than the others.
    """
    level = level_payment(principal, rate_ppm, months) if payment is None else payment
    balance = principal
    for number in range(1, months + 1):
        interest = interest_of_month(balance, rate_ppm)
        last = number == months or balance + interest <= level
        repaid = balance if last else level - interest
        besides = 0 if last else min(extra, balance - repaid)
        balance -= repaid + besides
        yield Instalment(number, repaid + interest, interest, repaid, besides, balance)
        if balance == 0:
            return


def month_after(first: date, months: int) -> date:
    """The same day so many months later, or that month's last day when it has no such day."""
    year, month = divmod(first.year * _MONTHS + first.month - 1 + months, _MONTHS)
    return date(year, month + 1, min(first.day, monthrange(year, month + 1)[1]))


def divided(numerator: int, denominator: int) -> int:
    """The quotient of a number and a positive one, rounded half to even."""
    quotient, rest = divmod(numerator, denominator)
    return quotient + (2 * rest > denominator or (2 * rest == denominator and quotient % 2 == 1))
