"""Web chat."""

from typing import Annotated

from fastapi import APIRouter, Body, Query

from services.gateway.routes.callers import Address, ChatCaller, Service
from services.gateway.routes.openapi import problems
from shared.schemas.chat import ChatHistory, ChatReply, ChatSession, ChatText

router = APIRouter(prefix="/api/v1/chat", tags=["chat"])
_TEXTS = {
    "balance": {"summary": "Ask for a balance", "value": {"text": "What is my balance?"}},
    "payment": {"summary": "Make a payment", "value": {"text": "I want to pay the electricity bill"}},
}


@router.post("/sessions", status_code=201, summary="Begin a conversation", responses=problems(429))
async def start_chat(gateway: Service, address: Address) -> ChatSession:
    """Answers with the greeting and the token that every other request of the conversation carries."""
    return await gateway.start_chat(address)


@router.post("/messages", summary="Say something", responses=problems(401, 422, 429, 502, 503, 504))
async def say(
    message: Annotated[ChatText, Body(openapi_examples=_TEXTS)], gateway: Service, caller: ChatCaller
) -> ChatReply:
    """One turn of the conversation. Messages sent at the same time are answered one after another."""
    return await gateway.say(caller, message)


@router.get("/messages", summary="What was said so far", responses=problems(401, 422))
async def history(
    gateway: Service,
    caller: ChatCaller,
    after: Annotated[int, Query(ge=0, le=2**31 - 1, description="only messages with a greater `sequence`")] = 0,
) -> ChatHistory:
    """At most 500 messages, oldest first; ask again with the last `sequence` for more. PINs are masked."""
    return await gateway.chat.history(caller, after)


@router.delete("/sessions", status_code=204, summary="End the conversation", responses=problems(401, 502, 503, 504))
async def end_chat(gateway: Service, caller: ChatCaller) -> None:
    """The token is refused from now on."""
    await gateway.chat.end(caller)
