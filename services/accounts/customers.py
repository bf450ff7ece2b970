"""Who the bank knows."""

from sqlalchemy.orm import Session

from services.accounts import store
from services.accounts.store import CustomerRow
from shared.errors import NotFound

_UNKNOWN = "There is no such customer."


def known(session: Session, customer_id: str) -> CustomerRow:
    """The customer. Raises NotFound."""
    row = store.customer_by(session, "id", customer_id)
    if row is None:
        raise NotFound(_UNKNOWN)
    return row


def held(session: Session, customer_id: str) -> CustomerRow:
    """As `known`, held until the transaction ends: what one customer does with money comes one after another."""
    row = store.held_customer(session, customer_id)
    if row is None:
        raise NotFound(_UNKNOWN)
    return row
