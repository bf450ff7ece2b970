"""Payments, and what may be done on which channel."""

from typing import Annotated

from fastapi import APIRouter, Query

from services.accounts.routes.parts import Accounts, Cursor, IdempotencyKey, Limit, ReceiptId
from shared.auth import ServiceCaller
from shared.schemas.accounts import (
    CancellationOrder,
    ChannelTrust,
    CustomerId,
    Payment,
    PaymentOrder,
    PaymentPreview,
    PaymentStatus,
)
from shared.schemas.base import Page

router = APIRouter()


@router.get("/channel-trust")
async def list_channel_trust(caller: ServiceCaller, accounts: Accounts) -> list[ChannelTrust]:
    return accounts.limits.trust.rows()


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


@router.get("/customers/{customer_id}/payments")
async def list_payments(
    *,
    caller: ServiceCaller,
    accounts: Accounts,
    customer_id: CustomerId,
    status: Annotated[list[PaymentStatus] | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Payment]:
    return await accounts.payments.listed(customer_id, statuses=set(status or ()), cursor=cursor, limit=limit)


@router.get("/customers/{customer_id}/payments/{receipt_id}")
async def read_payment(
    caller: ServiceCaller, accounts: Accounts, customer_id: CustomerId, receipt_id: ReceiptId
) -> Payment:
    return await accounts.payments.payment(customer_id, receipt_id)


@router.post("/customers/{customer_id}/payments/{receipt_id}/cancel")
async def cancel_payment(
    *,
    caller: ServiceCaller,
    accounts: Accounts,
    customer_id: CustomerId,
    receipt_id: ReceiptId,
    idempotency_key: IdempotencyKey,
    order: CancellationOrder | None = None,
) -> Payment:
    order = order or CancellationOrder()
    return await accounts.payments.cancel(customer_id, receipt_id, order, key=idempotency_key)
