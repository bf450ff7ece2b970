"""Who a customer is."""

from fastapi import APIRouter

from services.accounts.routes.parts import Accounts, Cursor, IdempotencyKey, Limit, SupervisorCaller
from shared.auth import ServiceCaller
from shared.schemas.accounts import CustomerId
from shared.schemas.base import Page
from shared.schemas.identity import PinChange, Verification, VerificationRecord, VerificationRequest

router = APIRouter()


@router.post("/verifications")
async def verify(caller: ServiceCaller, accounts: Accounts, request: VerificationRequest) -> Verification:
    return await accounts.identity.verify(request)


@router.post("/customers/{customer_id}/pin", status_code=204)
async def change_pin(
    caller: ServiceCaller,
    accounts: Accounts,
    customer_id: CustomerId,
    change: PinChange,
    idempotency_key: IdempotencyKey,
) -> None:
    await accounts.pin_changes.change(customer_id, change, key=idempotency_key)


@router.post("/customers/{customer_id}/unlock", status_code=204)
async def unlock(caller: SupervisorCaller, accounts: Accounts, customer_id: CustomerId) -> None:
    await accounts.identity.unlock(customer_id, by_staff=caller)


@router.get("/customers/{customer_id}/verifications")
async def list_verifications(
    caller: SupervisorCaller,
    accounts: Accounts,
    customer_id: CustomerId,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[VerificationRecord]:
    return await accounts.identity.verifications(customer_id, cursor=cursor, limit=limit)
