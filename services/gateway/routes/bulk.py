"""Bulks of interactions, let in little by little by media."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from services.gateway.ports import RelayCall
from services.gateway.routes.callers import Service, StaffCaller, Supervisor
from services.gateway.routes.openapi import problems
from services.gateway.routes.relaying import json_call, passed_back, query_pairs
from shared.schemas.base import Page
from shared.schemas.bulk import Bulk, NewBulk

router = APIRouter(prefix="/api/v1/bulk", tags=["bulk"])
BulkId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]


class BulkQuery(BaseModel):
    cursor: str | None = Field(None, max_length=200, description="`next_cursor` of the page before")
    limit: int = Field(25, ge=1, le=100)


@router.post(
    "",
    status_code=201,
    response_model=Bulk,
    summary="Start a bulk",
    responses=problems(401, 403, 409, 422, 502, 503, 504),
)
async def start_bulk(
    asked: NewBulk,
    gateway: Service,
    caller: Supervisor,
    *,
    idempotency_key: Annotated[str | None, Header(max_length=128, description="makes a repeated start one")] = None,
) -> StreamingResponse:
    """For supervisors and admins. Of what lies in the bulk bucket, or of uploads to `/api/v1/interactions?bulk_id=`.

    Its objects come in behind everything else, as fast as the two limits for bulks allow.
    """
    headers = {"idempotency-key": idempotency_key} if idempotency_key else {}
    return passed_back(await gateway.media.relay(json_call("POST", "/bulk", caller, asked, headers=headers)))


@router.get(
    "",
    response_model=Page[Bulk],
    summary="List bulks, newest first",
    responses=problems(401, 422, 502, 503, 504),
)
async def list_bulks(query: Annotated[BulkQuery, Query()], gateway: Service, caller: StaffCaller) -> StreamingResponse:
    return passed_back(await gateway.media.relay(RelayCall("GET", "/bulk", caller, query_pairs(query))))


@router.get(
    "/{bulk_id}",
    response_model=Bulk,
    summary="How far a bulk is",
    responses=problems(401, 404, 422, 502, 503, 504),
)
async def get_bulk(bulk_id: BulkId, gateway: Service, caller: StaffCaller) -> StreamingResponse:
    return passed_back(await gateway.media.relay(RelayCall("GET", f"/bulk/{bulk_id}", caller)))


@router.post(
    "/{bulk_id}/pause",
    response_model=Bulk,
    summary="Let nothing more of a bulk in for now",
    responses=problems(401, 403, 404, 409, 422, 502, 503, 504),
)
async def pause_bulk(bulk_id: BulkId, gateway: Service, caller: Supervisor) -> StreamingResponse:
    """For supervisors and admins. What was let in goes its way."""
    return passed_back(await gateway.media.relay(RelayCall("POST", f"/bulk/{bulk_id}/pause", caller)))


@router.post(
    "/{bulk_id}/resume",
    response_model=Bulk,
    summary="Go on with a bulk that was paused",
    responses=problems(401, 403, 404, 409, 422, 502, 503, 504),
)
async def resume_bulk(bulk_id: BulkId, gateway: Service, caller: Supervisor) -> StreamingResponse:
    """For supervisors and admins."""
    return passed_back(await gateway.media.relay(RelayCall("POST", f"/bulk/{bulk_id}/resume", caller)))


@router.post(
    "/{bulk_id}/cancel",
    response_model=Bulk,
    summary="Never let in what a bulk still holds",
    responses=problems(401, 403, 404, 409, 422, 502, 503, 504),
)
async def cancel_bulk(bulk_id: BulkId, gateway: Service, caller: Supervisor) -> StreamingResponse:
    """For supervisors and admins. What was let in goes its way; the objects stay where they lie."""
    return passed_back(await gateway.media.relay(RelayCall("POST", f"/bulk/{bulk_id}/cancel", caller)))


@router.post(
    "/{bulk_id}/complete",
    response_model=Bulk,
    summary="Say that no more is uploaded to a bulk",
    responses=problems(401, 403, 404, 409, 422, 502, 503, 504),
)
async def complete_bulk(bulk_id: BulkId, gateway: Service, caller: Supervisor) -> StreamingResponse:
    """For supervisors and admins. It is done when all of it has its fate."""
    return passed_back(await gateway.media.relay(RelayCall("POST", f"/bulk/{bulk_id}/complete", caller)))
