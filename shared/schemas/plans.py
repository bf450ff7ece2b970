"""What the bank offers, who may have it, and applications for it."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.schemas.accounts import AccountKind, Channel, CustomerId, Reference
from shared.schemas.base import Currency, Moment, Money, Wire
from shared.schemas.mortgages import MOST_MONTHS, MOST_PRINCIPAL, BasisPoints

PlanKind = AccountKind
PlanId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
ApplicationId = Annotated[str, StringConstraints(pattern=r"^A-[0-9A-Z]{10}$")]
ApplicationStatus = Literal["pending", "approved", "declined"]
_Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"^[^\x00-\x1f\x7f]*$")]


class Eligibility(Wire):
    """Who may have a plan; every condition must hold. It keeps to what the bank knows of its customers.

    `minimum_deposits` (minor units of the plan's currency) is what must be in the customer's deposit accounts together;
    `holds` is a kind of account the customer must have; `one_per_customer` refuses a second account of the plan.
    """

    customer_for_days: int = Field(0, ge=0, le=36_500)
    minimum_deposits: int = Field(0, ge=0, le=MOST_PRINCIPAL)
    holds: PlanKind | None = None
    one_per_customer: bool = False


class PlanTerms(Wire):
    """A plan as staff write it; amounts in minor units of `currency`.

    `rate_basis_points` is the yearly rate in hundredths of a percent: the yield (APY) of a deposit, the interest (APR)
    of a loan. `term_months` is how long a certificate is bound, or the longest term of a loan; `max_amount` is the most
    that is lent, and null for deposits. Only an `active` plan is offered.
    """

    kind: PlanKind
    name: Annotated[_Words, StringConstraints(max_length=80)]
    summary: Annotated[_Words, StringConstraints(max_length=300)]
    rate_basis_points: BasisPoints
    term_months: int | None = Field(None, ge=1, le=MOST_MONTHS)
    currency: Currency = "USD"
    minimum_deposit: int = Field(0, ge=0, le=MOST_PRINCIPAL)
    max_amount: int | None = Field(None, ge=1, le=MOST_PRINCIPAL)
    eligibility: Eligibility = Eligibility()
    active: bool = True


class Plan(Wire):
    """`rate_basis_points`, `term_months`, `max_amount`, `eligibility`: see `PlanTerms`."""

    plan_id: str
    kind: PlanKind
    name: str
    summary: str
    rate_basis_points: BasisPoints
    term_months: int | None = None
    minimum_deposit: Money
    max_amount: Money | None = None
    eligibility: Eligibility = Eligibility()
    active: bool = True


class PlanRecommendation(Wire):
    """A plan that the customer is eligible for; `reason` is a sentence the customer may hear."""

    plan: Plan
    reason: str


class ApplicationOrder(Wire):
    """`funding_account_id` is the own checking or savings account that the opening deposit comes from, or that a loan
    is paid out to; `amount` and `term_months` are of a loan or line of credit.
    """

    plan_id: Reference
    opening_deposit: Money | None = None
    funding_account_id: Reference | None = None
    amount: Money | None = None
    term_months: int | None = Field(None, ge=1, le=MOST_MONTHS)
    channel: Channel = "web"


class Application(Wire):
    """`account_id` is the account that the approval opened; `reason` is a sentence the customer may hear."""

    application_id: str
    plan_id: str
    plan_name: str
    status: ApplicationStatus
    applied_at: Moment
    opening_deposit: Money | None = None
    funding_account_id: str | None = None
    amount: Money | None = None
    term_months: int | None = None
    decided_at: Moment | None = None
    reason: str | None = None
    account_id: str | None = None


class ReviewedApplication(Application):
    """An application as staff see it."""

    customer_id: CustomerId
    decided_by: str | None = None


class Decision(Wire):
    """`amount` replaces what was applied for, of a loan or line of credit."""

    decision: Literal["approved", "declined"]
    reason: Annotated[_Words, StringConstraints(max_length=300)]
    amount: Money | None = None


class ChosenPlan(Wire):
    """A plan that the customer has, or has applied for."""

    plan_id: str
    plan_name: str
    kind: PlanKind
    status: Literal["pending", "open"]
    chosen_at: Moment
    application_id: str | None = None
    account_id: str | None = None
