"""Conversations that were handed over to staff."""

from typing import Annotated

from fastapi import APIRouter, Body, Header, Path, Query, Response
from pydantic import BaseModel, Field

from services.gateway.routes.callers import AgentCaller, Service, Supervisor
from services.gateway.routes.event_stream import EventStream
from services.gateway.routes.openapi import Responses, problems
from shared.schemas.base import Page
from shared.schemas.handoffs import (
    Assignment,
    Handoff,
    HandoffHeader,
    HandoffMessage,
    HandoffMessages,
    HandoffStatus,
)

router = APIRouter(prefix="/api/v1/handoffs", tags=["hand-offs"])
_LAST_NUMBER = 2**31 - 1
_TEXTS = {
    "hello": {"summary": "Write to the customer", "value": {"text": "Good morning, this is Kim. How can I help?"}}
}
_REFUSALS = (401, 403, 404, 409, 422)
_EVENTS: Responses = {
    200: {
        "description": "`message` (id: its sequence, data: SaidTurn), `delivery` (SaidTurn whose way went on), "
        "`handoff` (HandoffHeader)",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}
HandoffId = Annotated[str, Path(pattern=r"^[a-z]{26}$")]
After = Annotated[int, Query(ge=0, le=_LAST_NUMBER, description="only messages with a greater `sequence`")]
Key = Annotated[
    str, Header(alias="Idempotency-Key", pattern=r"^[A-Za-z0-9_-]{8,64}$", description="makes a repeated message one")
]


class QueueQuery(BaseModel):
    status: list[HandoffStatus] = Field(default=["waiting", "taken"], description="any of these; may be repeated")
    cursor: str | None = Field(None, max_length=512, description="`next_cursor` of the page before")
    limit: int = Field(50, ge=1, le=200)


@router.get("", summary="Who waits for a person, longest first", responses=problems(401, 403, 422))
async def list_handoffs(
    query: Annotated[QueueQuery, Query()], gateway: Service, caller: AgentCaller
) -> Page[HandoffHeader]:
    """For agents, supervisors and admins."""
    return await gateway.handoff_views.page(query.status, query.cursor, query.limit)


@router.get("/{handoff_id}", summary="What an agent needs to know", responses=problems(401, 403, 404, 422))
async def get_handoff(handoff_id: HandoffId, gateway: Service, caller: AgentCaller) -> Handoff:
    """The packet: who it is, what they were doing, the last turns with PINs masked, how they feel.

    While it waits, for every agent; then for who has it, and for supervisors.
    """
    return await gateway.handoff_views.read(caller, handoff_id)


@router.post("/{handoff_id}/take", summary="Take the conversation", responses=problems(*_REFUSALS))
async def take_handoff(handoff_id: HandoffId, gateway: Service, caller: AgentCaller) -> Handoff:
    """One agent has it: a 409 names in `taken_by` who was first."""
    await gateway.messaging.handoffs.take(caller, handoff_id)
    return await gateway.handoff_views.read(caller, handoff_id)


@router.post("/{handoff_id}/messages", status_code=202, summary="Write to the customer", responses=problems(*_REFUSALS))
async def write_message(
    handoff_id: HandoffId,
    message: Annotated[HandoffMessage, Body(openapi_examples=_TEXTS)],
    idempotency_key: Key,
    gateway: Service,
    caller: AgentCaller,
) -> HandoffMessages:
    """For who has the conversation, as it stands at this moment. Answers with the message, and how far it is."""
    sequence = await gateway.messaging.handoffs.say(caller, handoff_id, message.text, idempotency_key)
    written = await gateway.handoff_views.messages(caller, handoff_id, sequence - 1)
    return written.model_copy(update={"messages": written.messages[:1]})


@router.get("/{handoff_id}/messages", summary="What was said", responses=problems(401, 403, 404, 422))
async def read_messages(
    handoff_id: HandoffId, gateway: Service, caller: AgentCaller, after: After = 0
) -> HandoffMessages:
    """At most 500 messages, oldest first, with what became of those that a provider delivers."""
    return await gateway.handoff_views.messages(caller, handoff_id, after)


@router.get(
    "/{handoff_id}/events",
    summary="What happens, as it happens",
    response_class=Response,
    responses={**_EVENTS, **problems(401, 403, 404, 422)},
)
async def follow_handoff(
    handoff_id: HandoffId,
    gateway: Service,
    caller: AgentCaller,
    after: After = 0,
    last_event_id: Annotated[
        int | None, Header(ge=0, le=_LAST_NUMBER, description="the last `id` that was read; goes before `after`")
    ] = None,
) -> EventStream:
    """Server-sent events. The stream ends when the hand-off is over; else come back with the last `id`."""
    after = last_event_id if last_event_id is not None else after
    return EventStream(await gateway.handoff_views.follow(caller, handoff_id, after))


@router.post("/{handoff_id}/typing", status_code=204, summary="Show that you write", responses=problems(*_REFUSALS))
async def show_typing(handoff_id: HandoffId, gateway: Service, caller: AgentCaller) -> None:
    """The customer sees it for six seconds, where the channel can show it."""
    await gateway.messaging.handoffs.types(caller, handoff_id)


@router.post("/{handoff_id}/return", status_code=204, summary="Back to the bot", responses=problems(*_REFUSALS))
async def return_handoff(handoff_id: HandoffId, gateway: Service, caller: AgentCaller) -> None:
    """The bot goes on where it was, and the customer is told. For who has it, and for supervisors."""
    await gateway.messaging.handoffs.give_back(caller, handoff_id)


@router.post(
    "/{handoff_id}/close",
    status_code=204,
    summary="The matter is finished",
    responses=problems(*_REFUSALS, 502, 503, 504),
)
async def close_handoff(handoff_id: HandoffId, gateway: Service, caller: AgentCaller) -> None:
    """The bot forgets the conversation, and who was verified in it. For who has it, and for supervisors."""
    await gateway.messaging.handoffs.close(caller, handoff_id)


@router.post("/{handoff_id}/release", status_code=204, summary="Back in line", responses=problems(*_REFUSALS))
async def release_handoff(handoff_id: HandoffId, gateway: Service, caller: AgentCaller) -> None:
    """Somebody else may take it. For who has it, and for supervisors."""
    await gateway.messaging.handoffs.release(caller, handoff_id)


@router.post("/{handoff_id}/assign", status_code=204, summary="Give it to an agent", responses=problems(*_REFUSALS))
async def assign_handoff(handoff_id: HandoffId, assignment: Assignment, gateway: Service, caller: Supervisor) -> None:
    """For supervisors and admins. Whoever had it can write no more."""
    await gateway.messaging.handoffs.assign(caller, handoff_id, assignment.username)
