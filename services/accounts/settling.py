"""The moment in which an order becomes money that moved, or never will."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from services.accounts import ledger
from services.accounts.audit import AuditEntry
from services.accounts.bank_days import BankDays
from services.accounts.ledger import Movement
from services.accounts.limits import Limits
from services.accounts.loan_charges import end, payoff_amounts
from services.accounts.loan_figures import PayoffParts
from services.accounts.parties import Parties
from services.accounts.store import PaymentRow
from shared.schemas.accounts import Payment, PaymentStatus
from shared.schemas.base import Money

_STATUS: TypeAdapter[PaymentStatus] = TypeAdapter(PaymentStatus)


@dataclass(frozen=True, slots=True)
class PaymentRules:
    """`undo` is how long a payment can be taken back after it was made, `payoff_lasts` how long a payoff holds."""

    limits: Limits
    days: BankDays
    undo: timedelta
    payoff_lasts: timedelta


def settle(session: Session, row: PaymentRow, sides: Parties, rules: PaymentRules, now: datetime) -> None:
    """Moves the money and marks the order paid; what pays a loan off ends it. Raises as `ledger.enter`."""
    ended = sides.ended_by(row.minor_units, rules.days.day_of(now))
    said = f"{'Payoff of' if ended else 'Payment to'} {row.payee_name}"
    movement = Movement(
        purpose="payment",
        made_at=now,
        amounts={row.from_account_id: -row.minor_units, **_received(session, row, sides, ended)},
        description=f"{said}: {row.memo}" if row.memo else said,
        counterpart=row.payee_name,
    )
    row.balance_after = sides.source.balance - row.minor_units
    row.transfer_id = ledger.enter(session, movement)[0]
    row.status = "paid"
    row.paid_at = now
    row.undo_until = now + rules.undo
    row.next_try_at = None
    if ended and sides.loan:
        end(session, sides.loan.loan, ended, row.transfer_id)


def _received(session: Session, row: PaymentRow, sides: Parties, ended: PayoffParts | None) -> dict[str, int]:
    if ended and sides.owed:
        return payoff_amounts(session, sides.owed, ended)
    target = sides.payee.account_id or ledger.own_account(session, "settlement", row.currency)
    return {target: row.minor_units}


def close(row: PaymentRow, status: PaymentStatus, now: datetime, failure: str | None = None) -> None:
    """Ends the order: cancelled, reversed or failed."""
    row.status = status
    row.closed_at = now
    row.next_try_at = None
    row.failure = failure


def receipt(row: PaymentRow) -> Payment:
    return Payment(
        receipt_id=row.receipt_id,
        from_account_id=row.from_account_id,
        payee_id=row.payee_id,
        payee_name=row.payee_name,
        amount=Money(minor_units=row.minor_units, currency=row.currency),
        status=_STATUS.validate_python(row.status),
        channel=row.channel,
        memo=row.memo,
        ordered_at=row.ordered_at,
        pay_on=row.pay_on,
        balance_after=_money(row.balance_after, row.currency),
        paid_at=row.paid_at,
        undo_until=row.undo_until if row.status == "paid" else None,
        failure=row.failure,
    )


def audited(row: PaymentRow, *, actor: str, channel: str | None) -> AuditEntry:
    """What the audit trail says of the order's new state."""
    return AuditEntry(
        actor=actor,
        action=f"payment.{row.status}",
        subject=row.receipt_id,
        customer_id=row.customer_id,
        channel=channel,
        details={
            "from_account_id": row.from_account_id,
            "payee_id": row.payee_id,
            "minor_units": row.minor_units,
            "currency": row.currency,
            "pay_on": row.pay_on.isoformat() if row.pay_on else None,
            "transfer_id": row.transfer_id,
        },
    )


def _money(units: int | None, currency: str) -> Money | None:
    return None if units is None else Money(minor_units=units, currency=currency)
