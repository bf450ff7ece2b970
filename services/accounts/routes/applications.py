"""Applications for plans, and the bank's decisions on them."""

from fastapi import APIRouter

from services.accounts.audit import by
from services.accounts.routes.parts import Accounts, Cursor, IdempotencyKey, Limit, SupervisorCaller
from shared.auth import ServiceCaller
from shared.schemas.accounts import CustomerId
from shared.schemas.base import Page
from shared.schemas.plans import (
    Application,
    ApplicationId,
    ApplicationOrder,
    ApplicationStatus,
    Decision,
    ReviewedApplication,
)

router = APIRouter()


@router.post("/customers/{customer_id}/applications", status_code=201)
async def apply(
    caller: ServiceCaller,
    accounts: Accounts,
    customer_id: CustomerId,
    order: ApplicationOrder,
    idempotency_key: IdempotencyKey,
) -> Application:
    return await accounts.applications.apply(customer_id, order, key=idempotency_key)


@router.get("/customers/{customer_id}/applications")
async def list_customers_applications(
    caller: ServiceCaller, accounts: Accounts, customer_id: CustomerId
) -> list[Application]:
    return await accounts.applications.of(customer_id)


@router.get("/applications")
async def list_applications(
    caller: SupervisorCaller,
    accounts: Accounts,
    status: ApplicationStatus | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ReviewedApplication]:
    return await accounts.applications.page(status=status, cursor=cursor, limit=limit)


@router.post("/applications/{application_id}/decision")
async def decide(
    caller: SupervisorCaller,
    accounts: Accounts,
    application_id: ApplicationId,
    decision: Decision,
    idempotency_key: IdempotencyKey,
) -> ReviewedApplication:
    return await accounts.applications.decide(application_id, decision, by=by(caller), key=idempotency_key)
