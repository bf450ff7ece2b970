"""Applications for plans: made by customers, decided by staff, and what comes of an approval."""

import logging
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from services.accounts import store
from services.accounts.application_rules import check_eligibility, check_order, funding_account
from services.accounts.approvals import approve
from services.accounts.audit import AuditEntry, AuditTrail, by_customer
from services.accounts.bank_days import BankDays
from services.accounts.clock import Clock
from services.accounts.cursors import cursor_of, moment_in, parts_of
from services.accounts.customers import known
from services.accounts.idempotency import Claim, once
from services.accounts.ids import new_id
from services.accounts.limits import ChannelTrustTable
from services.accounts.offers import kind_of, shown_plan, standing_of
from services.accounts.store import ApplicationPosition, ApplicationRow
from shared.db import Database
from shared.errors import Conflict, NotFound
from shared.schemas.base import Money, Page
from shared.schemas.plans import (
    Application,
    ApplicationOrder,
    ApplicationStatus,
    ChosenPlan,
    Decision,
    Plan,
    ReviewedApplication,
)

log = logging.getLogger("omnilex.accounts.applications")

NO_PLAN = "We do not offer such a plan."
NOT_HERE = "Applications cannot be made on this channel."
_STATUS: TypeAdapter[ApplicationStatus] = TypeAdapter(ApplicationStatus)


class Applications:
    """`trust` says on which channels customers may apply, `days` which day it is where the bank is."""

    def __init__(
        self, database: Database, trust: ChannelTrustTable, days: BankDays, audit: AuditTrail, clock: Clock
    ) -> None:
        self._database = database
        self._trust = trust
        self._days = days
        self._audit = audit
        self._clock = clock

    async def apply(self, customer_id: str, order: ApplicationOrder, *, key: str) -> Application:
        """Applies once for one `key`; the application waits for the bank's decision.

        Raises NotFound (customer, plan, account), InvalidRequest (a deposit, amount or term against the plan's rules),
        Conflict (`channel_not_trusted`, `not_eligible`, `insufficient_funds`, or the key was used for another order).
        The details are sentences for the customer.
        """

        def work(session: Session) -> Application:
            known(session, customer_id)
            claim = Claim(customer_id, "application", key)
            return once(
                session,
                claim,
                order,
                Application,
                lambda: self._apply(session, customer_id, order),
                now=self._clock(),
            )

        application = await self._database.write(work)
        log.info("application.made", extra={"application_id": application.application_id})
        return application

    async def of(self, customer_id: str) -> list[Application]:
        """Newest first. Raises NotFound for an unknown customer."""

        def rows(session: Session) -> list[ApplicationRow]:
            known(session, customer_id)
            return store.applications_of(session, customer_id)

        return [_shown(row) for row in await self._database.read(rows)]

    async def chosen(self, customer_id: str) -> list[ChosenPlan]:
        """The plans that the customer has, oldest first, then those applied for. Raises NotFound."""
        return await self._database.read(lambda session: _chosen(session, customer_id))

    async def page(
        self, *, status: ApplicationStatus | None, cursor: str | None, limit: int
    ) -> Page[ReviewedApplication]:
        """Everybody's applications, newest first. Raises InvalidRequest for a cursor that is none of ours."""
        before = _position(cursor) if cursor is not None else None
        rows = await self._database.read(
            lambda session: store.application_page(session, status=status, before=before, limit=limit + 1)
        )
        more = len(rows) > limit
        last = rows[limit - 1] if more else None
        following = cursor_of(last.applied_at.isoformat(), last.id) if last else None
        return Page(items=[_reviewed(row) for row in rows[:limit]], next_cursor=following)

    async def decide(self, application_id: str, decision: Decision, *, by: str, key: str) -> ReviewedApplication:
        """Approves or declines, once for one `key`. An approval opens the account and moves the money.

        Raises NotFound, InvalidRequest (an amount against the plan's rules, or missing for a loan: `amount_needed`),
        Conflict (`already_decided`, `not_eligible` for a second account where one is allowed, or `insufficient_funds`
        for the opening deposit; then the application is pending still). `by` is the member of staff.
        """

        def work(session: Session) -> ReviewedApplication:
            claim = Claim(by, "decision", key, application_id)
            return once(
                session,
                claim,
                decision,
                ReviewedApplication,
                lambda: self._decide(session, application_id, decision, by),
                now=self._clock(),
            )

        decided = await self._database.write(work)
        log.info("application.decided", extra={"application_id": application_id, "status": decided.status})
        return decided

    def _apply(self, session: Session, customer_id: str, order: ApplicationOrder) -> Application:
        self._trust.demand(order.channel, "apply", NOT_HERE)
        plan = _offered(session, order.plan_id)
        check_order(plan, order)
        check_eligibility(plan, standing_of(session, known(session, customer_id), self._clock()))
        funding_account(session, customer_id, order, plan.minimum_deposit.currency)
        row = _row(new_id("A"), customer_id, plan, order, self._clock())
        store.add(session, row)
        self._write_down(session, row, "application.made", by_customer(customer_id), channel=order.channel)
        return _shown(row)

    def _decide(self, session: Session, application_id: str, decision: Decision, by: str) -> ReviewedApplication:
        row = store.held_application(session, application_id)
        if row is None:
            raise NotFound("There is no such application.")
        if row.status != "pending":
            raise Conflict(f"This application was {row.status} before.", members={"code": "already_decided"})
        now = self._clock()
        row.status, row.reason, row.decided_at, row.decided_by = decision.decision, decision.reason, now, by
        if decision.decision == "approved":
            account = approve(session, row, decision.amount, now=now, today=self._days.day_of(now))
            row.account_id = account.id
        session.flush()
        self._write_down(session, row, f"application.{row.status}", by)
        return _reviewed(row)

    def _write_down(
        self, session: Session, row: ApplicationRow, action: str, actor: str, channel: str | None = None
    ) -> None:
        details = {
            "plan_id": row.plan_id,
            "account_id": row.account_id,
            "deposit": row.deposit_minor_units,
            "amount": row.amount_minor_units,
        }
        entry = AuditEntry(
            actor=actor,
            action=action,
            subject=row.id,
            customer_id=row.customer_id,
            channel=channel,
            details={name: value for name, value in details.items() if value is not None},
        )
        self._audit.write(session.connection(), entry)


