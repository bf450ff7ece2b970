"""What people put right in a result."""

from typing import Annotated

from fastapi import APIRouter, Path

from services.media.routes.objects import Uploader
from services.media.routes.parts import Service
from shared.schemas.interaction import CorrectedRoles, Speaker

router = APIRouter()


@router.put("/interactions/{interaction_id}/roles")
async def set_roles(
    interaction_id: Annotated[str, Path(pattern=r"^[A-Za-z0-9_]{1,128}$")],
    corrected: CorrectedRoles,
    caller: Uploader,
    service: Service,
) -> list[Speaker]:
    return await service.corrections.set_roles(interaction_id, corrected.roles, subject=caller.subject)
