"""Payments: read back, then made once, from an own deposit account to an outside payee or an own card or loan."""

import logging
from collections.abc import Collection
from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from services.accounts import ledger, store
from services.accounts.audit import AuditTrail, by_customer
from services.accounts.clock import Clock
from services.accounts.cursors import cursor_of, moment_in, parts_of
from services.accounts.customers import held, known
from services.accounts.holdings import shown, shown_payee
from services.accounts.idempotency import Claim, once
from services.accounts.ids import new_id
from services.accounts.limits import Request, channel_name
from services.accounts.loan_charges import reopen
from services.accounts.parties import Asked, Parties, check_funds, check_sides, parties, taken
from services.accounts.settling import PaymentRules, audited, close, receipt, settle
from services.accounts.store import CustomerRow, PaymentRow
from shared.db import Database
from shared.errors import Conflict, InvalidRequest, NotFound
from shared.schemas.accounts import CancellationOrder, Payment, PaymentOrder, PaymentPreview, PaymentStatus
from shared.schemas.base import Money, Page

log = logging.getLogger("omnilex.accounts.payments")


class Payments:
    def __init__(self, database: Database, rules: PaymentRules, *, clock: Clock, audit: AuditTrail) -> None:
        self._database = database
        self._rules = rules
        self._limits = rules.limits
        self._days = rules.days
        self._clock = clock
        self._audit = audit

    async def preview(self, customer_id: str, order: PaymentOrder) -> PaymentPreview:
        """What the payment would do; nothing moves. Raises as `pay`."""
        return await self._database.read(lambda session: self._preview(session, customer_id, order, self._clock()))

    async def pay(self, customer_id: str, order: PaymentOrder, *, key: str) -> Payment:
        """Pays, or schedules, once for one `key` and gives the same receipt each time it is asked again.

        A loan is ended by what pays it off (`Loan.payoff`); of a figure that holds for some days, no more is taken than
        pays it off today.

        Raises NotFound (customer, account or payee, also when they are somebody else's), InvalidRequest (the amount,
        the day, or an account that cannot pay), Conflict with a `code`: `insufficient_funds`, one of the limits'
        (`Limits`), or the key was used for another order. The details are sentences for the customer.
        """
        payment = await self._database.write(lambda session: self._pay(session, customer_id, order, key, self._clock()))
        log.info("payment.ordered", extra={"receipt_id": payment.receipt_id, "status": payment.status})
        return payment

    async def cancel(self, customer_id: str, receipt_id: str, order: CancellationOrder, *, key: str) -> Payment:
        """Cancels a scheduled payment, or takes one back that was made a short while ago.

        Raises NotFound, also for somebody else's receipt; Conflict with a `code`: `too_late`, `already_cancelled`,
        `not_made`, `channel_not_trusted`, or the key was used for something else.
        """
        payment = await self._database.write(
            lambda session: self._cancel(session, customer_id, receipt_id, order, key=key)
        )
        log.info("payment.cancelled", extra={"receipt_id": payment.receipt_id, "status": payment.status})
        return payment

    async def payment(self, customer_id: str, receipt_id: str) -> Payment:
        """Raises NotFound, also for somebody else's receipt."""
        return await self._database.read(lambda session: receipt(_own(session, customer_id, receipt_id)))

    async def listed(
        self, customer_id: str, *, statuses: Collection[PaymentStatus], cursor: str | None, limit: int
    ) -> Page[Payment]:
        """Newest order first, all when no status is named. Raises NotFound, and InvalidRequest for a bad cursor."""
        before = None
        if cursor is not None:
            moment, last_id = parts_of(cursor, 2)
            before = (moment_in(moment), last_id)

        def work(session: Session) -> Page[Payment]:
            rows = store.payments_of(session, customer_id, statuses=statuses, before=before, limit=limit + 1)
            if not rows:
                known(session, customer_id)
            items = [receipt(row) for row in rows[:limit]]
            last = rows[len(items) - 1] if len(rows) > limit else None
            more = cursor_of(last.ordered_at.astimezone(UTC).isoformat(), last.receipt_id) if last else None
            return Page[Payment](items=items, next_cursor=more)

        return await self._database.read(work)

    def _preview(self, session: Session, customer_id: str, order: PaymentOrder, now: datetime) -> PaymentPreview:
        customer = known(session, customer_id)
        sides, amount = self._checked(session, customer, order, now, hold=False)
        return PaymentPreview(
            from_account=shown(session, [sides.source], self._days, now)[0],
            payee=shown_payee(sides.payee, self._limits.new_until(sides.payee, now)),
            amount=amount,
            balance_after=Money(minor_units=sides.balance_after(amount), currency=amount.currency),
            pay_on=self._later_day(order, now),
        )

    def _pay(self, session: Session, customer_id: str, order: PaymentOrder, key: str, now: datetime) -> Payment:
        customer = held(session, customer_id)
        claim = Claim(customer_id, "payment", key)
        return once(session, claim, order, Payment, lambda: self._ordered(session, customer, order, now), now=now)

    def _ordered(self, session: Session, customer: CustomerRow, order: PaymentOrder, now: datetime) -> Payment:
        sides, amount = self._checked(session, customer, order, now, hold=True)
        later = self._later_day(order, now)
        row = PaymentRow(
            receipt_id=new_id("R"),
            customer_id=customer.id,
            from_account_id=sides.source.id,
            payee_id=sides.payee.id,
            payee_name=sides.payee.name,
            minor_units=amount.minor_units,
            currency=amount.currency,
            status="scheduled",
            channel=channel_name(order.channel),
            memo=order.memo or None,
            ordered_at=now,
            pay_on=later,
            value_date=later or self._days.day_of(now),
            next_try_at=self._days.start_of(later) if later else None,
        )
        if later is None:
            settle(session, row, sides, self._rules, now)
        store.insert_payment(session, row)
        self._audit.write(session.connection(), audited(row, actor=by_customer(customer.id), channel=order.channel))
        return receipt(row)

    def _checked(
        self, session: Session, customer: CustomerRow, order: PaymentOrder, now: datetime, *, hold: bool
    ) -> tuple[Parties, Money]:
        """The sides of an order that may be carried out, and what is taken; a later day's needs no money yet."""
        asked = Asked(customer.id, order.from_account_id, order.payee_id)
        sides = parties(session, asked, self._days, now, hold=hold)
        check_sides(sides, order.amount)
        later = self._later_day(order, now)
        self._limits.check_amount(order.amount)
        day = later or self._days.day_of(now)
        amount = taken(sides, order.amount, day, self._rules.payoff_lasts)
        if later:
            amount = order.amount  # what it comes to is known on the day
        request = Request(
            amount=amount,
            channel=order.channel,
            to_own_account=sides.owed is not None,
            payee_is_new=self._limits.new_until(sides.payee, now) is not None,
            cooling_off_until=customer.cooling_off_until,
            now=now,
        )
        self._limits.check(request)
        spent, spent_on_channel = store.spent_on(session, customer.id, day, channel_name(order.channel))
        self._limits.check_day(request, spent=spent, spent_on_channel=spent_on_channel)
        if later is None:
            check_funds(sides, amount)
        return sides, amount

    def _later_day(self, order: PaymentOrder, now: datetime) -> date | None:
        """The day it is to be made, when that is not today. Raises InvalidRequest for one that cannot be."""
        today = self._days.day_of(now)
        if order.pay_on is None or order.pay_on == today:
            return None
        if order.pay_on < today:
            raise InvalidRequest("That day has passed. A payment can be made today or later.")
        if order.pay_on > _a_year_after(today):
            raise InvalidRequest("A payment can be scheduled at most a year ahead.")
        return order.pay_on

    def _cancel(
        self, session: Session, customer_id: str, receipt_id: str, order: CancellationOrder, *, key: str
    ) -> Payment:
        held(session, customer_id)
        now = self._clock()
        claim = Claim(customer_id, "cancellation", key, target=receipt_id)

        def make() -> Payment:
            row = _own(session, customer_id, receipt_id)
            self._limits.trust.demand(order.channel, "cancel_payment", "Payments cannot be cancelled here.")
            _take_back(session, row, now)
            session.flush()
            self._audit.write(session.connection(), audited(row, actor=by_customer(customer_id), channel=order.channel))
            return receipt(row)

        return once(session, claim, order, Payment, make, now=now)


def _take_back(session: Session, row: PaymentRow, now: datetime) -> None:
    if row.status == "scheduled":
        close(row, "cancelled", now)
    elif row.status != "paid":
        code, said = _OVER[row.status]
        raise Conflict(said, members={"code": code})
    elif row.transfer_id is None or row.undo_until is None or row.undo_until <= now:
        raise Conflict("It is too late to take this payment back.", members={"code": "too_late"})
    else:
        payee = store.payee_of(session, row.customer_id, row.payee_id)
        if payee and payee.account_id:
            reopen(session, payee.account_id, row.transfer_id)
        ledger.reverse(session, row.transfer_id, now)
        close(row, "reversed", now)


_OVER = {
    "cancelled": ("already_cancelled", "This payment was cancelled before."),
    "reversed": ("already_cancelled", "This payment was taken back before."),
    "failed": ("not_made", "This payment was never made."),
}


def _own(session: Session, customer_id: str, receipt_id: str) -> PaymentRow:
    row = store.payment_of(session, customer_id, receipt_id)
    if row is None:
        raise NotFound("You have no such payment.")
    return row


def _a_year_after(day: date) -> date:
    """The same day of the next year; of a leap day, the last of February."""
    leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + 1, day=28 if leap_day else day.day)
