"""What the bot needs from elsewhere."""

from dataclasses import dataclass
from typing import Protocol

from shared.schemas.accounts import Account, Payee, Payment, PaymentOrder, PaymentPreview
from shared.schemas.faq import FaqAnswer
from shared.schemas.identity import Verification
from shared.schemas.plans import Application, ApplicationOrder, Plan


class Verifier(Protocol):
    async def verify(self, *, phone: str, pin: str, channel: str, session: str) -> Verification:
        """Tries a PIN; each try counts."""


class AccountList(Protocol):
    async def accounts(self, customer_id: str) -> list[Account]:
        """Raises NotFound for an unknown customer."""


class Payments(Protocol):
    async def payees(self, customer_id: str) -> list[Payee]:
        """Raises NotFound for an unknown customer."""

    async def preview_payment(self, customer_id: str, order: PaymentOrder) -> PaymentPreview:
        """Raises NotFound, Conflict or InvalidRequest with a sentence for the customer; nothing moves."""

    async def pay(self, customer_id: str, order: PaymentOrder, *, idempotency_key: str) -> Payment:
        """Pays once for one key. Raises as `preview_payment`."""


class Applications(Protocol):
    async def plans(self) -> list[Plan]:
        """What the bank offers."""

    async def apply(self, customer_id: str, order: ApplicationOrder, *, idempotency_key: str) -> Application:
        """Applies once for one key. Raises NotFound, Conflict or InvalidRequest with a sentence for the customer."""


class Accounts(Verifier, AccountList, Payments, Applications, Protocol):
    """The accounts service. Each method also raises UpstreamFailed, UpstreamTimeout or Unavailable."""


class FaqSearch(Protocol):
    async def search(self, query: str, *, limit: int) -> list[FaqAnswer]:
        """The answers that fit, best first; none when nothing fits well enough."""


@dataclass(frozen=True, slots=True)
class Bank:
    """All that an intent may reach."""

    accounts: Accounts
    faq: FaqSearch
    support_phone: str
