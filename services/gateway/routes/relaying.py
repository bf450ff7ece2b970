"""Turns a relayed answer into one of ours, piece by piece."""

from collections.abc import AsyncIterator

from fastapi import Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from starlette.requests import ClientDisconnect

from services.gateway.ports import RelayedAnswer
from shared.errors import InvalidRequest


def passed_back(answer: RelayedAnswer) -> StreamingResponse:
    return StreamingResponse(answer.chunks, answer.status, dict(answer.headers))


def query_pairs(query: BaseModel) -> list[tuple[str, str]]:
    """The parameters that were given, as they go on the wire; a list is repeated."""
    given = query.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True)
    return [
        (name, str(item)) for name, value in given.items() for item in (value if isinstance(value, list) else [value])
    ]


async def incoming_body(request: Request) -> AsyncIterator[bytes]:
    """The body as it comes in. Raises InvalidRequest when the caller breaks off."""
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect as error:
        raise InvalidRequest("The body was broken off.") from error
