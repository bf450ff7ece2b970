"""Web chat."""

from typing import Annotated

from fastapi import APIRouter, Body, Header, Query, Response

from services.gateway.routes.callers import Address, ChatCaller, ChatExpiry, Service
from services.gateway.routes.event_stream import EventStream
from services.gateway.routes.openapi import Responses, problems
from services.gateway.routes.turn_route import TurnRoute
from shared.schemas.chat import ChatHistory, ChatReply, ChatSession, ChatStart, ChatText

router = APIRouter(prefix="/api/v1/chat", tags=["chat"])
turns = APIRouter(prefix="/api/v1/chat", tags=["chat"], route_class=TurnRoute)
_LAST_NUMBER = 2**31 - 1
_TEXTS = {
    "balance": {"summary": "Ask for a balance", "value": {"text": "What is my balance?"}},
    "payment": {
        "summary": "Make a payment, so that it can be sent again",
        "value": {"text": "I want to pay the electricity bill", "messageId": "b0c1c7a2-2f55"},
    },
}
_EVENTS: Responses = {
    200: {
        "description": "`message` (id: its sequence, data: ChatHistoryEntry), `dialog` (ChatDialog), `typing` "
        "(ChatTyping), `ended` (ChatEnded, and nothing after it)",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


@router.post("/sessions", status_code=201, summary="Begin a conversation", responses=problems(422, 429))
async def start_chat(
    gateway: Service, address: Address, wishes: Annotated[ChatStart | None, Body()] = None
) -> ChatSession:
    """Answers with the greeting and the token that every other request of the conversation carries.

    The token is never renewed: when it has expired, a new conversation is begun. A locale in which no chat is held is
    refused, and the problem's `locales` are those there are.
    """
    return await gateway.start_chat(address, wishes.locale_id if wishes is not None else None)


@turns.post("/messages", summary="Say something", responses=problems(401, 422, 429, 502, 503, 504))
async def say(
    message: Annotated[ChatText, Body(openapi_examples=_TEXTS)], gateway: Service, caller: ChatCaller
) -> ChatReply:
    """One turn of the conversation. Messages sent at the same time are answered one after another.

    With a `messageId` of the client's own it may be sent again: it is answered once. While a person answers
    (`dialog.answeredBy`) there are no messages in the reply: what they write is in the event stream and the history.
    """
    return await gateway.say(caller, message)


@router.get("/messages", summary="What was said so far", responses=problems(401, 422))
async def history(
    gateway: Service,
    caller: ChatCaller,
    after: Annotated[int, Query(ge=0, le=_LAST_NUMBER, description="only messages with a greater `sequence`")] = 0,
) -> ChatHistory:
    """At most 500 messages, oldest first; ask again with the last `sequence` for more. PINs are masked."""
    return await gateway.chat.history(caller, after)


@router.get(
    "/events",
    summary="What happens, as it happens",
    response_class=Response,
    responses={**_EVENTS, **problems(401, 422, 429, 503)},
)
async def events(
    gateway: Service,
    caller: ChatCaller,
    expiry: ChatExpiry,
    after: Annotated[int, Query(ge=0, le=_LAST_NUMBER, description="only messages with a greater `sequence`")] = 0,
    last_event_id: Annotated[
        int | None, Header(ge=0, le=_LAST_NUMBER, description="the last `id` that was read; goes before `after`")
    ] = None,
) -> EventStream:
    """Server-sent events: first what was said after that number, then what happens, without a gap and nothing twice.

    A comment comes every 15 seconds when nothing happens. The stream ends with `ended` when the conversation or its
    token does, or when the chat is followed by more streams than it may be (the oldest makes room); when it ends
    without, come back with the last `id`.
    """
    after = last_event_id if last_event_id is not None else after
    return EventStream(await gateway.chat.follow(caller, after, expiry))


@router.delete("/sessions", status_code=204, summary="End the conversation", responses=problems(401, 502, 503, 504))
async def end_chat(gateway: Service, caller: ChatCaller) -> None:
    """The token is refused from now on."""
    await gateway.chat.end(caller)
