"""Scheduled payments when their day has come."""

import logging
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from services.accounts import store
from services.accounts.audit import AuditTrail
from services.accounts.clock import Clock
from services.accounts.customers import held
from services.accounts.parties import Asked, check_funds, check_sides, parties, taken
from services.accounts.settling import PaymentRules, audited, close, settle
from services.accounts.store import PaymentRow
from shared.db import Database
from shared.errors import Conflict, InvalidRequest, NotFound
from shared.schemas.base import Money

log = logging.getLogger("omnilex.accounts.standing")

ACTOR = "service:accounts"
_BATCH = 100
_NO_MONEY = "There was not enough money in the account on the day of the payment."


class StandingPayments:
    """`retry` is how long to wait for money before the next try; the day's end is the last one."""

    def __init__(
        self, database: Database, rules: PaymentRules, *, retry: timedelta, clock: Clock, audit: AuditTrail
    ) -> None:
        self._database = database
        self._rules = rules
        self._retry = retry
        self._clock = clock
        self._audit = audit

    async def make_due(self) -> int:
        """Makes the payments whose time has come, and returns how many were made or given up.

        Each is a transaction of its own, which holds its customer: replicas that do this at once make it once, and
        what broke off is as if it had not begun. One that breaks is left for the next time and stops no other.
        """
        now = self._clock()
        ended = 0
        after: store.Due | None = None
        while batch := await self._due(now, after):
            for due in batch:
                ended += await self._try(due)
            after = batch[-1]
        return ended

    async def _due(self, now: datetime, after: store.Due | None) -> list[store.Due]:
        return await self._database.read(lambda session: store.due_payments(session, now, after=after, limit=_BATCH))

    async def _try(self, due: store.Due) -> bool:
        try:
            row = await self._database.write(lambda session: self._attempt(session, due, self._clock()))
        except Exception:
            log.exception("payment.due_broke", extra={"receipt_id": due.receipt_id})
            return False
        if row is not None:
            log.info("payment.due", extra={"receipt_id": row.receipt_id, "status": row.status})
        return row is not None and row.status != "scheduled"

    def _attempt(self, session: Session, due: store.Due, now: datetime) -> PaymentRow | None:
        """The order after a try; null when somebody else has dealt with it since it was found."""
        held(session, due.customer_id)
        row = store.payment_of(session, due.customer_id, due.receipt_id)
        if row is None or row.status != "scheduled" or row.next_try_at is None or row.next_try_at > now:
            return None
        self._make(session, row, now)
        session.flush()
        if row.status != "scheduled":
            self._audit.write(session.connection(), audited(row, actor=ACTOR, channel=row.channel))
        return row

    def _make(self, session: Session, row: PaymentRow, now: datetime) -> None:
        amount = Money(minor_units=row.minor_units, currency=row.currency)
        try:
            asked = Asked(row.customer_id, row.from_account_id, row.payee_id)
            sides = parties(session, asked, self._rules.days, now, hold=True)
            check_sides(sides, amount)
            self._rules.limits.check_amount(amount)
            amount = taken(sides, amount, self._rules.days.day_of(now), self._rules.payoff_lasts)
        except (NotFound, InvalidRequest, Conflict) as refusal:
            close(row, "failed", now, refusal.detail)
            return
        try:
            check_funds(sides, amount)
        except Conflict:
            self._wait_for_money(row, now)
            return
        row.minor_units = amount.minor_units
        settle(session, row, sides, self._rules, now)

    def _wait_for_money(self, row: PaymentRow, now: datetime) -> None:
        last_try = self._rules.days.end_of(row.value_date)
        if now >= last_try:
            close(row, "failed", now, _NO_MONEY)
        else:
            row.next_try_at = min(now + self._retry, last_try)
