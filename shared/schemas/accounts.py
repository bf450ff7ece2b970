"""The accounts service: accounts, payees, payments, plans, applications."""

from datetime import date
from typing import Annotated, Literal

from pydantic import StringConstraints

from shared.schemas.base import Currency, Moment, Money, Wire

CustomerId = Annotated[str, StringConstraints(pattern=r"^C-[0-9A-Z]{10}$")]
AccountKind = Literal[
    "checking", "savings", "certificate", "credit_card", "auto_loan", "personal_loan", "mortgage", "home_equity_line"
]


class Account(Wire):
    """`balance` is what the customer has (deposit accounts) or owes (cards and loans); both are shown positive.

    `available` is what can be paid from it now, null where nothing can.
    """

    account_id: str
    kind: AccountKind
    name: str
    masked_number: str
    balance: Money
    available: Money | None
    payment_due: Money | None = None
    due_on: Moment | None = None


class Payee(Wire):
    """Somebody the customer pays: an outside payee, or an own card or loan (`account_id` set)."""

    payee_id: str
    name: str
    kind: Literal["external", "own_account"]
    masked_number: str
    account_id: str | None = None


class PaymentOrder(Wire):
    """`pay_on` is the day, in the bank's time zone, on which to pay; null for at once. `channel` is where it was said."""

    from_account_id: str
    payee_id: str
    amount: Money
    pay_on: date | None = None
    channel: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9._-]{0,31}$")] = "web"
    memo: Annotated[str, StringConstraints(max_length=140)] | None = None


class PaymentPreview(Wire):
    """The read-back before a payment: the order in words' data, and the balance that would remain."""

    from_account: Account
    payee: Payee
    amount: Money
    balance_after: Money


PaymentStatus = Literal["paid", "scheduled", "cancelled", "reversed", "failed"]


class Payment(Wire):
    """A receipt. `balance_after` and `paid_at` are null until it is paid; `undo_until` is the end of the time in which
    a paid one can be taken back; `failure` says why a scheduled one was not made.
    """

    receipt_id: str
    from_account_id: str
    payee_id: str
    payee_name: str
    amount: Money
    status: PaymentStatus = "paid"
    balance_after: Money | None = None
    paid_at: Moment | None = None
    pay_on: date | None = None
    undo_until: Moment | None = None
    failure: str | None = None
    memo: str | None = None


class Transaction(Wire):
    """One movement on an account. `amount` is positive when its holder has more, or owes less, afterwards."""

    transaction_id: str
    made_at: Moment
    description: str
    amount: Money
    balance_after: Money
    counterpart: str | None = None


class LedgerBook(Wire):
    """All accounts of one currency, the bank's own included."""

    currency: Currency
    accounts: int
    sum_of_balances: int


class LedgerDifference(Wire):
    account_id: str
    balance: Money
    posted: Money


class LedgerProof(Wire):
    """`holds` when every balance is the sum of its account's postings and the balances of a currency sum to zero.

    `differences` names accounts where they differ, at most 100.
    """

    holds: bool
    books: list[LedgerBook]
    differences: list[LedgerDifference]
