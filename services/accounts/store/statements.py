"""What moved on one account, line by line: one line for each transfer that touched it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, Subquery, and_, func, literal, or_, select, union_all
from sqlalchemy.orm import Session
from sqlmodel import col

from services.accounts.store.ledger import AccountRow, PostingRow, TransferRow
from shared.db import UtcDateTime


@dataclass(frozen=True, slots=True)
class LinePlace:
    """Where a line stands: by the moment, and then in the order in which it was posted."""

    made_at: datetime
    sequence: int


@dataclass(frozen=True, slots=True)
class Line:
    """`minor_units` is what the account's holder has more, or owes less, by the transfer.

    `other_name` and `other_ending` are those of the account on the other side, when it is the same customer's.
    """

    place: LinePlace
    transfer_id: str
    minor_units: int
    purpose: str
    description: str
    counterpart: str | None
    other_name: str | None
    other_ending: str | None


def lines_before(session: Session, account: AccountRow, before: LinePlace | None, limit: int) -> list[Line]:
    """Newest first."""
    lines = _lines(account.id, before=before)
    return _read(session, account, lines, newest_first=True, limit=limit)


def lines_between(session: Session, account: AccountRow, start: datetime, end: datetime) -> list[Line]:
    """Oldest first, from `start` to before `end`."""
    return _read(session, account, _lines(account.id, start=start, end=end), newest_first=False, limit=None)


def moved_since(session: Session, account_id: str, place: LinePlace) -> int:
    """The sum, in minor units, of the line there and all after it."""
    column = (col(PostingRow.made_at), col(PostingRow.sequence))
    since = or_(
        column[0] > literal(place.made_at, UtcDateTime),
        and_(column[0] == literal(place.made_at, UtcDateTime), column[1] >= place.sequence),
    )
    return _sum(session, account_id, since)


def moved_before(session: Session, account_id: str, moment: datetime) -> int:
    return _sum(session, account_id, col(PostingRow.made_at) < literal(moment, UtcDateTime))


def moved_from(session: Session, account_id: str, moment: datetime) -> int:
    return _sum(session, account_id, col(PostingRow.made_at) >= literal(moment, UtcDateTime))


def movements(session: Session, account_id: str) -> list[tuple[datetime, int]]:
    """Moment and minor units of every line, oldest first."""
    lines = _lines(account_id)
    query = select(lines.c.made_at, lines.c.units).order_by(lines.c.made_at, lines.c.sequence)
    return [(made_at, int(units)) for made_at, units in session.execute(query)]


def _read(
    session: Session, account: AccountRow, lines: Subquery, *, newest_first: bool, limit: int | None
) -> list[Line]:
    place = (lines.c.made_at, lines.c.sequence)
    of_the_customer = and_(
        col(AccountRow.id) == lines.c.other,
        col(AccountRow.customer_id) == account.customer_id,
        lines.c.other == lines.c.last_other,
    )
    query = (
        select(
            lines.c.made_at,
            lines.c.sequence,
            lines.c.transfer_id,
            lines.c.units,
            col(TransferRow.purpose),
            col(TransferRow.description),
            col(TransferRow.counterpart),
            col(AccountRow.name),
            col(AccountRow.number_ending),
        )
        .select_from(lines)
        .join(TransferRow, col(TransferRow.id) == lines.c.transfer_id)
        .outerjoin(AccountRow, of_the_customer)
        .order_by(*(column.desc() if newest_first else column for column in place))
        .limit(limit)
    )
    return [
        Line(LinePlace(made_at, sequence), transfer_id, int(units), *rest)
        for made_at, sequence, transfer_id, units, *rest in session.execute(query)
    ]


def _lines(
    account_id: str,
    *,
    before: LinePlace | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> Subquery:
    """The account's postings, taken together by transfer.

    An account is held while a transfer is posted to it, so the postings of two transfers to it never interleave.
    """
    made_at, sequence = col(PostingRow.made_at), col(PostingRow.sequence)
    conditions: list[ColumnElement[bool]] = []
    if before is not None:
        moment = literal(before.made_at, UtcDateTime)
        conditions.append(or_(made_at < moment, and_(made_at == moment, sequence < before.sequence)))
    if start is not None:
        conditions.append(made_at >= literal(start, UtcDateTime))
    if end is not None:
        conditions.append(made_at < literal(end, UtcDateTime))
    sides = _sides(account_id, *conditions).subquery("sides")
    return (
        select(
            sides.c.transfer_id,
            sides.c.made_at,
            func.min(sides.c.sequence).label("sequence"),
            func.sum(sides.c.units).label("units"),
            func.min(sides.c.other).label("other"),
            func.max(sides.c.other).label("last_other"),
        )
        .group_by(sides.c.transfer_id, sides.c.made_at)
        .subquery("lines")
    )


def _sum(session: Session, account_id: str, condition: ColumnElement[bool]) -> int:
    sides = _sides(account_id, condition).subquery("sides")
    return int(session.execute(select(func.coalesce(func.sum(sides.c.units), 0))).scalar_one())


def _sides(account_id: str, *conditions: ColumnElement[bool]) -> CompoundSelect[Any]:
    def side(account: str, other: str, sign: int) -> Select[Any]:
        return select(
            col(PostingRow.transfer_id),
            col(PostingRow.made_at),
            col(PostingRow.sequence),
            (sign * col(PostingRow.minor_units)).label("units"),
            getattr(PostingRow, other).label("other"),
        ).where(getattr(PostingRow, account) == account_id, *conditions)

    return union_all(
        side("credit_account_id", "debit_account_id", 1), side("debit_account_id", "credit_account_id", -1)
    )
