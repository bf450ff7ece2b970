"""Loans with monthly payments: what is owed, what the next payment is made of, what pays it off; and the calculator."""

import logging
from datetime import date, timedelta

from sqlalchemy.orm import Session

from services.accounts import loan_charges, store
from services.accounts.amortisation import Instalment, level_payment, month_after, schedule
from services.accounts.bank_days import BankDays
from services.accounts.clock import Clock
from services.accounts.customers import known
from services.accounts.holdings import masked
from services.accounts.loan_figures import LoanFigures
from services.accounts.offers import kind_of
from services.accounts.rates import basis_points_of, ppm_of
from services.accounts.store import AccountRow
from shared.db import Database
from shared.errors import Conflict, NotFound
from shared.schemas.base import Money
from shared.schemas.mortgages import Amortisation, AmortisationLine, AmortisationOrder, Loan, LoanPayment, Payoff

log = logging.getLogger("omnilex.accounts.mortgages")

_STRETCH = 100


class Mortgages:
    """`payoff_lasts` is how long a payoff figure holds, unless the next due date comes sooner."""

    def __init__(self, database: Database, days: BankDays, clock: Clock, *, payoff_lasts: timedelta) -> None:
        self._database = database
        self._days = days
        self._clock = clock
        self._payoff_lasts = payoff_lasts

    async def loan(self, customer_id: str, account_id: str) -> Loan:
        """Raises NotFound (customer or account), Conflict (`no_loan_terms`) for another kind of account."""
        return await self._database.read(lambda session: self._loan(session, customer_id, account_id))

    async def charge_due(self) -> int:
        """Charges interest and escrow for every due date that has passed, each once; how many charges were made.

        Safe on several replicas and when it breaks off: a charge and the date it is for are kept together. A loan whose
        charge breaks is left for the next time and stops no other.
        """
        today, charges, last = self._today(), 0, ""
        while True:
            stretch = await self._behind(today, last)
            for account_id in stretch:
                charges += await self._charged(account_id)
            if len(stretch) < _STRETCH:
                return charges
            last = stretch[-1]

    async def _behind(self, today: date, after: str) -> list[str]:
        return await self._database.read(
            lambda session: store.loans_due_before(session, today, after=after, limit=_STRETCH)
        )

    async def _charged(self, account_id: str) -> int:
        try:
            charges = await self._database.write(
                lambda session: loan_charges.charge(session, account_id, self._days, self._clock())
            )
        except Exception:
            log.exception("loan.charge_broke", extra={"account_id": account_id})
            return 0
        if charges:
            log.info("loan.charged", extra={"account_id": account_id, "charges": charges})
        return charges

    def _loan(self, session: Session, customer_id: str, account_id: str) -> Loan:
        known(session, customer_id)
        account = store.owned_account(session, customer_id, account_id)
        if account is None:
            raise NotFound("You have no such account.")
        row = store.loan(session, account_id)
        if row is None:
            raise Conflict("That account is not a loan with monthly payments.", members={"code": "no_loan_terms"})
        figures = loan_charges.figures_of(session, account, row, self._days)
        return _shown(account, figures, figures.good_through(self._today(), self._payoff_lasts))

    def _today(self) -> date:
        return self._days.day_of(self._clock())


def amortised(order: AmortisationOrder) -> Amortisation:
    """The schedule of a loan to the cent, and what the extra payments save."""
    units, rate, months = order.principal.minor_units, ppm_of(order.rate_basis_points), order.term_months
    extra = order.extra_monthly.minor_units if order.extra_monthly else 0
    lines = list(schedule(units, rate, months, extra=extra))
    plain = list(schedule(units, rate, months)) if extra else lines
    interest = sum(line.interest for line in lines)

    def money(minor_units: int) -> Money:
        return Money(minor_units=minor_units, currency=order.principal.currency)

    def due(number: int) -> date | None:
        return month_after(order.first_payment_on, number - 1) if order.first_payment_on else None

    def shown(line: Instalment) -> AmortisationLine:
        return AmortisationLine(
            number=line.number,
            due_on=due(line.number),
            payment=money(line.payment),
            interest=money(line.interest),
            principal=money(line.principal),
            extra=money(line.extra),
            balance=money(line.balance),
        )

    return Amortisation(
        payment=money(level_payment(units, rate, months)),
        payments=len(lines),
        last_payment=money(lines[-1].payment),
        total_interest=money(interest),
        interest_saved=money(sum(line.interest for line in plain) - interest),
        months_saved=len(plain) - len(lines),
        paid_off_on=due(len(lines)),
        lines=[shown(line) for line in lines],
    )


def _shown(account: AccountRow, figures: LoanFigures, good_through: date) -> Loan:
    def money(minor_units: int) -> Money:
        return Money(minor_units=minor_units, currency=account.currency)

    row = figures.loan
    due = figures.next_payment()
    since, interest = figures.payoff_interest(good_through)
    paid = 0 if since == figures.loan.due_on else figures.interest_paid
    return Loan(
        account_id=account.id,
        kind=kind_of(account.kind),
        name=account.name,
        masked_number=masked(account.number_ending),
        original_principal=money(row.principal),
        principal_owed=money(figures.principal),
        rate_basis_points=basis_points_of(row.rate_ppm),
        term_months=row.term_months,
        first_payment_on=row.first_payment_on,
        matures_on=month_after(row.first_payment_on, row.term_months - 1),
        payments_left=figures.payments_left,
        next_payment=LoanPayment(
            due_on=due.due_on,
            total=money(due.principal + due.interest + due.escrow),
            principal=money(due.principal),
            interest=money(due.interest),
            escrow=money(due.escrow),
        )
        if due
        else None,
        payoff=Payoff(
            amount=money(figures.principal + interest - paid),
            principal=money(figures.principal),
            interest=money(interest),
            interest_paid=money(paid),
            per_diem=money(figures.per_diem),
            interest_from=since,
            good_through=good_through,
        ),
        escrow_balance=money(row.escrow_balance) if row.escrow_balance is not None else None,
    )
