"""Search in the FAQ, by the bot."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from services.gateway.ports import RelayCall
from services.gateway.routes.callers import Service, StaffCaller
from services.gateway.routes.openapi import problems
from services.gateway.routes.relaying import passed_back, query_pairs
from shared.schemas.faq import FaqResults

router = APIRouter(prefix="/api/v1/faq", tags=["faq"])


class FaqQuery(BaseModel):
    q: str = Field(min_length=1, max_length=500, description="the question", examples=["How do I order a new card?"])
    limit: int = Field(5, ge=1, le=20)


@router.get(
    "/search",
    response_model=FaqResults,
    summary="Answers to a question, best first",
    responses=problems(401, 422, 502, 503, 504),
)
async def search(query: Annotated[FaqQuery, Query()], gateway: Service, caller: StaffCaller) -> StreamingResponse:
    return passed_back(await gateway.bot.relay(RelayCall("GET", "/faq/search", caller, query_pairs(query))))
