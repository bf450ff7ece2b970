"""Payees and payments."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import BigInteger, Date, bindparam, func, insert, literal, select, tuple_
from sqlalchemy.orm import Session
from sqlmodel import Field, col

from services.accounts.store.customers import CustomerRow
from services.accounts.store.tables import AccountsTable, table_of
from shared.db import UtcDateTime


class PayeeRow(AccountsTable, table=True):
    """`account_id` is set for an own card or loan, `number_hash` (keyed) for an outside payee whose number was given.

    A removed payee stays for the payments made to it.
    """

    __tablename__ = "accounts_payee"
    id: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="accounts_customer.id", index=True)
    name: str
    number_ending: str
    number_hash: str | None = None
    account_id: str | None = Field(default=None, foreign_key="accounts_account.id")
    added_at: datetime = Field(sa_type=UtcDateTime)
    removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PaymentRow(AccountsTable, table=True):
    """An order to pay and what became of it.

    `value_date` is the day whose limit it uses: the day it was paid, or is to be paid (`pay_on`). A scheduled one is
    tried at `next_try_at`. `closed_at` is when it was cancelled, reversed or given up.
    """

    __tablename__ = "accounts_payment"
    receipt_id: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="accounts_customer.id")
    from_account_id: str = Field(foreign_key="accounts_account.id")
    payee_id: str = Field(foreign_key="accounts_payee.id")
    payee_name: str
    minor_units: int = Field(sa_type=BigInteger)
    currency: str
    status: str
    channel: str
    memo: str | None = None
    ordered_at: datetime = Field(sa_type=UtcDateTime)
    pay_on: date | None = Field(default=None, sa_type=Date)
    value_date: date = Field(sa_type=Date)
    next_try_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    transfer_id: str | None = Field(default=None, foreign_key="accounts_transfer.id", unique=True)
    balance_after: int | None = Field(default=None, sa_type=BigInteger)
    paid_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    undo_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """A scheduled payment whose time has come."""

    next_try_at: datetime
    receipt_id: str
    customer_id: str


_HELD = select(CustomerRow).where(col(CustomerRow.id) == bindparam("id")).with_for_update(key_share=True)
_PAYEES = (
    select(PayeeRow)
    .where(col(PayeeRow.customer_id) == bindparam("customer_id"), col(PayeeRow.removed_at).is_(None))
    .order_by(col(PayeeRow.name), col(PayeeRow.id))
)
_PAYEE = select(PayeeRow).where(
    col(PayeeRow.id) == bindparam("id"), col(PayeeRow.customer_id) == bindparam("customer_id")
)
_UNITS = col(PaymentRow.minor_units)
_SPENT = select(
    func.coalesce(func.sum(_UNITS), 0),
    func.coalesce(func.sum(_UNITS).filter(col(PaymentRow.channel) == bindparam("channel")), 0),
).where(
    col(PaymentRow.customer_id) == bindparam("customer_id"),
    col(PaymentRow.value_date) == bindparam("day"),
    col(PaymentRow.status).in_(("paid", "scheduled")),
)
_NEW_PAYMENT = insert(table_of(PaymentRow))


def held_customer(session: Session, customer_id: str) -> CustomerRow | None:
    """Held until the transaction ends."""
    return session.execute(_HELD, {"id": customer_id}).scalar_one_or_none()


def payees_of(session: Session, customer_id: str) -> Sequence[PayeeRow]:
    """Those that were not removed, by name."""
    return session.execute(_PAYEES, {"customer_id": customer_id}).scalars().all()


def payee_of(session: Session, customer_id: str, payee_id: str) -> PayeeRow | None:
    """Removed or not."""
    return session.execute(_PAYEE, {"id": payee_id, "customer_id": customer_id}).scalar_one_or_none()


def payee_with_number(session: Session, customer_id: str, number_hash: str) -> PayeeRow | None:
    """The one that was not removed."""
    query = select(PayeeRow).where(
        col(PayeeRow.customer_id) == customer_id,
        col(PayeeRow.number_hash) == number_hash,
        col(PayeeRow.removed_at).is_(None),
    )
    return session.execute(query).scalar_one_or_none()


def payment_of(session: Session, customer_id: str, receipt_id: str) -> PaymentRow | None:
    query = select(PaymentRow).where(
        col(PaymentRow.receipt_id) == receipt_id, col(PaymentRow.customer_id) == customer_id
    )
    return session.execute(query).scalar_one_or_none()


def payments_of(
    session: Session,
    customer_id: str,
    *,
    statuses: Collection[str],
    before: tuple[datetime, str] | None,
    limit: int,
) -> Sequence[PaymentRow]:
    """Newest order first; `before` is the moment and receipt of the last one of the page before."""
    place = (col(PaymentRow.ordered_at), col(PaymentRow.receipt_id))
    query = select(PaymentRow).where(col(PaymentRow.customer_id) == customer_id)
    if statuses:
        query = query.where(col(PaymentRow.status).in_(statuses))
    if before is not None:
        moment, receipt_id = before
        query = query.where(tuple_(*place) < tuple_(literal(moment, UtcDateTime), literal(receipt_id)))
    newest_first = query.order_by(*(column.desc() for column in place))
    return session.execute(newest_first.limit(limit)).scalars().all()


def spent_on(session: Session, customer_id: str, day: date, channel: str) -> tuple[int, int]:
    """What the customer has paid, or will pay, on that day: in all, and by orders of one channel."""
    asked = {"customer_id": customer_id, "day": day, "channel": channel}
    in_all, on_channel = session.execute(_SPENT, asked).one()
    return int(in_all), int(on_channel)


def insert_payment(session: Session, row: PaymentRow) -> None:
    session.execute(_NEW_PAYMENT, row.model_dump())


def due_payments(session: Session, now: datetime, *, after: Due | None, limit: int) -> list[Due]:
    """The longest due first."""
    place = (col(PaymentRow.next_try_at), col(PaymentRow.receipt_id))
    query = select(*place, col(PaymentRow.customer_id)).where(
        col(PaymentRow.status) == "scheduled", col(PaymentRow.next_try_at) <= now
    )
    if after is not None:
        query = query.where(tuple_(*place) > tuple_(literal(after.next_try_at, UtcDateTime), literal(after.receipt_id)))
    rows = session.execute(query.order_by(*place).limit(limit))
    return [Due(moment, receipt_id, customer_id) for moment, receipt_id, customer_id in rows if moment]


def has_scheduled_payment(session: Session, payee_id: str) -> bool:
    query = select(col(PaymentRow.receipt_id)).where(
        col(PaymentRow.payee_id) == payee_id, col(PaymentRow.status) == "scheduled"
    )
    return session.execute(query.limit(1)).first() is not None
