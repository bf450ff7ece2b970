"""What an application for a plan must hold, checked before it is taken; the details are sentences for the customer."""

from pydantic import JsonValue
from sqlalchemy.orm import Session

from services.accounts import store
from services.accounts.money import in_words
from services.accounts.offers import KIND_NAMES, LENDING_KINDS, LOAN_KINDS, Standing, refusal
from services.accounts.store import AccountRow
from shared.errors import Conflict, InvalidRequest, NotFound
from shared.schemas.base import Money
from shared.schemas.plans import ApplicationOrder, Plan

MOST_DEPOSIT = 100_000_000  # minor units; more is arranged with a banker
FUNDING_KINDS = frozenset({"checking", "savings"})


def check_order(plan: Plan, order: ApplicationOrder) -> None:
    """Raises InvalidRequest for a deposit, an amount or a term that the plan does not allow."""
    _check_deposit(plan, order.opening_deposit)
    if order.amount is not None:
        check_amount(plan, order.amount)
    if order.term_months is not None:
        if plan.kind not in LOAN_KINDS or plan.term_months is None:
            raise InvalidRequest(f"The term of {plan.name} cannot be chosen.")
        if order.term_months > plan.term_months:
            raise InvalidRequest(f"{plan.name} is repaid in {plan.term_months} months at most.")


def check_amount(plan: Plan, amount: Money) -> None:
    """Raises InvalidRequest for an amount that is not lent under the plan."""
    if plan.kind not in LENDING_KINDS or plan.max_amount is None:
        raise InvalidRequest(f"Nothing is lent on a {KIND_NAMES[plan.kind]}.")
    if amount.currency != plan.max_amount.currency:
        raise InvalidRequest(f"{plan.name} is in {plan.max_amount.currency}.")
    if amount.minor_units <= 0:
        raise InvalidRequest("The amount must be more than zero.")
    if amount.minor_units > plan.max_amount.minor_units:
        raise InvalidRequest(f"{plan.name} goes up to {in_words(plan.max_amount)}.")


def check_eligibility(plan: Plan, standing: Standing) -> None:
    """Raises Conflict (`not_eligible`)."""
    if refused := refusal(plan, standing):
        raise Conflict(refused.sentence, members={"code": "not_eligible", **refused.members})


def funding_account(session: Session, customer_id: str, order: ApplicationOrder, currency: str) -> AccountRow | None:
    """The own account that the application names, which must have the opening deposit now.

    Raises NotFound for an account that is not the customer's, InvalidRequest for one that cannot pay or is in another
    currency, Conflict (`insufficient_funds`).
    """
    if order.funding_account_id is None:
        return None
    account = store.owned_account(session, customer_id, order.funding_account_id)
    if account is None:
        raise NotFound("You have no such account.")
    if account.kind not in FUNDING_KINDS:
        raise InvalidRequest("The money must come from a checking or savings account.")
    if account.currency != currency:
        raise InvalidRequest(f"That account is not in {currency}.")
    check_funds(account, order.opening_deposit.minor_units if order.opening_deposit else 0)
    return account


def check_funds(account: AccountRow, minor_units: int) -> None:
    """Raises Conflict (`insufficient_funds`) when the account has less."""
    if minor_units > account.balance:
        available = in_words(Money(minor_units=account.balance, currency=account.currency))
        detail = f"There is not enough money in that account: {available} is available."
        members: dict[str, JsonValue] = {
            "code": "insufficient_funds",
            "available": account.balance,
            "currency": account.currency,
        }
        raise Conflict(detail, members=members)


def _check_deposit(plan: Plan, deposit: Money | None) -> None:
    minimum = plan.minimum_deposit
    given = deposit or Money(minor_units=0, currency=minimum.currency)
    if given.currency != minimum.currency:
        raise InvalidRequest(f"The opening deposit must be in {minimum.currency}.")
    if given.minor_units < 0:
        raise InvalidRequest("The opening deposit cannot be less than zero.")
    if given.minor_units and plan.kind in LENDING_KINDS:
        raise InvalidRequest(f"A {KIND_NAMES[plan.kind]} is opened without a deposit.")
    if given.minor_units < minimum.minor_units:
        raise InvalidRequest(
            f"{plan.name} needs an opening deposit of at least {in_words(minimum)}.",
            members={"code": "deposit_too_small", "minimum": minimum.minor_units, "currency": minimum.currency},
        )
    if given.minor_units > MOST_DEPOSIT:
        raise InvalidRequest(
            f"An opening deposit can be at most {in_words(Money(minor_units=MOST_DEPOSIT, currency=given.currency))}.",
            members={"code": "deposit_too_large", "limit": MOST_DEPOSIT, "currency": given.currency},
        )
