"""Who the bank knows."""

from sqlalchemy.orm import Session

from services.accounts import store
from services.accounts.store import CustomerRow
from shared.errors import NotFound


def known(session: Session, customer_id: str) -> CustomerRow:
    """The customer. Raises NotFound."""
    row = store.customer_by(session, "id", customer_id)
    if row is None:
        raise NotFound("There is no such customer.")
    return row
