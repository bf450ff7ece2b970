"""Customers taken over from another system, with their accounts and open applications."""

import json
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints

from shared.schemas.accounts import CustomerId
from shared.schemas.base import Currency, Wire
from shared.schemas.identity import Phone
from shared.schemas.mortgages import MOST_MONTHS, MOST_PRINCIPAL, BasisPoints
from shared.schemas.plans import PlanKind

MOST_CUSTOMERS = 50
Source = Annotated[str, StringConstraints(min_length=1, max_length=400)]
_Name = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]{1,80}$")]


class ImportedLoan(Wire):
    """A loan's terms, amounts in minor units. Without `first_payment_on` the date is found from what is still owed."""

    principal: int = Field(ge=1, le=MOST_PRINCIPAL)
    rate_basis_points: BasisPoints
    term_months: int = Field(ge=1, le=MOST_MONTHS)
    first_payment_on: date | None = Field(None, ge=date(1900, 1, 1), le=date(2199, 12, 31))


class ImportedAccount(Wire):
    """`source` names it in the other system. `balance` (minor units) is what the customer has, or owes on a card or
    loan; `payment` falls due each month on the day of `due_on`.
    """

    source: Source
    kind: PlanKind
    name: _Name
    currency: Currency = "USD"
    balance: int = Field(ge=0, le=MOST_PRINCIPAL)
    payment: int | None = Field(None, ge=1, le=MOST_PRINCIPAL)
    due_on: date | None = None
    loan: ImportedLoan | None = None


class ImportedApplication(Wire):
    """An application that was not decided; `amount` in minor units."""

    source: Source
    kind: PlanKind
    applied_on: date | None = None
    amount: int | None = Field(None, ge=1, le=MOST_PRINCIPAL)


class ImportedCustomer(Wire):
    """`pin` is hashed at once and kept nowhere else."""

    source: Source
    first_name: _Name
    last_name: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]{0,80}$")] = ""
    phone: Phone
    pin: SecretStr = Field(max_length=16)
    locale: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}_[A-Z]{2}$")] = "en_US"
    accounts: list[ImportedAccount] = Field(default_factory=list, max_length=50)
    applications: list[ImportedApplication] = Field(default_factory=list, max_length=50)


class ImportBatch(Wire):
    """With `dry_run` everything is checked and nothing is kept."""

    customers: list[ImportedCustomer] = Field(min_length=1, max_length=MOST_CUSTOMERS)
    dry_run: bool = False

    def plain_json(self) -> bytes:
        """The document as it is sent, with the PINs that the model hides."""
        body = self.model_dump(mode="json")
        for sent, customer in zip(body["customers"], self.customers, strict=True):
            sent["pin"] = customer.pin.get_secret_value()
        return json.dumps(body).encode()


class ImportOutcome(Wire):
    """What became of one row: `reason` says why it was skipped, or what was left out or found in it.

    `would_import` is the answer of a dry run; `unchanged` means that it was imported before. `result_id` is the
    customer, account or application that came of it.
    """

    source: str
    outcome: Literal["imported", "would_import", "unchanged", "skipped"]
    customer_id: CustomerId | None = None
    result_id: str | None = None
    reason: str | None = None


class ImportReport(Wire):
    """In the order of the batch: each customer, then their accounts and applications."""

    outcomes: list[ImportOutcome]
