"""Doors for Twilio: telephone calls."""

from fastapi import APIRouter, Request, Response

from services.gateway.routes.callers import Service
from services.gateway.routes.openapi import problems
from services.gateway.routes.twilio import FORM, REFUSALS, TWIML, set_up, signed_form, twiml

router = APIRouter(prefix="/webhooks/twilio/voice", tags=["webhooks"])


@router.post(
    "",
    response_class=Response,
    summary="A telephone call to us",
    responses={**TWIML, **REFUSALS},
    openapi_extra={"requestBody": FORM},
)
async def incoming_call(request: Request, gateway: Service) -> Response:
    """Called by Twilio, which signs the request. Answered with the greeting."""
    calling = set_up(gateway.calling)
    return twiml(await calling.begin(await signed_form(request, calling.requests)))


@router.post(
    "/turn",
    response_class=Response,
    summary="What a caller said or keyed in",
    responses={**TWIML, **REFUSALS},
    openapi_extra={"requestBody": FORM},
)
async def call_turn(request: Request, gateway: Service) -> Response:
    """Called by Twilio at the address that the last answer gave it. The same request gets the same answer."""
    calling = set_up(gateway.calling)
    form = await signed_form(request, calling.requests)
    return twiml(await calling.turn(form, request.query_params))


@router.post(
    "/dialled",
    response_class=Response,
    summary="What came of putting a caller through",
    responses={**TWIML, **REFUSALS},
    openapi_extra={"requestBody": FORM},
)
async def call_dialled(request: Request, gateway: Service) -> Response:
    """Called by Twilio when the conversation with a person has ended, or none began."""
    calling = set_up(gateway.calling)
    form = await signed_form(request, calling.requests)
    return twiml(await calling.dialled(form, request.query_params))


@router.post(
    "/status",
    status_code=204,
    response_class=Response,
    summary="What became of a call",
    responses={**REFUSALS, **problems(502, 503, 504)},
    openapi_extra={"requestBody": FORM},
)
async def call_status(request: Request, gateway: Service) -> Response:
    """Called by Twilio. A call that is over ends its conversation."""
    calling = set_up(gateway.calling)
    await calling.status(await signed_form(request, calling.requests))
    return Response(status_code=204)


@router.post(
    "/recording",
    status_code=204,
    response_class=Response,
    summary="A recording of a call",
    responses=REFUSALS,
    openapi_extra={"requestBody": FORM},
)
async def call_recording(request: Request, gateway: Service) -> Response:
    """Called by Twilio when a recording is ready to be fetched. It is in line for the media service from now on."""
    calling = set_up(gateway.calling)
    await calling.recorded(await signed_form(request, calling.requests))
    return Response(status_code=204)
