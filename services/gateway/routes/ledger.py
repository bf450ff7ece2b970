"""The ingest ledger, by media."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from services.gateway.ports import RelayCall
from services.gateway.routes.callers import Service, StaffCaller, Supervisor
from services.gateway.routes.openapi import problems
from services.gateway.routes.relaying import IndexedId, incoming_body, passed_back, query_pairs
from shared.schemas.base import Moment, Page
from shared.schemas.ledger import (
    Fate,
    LedgerCounts,
    LedgerDetail,
    LedgerEntry,
    Reconciliation,
    Retried,
    SourceKind,
    Step,
)

router = APIRouter(prefix="/api/v1/ledger", tags=["ledger"])

_STORABLE = r"^[^\x00]*$"
MAX_LIST_BYTES = 16 * 1024 * 1024
_QUIET_SECONDS = 60.0  # media says something every 15 s
_LONG_SECONDS = 120.0
_EVENTS = {
    "description": "Server-sent events: `entry`, each with the entry as it is now. Comments keep the connection open; "
    "it is closed now and then, to be opened again with `Last-Event-ID`. A change may be told twice.",
    "content": {"text/event-stream": {"schema": {"type": "string"}}},
}
_LIST = {
    "description": "A CSV in UTF-8: the ids of the calls stand in the first column, or in the one called `call_id`.",
    "required": True,
    "content": {"text/csv": {"schema": {"type": "string"}, "example": "call_id\n4711\n4712\n"}},
}


class Times(BaseModel):
    seen_from: Moment | None = Field(None, description="came in at this moment or later")
    seen_to: Moment | None = Field(None, description="came in before this moment")


class EntryFilter(Times):
    fate: Fate | None = None
    step: Step | None = Field(None, description="at which it is or ended")
    kind: SourceKind | None = None
    reason_code: str | None = Field(None, max_length=100, pattern=_STORABLE)
    bulk_id: str | None = Field(None, max_length=64, pattern=_STORABLE)
    name: str | None = Field(None, max_length=200, pattern=_STORABLE, description="any part of the file's name")
    stuck: bool | None = Field(None, description="does not move as it should")


class LedgerQuery(EntryFilter):
    cursor: str | None = Field(None, max_length=1024, description="`next_cursor` of the page before")
    limit: int = Field(50, ge=1, le=200)


class ReasonQuery(BaseModel):
    reason_code: str = Field(min_length=1, max_length=100, pattern=_STORABLE)
    bulk_id: str | None = Field(None, max_length=64, pattern=_STORABLE, description="only of this bulk")


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
    "/counts",
    response_model=LedgerCounts,
    summary="Count what came in by fate and by reason",
    responses=problems(401, 422, 502, 503, 504),
)
async def count_entries(
    query: Annotated[EntryFilter, Query()], gateway: Service, caller: StaffCaller
) -> StreamingResponse:
    return passed_back(await gateway.media.relay(RelayCall("GET", "/ledger/counts", caller, query_pairs(query))))


@router.get(
    "/events",
    response_class=StreamingResponse,
    summary="Follow the ledger",
    responses={200: _EVENTS, **problems(401, 422, 502, 503, 504)},
)
async def follow_ledger(
    gateway: Service,
    caller: StaffCaller,
    last_event_id: Annotated[str | None, Header(max_length=64, description="of the last event that was seen")] = None,
) -> StreamingResponse:
    headers = {"last-event-id": last_event_id} if last_event_id else {}
    call = RelayCall("GET", "/ledger/events", caller, headers=headers, seconds=_QUIET_SECONDS)
    answer = passed_back(await gateway.media.relay(call))
    # Without these, a proxy may keep what is said until there is more of it.
    answer.headers.update({"cache-control": "no-store, no-transform", "x-accel-buffering": "no"})
    return answer


@router.post(
    "/retry",
    response_model=Retried,
    summary="Try everything again that ended with one reason",
    responses=problems(401, 403, 404, 422, 502, 503, 504),
)
async def retry_all(query: Annotated[ReasonQuery, Query()], gateway: Service, caller: Supervisor) -> StreamingResponse:
    """For supervisors and admins. What is on its way already stays as it is, so that it may be said again."""
    call = RelayCall("POST", "/ledger/retry", caller, query_pairs(query), seconds=_LONG_SECONDS)
    return passed_back(await gateway.media.relay(call))


@router.post(
    "/reconciliation",
    response_model=Reconciliation,
    summary="Hold a list of expected calls against the ledger",
    responses=problems(400, 401, 413, 422, 502, 503, 504),
    openapi_extra={"requestBody": _LIST},
)
async def reconcile(
    request: Request, query: Annotated[Times, Query()], gateway: Service, caller: StaffCaller
) -> StreamingResponse:
    """Which calls never came, failed, or are still on their way. With a time, also what came in then unexpected.

    A call is known by the name of its file: `2026-03-01_GUID_4711_AGENT_9.wav` is the call `4711`.
    """
    call = RelayCall(
        "POST",
        "/ledger/reconciliation",
        caller,
        query_pairs(query),
        headers={"content-type": "text/csv"},
        body=incoming_body(request),
        seconds=_LONG_SECONDS,
    )
    return passed_back(await gateway.media.relay(call))


@router.get(
    "/{entry_id}",
    response_model=LedgerDetail,
    summary="What became of one file, step by step",
    responses=problems(401, 404, 422, 502, 503, 504),
)
async def get_entry(entry_id: IndexedId, gateway: Service, caller: StaffCaller) -> StreamingResponse:
    return passed_back(await gateway.media.relay(RelayCall("GET", f"/ledger/{quote(entry_id, safe='')}", caller)))


@router.post(
    "/{entry_id}/retry",
    status_code=202,
    response_model=LedgerEntry,
    summary="Try one file again",
    responses=problems(401, 403, 404, 409, 422, 502, 503, 504),
)
async def retry_entry(entry_id: IndexedId, gateway: Service, caller: Supervisor) -> StreamingResponse:
    """For supervisors and admins. A file that is on its way already stays as it is, so that it may be said again."""
    call = RelayCall("POST", f"/ledger/{quote(entry_id, safe='')}/retry", caller)
    return passed_back(await gateway.media.relay(call))
