"""What became of everything that came in."""

from typing import Annotated

from fastapi import APIRouter, Query

from services.media.routes.parts import Service
from shared.auth import StaffCaller
from shared.schemas.base import Page
from shared.schemas.ledger import Fate, LedgerEntry

router = APIRouter()


@router.get("/ledger")
async def ledger(
    caller: StaffCaller,
    service: Service,
    *,
    fate: Fate | None = None,
    name: Annotated[str | None, Query(max_length=200)] = None,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[LedgerEntry]:
    return await service.ledger(fate=fate, name=name, cursor=cursor, limit=limit)


@router.get("/ledger/{entry_id}")
async def entry(entry_id: str, caller: StaffCaller, service: Service) -> LedgerEntry:
    return await service.entry(entry_id)
