"""What reports are made from: averages over interactions, and interactions in the layout of others."""

from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Path, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from services.gateway.ports import RelayCall
from services.gateway.routes.callers import Service, StaffCaller
from services.gateway.routes.openapi import problems
from services.gateway.routes.relaying import passed_back, query_pairs
from shared.schemas.base import Moment
from shared.schemas.interaction import Averages, Channel

router = APIRouter(prefix="/api/v1", tags=["interactions"])


class AveragesQuery(BaseModel):
    """Which interactions; a parameter that is not here is refused."""

    model_config = ConfigDict(extra="forbid")

    channel: list[Channel] = Field(default_factory=list, description="any of these; may be repeated")
    kind: Literal["call", "chat"] | None = None
    sentiment: Literal["positive", "negative", "neutral", "unknown"] | None = Field(
        None, description="of the caller's average"
    )
    from_: Moment | None = Field(None, alias="from", description="started at this moment or later")
    to: Moment | None = Field(None, description="started before this moment")


@router.get(
    "/averages",
    response_model=Averages,
    summary="Averages over interactions",
    responses=problems(401, 422, 502, 503, 504),
)
async def averages(
    query: Annotated[AveragesQuery, Query()], gateway: Service, caller: StaffCaller
) -> StreamingResponse:
    """Interactions whose measures are not to be trusted (`quality`) are counted, and kept out of the means."""
    return passed_back(await gateway.insights.relay(RelayCall("GET", "/averages", caller, query_pairs(query))))


@router.get(
    "/interactions/{interaction_id}/export",
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
