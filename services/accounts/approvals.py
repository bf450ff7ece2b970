"""What comes of an approved application: the account, its opening deposit, a loan that is paid out."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from services.accounts import ledger, store
from services.accounts.amortisation import month_after
from services.accounts.application_rules import check_amount, check_funds
from services.accounts.offers import LINE_KINDS, LOAN_KINDS, shown_plan
from services.accounts.openings import LoanTerms, Opening, first_payment_after, open_account, set_terms
from services.accounts.rates import ppm_of
from services.accounts.store import AccountRow, ApplicationRow
from shared.errors import Conflict, InvalidRequest
from shared.schemas.base import Money
from shared.schemas.plans import Plan


def approve(session: Session, row: ApplicationRow, amount: Money | None, *, now: datetime, today: date) -> AccountRow:
    """Opens the account and moves the money. `amount` replaces what was applied for, of a loan or line of credit.

    `today` is the day where the bank is, from which the interest on a loan is counted.

    Raises InvalidRequest (an amount against the plan's rules, or none for a loan: `amount_needed`), Conflict (`no_plan`
    when the plan is gone, `not_eligible` for a second account of a plan that a customer can have once,
    `insufficient_funds` for the opening deposit).
    """
    plan_row = store.plan(session, row.plan_id)
    if plan_row is None:
        raise Conflict("The plan is not there any more.", members={"code": "no_plan"})
    plan = shown_plan(plan_row)
    _check_has_none(session, row.customer_id, plan)
    lent = _lent(plan, row, amount)
    opening = Opening(
        customer_id=row.customer_id,
        plan_id=plan.plan_id,
        plan_name=row.plan_name,
        kind=plan.kind,
        currency=plan_row.currency,
        credit_limit=lent if plan.kind in LINE_KINDS else None,
    )
    account = open_account(session, opening, now)
    if lent and plan.kind in LOAN_KINDS:
        _pay_out(session, account, row, _terms(plan, row, lent, today), now)
    elif row.funding_account_id and row.deposit_minor_units:
        _deposit(session, row.funding_account_id, account, row.deposit_minor_units, now)
    return account


def _check_has_none(session: Session, customer_id: str, plan: Plan) -> None:
    """Of two applications for a plan that a customer can have once, one is approved."""
    store.held_customer(session, customer_id)
    chosen = store.chosen_plans_of(session, customer_id)
    if plan.eligibility.one_per_customer and plan.plan_id in {row.plan_id for row in chosen}:
        said = f"The customer has a {plan.name} account already, and one is what a customer can have."
        raise Conflict(said, members={"code": "not_eligible", "rule": "one_per_customer"})


def _lent(plan: Plan, row: ApplicationRow, amount: Money | None) -> int | None:
    """The minor units that are lent, or that a line of credit goes up to; None for a deposit account."""
    if amount is not None:
        check_amount(plan, amount)
        row.amount_minor_units, row.amount_currency = amount.minor_units, amount.currency
    if plan.kind in LOAN_KINDS and row.amount_minor_units is None:
        raise InvalidRequest("Say how much is lent.", members={"code": "amount_needed"})
    return row.amount_minor_units


def _terms(plan: Plan, row: ApplicationRow, units: int, today: date) -> LoanTerms:
    """The interest of a mortgage up to the first full month is settled at the closing, as is the custom; another
    loan's runs from the day it is paid out.
    """
    first = first_payment_after(today, plan.kind)
    return LoanTerms(
        principal=units,
        rate_ppm=ppm_of(plan.rate_basis_points),
        term_months=row.term_months or plan.term_months or 1,
        first_payment_on=first,
        escrow_balance=0 if plan.kind == "mortgage" else None,
        charged_to=month_after(first, -1) if plan.kind == "mortgage" else today,
    )


def _pay_out(session: Session, account: AccountRow, row: ApplicationRow, terms: LoanTerms, now: datetime) -> None:
    """Lends the money: to the account that was named, else out of the bank (to the seller or the dealer)."""
    set_terms(session, account, terms)
    target = row.funding_account_id or ledger.own_account(session, "settlement", account.currency)
    amounts = {account.id: -terms.principal, target: terms.principal}
    description = f"{account.name} paid out"
    ledger.enter(session, ledger.Movement(purpose="loan", made_at=now, amounts=amounts, description=description))


def _deposit(session: Session, source_id: str, account: AccountRow, units: int, now: datetime) -> None:
    held = store.locked_accounts(session, [source_id, account.id])
    check_funds(held[source_id], units)
    amounts = {source_id: -units, account.id: units}
    description = f"Opening deposit for {account.name}"
    ledger.enter(
        session, ledger.Movement(purpose="opening_deposit", made_at=now, amounts=amounts, description=description)
    )
