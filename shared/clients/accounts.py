"""Client of the accounts service."""

from urllib.parse import quote

from pydantic import TypeAdapter

from shared.clients.base import ServiceClient
from shared.errors import Conflict, InvalidRequest, NotFound
from shared.schemas.accounts import (
    Account,
    Application,
    ApplicationOrder,
    Payee,
    Payment,
    PaymentOrder,
    PaymentPreview,
    Plan,
    Verification,
    VerificationRequest,
)

_VERIFICATION = TypeAdapter(Verification)
_ACCOUNTS = TypeAdapter(list[Account])
_PAYEES = TypeAdapter(list[Payee])
_PREVIEW = TypeAdapter(PaymentPreview)
_PAYMENT = TypeAdapter(Payment)
_PLANS = TypeAdapter(list[Plan])
_APPLICATION = TypeAdapter(Application)


class AccountsClient(ServiceClient):
    async def verify(self, *, phone: str, pin: str, channel: str, session: str) -> Verification:
        """Tries a PIN; each try counts."""
        body = _PlainPin(phone=phone, pin=pin, channel=channel, session=session)
        return self.decode(_VERIFICATION, await self.send("POST", "/verifications", body=body))

    async def accounts(self, customer_id: str) -> list[Account]:
        """Raises NotFound for an unknown customer."""
        content = await self.send("GET", _of(customer_id, "accounts"), expects=(NotFound,))
        return self.decode(_ACCOUNTS, content)

    async def payees(self, customer_id: str) -> list[Payee]:
        """Raises NotFound for an unknown customer."""
        content = await self.send("GET", _of(customer_id, "payees"), expects=(NotFound,))
        return self.decode(_PAYEES, content)

    async def preview_payment(self, customer_id: str, order: PaymentOrder) -> PaymentPreview:
        """What would be paid. Raises NotFound, Conflict (`insufficient_funds`) or InvalidRequest (the amount)."""
        content = await self.send(
            "POST",
            _of(customer_id, "payments/preview"),
            body=order,
            expects=(NotFound, Conflict, InvalidRequest),
        )
        return self.decode(_PREVIEW, content)

    async def pay(self, customer_id: str, order: PaymentOrder, *, idempotency_key: str) -> Payment:
        """Pays once for one key, however often it is called. Raises as `preview_payment`."""
        content = await self.send(
            "POST",
            _of(customer_id, "payments"),
            body=order,
            idempotency_key=idempotency_key,
            expects=(NotFound, Conflict, InvalidRequest),
        )
        return self.decode(_PAYMENT, content)

    async def plans(self) -> list[Plan]:
        return self.decode(_PLANS, await self.send("GET", "/plans"))

    async def apply(self, customer_id: str, order: ApplicationOrder, *, idempotency_key: str) -> Application:
        """Applies once for one key. Raises NotFound or InvalidRequest (the deposit)."""
        content = await self.send(
            "POST",
            _of(customer_id, "applications"),
            body=order,
            idempotency_key=idempotency_key,
            expects=(NotFound, Conflict, InvalidRequest),
        )
        return self.decode(_APPLICATION, content)


def _of(customer_id: str, what: str) -> str:
    return f"/customers/{quote(customer_id, safe='')}/{what}"


class _PlainPin(VerificationRequest):
    """SecretStr would send stars."""

    pin: str  # type: ignore[assignment]
