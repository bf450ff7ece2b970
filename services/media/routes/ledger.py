"""What became of everything that came in, and what is to be done again."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from services.media.ledger_events import Change
from services.media.routes.parts import STORABLE, Id, Service, Supervisor
from services.media.store.finding import Wanted
from shared.auth import StaffCaller
from shared.schemas.base import Page
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

router = APIRouter(prefix="/ledger")

_COMES_BACK_AFTER_MS = 2000
_CODE = Query(min_length=1, max_length=100, pattern=STORABLE)


def _wanted(
    *,
    fate: Fate | None = None,
    step: Step | None = None,
    kind: SourceKind | None = None,
    reason_code: Annotated[str | None, Query(max_length=100, pattern=STORABLE)] = None,
    bulk_id: Annotated[str | None, Query(max_length=64, pattern=STORABLE)] = None,
    name: Annotated[str | None, Query(max_length=200, pattern=STORABLE)] = None,
    seen_from: AwareDatetime | None = None,
    seen_to: AwareDatetime | None = None,
    stuck: bool | None = None,
) -> Wanted:
    return Wanted(fate, step, kind, reason_code, bulk_id, name, seen_from, seen_to, stuck)


Asked = Annotated[Wanted, Depends(_wanted)]


@router.get("")
async def ledger(
    caller: StaffCaller,
    service: Service,
    wanted: Asked,
    *,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[LedgerEntry]:
    return await service.ledger.page(wanted, cursor=cursor, limit=limit)


@router.get("/counts")
async def counts(caller: StaffCaller, service: Service, wanted: Asked) -> LedgerCounts:
    return await service.ledger.counts(wanted)


@router.get("/events")
async def events(
    request: Request,
    caller: StaffCaller,
    service: Service,
    *,
    last_event_id: Annotated[str | None, Header(max_length=64)] = None,
) -> StreamingResponse:
    settings = request.app.state.settings
    changes = await service.ledger_events.follow(last_event_id, seconds=settings.ledger_stream_seconds)
    # Without these, a proxy may keep what is said until there is more of it.
    headers = {"cache-control": "no-store, no-transform", "x-accel-buffering": "no"}
    return StreamingResponse(_stream(changes), media_type="text/event-stream", headers=headers)


@router.post("/retry")
async def retry_all(
    caller: Supervisor,
    service: Service,
    *,
    reason_code: Annotated[str, _CODE],
    bulk_id: Annotated[str | None, Query(max_length=64, pattern=STORABLE)] = None,
) -> Retried:
    return await service.ledger.retry_all(reason_code, bulk_id=bulk_id, subject=caller.subject)


@router.post("/reconciliation")
async def reconcile(
    request: Request,
    caller: StaffCaller,
    service: Service,
    *,
    seen_from: AwareDatetime | None = None,
    seen_to: AwareDatetime | None = None,
) -> Reconciliation:
    return await service.reconciliations.compare(request.stream(), seen_from=seen_from, seen_to=seen_to)


@router.get("/{entry_id}")
async def entry(entry_id: Id, caller: StaffCaller, service: Service) -> LedgerDetail:
    return await service.ledger.entry(entry_id)


@router.post("/{entry_id}/retry", status_code=202)
async def retry(entry_id: Id, caller: Supervisor, service: Service) -> LedgerEntry:
    return await service.ledger.retry(entry_id, subject=caller.subject)


async def _stream(changes: AsyncIterator[Sequence[Change]]) -> AsyncIterator[bytes]:
    """Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""
    yield f"retry: {_COMES_BACK_AFTER_MS}\n\n".encode()
    async for batch in changes:
        yield b"".join(_event(change) for change in batch) or b": nothing new\n\n"


def _event(change: Change) -> bytes:
    """JSON has no raw line break, so that one line holds the data."""
    data = change.row.entry().model_dump_json()
    return f"event: entry\nid: {change.moment}\ndata: {data}\n\n".encode()
