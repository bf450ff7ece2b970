"""Client of the accounts service."""

from contextlib import suppress
from urllib.parse import quote

from pydantic import SerializerFunctionWrapHandler, TypeAdapter, model_serializer

from shared.clients.payments import PaymentsClient
from shared.clients.payments import of_customer as _of
from shared.errors import Conflict, InvalidRequest, NotFound
from shared.schemas.accounts import Account
from shared.schemas.identity import (
    ContextUpdate,
    CustomerContext,
    Link,
    LinkedCustomer,
    PinChange,
    Verification,
    VerificationRequest,
)
from shared.schemas.mortgages import Amortisation, AmortisationOrder, Loan
from shared.schemas.plans import (
    Application,
    ApplicationOrder,
    ChosenPlan,
    Plan,
    PlanKind,
    PlanRecommendation,
)

_VERIFICATION = TypeAdapter(Verification)
_LINKED = TypeAdapter(LinkedCustomer)
_LINKS = TypeAdapter(list[Link])
_CONTEXT = TypeAdapter(CustomerContext)
_ACCOUNTS = TypeAdapter(list[Account])
_PLANS = TypeAdapter(list[Plan])
_RECOMMENDATIONS = TypeAdapter(list[PlanRecommendation])
_CHOSEN = TypeAdapter(list[ChosenPlan])
_APPLICATION = TypeAdapter(Application)
_APPLICATIONS = TypeAdapter(list[Application])
_LOAN = TypeAdapter(Loan)
_AMORTISATION = TypeAdapter(Amortisation)


class AccountsClient(PaymentsClient):
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
        body = _PlainPin(
            phone=phone,
            customer_number=customer_number,
            customer_id=customer_id,
            pin=pin,
            channel=channel,
            session=session,
            channel_address=channel_address,
        )
        return self.decode(_VERIFICATION, await self.send("POST", "/verifications", body=body))

    async def change_pin(
        self, customer_id: str, *, current_pin: str, new_pin: str, channel: str, session: str, idempotency_key: str
    ) -> None:
        """Changes once for one key.

        Raises NotFound, InvalidRequest (`code` is `weak_pin`) or Conflict (`wrong_pin`, `locked`, `wait`).
        """
        body = _PlainPinChange(current_pin=current_pin, new_pin=new_pin, channel=channel, session=session)
        await self.send(
            "POST",
            _of(customer_id, "pin"),
            body=body,
            idempotency_key=idempotency_key,
            expects=(NotFound, Conflict, InvalidRequest),
        )

    async def linked_customer(self, channel: str, address: str) -> LinkedCustomer | None:
        """Whose address it is, which proves nothing yet; None when it is nobody's."""
        path = f"/links/{quote(channel, safe='')}/{quote(address, safe='')}"
        try:
            return self.decode(_LINKED, await self.send("GET", path, expects=(NotFound,)))
        except NotFound:
            return None

    async def links(self, customer_id: str) -> list[Link]:
        """Newest first. Raises NotFound for an unknown customer."""
        return self.decode(_LINKS, await self.send("GET", _of(customer_id, "links"), expects=(NotFound,)))

    async def remove_link(self, customer_id: str, link_id: str) -> None:
        """One that is not there is no error."""
        with suppress(NotFound):
            await self.send("DELETE", _of(customer_id, f"links/{quote(link_id, safe='')}"), expects=(NotFound,))

    async def save_context(self, customer_id: str, update: ContextUpdate) -> CustomerContext:
        """Raises NotFound for an unknown customer."""
        content = await self.send("PUT", _of(customer_id, "context"), body=update, expects=(NotFound,))
        return self.decode(_CONTEXT, content)

    async def context(self, customer_id: str) -> CustomerContext | None:
        """What the customer was doing; None when that is not known, or no longer."""
        try:
            return self.decode(_CONTEXT, await self.send("GET", _of(customer_id, "context"), expects=(NotFound,)))
        except NotFound:
            return None

    async def forget_context(self, customer_id: str) -> None:
        """Raises NotFound for an unknown customer."""
        await self.send("DELETE", _of(customer_id, "context"), expects=(NotFound,))

    async def accounts(self, customer_id: str) -> list[Account]:
        """Raises NotFound for an unknown customer."""
        content = await self.send("GET", _of(customer_id, "accounts"), expects=(NotFound,))
        return self.decode(_ACCOUNTS, content)

    async def plans(self) -> list[Plan]:
        return self.decode(_PLANS, await self.send("GET", "/plans"))

    async def recommended_plans(
        self, customer_id: str, *, kind: PlanKind | None = None, minor_units: int | None = None
    ) -> list[PlanRecommendation]:
        """The plans that the customer can have, best first. Raises NotFound for an unknown customer."""
        query = {"kind": kind, "amount": str(minor_units) if minor_units is not None else None}
        given = {name: value for name, value in query.items() if value is not None}
        content = await self.send("GET", _of(customer_id, "plan-recommendations"), query=given, expects=(NotFound,))
        return self.decode(_RECOMMENDATIONS, content)

    async def chosen_plans(self, customer_id: str) -> list[ChosenPlan]:
        """The plans that the customer has, then those applied for. Raises NotFound for an unknown customer."""
        content = await self.send("GET", _of(customer_id, "chosen-plans"), expects=(NotFound,))
        return self.decode(_CHOSEN, content)

    async def applications(self, customer_id: str) -> list[Application]:
        """Newest first. Raises NotFound for an unknown customer."""
        content = await self.send("GET", _of(customer_id, "applications"), expects=(NotFound,))
        return self.decode(_APPLICATIONS, content)

    async def loan(self, customer_id: str, account_id: str) -> Loan:
        """Raises NotFound (customer or account), Conflict (`no_loan_terms`) for an account that is no such loan."""
        path = _of(customer_id, f"accounts/{quote(account_id, safe='')}/loan")
        return self.decode(_LOAN, await self.send("GET", path, expects=(NotFound, Conflict)))

    async def amortise(self, order: AmortisationOrder) -> Amortisation:
        return self.decode(_AMORTISATION, await self.send("POST", "/calculations/amortisation", body=order))

    async def apply(self, customer_id: str, order: ApplicationOrder, *, idempotency_key: str) -> Application:
        """Applies once for one key.

        Raises NotFound, InvalidRequest (the deposit, amount or term), Conflict (`not_eligible`, `insufficient_funds`).
        """
        content = await self.send(
            "POST",
            _of(customer_id, "applications"),
            body=order,
            idempotency_key=idempotency_key,
            expects=(NotFound, Conflict, InvalidRequest),
        )
        return self.decode(_APPLICATION, content)


class _PlainPin(VerificationRequest):
    """SecretStr would send stars."""

    pin: str  # type: ignore[assignment]

    @model_serializer(mode="wrap")
    def _given(self, serialize: SerializerFunctionWrapHandler) -> dict[str, str]:
        return {name: value for name, value in serialize(self).items() if value is not None}


class _PlainPinChange(PinChange):
    current_pin: str  # type: ignore[assignment]
    new_pin: str  # type: ignore[assignment]
