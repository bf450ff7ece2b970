"""Tries of PINs that were given for numbers that nobody has: what is kept of them, and what may go."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, or_
from sqlalchemy.orm import Session
from sqlmodel import col, select

from services.accounts.store.customers import CustomerRow, LockoutRow, VerificationRow

_NOBODYS = ~exists().where(col(CustomerRow.id) == col(LockoutRow.subject))


def stale_subjects(session: Session, before: datetime, *, after: str, limit: int) -> Sequence[str]:
    """Those that are nobody's and have anything from before that moment which no longer counts; after `after`."""
    tried = exists().where(col(VerificationRow.subject) == col(LockoutRow.subject), _tried(before))
    query = select(LockoutRow.subject).where(col(LockoutRow.subject) > after, _NOBODYS, or_(_is_over(before), tried))
    return session.execute(query.order_by(col(LockoutRow.subject)).limit(limit)).scalars().all()


def forget_subjects(session: Session, subjects: Sequence[str], before: datetime) -> None:
    """Deletes their tries from before that moment, and the count of those who have not tried since.

    A try that comes meanwhile is counted: the row it holds is looked at again when it lets go.
    """
    session.execute(delete(VerificationRow).where(col(VerificationRow.subject).in_(subjects), _tried(before)))
    lockouts = delete(LockoutRow).where(col(LockoutRow.subject).in_(subjects), _NOBODYS, _is_over(before))
    session.execute(lockouts, execution_options={"synchronize_session": False})


def _tried(before: datetime) -> ColumnElement[bool]:
    return col(VerificationRow.tried_at) < before


def _is_over(before: datetime) -> ColumnElement[bool]:
    """Neither a lock-out nor a delay reaches beyond that moment; each counted try sets the delay anew."""
    retry_at, locked_until = col(LockoutRow.retry_at), col(LockoutRow.locked_until)
    return and_(
        or_(retry_at.is_(None), retry_at < before),
        or_(locked_until.is_(None), locked_until < before),
        ~exists().where(
            col(VerificationRow.subject) == col(LockoutRow.subject), col(VerificationRow.tried_at) >= before
        ),
    )
