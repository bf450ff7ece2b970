"""The ingest ledger, by media."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from services.gateway.ports import RelayCall
from services.gateway.routes.callers import Service, StaffCaller
from services.gateway.routes.openapi import problems
from services.gateway.routes.relaying import passed_back, query_pairs
from shared.schemas.base import Page
from shared.schemas.ledger import Fate, LedgerEntry

router = APIRouter(prefix="/api/v1/ledger", tags=["ledger"])


class LedgerQuery(BaseModel):
    fate: Fate | None = None
    name: str | None = Field(None, max_length=200, description="of the file")
    cursor: str | None = Field(None, max_length=1024, description="`next_cursor` of the page before")
    limit: int = Field(50, ge=1, le=200)


@router.get(
    "",
    response_model=Page[LedgerEntry],
    summary="List what came in, newest first",
    responses=problems(401, 422, 502, 503, 504),
)
async def list_entries(
    query: Annotated[LedgerQuery, Query()], gateway: Service, caller: StaffCaller
) -> StreamingResponse:
    return passed_back(await gateway.media.relay(RelayCall("GET", "/ledger", caller, query_pairs(query))))


@router.get(
    "/{entry_id}",
    response_model=LedgerEntry,
    summary="What became of one file",
    responses=problems(401, 404, 422, 502, 503, 504),
)
async def get_entry(
    entry_id: Annotated[str, Path(max_length=200, pattern=r"^[A-Za-z0-9_][^\x00-\x1f\x7f/]*$")],
    gateway: Service,
    caller: StaffCaller,
) -> StreamingResponse:
    return passed_back(await gateway.media.relay(RelayCall("GET", f"/ledger/{quote(entry_id, safe='')}", caller)))
