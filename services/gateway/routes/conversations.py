"""A customer's conversations on every channel."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from services.gateway.routes.callers import AgentCaller, Service
from services.gateway.routes.openapi import problems
from shared.schemas.accounts import CustomerId
from shared.schemas.base import Page
from shared.schemas.handoffs import CustomerConversation

router = APIRouter(prefix="/api/v1/customers", tags=["customers"])


class ConversationQuery(BaseModel):
    cursor: str | None = Field(None, max_length=512, description="`next_cursor` of the page before")
    limit: int = Field(20, ge=1, le=100)


@router.get(
    "/{customer_id}/conversations",
    summary="A customer's conversations on every channel, newest first",
    responses=problems(401, 403, 422),
)
async def list_conversations(
    customer_id: CustomerId, query: Annotated[ConversationQuery, Query()], gateway: Service, caller: AgentCaller
) -> Page[CustomerConversation]:
    """For agents, supervisors and admins. Those in which the customer was verified, with the last 50 turns of each."""
    return await gateway.customer_conversations.page(caller, customer_id, query.cursor, query.limit)
