"""Plans and applications for them."""

from fastapi import APIRouter

from services.accounts.routes.parts import Accounts, IdempotencyKey
from shared.auth import ServiceCaller
from shared.schemas.accounts import Application, ApplicationOrder, CustomerId, Plan

router = APIRouter()


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
