"""What the bot needs from elsewhere."""

from dataclasses import dataclass
from typing import Protocol

from services.bot.seal import Seal
from shared.schemas.accounts import Account, ChannelTrust, Payee, Payment, PaymentOrder, PaymentPreview, Transaction
from shared.schemas.faq import FaqAnswer
from shared.schemas.identity import ContextUpdate, CustomerContext, LinkedCustomer, Verification
from shared.schemas.mortgages import Amortisation, AmortisationOrder, Loan
from shared.schemas.plans import Application, ApplicationOrder, Plan, PlanKind, PlanRecommendation


class Identities(Protocol):
    async def verify(
        self,
        *,
        phone: str | None = None,
        customer_number: str | None = None,
        customer_id: str | None = None,
        pin: str,
        channel: str,
        session: str,
        channel_address: str | None = None,
    ) -> Verification:
        """Tries a PIN of whose the phone, the customer number or the id is; each try counts, unless it came early."""

    async def linked_customer(self, channel: str, address: str) -> LinkedCustomer | None:
        """Whose address it is, which proves nothing yet; None when it is nobody's."""

    async def change_pin(
        self, customer_id: str, *, current_pin: str, new_pin: str, channel: str, session: str, idempotency_key: str
    ) -> None:
        """Changes once for one key. Raises InvalidRequest (`weak_pin`) or Conflict (`wrong_pin`, `locked`, `wait`)."""


class Trust(Protocol):
    async def channel_trust(self) -> list[ChannelTrust]:
        """What may be done on which channel; on one that is not named, nothing but reading."""


class Contexts(Protocol):
    async def save_context(self, customer_id: str, update: ContextUpdate) -> CustomerContext:
        """Keeps what the customer is doing, for another conversation."""

    async def context(self, customer_id: str) -> CustomerContext | None:
        """What the customer was doing; None when that is not known, or no longer."""

    async def forget_context(self, customer_id: str) -> None:
        """There is nothing to go on with any more."""


class Holdings(Protocol):
    async def accounts(self, customer_id: str) -> list[Account]:
        """Raises NotFound for an unknown customer."""

    async def transactions(self, customer_id: str, account_id: str, *, limit: int) -> list[Transaction]:
        """The latest first. Raises NotFound for an account that is not the customer's."""

    async def loan(self, customer_id: str, account_id: str) -> Loan:
        """Raises NotFound (customer or account), Conflict (`no_loan_terms`) for an account that is no such loan."""


class Payments(Protocol):
    async def payees(self, customer_id: str) -> list[Payee]:
        """Raises NotFound for an unknown customer."""

    async def preview_payment(self, customer_id: str, order: PaymentOrder) -> PaymentPreview:
        """Raises NotFound, Conflict or InvalidRequest with a sentence for the customer; nothing moves."""

    async def pay(self, customer_id: str, order: PaymentOrder, *, idempotency_key: str) -> Payment:
        """Pays, or schedules, once for one key. Raises as `preview_payment`."""

    async def payments(self, customer_id: str, *, limit: int) -> list[Payment]:
        """The latest first."""

    async def cancel_payment(
        self, customer_id: str, receipt_id: str, *, idempotency_key: str, channel: str = "web"
    ) -> Payment:
        """Takes a payment back, once for one key. Raises NotFound, or Conflict (`too_late`)."""


class Applications(Protocol):
    async def plans(self) -> list[Plan]:
        """What the bank offers."""

    async def recommended_plans(
        self, customer_id: str, *, kind: PlanKind | None = None, minor_units: int | None = None
    ) -> list[PlanRecommendation]:
        """The plans that the customer can have, best first."""

    async def apply(self, customer_id: str, order: ApplicationOrder, *, idempotency_key: str) -> Application:
        """Applies once for one key. Raises NotFound, Conflict or InvalidRequest with a sentence for the customer."""

    async def amortise(self, order: AmortisationOrder) -> Amortisation:
        """What a loan would cost."""


class Accounts(Identities, Trust, Contexts, Holdings, Payments, Applications, Protocol):
    """The accounts service. Each method also raises UpstreamFailed, UpstreamTimeout or Unavailable."""


class FaqSearch(Protocol):
    async def search(
        self, query: str, *, limit: int, locale: str = "en_US", channel: str | None = None
    ) -> list[FaqAnswer]:
        """The answers that fit, best first; none when nothing fits well enough.

        Then the question is kept for the editors of the FAQ, when a channel is named. Raises UpstreamFailed,
        UpstreamTimeout or Unavailable.
        """


@dataclass(frozen=True, slots=True)
class Bank:
    """All that an intent may reach. Money moves only within `step_up_seconds` of a PIN."""

    accounts: Accounts
    faq: FaqSearch
    support_phone: str
    pins: Seal
    step_up_seconds: float = 300
