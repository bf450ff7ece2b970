"""What the bank offers, and to whom: the rules of eligibility, in sentences for the customer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import JsonValue, TypeAdapter
from sqlalchemy.orm import Session

from services.accounts import store
from services.accounts.holdings import DEPOSIT_KINDS
from services.accounts.money import in_words
from services.accounts.rates import basis_points_of
from services.accounts.store import CustomerRow, PlanRow
from shared.schemas.base import Money
from shared.schemas.plans import Eligibility, Plan, PlanKind

KIND_NAMES: dict[PlanKind, str] = {
    "checking": "checking account",
    "savings": "savings account",
    "certificate": "certificate",
    "credit_card": "credit card",
    "auto_loan": "auto loan",
    "personal_loan": "personal loan",
    "mortgage": "mortgage",
    "home_equity_line": "home equity line",
}
KINDS_IN_ORDER = {kind: place for place, kind in enumerate(KIND_NAMES)}
LOAN_KINDS: frozenset[str] = frozenset({"auto_loan", "personal_loan", "mortgage"})
LINE_KINDS: frozenset[str] = frozenset({"credit_card", "home_equity_line"})
LENDING_KINDS = LOAN_KINDS | LINE_KINDS
_KIND: TypeAdapter[PlanKind] = TypeAdapter(PlanKind)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the bank knows of a customer that eligibility looks at; `deposits` in minor units, by currency."""

    customer_for: timedelta
    deposits: Mapping[str, int]
    kinds: frozenset[str]
    plan_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A sentence for the customer, and what a problem says of it: the `rule` and its figures."""

    sentence: str
    members: Mapping[str, JsonValue]


def kind_of(text: str) -> PlanKind:
    """The kind that a stored word names. Raises ValidationError for another word."""
    return _KIND.validate_python(text)


def standing_of(session: Session, customer: CustomerRow, now: datetime) -> Standing:
    accounts = store.owned_accounts(session, customer.id)
    deposits: dict[str, int] = {}
    for account in accounts:
        if account.kind in DEPOSIT_KINDS:
            deposits[account.currency] = deposits.get(account.currency, 0) + account.balance
    return Standing(
        customer_for=now - customer.created_at,
        deposits=deposits,
        kinds=frozenset(account.kind for account in accounts),
        plan_ids=frozenset(row.plan_id for row in store.chosen_plans_of(session, customer.id)),
    )


def refusal(plan: Plan, standing: Standing) -> Refusal | None:
    """Why the customer cannot have the plan now, or None when they can."""
    rule = plan.eligibility
    if rule.one_per_customer and plan.plan_id in standing.plan_ids:
        said = f"You have a {plan.name} account already, and one is what a customer can have."
        return Refusal(said, {"rule": "one_per_customer"})
    if rule.holds is not None and rule.holds not in standing.kinds:
        said = f"{plan.name} is for customers who have a {KIND_NAMES[rule.holds]} with us."
        return Refusal(said, {"rule": "holds", "kind": rule.holds})
    if standing.customer_for < timedelta(days=rule.customer_for_days):
        said = f"{plan.name} is for those who have been customers for {rule.customer_for_days} days or more."
        return Refusal(said, {"rule": "customer_for_days", "days": rule.customer_for_days})
    currency = plan.minimum_deposit.currency
    if standing.deposits.get(currency, 0) < rule.minimum_deposits:
        least = in_words(Money(minor_units=rule.minimum_deposits, currency=currency))
        said = f"{plan.name} is for customers with {least} or more in their accounts with us."
        return Refusal(said, {"rule": "minimum_deposits", "minimum": rule.minimum_deposits, "currency": currency})
    return None


def shown_plan(row: PlanRow) -> Plan:
    def money(minor_units: int) -> Money:
        return Money(minor_units=minor_units, currency=row.currency)

    return Plan(
        plan_id=row.id,
        kind=kind_of(row.kind),
        name=row.name,
        summary=row.summary,
        rate_basis_points=basis_points_of(row.rate_ppm),
        term_months=row.term_months,
        minimum_deposit=money(row.minimum_deposit),
        max_amount=money(row.max_amount) if row.max_amount is not None else None,
        eligibility=Eligibility.model_validate(row.eligibility),
        active=row.active,
    )


def in_order(plan: Plan) -> tuple[int, int, str]:
    """Sorts plans by kind, then by the deposit they need."""
    return KINDS_IN_ORDER[plan.kind], plan.minimum_deposit.minor_units, plan.plan_id
