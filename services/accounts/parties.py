"""The two sides of a payment, and whether it may go from the one to the other."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pydantic import JsonValue
from sqlalchemy.orm import Session

from services.accounts import store
from services.accounts.bank_days import BankDays
from services.accounts.holdings import PAYING_KINDS
from services.accounts.ledger import INSUFFICIENT_FUNDS
from services.accounts.loan_charges import charge, figures_of
from services.accounts.loan_figures import LoanFigures, PayoffParts
from services.accounts.money import in_words
from services.accounts.store import AccountRow, PayeeRow
from shared.errors import Conflict, InvalidRequest, NotFound
from shared.schemas.base import Money


@dataclass(frozen=True, slots=True)
class Parties:
    """`owed` is the own card or loan that is paid, when the payee is one; `loan` how it stands, when it has terms."""

    source: AccountRow
    payee: PayeeRow
    owed: AccountRow | None = None
    loan: LoanFigures | None = None

    def balance_after(self, amount: Money) -> int:
        return self.source.balance - amount.minor_units

    def ended_by(self, minor_units: int, on: date) -> PayoffParts | None:
        """What the amount consists of when it pays the loan off on that day."""
        parts = self.loan.payoff(on) if self.loan else None
        return parts if parts and parts.total == minor_units else None


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose payment, from which account, to which payee."""

    customer_id: str
    from_account_id: str
    payee_id: str


def parties(session: Session, asked: Asked, days: BankDays, now: datetime, *, hold: bool) -> Parties:
    """The sides as they are now; with `hold`, held so until the transaction ends, and a loan charged what fell due.

    Raises NotFound for what is not the customer's own, whether it exists or not.
    """
    payee = store.payee_of(session, asked.customer_id, asked.payee_id)
    owed_id = payee.account_id if payee else None
    if owed_id and hold:
        charge(session, owed_id, days, now)  # takes the loan before the accounts, as everybody does
    ids = [asked.from_account_id, owed_id] if owed_id else [asked.from_account_id]
    rows = store.locked_accounts(session, ids) if hold else store.accounts_by_id(session, ids)
    source = rows.get(asked.from_account_id)
    if source is None or source.customer_id != asked.customer_id:
        raise NotFound("You have no such account.")
    if payee is None or payee.removed_at is not None:
        raise NotFound("You have no such payee.")
    if owed_id is None:
        return Parties(source, payee)
    row, owed = store.loan(session, owed_id), rows[owed_id]
    return Parties(source, payee, owed, figures_of(session, owed, row, days) if row else None)


def check_sides(sides: Parties, amount: Money) -> None:
    """Raises InvalidRequest with a sentence for the customer."""
    if sides.source.kind not in PAYING_KINDS:
        raise InvalidRequest("Payments can be made from a checking or savings account only.")
    if amount.minor_units <= 0:
        raise InvalidRequest("The amount must be more than zero.")
    if amount.currency != sides.source.currency:
        raise InvalidRequest(f"This account pays in {sides.source.currency} only.")
    if sides.owed and sides.owed.currency != amount.currency:
        raise InvalidRequest(f"That account is paid in {sides.owed.currency} only.")


def taken(sides: Parties, amount: Money, on: date, payoff_lasts: timedelta) -> Money:
    """What is taken when that amount is paid on that day.

    That is the amount; or no more than pays the loan off on the day, for an amount that pays it off on one of the days
    after for which a payoff figure holds. Raises InvalidRequest for more than is owed on the card or loan
    (`more_than_owed`), or than pays the loan off (`more_than_payoff`).
    """
    if sides.owed is None:
        return amount
    owed = -sides.owed.balance
    if sides.loan is None:
        if amount.minor_units > owed:
            raise _more_than_owed(amount, owed)
        return amount
    payoff = sides.loan.payoff(on).total
    if payoff <= amount.minor_units <= sides.loan.payoff(sides.loan.good_through(on, payoff_lasts)).total:
        return amount.model_copy(update={"minor_units": payoff})
    if amount.minor_units > owed:
        raise _more_than_payoff(amount, owed, payoff)
    return amount


def check_funds(sides: Parties, amount: Money) -> None:
    """Raises Conflict (`insufficient_funds`)."""
    if amount.minor_units > sides.source.balance - (sides.source.overdraft_floor or 0):
        available = sides.source.balance
        said = f"There is not enough money in that account: {_in_words(available, amount)} is available."
        members: dict[str, JsonValue] = {
            **INSUFFICIENT_FUNDS,
            "available": available,
            "currency": sides.source.currency,
        }
        raise Conflict(said, members=members)


def _more_than_owed(amount: Money, owed: int) -> InvalidRequest:
    said = f"You owe {_in_words(owed, amount)} there; a payment cannot be more than that."
    return InvalidRequest(said, members={"code": "more_than_owed", "owed": owed, "currency": amount.currency})


def _more_than_payoff(amount: Money, owed: int, payoff: int) -> InvalidRequest:
    said = (
        f"{_in_words(payoff, amount)} pays this loan off: what is owed, and the interest that was not charged yet. "
        f"Pay that, or {_in_words(owed, amount)} at most."
        if amount.minor_units < payoff
        else f"{_in_words(payoff, amount)} pays this loan off; a payment cannot be more than that."
    )
    members: dict[str, JsonValue] = {
        "code": "more_than_payoff",
        "owed": owed,
        "payoff": payoff,
        "currency": amount.currency,
    }
    return InvalidRequest(said, members=members)


def _in_words(minor_units: int, like: Money) -> str:
    return in_words(Money(minor_units=minor_units, currency=like.currency))