def _offered(session: Session, plan_id: str) -> Plan:
    row = store.plan(session, plan_id)
    if row is None or not row.active:
        raise NotFound(NO_PLAN)
    return shown_plan(row)


def _chosen(session: Session, customer_id: str) -> list[ChosenPlan]:
    known(session, customer_id)
    plans = [
        ChosenPlan(
            plan_id=row.plan_id,
            plan_name=row.plan_name,
            kind=kind_of(row.kind),
            status="open",
            chosen_at=row.chosen_at,
            account_id=row.account_id,
        )
        for row in store.chosen_plans_of(session, customer_id)
    ]
    for row in reversed(store.applications_of(session, customer_id)):
        plan = store.plan(session, row.plan_id)
        if row.status == "pending" and plan is not None:
            plans.append(
                ChosenPlan(
                    plan_id=row.plan_id,
                    plan_name=row.plan_name,
                    kind=kind_of(plan.kind),
                    status="pending",
                    chosen_at=row.applied_at,
                    application_id=row.id,
                )
            )
    return plans


def _row(
    application_id: str, customer_id: str, plan: Plan, order: ApplicationOrder, applied_at: datetime
) -> ApplicationRow:
    deposit, amount = order.opening_deposit, order.amount
    return ApplicationRow(
        id=application_id,
        customer_id=customer_id,
        plan_id=plan.plan_id,
        plan_name=plan.name,
        status="pending",
        deposit_minor_units=deposit.minor_units if deposit else None,
        deposit_currency=deposit.currency if deposit else None,
        amount_minor_units=amount.minor_units if amount else None,
        amount_currency=amount.currency if amount else None,
        term_months=order.term_months,
        funding_account_id=order.funding_account_id,
        applied_at=applied_at,
    )


def _shown(row: ApplicationRow) -> Application:
    return Application.model_validate(_reviewed(row).model_dump(exclude={"customer_id", "decided_by"}))


def _reviewed(row: ApplicationRow) -> ReviewedApplication:
    return ReviewedApplication(
        application_id=row.id,
        customer_id=row.customer_id,
        plan_id=row.plan_id,
        plan_name=row.plan_name,
        status=_STATUS.validate_python(row.status),
        applied_at=row.applied_at,
        opening_deposit=_money(row.deposit_minor_units, row.deposit_currency),
        funding_account_id=row.funding_account_id,
        amount=_money(row.amount_minor_units, row.amount_currency),
        term_months=row.term_months,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        reason=row.reason,
        account_id=row.account_id,
    )


def _money(minor_units: int | None, currency: str | None) -> Money | None:
    return Money(minor_units=minor_units, currency=currency) if minor_units is not None and currency else None


def _position(cursor: str) -> ApplicationPosition:
    applied_at, application_id = parts_of(cursor, 2)
    return ApplicationPosition(moment_in(applied_at), application_id)
