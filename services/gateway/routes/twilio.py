"""Doors for Twilio: text messages, and what became of ours."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from fastapi import APIRouter, Request, Response
from pydantic import JsonValue
from starlette.types import Receive, Scope, Send

from services.gateway.routes.callers import Service
from services.gateway.routes.openapi import problems
from services.gateway.twilio_requests import Form, TwilioRequests
from shared.errors import NotFound

router = APIRouter(prefix="/webhooks/twilio", tags=["webhooks"])
MAX_BODY_BYTES = 64 * 1024
FORM: JsonValue = {
    "required": True,
    "content": {
        "application/x-www-form-urlencoded": {
            "schema": {"type": "object", "description": "the parameters of the request, as Twilio signs and sends them"}
        }
    },
}
TWIML: dict[int | str, dict[str, object]] = {
    200: {"description": "TwiML", "content": {"application/xml": {"schema": {"type": "string"}}}}
}
Part = TypeVar("Part")
REFUSALS = problems(400, 403, 404, 413, 415, 422)


@router.post(
    "/sms",
    response_class=Response,
    summary="A text message to us",
    responses={**TWIML, **REFUSALS},
    openapi_extra={"requestBody": FORM},
)
async def incoming_sms(request: Request, gateway: Service) -> Response:
    """Called by Twilio, which signs the request. Answered in the response, or later by a message of its own."""
    texting = set_up(gateway.texting)
    form = await signed_form(request, texting.requests)
    reply = await texting.receive(form)
    answers = reply.answers
    if answers is None:
        return twiml(reply.body)

    async def settle(delivered: bool) -> None:
        await texting.settle(answers, delivered=delivered)

    return _SettledResponse(reply.body, settle)


@router.post(
    "/status",
    status_code=204,
    response_class=Response,
    summary="What became of a text message of ours",
    responses=REFUSALS,
    openapi_extra={"requestBody": FORM},
)
async def sms_status(request: Request, gateway: Service) -> Response:
    """Called by Twilio, which signs the request. A status that comes late does not undo a later one."""
    texting = set_up(gateway.texting)
    form = await signed_form(request, texting.requests)
    await texting.status(form, request.query_params.get("message"))
    return Response(status_code=204)


async def signed_form(request: Request, requests: TwilioRequests) -> Form:
    """The parameters of a request that Twilio has signed. Raises as `TwilioRequests.verified`."""
    return requests.verified(
        path=request.scope["path"],
        query=request.scope["query_string"].decode("latin-1"),
        content_type=request.headers.get("content-type", ""),
        body=await request.body(),
        signature=request.headers.get("x-twilio-signature"),
    )


def twiml(body: str) -> Response:
    return Response(body, media_type="application/xml")


class _SettledResponse(Response):
    """Tells, once it was sent, whether anybody was still there to take it."""

    def __init__(self, body: str, settle: Callable[[bool], Awaitable[None]]) -> None:
        super().__init__(body, media_type="application/xml")
        self._settle = settle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        delivered = False
        try:
            if not await Request(scope, receive).is_disconnected():
                await super().__call__(scope, receive, send)
                delivered = True
        finally:
            await asyncio.shield(self._settle(delivered))


def set_up(part: Part | None) -> Part:
    """What takes requests of Twilio. Raises NotFound where Twilio is not configured."""
    if part is None:
        raise NotFound("Twilio is not set up here.")
    return part
