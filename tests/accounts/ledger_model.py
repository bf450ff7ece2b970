"""What the payments of one customer must come to, by rules that are written down a second time, without a database."""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

PER_PAYMENT = 10_000_00
PER_DAY = 12_000_00
UNDO = timedelta(seconds=300)
RETRY = timedelta(minutes=60)
Outcome = tuple[int, str]
"""Status of the answer, and its `code`, or the payment's status when all went well."""


def bank_day(moment: datetime) -> date:
    """The model's days are those of UTC, and so are the bank's in these tests."""
    return moment.astimezone(UTC).date()


def start_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


@dataclass
class Order:
    """`target` is an own card or loan, or `outside`."""

    source: str
    target: str
    units: int
    later_days: int = 0
    receipt_id: str = ""


@dataclass
class Cancel:
    receipt_id: str


@dataclass
class Due:
    """A try of one scheduled payment."""

    receipt_id: str


Step = Order | Cancel | Due


@dataclass
class Paid:
    order: Order
    status: str
    value_date: date
    next_try_at: datetime | None = None
    undo_until: datetime | None = None


@dataclass
class LedgerModel:
    """`has` and `owes` are in minor units; `payments` are those that were taken on, by receipt."""

    has: dict[str, int]
    owes: dict[str, int]
    payments: dict[str, Paid] = field(default_factory=dict)

    def copy(self) -> "LedgerModel":
        return deepcopy(self)

    def state(self) -> dict[str, object]:
        """What the bank shows of it."""
        return {**self.has, **self.owes, **{key: payment.status for key, payment in self.payments.items()}}

    def due(self, now: datetime) -> list[str]:
        waiting = [
            (payment.next_try_at, receipt_id)
            for receipt_id, payment in self.payments.items()
            if payment.next_try_at is not None and payment.next_try_at <= now
        ]
        return [receipt_id for _, receipt_id in sorted(waiting)]

    def left_on(self, day: date) -> int:
        """What the day's limit leaves."""
        return PER_DAY - sum(
            payment.order.units
            for payment in self.payments.values()
            if payment.value_date == day and payment.status in ("paid", "scheduled")
        )

    def do(self, step: Step, now: datetime) -> Outcome | None:
        """Carries the step out; what the sender hears, when there is one."""
        match step:
            case Order():
                return self._order(step, now)
            case Cancel():
                return self._cancel(step, now)
            case Due():
                self._try(self.payments[step.receipt_id], now)
                return None

    def _order(self, order: Order, now: datetime) -> Outcome:
        day = bank_day(now) + timedelta(days=order.later_days)
        if order.units > PER_PAYMENT:
            return 409, "limit_per_payment"
        if order.units > self.owes.get(order.target, order.units):
            return 422, "more_than_owed"
        if order.units > self.left_on(day):
            return 409, "limit_per_day"
        if order.later_days:
            self.payments[order.receipt_id] = Paid(order, "scheduled", day, next_try_at=start_of(day))
            return 201, "scheduled"
        if order.units > self.has[order.source]:
            return 409, "insufficient_funds"
        self.payments[order.receipt_id] = payment = Paid(order, "paid", day)
        self._pay(payment, now)
        return 201, "paid"

    def _cancel(self, step: Cancel, now: datetime) -> Outcome:
        payment = self.payments[step.receipt_id]
        if payment.status == "scheduled":
            payment.status, payment.next_try_at = "cancelled", None
            return 200, "cancelled"
        if payment.status in ("cancelled", "reversed"):
            return 409, "already_cancelled"
        if payment.status == "failed":
            return 409, "not_made"
        assert payment.undo_until is not None
        if payment.undo_until <= now:
            return 409, "too_late"
        self._move(payment.order, -payment.order.units)
        payment.status = "reversed"
        return 200, "reversed"

    def _try(self, payment: Paid, now: datetime) -> None:
        if payment.next_try_at is None or payment.next_try_at > now:
            return
        end = start_of(payment.value_date + timedelta(days=1))
        if payment.order.units > self.owes.get(payment.order.target, payment.order.units):
            payment.status, payment.next_try_at = "failed", None
        elif payment.order.units <= self.has[payment.order.source]:
            self._pay(payment, now)
        elif now >= end:
            payment.status, payment.next_try_at = "failed", None
        else:
            payment.next_try_at = min(now + RETRY, end)

    def _pay(self, payment: Paid, now: datetime) -> None:
        self._move(payment.order, payment.order.units)
        payment.status, payment.next_try_at, payment.undo_until = "paid", None, now + UNDO

    def _move(self, order: Order, units: int) -> None:
        self.has[order.source] -= units
        if order.target in self.owes:
            self.owes[order.target] -= units
