"""Interactions in the layout of others."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path
from fastapi.responses import StreamingResponse
from pydantic import JsonValue

from services.gateway.ports import RelayCall
from services.gateway.routes.callers import Service, StaffCaller
from services.gateway.routes.openapi import problems
from services.gateway.routes.relaying import passed_back

router = APIRouter(prefix="/api/v1/interactions", tags=["interactions"])


@router.get(
    "/{interaction_id}/export",
    response_model=dict[str, JsonValue],
    summary="One interaction as Amazon Transcribe Post Call Analytics lays it out",
    responses=problems(401, 404, 422, 502, 503, 504),
)
async def export_interaction(
    interaction_id: Annotated[str, Path(max_length=200, pattern=r"^[A-Za-z0-9_][^\x00-\x1f\x7f/]*$")],
    gateway: Service,
    caller: StaffCaller,
) -> StreamingResponse:
    """For reports that were built on it: `ConversationAnalytics` and `SpeechSegments`, scores on its scale of five."""
    call = RelayCall("GET", f"/interactions/{quote(interaction_id, safe='')}/export", caller)
    return passed_back(await gateway.insights.relay(call))
