"""What routes that pass a call on have in common: calls with a body of ours, and answers turned into one of ours."""

from collections.abc import AsyncIterator, Mapping
from typing import Annotated

from fastapi import Path, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from services.gateway.ports import RelayCall, RelayedAnswer
from shared.callers import Caller
from shared.errors import InvalidRequest

_SHORT = 256 * 1024
_JSON = {"content-type": "application/json"}
IndexedId = Annotated[str, Path(max_length=200, pattern=r"^[A-Za-z0-9_][^\x00-\x1f\x7f/]*$")]
"""Of an interaction that insights knows, or of an entry of the ledger."""
ResultId = Annotated[str, Path(max_length=128, pattern=r"^[A-Za-z0-9_]+$")]
"""Of an interaction whose result media keeps."""


class PassedBack(StreamingResponse):
    """An answer that is passed on. A short one is sent whole, not watched for a reader who leaves: that costs most."""

    def __init__(self, answer: RelayedAnswer) -> None:
        super().__init__(answer.chunks, answer.status, dict(answer.headers))
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        length = self.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > _SHORT:
            await super().__call__(scope, receive, send)
            return
        whole = b"".join([chunk async for chunk in self._answer.chunks])
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": whole})


def passed_back(answer: RelayedAnswer) -> StreamingResponse:
    return PassedBack(answer)


def json_call(
    method: str, path: str, caller: Caller, body: BaseModel, *, headers: Mapping[str, str] | None = None
) -> RelayCall:
    """A call with the body as JSON, null members too."""
    content = body.model_dump_json().encode()
    return RelayCall(method, path, caller, headers=_JSON | dict(headers or {}), body=content)


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
