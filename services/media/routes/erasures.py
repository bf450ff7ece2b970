"""Erasure, by admins."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.media.routes.parts import Id, Service
from shared.auth import staff_with
from shared.callers import Caller
from shared.schemas.base import Page
from shared.schemas.erasures import Erasure, NewErasure

router = APIRouter(prefix="/erasures")
Admin = Annotated[Caller, Depends(staff_with())]


@router.post("", status_code=202)
async def erase(asked: NewErasure, caller: Admin, service: Service) -> Erasure:
    return await service.erasures.start(asked, subject=caller.subject)


@router.get("")
async def list_erasures(
    caller: Admin,
    service: Service,
    *,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 25,
) -> Page[Erasure]:
    return await service.erasures.page(cursor=cursor, limit=limit)


@router.get("/{erasure_id}")
async def show(erasure_id: Id, caller: Admin, service: Service) -> Erasure:
    return await service.erasures.erasure(erasure_id)
