"""What reports are made from: averages over interactions, and interactions in the layout of others."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import JsonValue

from services.gateway.ports import RelayCall
from services.gateway.routes.callers import Service, StaffCaller
from services.gateway.routes.interactions import InteractionFilter
from services.gateway.routes.openapi import problems
from services.gateway.routes.relaying import IndexedId, passed_back, query_pairs
from shared.schemas.interaction import Averages

router = APIRouter(prefix="/api/v1", tags=["interactions"])


@router.get(
    "/averages",
    response_model=Averages,
    summary="Averages over interactions",
    responses=problems(401, 422, 502, 503, 504),
)
async def averages(
    query: Annotated[InteractionFilter, Query()], gateway: Service, caller: StaffCaller
) -> StreamingResponse:
    """Interactions whose measures are not to be trusted (`quality`) are counted, and kept out of the means."""
    return passed_back(await gateway.insights.relay(RelayCall("GET", "/averages", caller, query_pairs(query))))


@router.get(
    "/interactions/{interaction_id}/export",
    response_model=dict[str, JsonValue],
    summary="One interaction as Amazon Transcribe Post Call Analytics lays it out",
    responses=problems(401, 404, 422, 502, 503, 504),
)
async def export_interaction(interaction_id: IndexedId, gateway: Service, caller: StaffCaller) -> StreamingResponse:
    """For reports that were built on it: `ConversationAnalytics` and `SpeechSegments`, scores on its scale of five."""
    call = RelayCall("GET", f"/interactions/{quote(interaction_id, safe='')}/export", caller)
    return passed_back(await gateway.insights.relay(call))
