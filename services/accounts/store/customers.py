"""Customers, their PINs and the tries of them. The queries run in a session's own thread (`Database.write`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import BindParameter, Insert, Select, Table, and_, bindparam, literal, or_
from sqlalchemy import select as sa_select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session
from sqlmodel import Field, col, select
from sqlmodel.sql.expression import SelectOfScalar

from services.accounts.ids import new_customer_number
from services.accounts.store.tables import AccountsTable
from shared.db import UtcDateTime

CustomerKey = Literal["id", "phone", "customer_number"]


class CustomerRow(AccountsTable, table=True):
    """`customer_number` is the one the bank gave: eight digits. After a PIN change, payments to others are held small
    until `cooling_off_until`."""

    __tablename__ = "accounts_customer"
    id: str = Field(primary_key=True)
    customer_number: str = Field(default_factory=new_customer_number, unique=True)
    first_name: str
    last_name: str
    phone: str = Field(unique=True)
    locale: str = "en_US"
    pin_hash: str
    cooling_off_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)


@dataclass(frozen=True, slots=True)
class PinHolder:
    """As much of a customer as trying a PIN takes."""

    id: str
    first_name: str
    locale: str
    pin_hash: str


class LockoutRow(AccountsTable, table=True):
    """Wrong PINs since the last right one. `subject` is a customer's id or the keyed hash of an unknown number.

    A try before `retry_at` is not admitted.
    """

    __tablename__ = "accounts_lockout"
    subject: str = Field(primary_key=True)
    tries: int = 0
    retry_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    locked_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class VerificationRow(AccountsTable, table=True):
    """One try of a PIN (never the PIN), or an unlocking: who, when, from where, and what came of it."""

    __tablename__ = "accounts_verification"
    id: str = Field(primary_key=True)
    subject: str = Field(index=True)
    channel: str
    session: str
    outcome: str
    tried_at: datetime = Field(sa_type=UtcDateTime)


class FormerPinRow(AccountsTable, table=True):
    """The hash of a PIN that was replaced, kept so that it does not come back soon."""

    __tablename__ = "accounts_former_pin"
    id: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="accounts_customer.id", index=True)
    pin_hash: str
    replaced_at: datetime = Field(sa_type=UtcDateTime)


def any_customer(session: Session) -> bool:
    return session.execute(select(CustomerRow.id).limit(1)).first() is not None


async def customer(session: AsyncSession, customer_id: str) -> CustomerRow | None:
    return await session.get(CustomerRow, customer_id)


_VALUE: BindParameter[str] = bindparam("value")
_BY_KEY: dict[CustomerKey, SelectOfScalar[CustomerRow]] = {
    "id": select(CustomerRow).where(col(CustomerRow.id) == _VALUE),
    "phone": select(CustomerRow).where(col(CustomerRow.phone) == _VALUE),
    "customer_number": select(CustomerRow).where(col(CustomerRow.customer_number) == _VALUE),
}
_HELD_LOCKOUT = select(LockoutRow).where(col(LockoutRow.subject) == _VALUE).with_for_update()


# Tried first for everybody: a number nobody has must not take longer than a customer's who was here before.
_NEW_LOCKOUT: dict[str, Insert] = {
    dialect.dialect.name: dialect.insert(LockoutRow).values(subject=_VALUE, tries=0).on_conflict_do_nothing()
    for dialect in (sqlite, postgresql)
}


# One row comes back for everybody, and no entity is made of it, so that finding nobody takes as long as a customer.
_CUSTOMER: Table = CustomerRow.__table__  # type: ignore[attr-defined]
_ONE_ROW = select(literal(1).label("one")).subquery()
_HOLDER_COLUMNS = [_CUSTOMER.c[name] for name in ("id", "first_name", "locale", "pin_hash")]
_HOLDER_BY_KEY: dict[CustomerKey, Select[Any]] = {
    key: sa_select(*_HOLDER_COLUMNS).select_from(_ONE_ROW.outerjoin(_CUSTOMER, _CUSTOMER.c[key] == _VALUE))
    for key in get_args(CustomerKey)
}


def pin_holder(session: Session, key: CustomerKey, value: str) -> PinHolder | None:
    """Who is known by the number, in the same time whether anybody is."""
    holder = PinHolder(*session.execute(_HOLDER_BY_KEY[key], {"value": value}).one())
    return holder if holder.id else None


def customer_by(session: Session, key: CustomerKey, value: str) -> CustomerRow | None:
    return session.execute(_BY_KEY[key], {"value": value}).scalar_one_or_none()


def held_lockout(session: Session, subject: str) -> LockoutRow:
    """The subject's row, made when missing, held until the transaction ends: tries of one subject queue up here."""
    held = None
    while held is None:  # it may be forgotten between the two statements
        session.execute(_NEW_LOCKOUT[session.get_bind().dialect.name], {"value": subject})
        held = session.execute(_HELD_LOCKOUT, {"value": subject}).scalar_one_or_none()
    return held


def verification(session: Session, record_id: str) -> VerificationRow:
    return session.get_one(VerificationRow, record_id)


def verifications_of(
    session: Session, subject: str, *, before: tuple[datetime, str] | None, limit: int
) -> Sequence[VerificationRow]:
    """Newest first; `before` is the moment and the id of the last one of the page before."""
    tried_at, record_id = col(VerificationRow.tried_at), col(VerificationRow.id)
    query = select(VerificationRow).where(VerificationRow.subject == subject)
    if before is not None:
        at, last_id = before
        query = query.where(or_(tried_at < at, and_(tried_at == at, record_id < last_id)))
    return session.execute(query.order_by(tried_at.desc(), record_id.desc()).limit(limit)).scalars().all()


def former_pins(session: Session, customer_id: str) -> Sequence[FormerPinRow]:
    """Newest first."""
    query = select(FormerPinRow).where(FormerPinRow.customer_id == customer_id)
    return session.execute(query.order_by(col(FormerPinRow.replaced_at).desc())).scalars().all()
