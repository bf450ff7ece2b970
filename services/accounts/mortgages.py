"""Loans with monthly payments: what is owed, what the next payment is made of, what pays it off; and the calculator."""

import logging
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy.orm import Session

from services.accounts import ledger, store
from services.accounts.amortisation import Instalment, level_payment, month_after, schedule
from services.accounts.clock import Clock
from services.accounts.customers import known
from services.accounts.holdings import masked
from services.accounts.loan_figures import LoanFigures, due_after
from services.accounts.offers import kind_of
from services.accounts.rates import basis_points_of, ppm_of
from services.accounts.store import AccountRow, LoanRow
from shared.db import Database
from shared.errors import Conflict, NotFound
from shared.schemas.base import Money
from shared.schemas.mortgages import Amortisation, AmortisationLine, AmortisationOrder, Loan, LoanPayment, Payoff

log = logging.getLogger("omnilex.accounts.mortgages")

_STRETCH = 100


class Mortgages:
    """`good_through_days` is how long a payoff figure holds."""

    def __init__(self, database: Database, clock: Clock, *, good_through_days: int) -> None:
        self._database = database
        self._clock = clock
        self._good_through = timedelta(days=good_through_days)

    async def loan(self, customer_id: str, account_id: str) -> Loan:
        """Raises NotFound (customer or account), Conflict (`no_loan_terms`) for another kind of account."""
        return await self._database.read(lambda session: self._loan(session, customer_id, account_id))

    async def charge_due(self) -> int:
        """Charges interest and escrow for every due date that has passed, each once; how many charges were made.

        Safe on several replicas and when it breaks off: a charge and the date it is for are kept together.
        """
        today, charges, last = self._today(), 0, ""
        while True:
            stretch = await self._behind(today, last)
            for account_id in stretch:
                charges += await self._charged(account_id, today)
            if len(stretch) < _STRETCH:
                return charges
            last = stretch[-1]

    async def _behind(self, today: date, after: str) -> list[str]:
        return await self._database.read(
            lambda session: store.loans_due_before(session, today, after=after, limit=_STRETCH)
        )

    async def _charged(self, account_id: str, today: date) -> int:
        return await self._database.write(lambda session: self._charge(session, account_id, today))

    def _loan(self, session: Session, customer_id: str, account_id: str) -> Loan:
        known(session, customer_id)
        account = store.owned_account(session, customer_id, account_id)
        if account is None:
            raise NotFound("You have no such account.")
        row = store.loan(session, account_id)
        if row is None:
            raise Conflict("That account is not a loan with monthly payments.", members={"code": "no_loan_terms"})
        return _shown(account, _figures(session, account, row), self._today() + self._good_through)

    def _charge(self, session: Session, account_id: str, today: date) -> int:
        row = store.held_loan(session, account_id)
        charges = 0
        while row is not None:
            account = store.locked_accounts(session, [account_id])[account_id]
            figures = _figures(session, account, row)
            if row.due_on >= today:
                break
            if figures.interest + figures.escrow:
                self._post(session, account, figures)
                charges += 1
            if figures.escrow:
                row.escrow_balance = (row.escrow_balance or 0) + figures.escrow
            row.charged_to, row.due_on = row.due_on, due_after(row.first_payment_on, row.due_on)
            session.flush()
        if charges:
            log.info("loan.charged", extra={"account_id": account_id, "charges": charges})
        return charges

    def _post(self, session: Session, account: AccountRow, figures: LoanFigures) -> None:
        amounts = {account.id: -figures.interest - figures.escrow}
        if figures.interest:
            amounts[ledger.own_account(session, "interest", account.currency)] = figures.interest
        if figures.escrow:
            amounts[ledger.own_account(session, "escrow", account.currency)] = figures.escrow
        what = "Interest and escrow" if figures.escrow else "Interest"
        description = f"{what} due {figures.loan.due_on.isoformat()}"
        movement = ledger.Movement(purpose="interest", made_at=self._clock(), amounts=amounts, description=description)
        ledger.enter(session, movement)

    def _today(self) -> date:
        return self._clock().astimezone(UTC).date()


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


def _figures(session: Session, account: AccountRow, row: LoanRow) -> LoanFigures:
    charged = datetime.combine(row.charged_to + timedelta(days=1), time(), UTC)
    paid = store.received_since(session, {account.id: charged}).get(account.id, 0)
    cleared = store.last_received(session, account.id) if account.balance >= 0 else None
    return LoanFigures(row, owed=-account.balance, paid=paid, cleared_on=cleared and cleared.astimezone(UTC).date())


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
