"""What the bank offers, applications for it, and customers taken over from another system, by accounts."""

from typing import Annotated

from fastapi import APIRouter, Body, Header, Path, Query
from fastapi.responses import StreamingResponse
from pydantic import Field

from services.gateway.ports import RelayCall
from services.gateway.routes.callers import Admin, Service, Supervisor
from services.gateway.routes.customers import PageQuery
from services.gateway.routes.openapi import problems
from services.gateway.routes.relaying import json_call, passed_back, query_pairs
from shared.schemas.base import Page
from shared.schemas.imports import ImportBatch, ImportReport
from shared.schemas.plans import (
    ApplicationId,
    ApplicationStatus,
    Decision,
    Plan,
    PlanId,
    PlanTerms,
    ReviewedApplication,
)

router = APIRouter(prefix="/api/v1")
_IMPORT_SECONDS = 240.0
_JSON = {"content-type": "application/json"}
_DECISIONS = {"approve": {"summary": "Approve", "value": {"decision": "approved", "reason": "All is in order."}}}


class ApplicationQuery(PageQuery):
    status: ApplicationStatus | None = Field(None, description="only those")


@router.get(
    "/plans",
    response_model=list[Plan],
    tags=["plans"],
    summary="Every plan, those no longer offered too",
    responses=problems(401, 403, 502, 503, 504),
)
async def list_plans(gateway: Service, caller: Supervisor) -> StreamingResponse:
    """For supervisors and admins."""
    return passed_back(await gateway.accounts.relay(RelayCall("GET", "/catalogue", caller)))


@router.put(
    "/plans/{plan_id}",
    response_model=Plan,
    tags=["plans"],
    summary="Make a plan, or replace its terms",
    responses=problems(400, 401, 403, 413, 422, 502, 503, 504),
)
async def put_plan(
    plan_id: Annotated[PlanId, Path()], terms: PlanTerms, gateway: Service, caller: Admin
) -> StreamingResponse:
    """For admins. What customers have agreed to before stays as it is."""
    return passed_back(await gateway.accounts.relay(json_call("PUT", f"/plans/{plan_id}", caller, terms)))


@router.get(
    "/applications",
    response_model=Page[ReviewedApplication],
    tags=["plans"],
    summary="Applications for plans, newest first",
    responses=problems(401, 403, 422, 502, 503, 504),
)
async def list_applications(
    query: Annotated[ApplicationQuery, Query()], gateway: Service, caller: Supervisor
) -> StreamingResponse:
    """For supervisors and admins."""
    return passed_back(await gateway.accounts.relay(RelayCall("GET", "/applications", caller, query_pairs(query))))


@router.post(
    "/applications/{application_id}/decision",
    response_model=ReviewedApplication,
    tags=["plans"],
    summary="Approve or decline an application",
    responses=problems(400, 401, 403, 404, 409, 413, 422, 502, 503, 504),
)
async def decide(
    application_id: Annotated[ApplicationId, Path()],
    decision: Annotated[Decision, Body(openapi_examples=_DECISIONS)],
    gateway: Service,
    caller: Supervisor,
    idempotency_key: Annotated[str, Header(pattern=r"^[\x21-\x7e]{1,128}$", description="makes a repeated call one")],
) -> StreamingResponse:
    """For supervisors and admins. An approval opens the account and moves the opening deposit, or pays the loan out."""
    headers = {"idempotency-key": idempotency_key}
    call = json_call("POST", f"/applications/{application_id}/decision", caller, decision, headers=headers)
    return passed_back(await gateway.accounts.relay(call))


@router.post(
    "/imports/customers",
    response_model=ImportReport,
    tags=["customers"],
    summary="Take customers over from another system",
    responses=problems(400, 401, 403, 413, 422, 502, 503, 504),
)
async def import_customers(batch: ImportBatch, gateway: Service, caller: Admin) -> StreamingResponse:
    """For admins. What was imported before, by its `source`, is left as it is."""
    call = RelayCall(
        "POST", "/imports/customers", caller, headers=_JSON, body=batch.plain_json(), seconds=_IMPORT_SECONDS
    )
    return passed_back(await gateway.accounts.relay(call))
