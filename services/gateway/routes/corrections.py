"""What staff put right in an interaction."""

from typing import Annotated

from fastapi import APIRouter, Body
from fastapi.responses import StreamingResponse

from services.gateway.routes.callers import Service, Uploader
from services.gateway.routes.openapi import problems
from services.gateway.routes.relaying import ResultId, json_call, passed_back
from shared.schemas.interaction import CorrectedRoles, Speaker

router = APIRouter(prefix="/api/v1/interactions", tags=["interactions"])
_SWAPPED = {
    "swap": {"summary": "Swap two voices", "value": {"roles": {"spk_0": "CALLER", "spk_1": "AGENT"}}},
}


@router.put(
    "/{interaction_id}/roles",
    response_model=list[Speaker],
    summary="Say who is who in an interaction",
    responses=problems(400, 401, 403, 404, 422, 502, 503, 504),
)
async def set_roles(
    interaction_id: ResultId,
    corrected: Annotated[CorrectedRoles, Body(openapi_examples=_SWAPPED)],
    gateway: Service,
    caller: Uploader,
) -> StreamingResponse:
    """For supervisors, analysts and admins. The roles hold for every later analysis; averages,
    categories and the summary follow at once.

    Answers with the speakers as they are now. A speaker that is not named keeps its role.
    """
    call = json_call("PUT", f"/interactions/{interaction_id}/roles", caller, corrected)
    return passed_back(await gateway.media.relay(call))
