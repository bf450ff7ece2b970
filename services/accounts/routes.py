"""The routes. Customers are reached through the bot, so all but the unlocking is for services only."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request

from services.accounts.service import AccountsService
from shared.auth import ServiceCaller, staff_with
from shared.callers import Caller
from shared.schemas.accounts import (
    Account,
    Application,
    ApplicationOrder,
    CustomerId,
    Payee,
    Payment,
    PaymentOrder,
    PaymentPreview,
    Plan,
    Verification,
    VerificationRequest,
)


def _service(request: Request) -> AccountsService:
    service: AccountsService = request.app.state.service
    return service


Accounts = Annotated[AccountsService, Depends(_service)]
SupervisorCaller = Annotated[Caller, Depends(staff_with("supervisor"))]
IdempotencyKey = Annotated[str, Header(pattern=r"^[\x21-\x7e]{1,128}$")]

router = APIRouter()


@router.post("/verifications")
async def verify(caller: ServiceCaller, accounts: Accounts, request: VerificationRequest) -> Verification:
    return await accounts.identity.verify(request)


@router.post("/customers/{customer_id}/unlock", status_code=204)
async def unlock(caller: SupervisorCaller, accounts: Accounts, customer_id: CustomerId) -> None:
    await accounts.identity.unlock(customer_id, by=caller.subject)


@router.get("/customers/{customer_id}/accounts")
async def list_accounts(caller: ServiceCaller, accounts: Accounts, customer_id: CustomerId) -> list[Account]:
    return await accounts.holdings.accounts(customer_id)


@router.get("/customers/{customer_id}/payees")
async def list_payees(caller: ServiceCaller, accounts: Accounts, customer_id: CustomerId) -> list[Payee]:
    return await accounts.holdings.payees(customer_id)


@router.post("/customers/{customer_id}/payments/preview")
async def preview_payment(
    caller: ServiceCaller, accounts: Accounts, customer_id: CustomerId, order: PaymentOrder
) -> PaymentPreview:
    return await accounts.payments.preview(customer_id, order)


@router.post("/customers/{customer_id}/payments", status_code=201)
async def pay(
    caller: ServiceCaller,
    accounts: Accounts,
    customer_id: CustomerId,
    order: PaymentOrder,
    idempotency_key: IdempotencyKey,
) -> Payment:
    return await accounts.payments.pay(customer_id, order, key=idempotency_key)


@router.get("/customers/{customer_id}/payments/{receipt_id}")
async def read_payment(caller: ServiceCaller, accounts: Accounts, customer_id: CustomerId, receipt_id: str) -> Payment:
    return await accounts.payments.payment(customer_id, receipt_id)


@router.get("/plans")
async def list_plans(caller: ServiceCaller, accounts: Accounts) -> list[Plan]:
    return accounts.plans.offered()


@router.post("/customers/{customer_id}/applications", status_code=201)
async def apply(
    caller: ServiceCaller,
    accounts: Accounts,
    customer_id: CustomerId,
    order: ApplicationOrder,
    idempotency_key: IdempotencyKey,
) -> Application:
    return await accounts.plans.apply(customer_id, order, key=idempotency_key)
