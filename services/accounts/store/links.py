"""Which channel addresses belong to whom."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session
from sqlmodel import Field, col, select
from sqlmodel.sql.expression import SelectOfScalar

from services.accounts.store.tables import AccountsTable, add_if_absent
from shared.db import UtcDateTime


class LinkRow(AccountsTable, table=True):
    """`address` is the channel's keyed hash of who is at its other end; it belongs to one customer at a time."""

    __tablename__ = "accounts_link"
    id: str = Field(primary_key=True)
    channel: str
    address: str
    customer_id: str = Field(foreign_key="accounts_customer.id", index=True)
    linked_at: datetime = Field(sa_type=UtcDateTime)
    verified_at: datetime = Field(sa_type=UtcDateTime)


def link_at(session: Session, channel: str, address: str) -> LinkRow | None:
    return session.execute(_at(channel, address)).scalar_one_or_none()


def held_link(session: Session, row: LinkRow) -> LinkRow:
    """The link of the row's address, or the row when there was none; held until the transaction ends."""
    held = None
    while held is None:  # it may be removed between the two statements
        add_if_absent(session, row)
        held = session.execute(_at(row.channel, row.address).with_for_update()).scalar_one_or_none()
    return held


def link_of(session: Session, customer_id: str, link_id: str) -> LinkRow | None:
    query = select(LinkRow).where(LinkRow.id == link_id, LinkRow.customer_id == customer_id)
    return session.execute(query.with_for_update()).scalar_one_or_none()


def links_of(session: Session, customer_id: str) -> Sequence[LinkRow]:
    """Newest first."""
    query = select(LinkRow).where(LinkRow.customer_id == customer_id)
    return session.execute(query.order_by(col(LinkRow.linked_at).desc(), col(LinkRow.id))).scalars().all()


def _at(channel: str, address: str) -> SelectOfScalar[LinkRow]:
    return select(LinkRow).where(LinkRow.channel == channel, LinkRow.address == address)
