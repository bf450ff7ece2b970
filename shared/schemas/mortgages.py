"""Loans and mortgages: what is owed, how to pay it off, and the payment calculator."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field, PlainSerializer

from shared.schemas.accounts import AccountKind
from shared.schemas.base import Money, Wire

MOST_PRINCIPAL = 100_000_000_000  # minor units
MOST_MONTHS = 600
MOST_BASIS_POINTS = 10_000
BasisPoints = Annotated[
    Decimal,
    Field(ge=0, le=MOST_BASIS_POINTS, decimal_places=2),
    PlainSerializer(lambda value: int(value) if value == int(value) else float(value), int | float, when_used="json"),
]
"""A yearly rate in hundredths of a percent; mortgage rates go by eighths of a percent, so there may be decimals."""


class Principal(Money):
    """An amount lent: positive."""

    minor_units: int = Field(ge=1, le=MOST_PRINCIPAL)


class ExtraPayment(Money):
    minor_units: int = Field(ge=0, le=MOST_PRINCIPAL)


class AmortisationOrder(Wire):
    """`rate_basis_points` is the yearly nominal rate in hundredths of a percent; `extra_monthly` is repaid besides."""

    principal: Principal
    rate_basis_points: BasisPoints
    term_months: int = Field(ge=1, le=MOST_MONTHS)
    extra_monthly: ExtraPayment | None = None
    first_payment_on: date | None = Field(None, ge=date(1900, 1, 1), le=date(2199, 12, 31))


class AmortisationLine(Wire):
    """`payment` = `interest` + `principal`; `extra` comes on top; `balance` is owed after both."""

    number: int
    due_on: date | None = None
    payment: Money
    interest: Money
    principal: Money
    extra: Money
    balance: Money


class Amortisation(Wire):
    """`payment` is due each month but the last; `interest_saved` and `months_saved` are what the extra brings."""

    payment: Money
    payments: int
    last_payment: Money
    total_interest: Money
    interest_saved: Money
    months_saved: int
    paid_off_on: date | None = None
    lines: list[AmortisationLine]


class LoanPayment(Wire):
    """`total` = `principal` + `interest` + `escrow`."""

    due_on: date
    total: Money
    principal: Money
    interest: Money
    escrow: Money


class Payoff(Wire):
    """Pays the loan off when it arrives on `good_through`: `amount` = `principal` + `interest` - `interest_paid`.

    `interest` is counted from `interest_from` by `per_diem` a day; `interest_paid` is what was paid of it already.
    Money in escrow is paid back separately.
    """

    amount: Money
    principal: Money
    interest: Money
    interest_paid: Money
    per_diem: Money
    interest_from: date
    good_through: date


class Loan(Wire):
    """`escrow_balance` is null for a loan without escrow; `next_payment` is null when nothing is owed any more."""

    account_id: str
    kind: AccountKind
    name: str
    masked_number: str
    original_principal: Money
    principal_owed: Money
    rate_basis_points: BasisPoints
    term_months: int
    first_payment_on: date
    matures_on: date
    payments_left: int
    next_payment: LoanPayment | None
    payoff: Payoff
    escrow_balance: Money | None
