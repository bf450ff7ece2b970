"""The HTTP routes of the insights service."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import JsonValue

from services.insights.listing import Filters, ListQuery
from services.insights.service import Insights
from shared.auth import ServiceCaller, StaffCaller
from shared.errors import InvalidRequest
from shared.schemas.base import Page
from shared.schemas.explanation import Explanation, Measure
from shared.schemas.interaction import Averages, Interaction, InteractionHeader

router = APIRouter(tags=["interactions"])


def _insights(request: Request) -> Insights:
    service: Insights = request.app.state.service
    return service


Service = Annotated[Insights, Depends(_insights)]
InteractionId = Annotated[str, Path(max_length=200, pattern=r"^[A-Za-z0-9_][^\x00-\x1f\x7f/]*$")]


@router.put("/interactions/{interaction_id}", status_code=204, summary="Index an interaction, replacing an earlier one")
async def put_interaction(
    interaction_id: InteractionId, document: Interaction, insights: Service, caller: ServiceCaller
) -> None:
    if document.interaction_id != interaction_id:
        raise InvalidRequest("The document has another id than the path.")
    await insights.index(document)


@router.delete("/interactions/{interaction_id}", status_code=204, summary="Take an interaction out of the index")
async def delete_interaction(interaction_id: InteractionId, insights: Service, caller: ServiceCaller) -> None:
    await insights.remove(interaction_id)


@router.get("/interactions", summary="List interactions, sorted and filtered")
async def list_interactions(
    query: Annotated[ListQuery, Query()], insights: Service, caller: StaffCaller
) -> Page[InteractionHeader]:
    return await insights.page(query)


@router.get("/interactions/{interaction_id}", response_model=Interaction, summary="One interaction, whole")
async def get_interaction(interaction_id: InteractionId, insights: Service, caller: StaffCaller) -> Response:
    return Response(await insights.document(interaction_id), media_type="application/json")


@router.get("/interactions/{interaction_id}/export", summary="One interaction as Post Call Analytics lays it out")
async def export_interaction(
    interaction_id: InteractionId, insights: Service, caller: StaffCaller
) -> dict[str, JsonValue]:
    return await insights.export(interaction_id)


@router.get("/interactions/{interaction_id}/explanation", summary="What a number of an interaction was made of")
async def explain_number(
    interaction_id: InteractionId,
    insights: Service,
    caller: StaffCaller,
    *,
    measure: Measure,
    speaker: Annotated[str | None, Query(max_length=200)] = None,
    turn: Annotated[int | None, Query(ge=0)] = None,
) -> Explanation:
    return await insights.explain(interaction_id, measure, speaker=speaker, turn=turn)


@router.get("/averages", summary="Averages over interactions")
async def averages(query: Annotated[Filters, Query()], insights: Service, caller: StaffCaller) -> Averages:
    return await insights.averages(query)
