"""What became of the messages that were sent to a customer."""

from typing import Annotated

from fastapi import APIRouter, Path

from services.gateway.deliveries import deliveries_of
from services.gateway.routes.callers import AgentCaller, Service
from services.gateway.routes.openapi import problems
from shared.schemas.delivery import Deliveries

router = APIRouter(prefix="/api/v1/conversations", tags=["customers"])


@router.get(
    "/{session_id}/deliveries",
    summary="What became of the messages sent in a conversation",
    responses=problems(401, 403, 404, 422),
)
async def list_deliveries(
    session_id: Annotated[str, Path(max_length=100, pattern=r"^[A-Za-z0-9:._-]+$")],
    gateway: Service,
    caller: AgentCaller,
) -> Deliveries:
    """For supervisors and agents. Says too whether the customer wants no more messages there."""
    return await deliveries_of(gateway.messaging.database, session_id)
