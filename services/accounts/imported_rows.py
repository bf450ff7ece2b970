"""One imported account or application: what speaks against it, and how it is taken in."""

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy.orm import Session

from services.accounts import ledger, store
from services.accounts.amortisation import interest_of_month, level_payment, month_after, schedule
from services.accounts.holdings import DEPOSIT_KINDS
from services.accounts.ids import new_id
from services.accounts.loan_figures import due_after
from services.accounts.offers import KIND_NAMES, LENDING_KINDS, LOAN_KINDS, in_order, shown_plan
from services.accounts.openings import LoanTerms, Opening, open_account, set_terms
from services.accounts.rates import ppm_of
from services.accounts.store import AccountRow, ApplicationRow
from shared.schemas.imports import ImportedAccount, ImportedApplication, ImportedLoan
from shared.schemas.plans import Plan, PlanKind

_LAST_DUE_DAY = 28
_NOON = time(12, tzinfo=UTC)


def fault_of(session: Session, row: ImportedAccount | ImportedApplication) -> str | None:
    """Why the row cannot be imported, as a sentence; None when it can."""
    if isinstance(row, ImportedApplication):
        return None if _plan(session, row.kind) else f"We do not offer any {KIND_NAMES[row.kind]}."
    if row.loan is not None and row.kind not in LOAN_KINDS:
        return f"A {KIND_NAMES[row.kind]} has no terms of a loan."
    if row.loan is not None and row.balance > row.loan.principal:
        return "More is owed than was lent."
    return None


def import_account(
    session: Session, customer_id: str, row: ImportedAccount, now: datetime
) -> tuple[AccountRow, str | None]:
    """The account with its balance and terms, and a sentence on what was found out or left out, if anything was."""
    plan = _plan(session, row.kind, row.name, row.loan.term_months if row.loan else 0)
    opening = Opening(
        customer_id=customer_id,
        plan_id=plan.plan_id if plan else "imported",
        plan_name=plan.name if plan else row.name,
        kind=row.kind,
        currency=row.currency,
        account_name=row.name,
    )
    account = open_account(session, opening, now)
    remark = _bind(session, account, row, now.astimezone(UTC).date())
    if row.balance:
        units = row.balance if row.kind in DEPOSIT_KINDS else -row.balance
        amounts = {account.id: units, ledger.own_account(session, "opening", row.currency): -units}
        movement = ledger.Movement(purpose="opening", made_at=now, amounts=amounts, description="Opening balance")
        ledger.enter(session, movement)
    return account, remark


def import_application(session: Session, customer_id: str, row: ImportedApplication, now: datetime) -> ApplicationRow:
    """A pending application for the plan of its kind that needs least to open."""
    plan = _plan(session, row.kind)
    if plan is None:
        raise ValueError("a row with a fault is not imported")
    lent = row.amount if row.kind in LENDING_KINDS else None
    applied_at = datetime.combine(row.applied_on, _NOON) if row.applied_on else now
    application = ApplicationRow(
        id=new_id("A"),
        customer_id=customer_id,
        plan_id=plan.plan_id,
        plan_name=plan.name,
        status="pending",
        amount_minor_units=lent,
        amount_currency=plan.minimum_deposit.currency if lent else None,
        applied_at=min(applied_at, now),
    )
    store.add(session, application)
    return application


def _plan(session: Session, kind: PlanKind, name: str = "", months: int = 0) -> Plan | None:
    """The offered plan of that kind with the name, else with the nearest term, else the one that needs least."""

    def fit(plan: Plan) -> tuple[bool, int, tuple[int, int, str]]:
        gap = abs((plan.term_months or 0) - months) if months else 0
        return plan.name.casefold() != name.casefold(), gap, in_order(plan)

    plans = [shown_plan(row) for row in store.all_plans(session, active_only=True) if row.kind == kind]
    return min(plans, key=fit, default=None)


def _bind(session: Session, account: AccountRow, row: ImportedAccount, today: date) -> str | None:
    """Gives the account its terms, or at least what falls due each month."""
    if row.kind in DEPOSIT_KINDS:
        return None
    if row.loan is None or not row.balance:
        if row.payment and row.due_on:
            account.instalment, account.due_day = row.payment, min(row.due_on.day, _LAST_DUE_DAY)
            store.add(session, account)
        return None if row.kind not in LOAN_KINDS else "Its terms are not known; what is owed was taken over."
    terms, remark = _terms(row, row.loan, today)
    set_terms(session, account, terms)
    return remark


def _terms(row: ImportedAccount, loan: ImportedLoan, today: date) -> tuple[LoanTerms, str | None]:
    """The terms of a loan whose interest is paid up to its last due date.

    Without the first due date, the loan is taken to have had as many payments as leave about what is owed.
    """
    rate = ppm_of(loan.rate_basis_points)
    payment = level_payment(loan.principal, rate, loan.term_months)
    remarks: list[str] = []
    if row.payment and row.payment <= interest_of_month(row.balance, rate):
        remarks.append("Its payment does not cover the interest; that of its terms was taken.")
    elif row.payment:
        payment = row.payment
    first = loan.first_payment_on
    if first is not None:
        first = first.replace(day=min(first.day, _LAST_DUE_DAY))
        due_on = due_after(first, today - timedelta(days=1))
    else:
        due_on = _next_due(row.due_on or today, today)
        first = month_after(due_on, -_payments_made(row.balance, loan, payment))
        remarks.append(f"Its first payment was taken to be on {first.isoformat()}, by what is still owed.")
    terms = LoanTerms(
        principal=loan.principal,
        rate_ppm=rate,
        term_months=loan.term_months,
        first_payment_on=first,
        payment=payment,
        escrow_balance=0 if row.kind == "mortgage" else None,
        charged_to=month_after(due_on, -1),
    )
    return terms, " ".join(remarks) or None


def _payments_made(owed: int, loan: ImportedLoan, payment: int) -> int:
    """After how many payments the schedule comes nearest to what is owed; fewer than the whole term."""
    lines = schedule(loan.principal, ppm_of(loan.rate_basis_points), loan.term_months, payment=payment)
    gaps = {0: loan.principal - owed} | {line.number: abs(line.balance - owed) for line in lines}
    return min((number for number in gaps if number < loan.term_months), key=lambda number: gaps[number])


def _next_due(known: date, today: date) -> date:
    """The next coming of the day of the month of a due date, which may be long past; today is still to come."""
    this_month = today.replace(day=min(known.day, _LAST_DUE_DAY))
    return this_month if this_month >= today else month_after(this_month, 1)
