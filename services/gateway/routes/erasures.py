"""Erasure of interactions, by media."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from services.gateway.ports import RelayCall
from services.gateway.routes.callers import Admin, Service
from services.gateway.routes.openapi import problems
from services.gateway.routes.relaying import json_call, passed_back, query_pairs
from shared.schemas.base import Page
from shared.schemas.erasures import Erasure, NewErasure

router = APIRouter(prefix="/api/v1/erasures", tags=["erasures"])


class ErasureQuery(BaseModel):
    cursor: str | None = Field(None, max_length=200, description="`next_cursor` of the page before")
    limit: int = Field(25, ge=1, le=100)


@router.post(
    "",
    status_code=202,
    response_model=Erasure,
    summary="Erase an interaction, or all of a customer's",
    responses=problems(401, 403, 404, 422, 502, 503, 504),
)
async def erase(asked: NewErasure, gateway: Service, caller: Admin) -> StreamingResponse:
    """For admins. Recordings, copies, transcripts, results and the index: tried again until everything went.

    What is left is the certificate of what went, and the ledger's entries without names.
    """
    return passed_back(await gateway.media.relay(json_call("POST", "/erasures", caller, asked)))


@router.get(
    "",
    response_model=Page[Erasure],
    summary="List erasures, newest first",
    responses=problems(401, 403, 422, 502, 503, 504),
)
async def list_erasures(query: Annotated[ErasureQuery, Query()], gateway: Service, caller: Admin) -> StreamingResponse:
    return passed_back(await gateway.media.relay(RelayCall("GET", "/erasures", caller, query_pairs(query))))


@router.get(
    "/{erasure_id}",
    response_model=Erasure,
    summary="How far an erasure is, or its certificate",
    responses=problems(401, 403, 404, 422, 502, 503, 504),
)
async def get_erasure(
    erasure_id: Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")], gateway: Service, caller: Admin
) -> StreamingResponse:
    return passed_back(await gateway.media.relay(RelayCall("GET", f"/erasures/{erasure_id}", caller)))
