"""Client of the accounts service: payees, payments, and what happened on an account."""

from collections.abc import Collection
from urllib.parse import quote

from pydantic import TypeAdapter

from shared.clients.base import ServiceClient
from shared.errors import Conflict, InvalidRequest, NotFound
from shared.schemas.accounts import (
    CancellationOrder,
    ChannelTrust,
    Payee,
    PayeeOrder,
    Payment,
    PaymentOrder,
    PaymentPreview,
    PaymentStatus,
    Statement,
    StatementSummary,
    Transaction,
)
from shared.schemas.base import Page

_PAYEE = TypeAdapter(Payee)
_PAYEES = TypeAdapter(list[Payee])
_PREVIEW = TypeAdapter(PaymentPreview)
_PAYMENT = TypeAdapter(Payment)
_PAYMENT_PAGE = TypeAdapter(Page[Payment])
_TRANSACTION_PAGE = TypeAdapter(Page[Transaction])
_SUMMARIES = TypeAdapter(list[StatementSummary])
_STATEMENT = TypeAdapter(Statement)
_TRUST = TypeAdapter(list[ChannelTrust])


class PaymentsClient(ServiceClient):
    async def channel_trust(self) -> list[ChannelTrust]:
        """What may be done on which channel; on one that is not named, nothing but reading."""
        return self.decode(_TRUST, await self.send("GET", "/channel-trust"))

    async def payees(self, customer_id: str) -> list[Payee]:
        """Raises NotFound for an unknown customer."""
        content = await self.send("GET", of_customer(customer_id, "payees"), expects=(NotFound,))
        return self.decode(_PAYEES, content)

    async def add_payee(
        self, customer_id: str, *, name: str, account_number: str, channel: str, idempotency_key: str
    ) -> Payee:
        """Adds an outside payee once for one key. Raises NotFound, InvalidRequest, or Conflict with a `code`."""
        content = await self.send(
            "POST",
            of_customer(customer_id, "payees"),
            body=_PlainPayee(name=name, account_number=account_number, channel=channel),
            idempotency_key=idempotency_key,
            expects=(NotFound, Conflict, InvalidRequest),
        )
        return self.decode(_PAYEE, content)

    async def remove_payee(self, customer_id: str, payee_id: str, *, channel: str) -> None:
        """Raises NotFound, or Conflict with a `code`."""
        path = of_customer(customer_id, f"payees/{quote(payee_id, safe='')}")
        await self.send("DELETE", path, query={"channel": channel}, expects=(NotFound, Conflict))

    async def preview_payment(self, customer_id: str, order: PaymentOrder) -> PaymentPreview:
        """What would be paid. Raises NotFound, InvalidRequest (the amount or the day), or Conflict with a `code`."""
        content = await self.send(
            "POST",
            of_customer(customer_id, "payments/preview"),
            body=order,
            expects=(NotFound, Conflict, InvalidRequest),
        )
        return self.decode(_PREVIEW, content)

    async def pay(self, customer_id: str, order: PaymentOrder, *, idempotency_key: str) -> Payment:
        """Pays, or schedules, once for one key, however often it is called. Raises as `preview_payment`."""
        content = await self.send(
            "POST",
            of_customer(customer_id, "payments"),
            body=order,
            idempotency_key=idempotency_key,
            expects=(NotFound, Conflict, InvalidRequest),
        )
        return self.decode(_PAYMENT, content)

    async def payments(
        self, customer_id: str, *, limit: int, statuses: Collection[PaymentStatus] = ()
    ) -> list[Payment]:
        """The latest first, of all statuses when none is named. Raises NotFound for an unknown customer."""
        path = of_customer(customer_id, "payments")
        query = {"limit": str(limit), "status": sorted(statuses)}
        content = await self.send("GET", path, query=query, expects=(NotFound,))
        return self.decode(_PAYMENT_PAGE, content).items

    async def payment(self, customer_id: str, receipt_id: str) -> Payment:
        """Raises NotFound."""
        path = of_customer(customer_id, f"payments/{quote(receipt_id, safe='')}")
        return self.decode(_PAYMENT, await self.send("GET", path, expects=(NotFound,)))

    async def cancel_payment(
        self, customer_id: str, receipt_id: str, *, idempotency_key: str, channel: str = "web"
    ) -> Payment:
        """Takes a payment back once for one key. Raises NotFound, or Conflict (`too_late`, `already_cancelled` …)."""
        content = await self.send(
            "POST",
            of_customer(customer_id, f"payments/{quote(receipt_id, safe='')}/cancel"),
            body=CancellationOrder(channel=channel),
            idempotency_key=idempotency_key,
            expects=(NotFound, Conflict),
        )
        return self.decode(_PAYMENT, content)

    async def transactions(self, customer_id: str, account_id: str, *, limit: int) -> list[Transaction]:
        """The latest first. Raises NotFound for an account that is not the customer's."""
        path = of_account(customer_id, account_id, "transactions")
        content = await self.send("GET", path, query={"limit": str(limit)}, expects=(NotFound,))
        return self.decode(_TRANSACTION_PAGE, content).items

    async def statements(self, customer_id: str, account_id: str) -> list[StatementSummary]:
        """The latest month first. Raises NotFound for an account that is not the customer's."""
        content = await self.send("GET", of_account(customer_id, account_id, "statements"), expects=(NotFound,))
        return self.decode(_SUMMARIES, content)

    async def statement(self, customer_id: str, account_id: str, month: str) -> Statement:
        """One month, as `2026-03`. Raises NotFound (account or month) or InvalidRequest (what is no month)."""
        path = of_account(customer_id, account_id, f"statements/{quote(month, safe='')}")
        return self.decode(_STATEMENT, await self.send("GET", path, expects=(NotFound, InvalidRequest)))


def of_customer(customer_id: str, what: str) -> str:
    return f"/customers/{quote(customer_id, safe='')}/{what}"


def of_account(customer_id: str, account_id: str, what: str) -> str:
    return of_customer(customer_id, f"accounts/{quote(account_id, safe='')}/{what}")


class _PlainPayee(PayeeOrder):
    """SecretStr would send stars."""

    account_number: str  # type: ignore[assignment]
