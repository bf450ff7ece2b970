"""Bulks, by staff."""

from typing import Annotated

from fastapi import APIRouter, Header, Query

from services.media.routes.parts import Id, Service, Supervisor
from shared.auth import StaffCaller
from shared.schemas.base import Page
from shared.schemas.bulk import Bulk, NewBulk

router = APIRouter(prefix="/bulk")
IdempotencyKey = Annotated[str | None, Header(min_length=1, max_length=128)]


@router.post("", status_code=201)
async def start(asked: NewBulk, caller: Supervisor, service: Service, idempotency_key: IdempotencyKey = None) -> Bulk:
    return await service.bulks.start(asked, subject=caller.subject, idempotency_key=idempotency_key)


@router.get("")
async def list_bulks(
    caller: StaffCaller,
    service: Service,
    *,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 25,
) -> Page[Bulk]:
    return await service.bulks.page(cursor=cursor, limit=limit)


@router.get("/{bulk_id}")
async def show(bulk_id: Id, caller: StaffCaller, service: Service) -> Bulk:
    return await service.bulks.bulk(bulk_id)


@router.post("/{bulk_id}/pause")
async def pause(bulk_id: Id, caller: Supervisor, service: Service) -> Bulk:
    return await service.bulks.pause(bulk_id)


@router.post("/{bulk_id}/resume")
async def resume(bulk_id: Id, caller: Supervisor, service: Service) -> Bulk:
    return await service.bulks.resume(bulk_id)


@router.post("/{bulk_id}/cancel")
async def cancel(bulk_id: Id, caller: Supervisor, service: Service) -> Bulk:
    return await service.bulks.cancel(bulk_id)


@router.post("/{bulk_id}/complete")
async def complete(bulk_id: Id, caller: Supervisor, service: Service) -> Bulk:
    return await service.bulks.complete(bulk_id)
