"""Who a customer is."""

from fastapi import APIRouter

from services.accounts.routes.parts import Accounts, SupervisorCaller
from shared.auth import ServiceCaller
from shared.schemas.accounts import CustomerId, Verification, VerificationRequest

router = APIRouter()


@router.post("/verifications")
async def verify(caller: ServiceCaller, accounts: Accounts, request: VerificationRequest) -> Verification:
    return await accounts.identity.verify(request)


@router.post("/customers/{customer_id}/unlock", status_code=204)
async def unlock(caller: SupervisorCaller, accounts: Accounts, customer_id: CustomerId) -> None:
    await accounts.identity.unlock(customer_id, by=caller.subject)
