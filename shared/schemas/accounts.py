"""The accounts service: accounts, payees, payments, plans, applications."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints

from shared.schemas.base import Currency, Moment, Money, Wire

CustomerId = Annotated[str, StringConstraints(pattern=r"^C-[0-9A-Z]{10}$")]
Channel = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,32}$")]
Reference = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,64}$")]
"""An id that a sender names: whatever it is, it can be looked for."""
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
    """Somebody the customer pays: an outside payee, or an own card or loan (`account_id` set).

    Until `new_until` a payee counts as new, with a limit of its own; null when it does not.
    """

    payee_id: str
    name: str
    kind: Literal["external", "own_account"]
    masked_number: str
    account_id: str | None = None
    new_until: Moment | None = None


class PayeeOrder(Wire):
    """An outside payee to add. `account_number` is 4 to 34 letters and digits; spaces and hyphens do not count."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]{1,60}$")]
    account_number: SecretStr = Field(min_length=4, max_length=50)
    kind: Literal["external"] = "external"
    channel: Channel = "web"


class PaymentOrder(Wire):
    """`pay_on` is a day where the bank is; without one, or with today's, the payment is made at once."""

    from_account_id: Reference
    payee_id: Reference
    amount: Money
    pay_on: date | None = None
    channel: Channel = "web"
    memo: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]{0,140}$")] | None = None


class PaymentPreview(Wire):
    """The read-back before a payment: the order in words' data, and the balance that would remain.

    When `pay_on` is set the payment would be made then, and `balance_after` is what would remain if nothing else moved
    until then; it may be negative.
    """

    from_account: Account
    payee: Payee
    amount: Money
    balance_after: Money
    pay_on: date | None = None


PaymentStatus = Literal["paid", "scheduled", "cancelled", "reversed", "failed"]


class Payment(Wire):
    """An order to pay and what became of it.

    `cancelled` is a scheduled payment that was never made, `reversed` one that was made and taken back. `paid_at` and
    `balance_after` (right after it) are null until it is made; it can be taken back before `undo_until`. `failure` is
    a sentence for the customer.
    """

    receipt_id: str
    from_account_id: str
    payee_id: str
    payee_name: str
    amount: Money
    status: PaymentStatus = "paid"
    channel: str = "web"
    memo: str | None = None
    ordered_at: Moment | None = None
    pay_on: date | None = None
    balance_after: Money | None = None
    paid_at: Moment | None = None
    undo_until: Moment | None = None
    failure: str | None = None


class CancellationOrder(Wire):
    channel: Channel = "web"


ChannelAction = Literal[
    "read", "pay_known_payee", "pay_new_payee", "add_payee", "remove_payee", "cancel_payment", "apply", "change_pin"
]


class ChannelTrust(Wire):
    """What may be done on a channel, and its limits in minor units beside those of the customer (null: no others)."""

    channel: Channel
    may: list[ChannelAction]
    per_payment: int | None = Field(None, ge=0)
    per_day: int | None = Field(None, ge=0)


class Transaction(Wire):
    """One movement on an account. `amount` is positive when its holder has more, or owes less, afterwards.

    `balance_after` counts the same way; `counterpart` names the other side, where there is one to name.
    """

    transaction_id: str
    made_at: Moment
    description: str
    amount: Money
    balance_after: Money
    counterpart: str | None = None


Month = Annotated[str, StringConstraints(pattern=r"^[12][0-9]{3}-(0[1-9]|1[0-2])$")]


class StatementSummary(Wire):
    """A month of an account; amounts count as in a `Transaction`. `complete` when the month is over."""

    month: Month
    opening: Money
    closing: Money
    transactions: int
    complete: bool


class Statement(StatementSummary):
    """`opening` and all the `lines` (oldest first) come to `closing`: otherwise there is no statement.

    `from_day` and `to_day` are the first and last day of the month, where the bank is.
    """

    account_id: str
    from_day: date
    to_day: date
    lines: list[Transaction]


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
