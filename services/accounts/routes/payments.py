"""Payments."""

from fastapi import APIRouter

from services.accounts.routes.parts import Accounts, IdempotencyKey
from shared.auth import ServiceCaller
from shared.schemas.accounts import CustomerId, Payment, PaymentOrder, PaymentPreview

router = APIRouter()


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
