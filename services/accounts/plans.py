"""What the bank offers, and applications for it."""

import logging

from services.accounts import store
from services.accounts.clock import Clock
from services.accounts.holdings import known_customer
from services.accounts.idempotency import Claim, claimed
from services.accounts.ids import new_id
from services.accounts.money import in_words
from services.accounts.store import ApplicationRow
from shared.db import Database
from shared.errors import InvalidRequest, NotFound
from shared.schemas.accounts import Application, ApplicationOrder, Plan, PlanKind
from shared.schemas.base import Money

log = logging.getLogger("omnilex.accounts.plans")


def _plan(plan_id: str, kind: PlanKind, name: str, summary: str, *, rate: int, minimum: int = 0) -> Plan:
    return Plan(
        plan_id=plan_id,
        kind=kind,
        name=name,
        summary=summary,
        rate_basis_points=rate,
        minimum_deposit=Money(minor_units=minimum),
    )


# Rates in hundredths of a percent a year, least opening deposits in cents.
PLANS = (
    _plan("everyday-checking", "checking", "Everyday Checking", "No monthly fee.", rate=10, minimum=25_00),
    _plan("premier-checking", "checking", "Premier Checking", "No fees abroad.", rate=75, minimum=1_500_00),
    _plan("goal-savings", "savings", "Goal Savings", "Withdraw at any time.", rate=210, minimum=25_00),
    _plan("high-yield-savings", "savings", "High-Yield Savings", "Our best open rate.", rate=415, minimum=5_000_00),
    _plan("certificate-12", "certificate", "12-Month Certificate", "Fixed for a year.", rate=450, minimum=1_000_00),
    _plan(
        "certificate-36", "certificate", "36-Month Certificate", "Fixed for three years.", rate=425, minimum=1_000_00
    ),
    _plan("cashback-card", "credit_card", "Cashback Card", "1.5% back on every purchase, no yearly fee.", rate=1_999),
    _plan("low-rate-card", "credit_card", "Low-Rate Card", "For those who carry a balance.", rate=1_399),
    _plan("auto-loan-60", "auto_loan", "Auto Loan", "New and used cars, up to 60 months.", rate=649),
    _plan("personal-loan-36", "personal_loan", "Personal Loan", "Up to $35,000, up to 36 months.", rate=1_099),
    _plan("mortgage-30-fixed", "mortgage", "30-Year Fixed Mortgage", "The same payment for thirty years.", rate=662),
    _plan("mortgage-15-fixed", "mortgage", "15-Year Fixed Mortgage", "Paid off sooner, at a lower rate.", rate=589),
    _plan("home-equity-line", "home_equity_line", "Home Equity Line", "Borrow against your home.", rate=825),
)
MOST_DEPOSIT = 100_000_000  # cents; more is arranged with a banker
_BY_ID = {plan.plan_id: plan for plan in PLANS}


class Plans:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def offered(self) -> list[Plan]:
        return list(PLANS)

    async def apply(self, customer_id: str, order: ApplicationOrder, *, key: str) -> Application:
        """Applies once for one `key`; the application waits for the bank's decision.

        Raises NotFound (customer or plan), InvalidRequest (a deposit below the plan's minimum), Conflict (the key was
        used for another order). The details are sentences for the customer.
        """
        plan = _BY_ID.get(order.plan_id)
        if plan is None:
            raise NotFound("We do not offer such a plan.")
        _check_deposit(plan, order.opening_deposit)
        async with self._database.transaction() as session:
            await known_customer(session, customer_id)
            fresh_id = new_id("A")
            application_id = await claimed(session, Claim(customer_id, "application", key), order, fresh_id)
            if application_id == fresh_id:
                await store.insert(session, self._row(application_id, customer_id, plan, order.opening_deposit))
            row = await store.application(session, application_id)
        log.info("application.made", extra={"application_id": row.id, "repeated": row.id != fresh_id})
        return Application(
            application_id=row.id,
            plan_id=row.plan_id,
            plan_name=row.plan_name,
            status="pending",
            applied_at=row.applied_at,
        )

    def _row(self, application_id: str, customer_id: str, plan: Plan, deposit: Money | None) -> ApplicationRow:
        return ApplicationRow(
            id=application_id,
            customer_id=customer_id,
            plan_id=plan.plan_id,
            plan_name=plan.name,
            status="pending",
            deposit_minor_units=deposit.minor_units if deposit else None,
            deposit_currency=deposit.currency if deposit else None,
            applied_at=self._clock(),
        )


def _check_deposit(plan: Plan, deposit: Money | None) -> None:
    minimum = plan.minimum_deposit
    given = deposit or Money(minor_units=0, currency=minimum.currency)
    if given.currency != minimum.currency:
        raise InvalidRequest(f"The opening deposit must be in {minimum.currency}.")
    if given.minor_units < 0:
        raise InvalidRequest("The opening deposit cannot be less than zero.")
    if given.minor_units < minimum.minor_units:
        raise InvalidRequest(f"{plan.name} needs an opening deposit of at least {in_words(minimum)}.")
    if given.minor_units > MOST_DEPOSIT:
        raise InvalidRequest(
            f"An opening deposit can be at most {in_words(Money(minor_units=MOST_DEPOSIT, currency=given.currency))}."
        )
