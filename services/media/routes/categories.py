"""The rules by which interactions are sorted."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from services.media.routes.parts import Service, Supervisor
from shared.auth import StaffCaller
from shared.schemas.categories import CategoryRules, CategoryTrial

router = APIRouter(prefix="/categories")


@router.get("")
async def rules_in_force(caller: StaffCaller, service: Service) -> CategoryRules:
    return await service.categories.current()


@router.get("/versions/{version}")
async def version(
    version: Annotated[int, Path(ge=0, lt=1_000_000)], caller: StaffCaller, service: Service
) -> CategoryRules:
    return await service.categories.version(version)


@router.put("")
async def save(rules: CategoryRules, caller: Supervisor, service: Service) -> CategoryRules:
    return await service.categories.save(rules, subject=caller.subject)


@router.post("/trial")
async def trial(
    rules: CategoryRules, caller: Supervisor, service: Service, *, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> CategoryTrial:
    return await service.categories.trial(rules, limit=limit)
