"""What staff put right in an interaction."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import StreamingResponse

from services.gateway.ports import RelayCall
from services.gateway.routes.callers import Service, Uploader
from services.gateway.routes.openapi import problems
from services.gateway.routes.relaying import passed_back
from shared.schemas.interaction import CorrectedRoles, Speaker

router = APIRouter(prefix="/api/v1/interactions", tags=["interactions"])


@router.put(
    "/{interaction_id}/roles",
    response_model=list[Speaker],
    summary="Say who is who in an interaction",
    responses=problems(400, 401, 403, 404, 422, 502, 503, 504),
)
async def set_roles(
    interaction_id: Annotated[str, Path(max_length=128, pattern=r"^[A-Za-z0-9_]+$")],
    corrected: CorrectedRoles,
    gateway: Service,
    caller: Uploader,
) -> StreamingResponse:
    """For supervisors, analysts and admins. The roles hold for every later analysis; averages follow at once.

    Answers with the speakers as they are now. A speaker that is not named keeps its role.
    """
    call = RelayCall(
        "PUT",
        f"/interactions/{interaction_id}/roles",
        caller,
        headers={"content-type": "application/json"},
        body=corrected.model_dump_json().encode(),
    )
    return passed_back(await gateway.media.relay(call))
