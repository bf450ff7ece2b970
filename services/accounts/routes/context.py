"""What a customer was doing."""

from fastapi import APIRouter

from services.accounts.routes.parts import Accounts
from shared.auth import ServiceCaller
from shared.schemas.accounts import CustomerId
from shared.schemas.identity import ContextUpdate, CustomerContext

router = APIRouter()


@router.put("/customers/{customer_id}/context")
async def save_context(
    caller: ServiceCaller, accounts: Accounts, customer_id: CustomerId, update: ContextUpdate
) -> CustomerContext:
    return await accounts.contexts.save(customer_id, update)


@router.get("/customers/{customer_id}/context")
async def read_context(caller: ServiceCaller, accounts: Accounts, customer_id: CustomerId) -> CustomerContext:
    return await accounts.contexts.of(customer_id)


@router.delete("/customers/{customer_id}/context", status_code=204)
async def forget_context(caller: ServiceCaller, accounts: Accounts, customer_id: CustomerId) -> None:
    await accounts.contexts.forget(customer_id)
