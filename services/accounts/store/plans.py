"""Plans, applications for them, and the accounts that came of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import JSON, BigInteger, and_, or_
from sqlalchemy.orm import Session
from sqlmodel import Field, col, select

from services.accounts.store.tables import AccountsTable
from shared.db import UtcDateTime


class PlanRow(AccountsTable, table=True):
    """Something the bank offers, or has offered (`active` false). Amounts in minor units of `currency`,
    `rate_ppm` in parts per million a year."""

    __tablename__ = "accounts_plan"
    id: str = Field(primary_key=True)
    kind: str
    name: str
    summary: str
    rate_ppm: int
    term_months: int | None = None
    currency: str
    minimum_deposit: int = Field(sa_type=BigInteger)
    max_amount: int | None = Field(default=None, sa_type=BigInteger)
    eligibility: dict[str, object] = Field(sa_type=JSON)
    active: bool = True
    changed_at: datetime = Field(sa_type=UtcDateTime)


class ApplicationRow(AccountsTable, table=True):
    """`amount` is what a loan or line of credit is applied for, in `currency`."""

    __tablename__ = "accounts_application"
    id: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="accounts_customer.id", index=True)
    plan_id: str
    plan_name: str
    status: str
    deposit_minor_units: int | None = Field(default=None, sa_type=BigInteger)
    deposit_currency: str | None = None
    amount_minor_units: int | None = Field(default=None, sa_type=BigInteger)
    amount_currency: str | None = None
    term_months: int | None = None
    funding_account_id: str | None = Field(default=None, foreign_key="accounts_account.id")
    applied_at: datetime = Field(sa_type=UtcDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: str | None = None
    reason: str | None = None
    account_id: str | None = Field(default=None, foreign_key="accounts_account.id")


class ChosenPlanRow(AccountsTable, table=True):
    """The plan that an account was opened under. `credit_limit` is that of a card or line of credit."""

    __tablename__ = "accounts_chosen_plan"
    account_id: str = Field(primary_key=True, foreign_key="accounts_account.id")
    customer_id: str = Field(foreign_key="accounts_customer.id", index=True)
    plan_id: str
    plan_name: str
    kind: str
    credit_limit: int | None = Field(default=None, sa_type=BigInteger)
    chosen_at: datetime = Field(sa_type=UtcDateTime)


@dataclass(frozen=True, slots=True)
class ApplicationPosition:
    """An application's place in the listing, which goes from the newest to the oldest."""

    applied_at: datetime
    application_id: str


def plan(session: Session, plan_id: str) -> PlanRow | None:
    return session.get(PlanRow, plan_id)


def held_plan(session: Session, plan_id: str) -> PlanRow | None:
    """The plan's row, held until the transaction ends."""
    query = select(PlanRow).where(PlanRow.id == plan_id).with_for_update()
    return session.execute(query).scalar_one_or_none()


def all_plans(session: Session, *, active_only: bool) -> list[PlanRow]:
    query = select(PlanRow).order_by(PlanRow.id)
    if active_only:
        query = query.where(col(PlanRow.active))
    return list(session.execute(query).scalars())


def application(session: Session, application_id: str) -> ApplicationRow:
    return session.get_one(ApplicationRow, application_id)


def held_application(session: Session, application_id: str) -> ApplicationRow | None:
    """The application's row, held until the transaction ends: two decisions on one application queue up here."""
    query = select(ApplicationRow).where(ApplicationRow.id == application_id).with_for_update()
    return session.execute(query).scalar_one_or_none()


def applications_of(session: Session, customer_id: str) -> list[ApplicationRow]:
    """Newest first."""
    query = select(ApplicationRow).where(ApplicationRow.customer_id == customer_id)
    query = query.order_by(col(ApplicationRow.applied_at).desc(), col(ApplicationRow.id).desc())
    return list(session.execute(query).scalars())


def application_page(
    session: Session, *, status: str | None, before: ApplicationPosition | None, limit: int
) -> Sequence[ApplicationRow]:
    """Newest first; only those of one status when one is given."""
    applied_at, application_id = col(ApplicationRow.applied_at), col(ApplicationRow.id)
    query = select(ApplicationRow).order_by(applied_at.desc(), application_id.desc()).limit(limit)
    if status is not None:
        query = query.where(ApplicationRow.status == status)
    if before is not None:
        earlier = and_(applied_at == before.applied_at, application_id < before.application_id)
        query = query.where(or_(applied_at < before.applied_at, earlier))
    return session.execute(query).scalars().all()


def chosen_plans_of(session: Session, customer_id: str) -> list[ChosenPlanRow]:
    query = select(ChosenPlanRow).where(ChosenPlanRow.customer_id == customer_id)
    query = query.order_by(col(ChosenPlanRow.chosen_at), col(ChosenPlanRow.account_id))
    return list(session.execute(query).scalars())
