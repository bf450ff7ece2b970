"""The plans: what is offered, what suits a customer, and how staff change them."""

import logging

from sqlalchemy.orm import Session

from services.accounts import store
from services.accounts.amortisation import level_payment
from services.accounts.audit import AuditEntry, AuditTrail
from services.accounts.clock import Clock
from services.accounts.customers import known
from services.accounts.money import in_words
from services.accounts.offers import (
    KIND_NAMES,
    KINDS_IN_ORDER,
    LENDING_KINDS,
    LOAN_KINDS,
    in_order,
    refusal,
    shown_plan,
    standing_of,
)
from services.accounts.rates import in_percent, ppm_of
from services.accounts.store import PlanRow
from shared.db import Database
from shared.errors import InvalidRequest
from shared.schemas.base import Money
from shared.schemas.plans import Plan, PlanKind, PlanRecommendation, PlanTerms

log = logging.getLogger("omnilex.accounts.plans")


class Plans:
    def __init__(self, database: Database, audit: AuditTrail, clock: Clock) -> None:
        self._database = database
        self._audit = audit
        self._clock = clock

    async def offered(self) -> list[Plan]:
        """What can be applied for, by kind."""
        rows = await self._database.read(lambda session: store.all_plans(session, active_only=True))
        return sorted((shown_plan(row) for row in rows), key=in_order)

    async def catalogue(self) -> list[Plan]:
        """Every plan, those no longer offered too."""
        rows = await self._database.read(lambda session: store.all_plans(session, active_only=False))
        return sorted((shown_plan(row) for row in rows), key=in_order)

    async def put(self, plan_id: str, terms: PlanTerms, *, by: str) -> Plan:
        """Makes the plan or replaces its terms; what customers have agreed to before stays. `by` is who does it.

        Raises InvalidRequest for terms that do not fit the kind.
        """
        _check_terms(terms)
        return await self._database.write(lambda session: self._put(session, plan_id, terms, by))

    async def recommended(
        self, customer_id: str, *, kind: PlanKind | None, minor_units: int | None
    ) -> list[PlanRecommendation]:
        """The plans that the customer can have now, best first, each with its reason.

        A plan suits an amount (minor units) when it needs no more than that to open it, or lends that much. Without a
        kind, kinds the customer does not have yet come first. Among one kind, deposits go by the highest rate and
        loans by the lowest; the plan that needs the lower deposit wins a tie. Raises NotFound for an unknown customer.
        """
        return await self._database.read(lambda session: self._recommended(session, customer_id, kind, minor_units))

    def _put(self, session: Session, plan_id: str, terms: PlanTerms, by: str) -> Plan:
        earlier = store.held_plan(session, plan_id)
        if earlier is not None and (earlier.kind, earlier.currency) != (terms.kind, terms.currency):
            raise InvalidRequest("The kind and the currency of a plan stay as they are; make another plan instead.")
        fields = terms.model_dump(exclude={"rate_basis_points"})
        fields |= {"rate_ppm": ppm_of(terms.rate_basis_points), "changed_at": self._clock()}
        row = earlier or PlanRow(id=plan_id, **fields)
        for name, value in fields.items():
            setattr(row, name, value)
        store.add(session, row)
        entry = AuditEntry(
            actor=by,
            action="plan.changed" if earlier else "plan.made",
            subject=plan_id,
            customer_id=None,
            details={"rate_ppm": row.rate_ppm, "active": row.active},
        )
        self._audit.write(session.connection(), entry)
        log.info("plan.changed", extra={"plan_id": plan_id, "active": row.active})
        return shown_plan(row)

    def _recommended(
        self, session: Session, customer_id: str, kind: PlanKind | None, minor_units: int | None
    ) -> list[PlanRecommendation]:
        standing = standing_of(session, known(session, customer_id), self._clock())
        plans = [shown_plan(row) for row in store.all_plans(session, active_only=True)]
        suited = [
            plan
            for plan in plans
            if kind in (None, plan.kind) and _suits(plan, minor_units) and refusal(plan, standing) is None
        ]
        ranked = sorted(suited, key=lambda plan: (plan.kind in standing.kinds and kind is None, _rank(plan)))
        kinds = [plan.kind for plan in ranked]
        best = {ranked[kinds.index(kind)].plan_id for kind in kinds if kinds.count(kind) > 1}
        return [
            PlanRecommendation(plan=plan, reason=_reason(plan, minor_units, best=plan.plan_id in best))
            for plan in ranked
        ]


def _check_terms(terms: PlanTerms) -> None:
    lends = terms.kind in LENDING_KINDS
    name = KIND_NAMES[terms.kind]
    if lends and terms.max_amount is None:
        raise InvalidRequest(f"The most that is lent (max_amount) is missing: this is a {name}.")
    if not lends and terms.max_amount is not None:
        raise InvalidRequest(f"Nothing is lent on a {name}: max_amount must be left out.")
    if terms.term_months is None and (terms.kind in LOAN_KINDS or terms.kind == "certificate"):
        raise InvalidRequest(f"The term of the {name} (term_months) is missing.")
    if terms.term_months is not None and terms.kind in ("checking", "savings"):
        raise InvalidRequest(f"A {name} has no term: term_months must be left out.")


def _suits(plan: Plan, minor_units: int | None) -> bool:
    if minor_units is None:
        return True
    if plan.max_amount is not None:
        return minor_units <= plan.max_amount.minor_units
    return minor_units >= plan.minimum_deposit.minor_units


def _rank(plan: Plan) -> tuple[int, int, int, str]:
    rate = ppm_of(plan.rate_basis_points)
    return (
        KINDS_IN_ORDER[plan.kind],
        rate if plan.kind in LENDING_KINDS else -rate,
        plan.minimum_deposit.minor_units,
        plan.plan_id,
    )


def _reason(plan: Plan, minor_units: int | None, *, best: bool) -> str:
    rate, kind = in_percent(ppm_of(plan.rate_basis_points)), KIND_NAMES[plan.kind]
    amount = Money(minor_units=minor_units, currency=plan.minimum_deposit.currency) if minor_units else None
    if plan.kind in LENDING_KINDS:
        ranked = f", the lowest we have for you on a {kind}" if best else ""
        return f"Its rate is {rate} a year{ranked}.{_monthly(plan, amount)}"
    ranked = f", the most we have for you on a {kind}" if best else ""
    least = plan.minimum_deposit
    opened = f"{in_words(least)} opens it" if least.minor_units else "it needs no opening deposit"
    if amount is None:
        return f"It pays {rate} a year{ranked}, and {opened}."
    return f"It pays {rate} a year{ranked}; {in_words(amount)} is enough to open it."


def _monthly(plan: Plan, amount: Money | None) -> str:
    """What a loan of the amount would cost a month over the plan's whole term, as a sentence."""
    if amount is None or plan.term_months is None or plan.kind not in LOAN_KINDS:
        return ""
    units = level_payment(amount.minor_units, ppm_of(plan.rate_basis_points), plan.term_months)
    payment = in_words(Money(minor_units=units, currency=amount.currency))
    return f" {in_words(amount)} over {plan.term_months} months would be {payment} a month."
