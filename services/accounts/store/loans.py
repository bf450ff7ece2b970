"""The terms of loans that are repaid in equal monthly payments."""

from datetime import date

from sqlalchemy import BigInteger
from sqlalchemy.orm import Session
from sqlmodel import Field, col, select

from services.accounts.store.tables import AccountsTable


class LoanRow(AccountsTable, table=True):
    """What was agreed: amounts in minor units of the account's currency. `payment` is interest and principal.
    `rate_ppm` is the yearly rate in parts per million.

    `charged_to` is the day up to which interest and escrow have been charged to the account, `due_on` the due date
    that is charged next. `paid_off_by` is the transfer that ended the loan: nothing is charged any more.
    """

    __tablename__ = "accounts_loan"
    account_id: str = Field(primary_key=True, foreign_key="accounts_account.id")
    principal: int = Field(sa_type=BigInteger)
    rate_ppm: int
    term_months: int
    first_payment_on: date
    payment: int = Field(sa_type=BigInteger)
    escrow_monthly: int = Field(default=0, sa_type=BigInteger)
    escrow_balance: int | None = Field(default=None, sa_type=BigInteger)
    charged_to: date
    due_on: date = Field(index=True)
    paid_off_by: str | None = Field(default=None, foreign_key="accounts_transfer.id", unique=True)


def loan(session: Session, account_id: str) -> LoanRow | None:
    return session.get(LoanRow, account_id)


def held_loan(session: Session, account_id: str) -> LoanRow | None:
    """The loan's row, held until the transaction ends."""
    query = select(LoanRow).where(LoanRow.account_id == account_id).with_for_update()
    return session.execute(query).scalar_one_or_none()


def loans_due_before(session: Session, day: date, *, after: str, limit: int) -> list[str]:
    """Accounts, by id, with a due date before `day` that is to be charged; those after the id `after`."""
    query = (
        select(LoanRow.account_id)
        .where(col(LoanRow.due_on) < day, col(LoanRow.account_id) > after, col(LoanRow.paid_off_by).is_(None))
        .order_by(col(LoanRow.account_id))
        .limit(limit)
    )
    return list(session.execute(query).scalars())
