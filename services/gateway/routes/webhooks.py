"""Doors for other systems."""

from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import StreamingResponse
from pydantic import JsonValue

from services.gateway.routes.callers import Service
from services.gateway.routes.openapi import problems
from services.gateway.routes.relaying import passed_back
from shared.schemas.lex import CodeHookResponse

router = APIRouter(prefix="/webhooks", tags=["webhooks"])
_EVENT: JsonValue = {"type": "object", "description": "the event of a Lex V2 code hook, as Lex wrote it"}


@router.post(
    "/lex",
    response_model=CodeHookResponse,
    summary="Code hook of Amazon Lex",
    responses=problems(400, 401, 413, 422, 502, 503, 504),
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": _EVENT}}}},
)
async def lex_code_hook(
    request: Request,
    gateway: Service,
    x_timestamp: Annotated[str | None, Header(max_length=20, description="Unix seconds, at most 5 minutes ago")] = None,
    x_signature: Annotated[
        str | None, Header(max_length=128, description='hex HMAC-SHA-256 of `timestamp + "." + body`')
    ] = None,
    content_type: Annotated[str, Header(include_in_schema=False)] = "application/json",
) -> StreamingResponse:
    """Called by the forwarder function in front of Amazon Lex, which signs the event it passes on.

    A signature is good for one call: a second one with it is refused, whatever came of the first.
    """
    body = await request.body()
    answer = await gateway.call_code_hook(body, timestamp=x_timestamp, signature=x_signature, content_type=content_type)
    return passed_back(answer)
