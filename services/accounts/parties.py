"""The two sides of a payment, and whether it may go from the one to the other."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from services.accounts import store
from services.accounts.holdings import PAYING_KINDS
from services.accounts.ledger import INSUFFICIENT_FUNDS
from services.accounts.money import in_words
from services.accounts.store import AccountRow, PayeeRow
from shared.errors import Conflict, InvalidRequest, NotFound
from shared.schemas.base import Money


@dataclass(frozen=True, slots=True)
class Parties:
    """`owed` is the own card or loan that is paid, when the payee is one."""

    source: AccountRow
    payee: PayeeRow
    owed: AccountRow | None

    def balance_after(self, amount: Money) -> int:
        return self.source.balance - amount.minor_units


def parties(session: Session, customer_id: str, *, from_account_id: str, payee_id: str, hold: bool) -> Parties:
    """The sides as they are now; with `hold`, held so until the transaction ends.

    Raises NotFound for what is not the customer's own, whether it exists or not.
    """
    payee = store.payee_of(session, customer_id, payee_id)
    ids = [from_account_id] if payee is None or payee.account_id is None else [from_account_id, payee.account_id]
    rows = store.locked_accounts(session, ids) if hold else store.accounts_by_id(session, ids)
    source = rows.get(from_account_id)
    if source is None or source.customer_id != customer_id:
        raise NotFound("You have no such account.")
    if payee is None or payee.removed_at is not None:
        raise NotFound("You have no such payee.")
    return Parties(source, payee, rows[payee.account_id] if payee.account_id else None)


def check_sides(sides: Parties, amount: Money) -> None:
    """Raises InvalidRequest with a sentence for the customer."""
    if sides.source.kind not in PAYING_KINDS:
        raise InvalidRequest("Payments can be made from a checking or savings account only.")
    if amount.minor_units <= 0:
        raise InvalidRequest("The amount must be more than zero.")
    if amount.currency != sides.source.currency:
        raise InvalidRequest(f"This account pays in {sides.source.currency} only.")


def check_owed(sides: Parties, amount: Money) -> None:
    """Raises InvalidRequest for more than is owed on the card or loan that is paid."""
    if sides.owed and amount.minor_units > -sides.owed.balance:
        owed = in_words(Money(minor_units=-sides.owed.balance, currency=sides.owed.currency))
        raise InvalidRequest(f"You owe {owed} there; a payment cannot be more than that.")


def check_funds(sides: Parties, amount: Money) -> None:
    """Raises Conflict (`insufficient_funds`)."""
    if amount.minor_units > sides.source.balance - (sides.source.overdraft_floor or 0):
        available = in_words(Money(minor_units=sides.source.balance, currency=sides.source.currency))
        raise Conflict(
            f"There is not enough money in that account: {available} is available.", members=INSUFFICIENT_FUNDS
        )
