"""Slack: its events and interactions, and the installation of the app."""

from html import escape
from typing import Annotated

from fastapi import APIRouter, Cookie, Depends, Header, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from pydantic import JsonValue
from starlette.background import BackgroundTask

from services.gateway.routes.callers import Address, Service
from services.gateway.routes.openapi import problems
from services.gateway.slack import SlackDoor
from services.gateway.slack_acknowledged import Acknowledged, Later
from services.gateway.slack_oauth import STATE_SECONDS, Return
from services.gateway.slack_requests import SlackRequest

router = APIRouter(tags=["webhooks"])
_COOKIE = "omnilex_slack_install"
_EVENT: JsonValue = {"type": "object", "description": "an event of Slack's Events API, as Slack wrote it"}
_FORM: JsonValue = {
    "type": "object",
    "required": ["payload"],
    "properties": {"payload": {"type": "string", "description": "an interaction payload of Slack's, in JSON"}},
}
_INSTALLED = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Installed</title></head><body>'
    "<h1>The bank is in {team} now</h1><p>Everybody in the workspace can write to the app in its direct messages.</p>"
    "</body></html>"
)


async def _door(gateway: Service) -> SlackDoor:
    return gateway.slack


async def _request(
    request: Request,
    timestamp: Annotated[
        str | None,
        Header(alias="X-Slack-Request-Timestamp", description="Unix seconds, at most 5 minutes ago"),
    ] = None,
    signature: Annotated[
        str | None,
        Header(alias="X-Slack-Signature", description='`v0=` and hex HMAC-SHA-256 of `"v0:" timestamp ":" body`'),
    ] = None,
) -> SlackRequest:
    return SlackRequest(await request.body(), timestamp, signature)


Door = Annotated[SlackDoor, Depends(_door)]
Signed = Annotated[SlackRequest, Depends(_request)]


@router.post(
    "/webhooks/slack/events",
    summary="Events of Slack",
    response_class=JSONResponse,
    responses=problems(400, 401, 403, 404, 413, 429),
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": _EVENT}}}},
)
async def slack_events(slack: Door, request: Signed) -> Response:
    """Answered as soon as the event is kept; one that comes again is the same. Challenges are given back."""
    return _acknowledged(await slack.channel.event(request))


@router.post(
    "/webhooks/slack/interactivity",
    summary="Buttons, menus and forms of Slack",
    response_class=JSONResponse,
    responses=problems(400, 401, 403, 404, 413, 429),
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": _FORM}}}
    },
)
async def slack_interactivity(slack: Door, request: Signed) -> Response:
    """Answered as soon as what was pressed is kept. A card counts once, and while its question stands."""
    return _acknowledged(await slack.channel.interaction(request))


@router.get(
    "/slack/install",
    summary="Install the app in a Slack workspace",
    status_code=302,
    response_class=RedirectResponse,
    responses=problems(404, 429),
)
async def slack_install(slack: Door, address: Address) -> Response:
    """Goes on to Slack, and from there back to `/slack/oauth_redirect` within ten minutes, in the same browser."""
    departure = slack.installs.begin(address)
    answer = RedirectResponse(departure.url, 302, {"Cache-Control": "no-store"})
    answer.set_cookie(
        _COOKIE,
        departure.cookie,
        max_age=STATE_SECONDS,
        path="/slack",
        secure=slack.https,
        httponly=True,
        samesite="lax",  # coming back from Slack is a request from another site
    )
    return answer


@router.get(
    "/slack/oauth_redirect",
    summary="Where Slack sends the browser back to",
    response_class=HTMLResponse,
    responses=problems(400, 401, 403, 404, 422, 502, 503),
)
async def slack_oauth_redirect(
    slack: Door,
    code: Annotated[str | None, Query(description="exchanged for the workspace's token")] = None,
    state: Annotated[str | None, Query(description="what `/slack/install` gave along")] = None,
    error: Annotated[str | None, Query(description="why the app was not installed")] = None,
    cookie: Annotated[str | None, Cookie(alias=_COOKIE, include_in_schema=False)] = None,
) -> Response:
    """Keeps what the workspace granted; installing again replaces it."""
    grant = await slack.installs.finish(Return(code, state, error, cookie))
    answer = HTMLResponse(_INSTALLED.format(team=escape(grant.team_name or "the workspace")))
    answer.headers["Cache-Control"] = "no-store"
    answer.delete_cookie(_COOKIE, path="/slack", secure=slack.https, httponly=True, samesite="lax")
    return answer


async def _done(later: Later) -> None:
    """Starlette takes a plain function for one to be run in a thread."""
    await later()


def _acknowledged(found: Acknowledged) -> Response:
    """Slack takes an empty 200 for "done"; what is left is done after it."""
    later = BackgroundTask(_done, found.later) if found.later else None
    return Response(background=later) if found.body is None else JSONResponse(found.body, background=later)
