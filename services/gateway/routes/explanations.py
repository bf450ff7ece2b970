"""What the numbers of an interaction were made of, by insights."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from services.gateway.ports import RelayCall
from services.gateway.routes.callers import Service, StaffCaller
from services.gateway.routes.openapi import problems
from services.gateway.routes.relaying import IndexedId, passed_back, query_pairs
from shared.schemas.explanation import Explanation, Measure

router = APIRouter(prefix="/api/v1/interactions", tags=["interactions"])


class ExplanationQuery(BaseModel):
    """Which number; a parameter that is not here is refused."""

    model_config = ConfigDict(extra="forbid")

    measure: Measure = Field(description="of a speaker, or `turn` for the score of one turn", examples=["average"])
    speaker: str | None = Field(None, max_length=200, description="whose, unless it is a turn's", examples=["spk_1"])
    turn: int | None = Field(None, ge=0, le=2**31 - 1, description="for `measure=turn`: which one, from 0")


@router.get(
    "/{interaction_id}/explanation",
    response_model=Explanation,
    summary="Why a number is what it is",
    responses=problems(401, 404, 422, 502, 503, 504),
)
async def explain(
    interaction_id: IndexedId, query: Annotated[ExplanationQuery, Query()], gateway: Service, caller: StaffCaller
) -> StreamingResponse:
    """The turns it was made of with their probabilities and the words that made them, the thresholds, the formula, and
    what was divided by. Everything follows from the stored result: nothing is analysed again.
    """
    path = f"/interactions/{quote(interaction_id, safe='')}/explanation"
    return passed_back(await gateway.insights.relay(RelayCall("GET", path, caller, query_pairs(query))))
