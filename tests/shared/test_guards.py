"""Nobody gets in unnamed: every route of every service has a Caller, or is listed here as public."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from inspect import isfunction
from typing import Annotated, get_type_hints

import pytest
from fastapi import Depends, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRouter, iter_route_contexts
from fastapi.security import HTTPBearer
from fastapi.staticfiles import StaticFiles

import services
from services.gateway.routes.callers import chat_caller
from shared.auth import AnyCaller, StaffCaller
from shared.callers import Caller

# They answer no HTTP of their own: the command line is a client, the pages are files.
NOT_SERVERS = {"cli", "web"}
SERVICES = sorted({module.name for module in pkgutil.iter_modules(services.__path__)} - NOT_SERVERS)

PROBES = {"GET /health", "GET /ready", "GET /metrics"}
PUBLIC = {
    "gateway": {
        "POST /api/v1/auth/login",  # where staff become callers; limited by address and user name
        "GET /api/v1/auth/way",  # what a sign-in page needs to know
        "POST /api/v1/auth/code",  # proved by the code of the identity provider; limited by address
        "POST /api/v1/chat/sessions",  # where customers become callers; limited by address
        "POST /webhooks/lex",  # proved by the bot, by the signature that is handed on
        "POST /webhooks/twilio/sms",  # proved by Twilio's signature, as are the next six
        "POST /webhooks/twilio/status",
        "POST /webhooks/twilio/voice",
        "POST /webhooks/twilio/voice/turn",
        "POST /webhooks/twilio/voice/dialled",
        "POST /webhooks/twilio/voice/status",
        "POST /webhooks/twilio/voice/recording",
        "POST /webhooks/slack/events",  # proved by Slack's signature
        "POST /webhooks/slack/interactivity",
        "GET /slack/install",  # where a workspace's admin leaves for Slack, and comes back with the state
        "GET /slack/oauth_redirect",
        "GET /openapi.json",
        "GET /docs",
        "GET /docs/start.js",
        "GET /",
        "GET /dashboard",
        "GET /dashboard/{rest:path}",
        "GET /{path:path}",
    },
}


def routes_of(app: FastAPI) -> Iterator[tuple[str, Dependant | None]]:
    """Each method and path with its dependencies; none are known of what is mounted."""
    for context in iter_route_contexts(app.routes):
        dependant = getattr(context, "dependant", None)
        for method in sorted(context.methods or {"ANY"}):
            yield f"{method} {context.path}", dependant


def names_its_caller(dependant: Dependant) -> bool:
    """Whether something that the handler depends on returns a Caller, and never None."""
    return any(_returns(needed.call) is Caller or names_its_caller(needed) for needed in dependant.dependencies)


def _returns(call: Callable[..., object] | None) -> object:
    """What a dependency is declared to return: a function, or an object that is called."""
    if call is None:
        return None
    return get_type_hints(call if isfunction(call) else type(call).__call__).get("return")


def open_routes(app: FastAPI) -> set[str]:
    return {route for route, dependant in routes_of(app) if dependant is None or not names_its_caller(dependant)}


def test_there_are_six_servers() -> None:
    assert SERVICES == ["accounts", "bot", "gateway", "insights", "lex", "media"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_route_has_a_caller_or_is_listed_as_public(name: str) -> None:
    app: FastAPI = importlib.import_module(f"services.{name}.main").create_app()
    assert len(list(routes_of(app))) > len(PROBES)
    assert open_routes(app) == PROBES | PUBLIC.get(name, set())


async def _maybe() -> Caller | None:
    return None


def test_open_route_is_found_however_deep_it_lies() -> None:
    inner, outer, app = APIRouter(prefix="/inner"), APIRouter(), FastAPI(openapi_url=None)

    @inner.get("/open")
    async def open_() -> None: ...

    @inner.get("/closed")
    async def closed(caller: AnyCaller) -> None: ...

    @inner.get("/by-token")
    async def by_token(caller: Annotated[Caller, Depends(chat_caller)]) -> None: ...

    @inner.get("/bearer")
    async def bearer(credentials: Annotated[object, Depends(HTTPBearer())]) -> None: ...

    @inner.get("/staff")
    async def staff(caller: StaffCaller) -> None: ...

    @inner.post("/open-when-nobody")
    async def open_when_nobody(caller: Annotated[Caller | None, Depends(_maybe)]) -> None: ...

    outer.include_router(inner)
    app.include_router(outer, prefix="/outer")
    app.mount("/files", StaticFiles(directory="."))
    assert open_routes(app) == {
        "GET /outer/inner/open",
        "GET /outer/inner/bearer",
        "POST /outer/inner/open-when-nobody",
        "ANY /files",
    }
