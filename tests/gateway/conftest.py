"""The gateway as its tests see it: a fake Lex runtime, services behind it that are small ASGI applications."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from argon2 import PasswordHasher
from fastapi import FastAPI
from starlette.types import ASGIApp

from services.gateway.assembly import assemble
from services.gateway.main import PACKAGE, create_app
from services.gateway.passwords import Passwords
from services.gateway.ports import LexRuntime, Provider
from services.gateway.settings import GatewaySettings
from services.gateway.staff import Bootstrap
from shared.clients.base import open_http
from shared.db import open_database
from shared.schemas.lex import DialogAction, Intent, RecognizeTextResponse, SessionState, plain
from tests.conftest import served

QUICK = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
ADMIN = Bootstrap("root", "root-password-1")
Turn = Callable[[str], Awaitable[RecognizeTextResponse]]


class FakeLex:
    """Answers by `turn`, and remembers what it was asked."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.attributes: list[dict[str, str]] = []
        self.ended: list[str] = []
        self.turn: Turn = says("Hello.")
        self.failure: Exception | None = None

    async def recognize(
        self, session_id: str, text: str, request_attributes: Mapping[str, str], locale_id: str | None
    ) -> RecognizeTextResponse:
        self.heard.append((session_id, text))
        self.attributes.append(dict(request_attributes))
        if self.failure:
            raise self.failure
        return await self.turn(text)

    async def end(self, session_id: str, locale_id: str | None) -> None:
        if self.failure:
            raise self.failure
        self.ended.append(session_id)


def says(
    *texts: str,
    intent: str | None = None,
    state: str | None = None,
    asks_for: str | None = None,
    attributes: dict[str, str] | None = None,
) -> Turn:
    action = DialogAction(type="ElicitSlot", slot_to_elicit=asks_for) if asks_for else DialogAction(type="Close")
    acting = Intent.model_validate({"name": intent, "state": state}) if intent else None

    async def turn(text: str) -> RecognizeTextResponse:
        session_state = SessionState(dialog_action=action, intent=acting, session_attributes=attributes)
        return RecognizeTextResponse(
            session_id="s", messages=[plain(text) for text in texts], session_state=session_state
        )

    return turn


class NobodyListens(httpx.AsyncBaseTransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)


@asynccontextmanager
async def gateway_app(
    settings: GatewaySettings,
    *,
    lex: LexRuntime | None = None,
    behind: Mapping[str, ASGIApp] | None = None,
    providers: Mapping[str, Provider] | None = None,
    sockets: bool = False,
) -> AsyncIterator[FastAPI]:
    """The application; `behind` maps addresses of services to the applications that stand for them.

    With `sockets` it calls them as in earnest instead.
    """
    mounts = {address: httpx.ASGITransport(app=app) for address, app in (behind or {}).items()}
    in_process = httpx.AsyncClient(mounts=mounts, transport=NobodyListens())
    async with (
        open_database(settings.database_url(settings.gateway_database_url, "gateway"), PACKAGE) as database,
        open_http() if sockets else in_process as client,
    ):
        service = assemble(settings, database, client, lex or FakeLex(), passwords=QUICK, providers=providers)
        await service.staff.bootstrap(ADMIN)
        async with service.messaging.working():
            yield create_app(settings, service)


@asynccontextmanager
async def gateway(
    settings: GatewaySettings, *, lex: FakeLex | None = None, behind: Mapping[str, ASGIApp] | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    async with gateway_app(settings, lex=lex, behind=behind) as app, served(app) as client:
        yield client


@asynccontextmanager
async def listening(app: ASGIApp) -> AsyncIterator[str]:
    """The application on a free port of the loopback address; its URL."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, ws="none"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  the server has no event to wait for
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


async def signed_in(client: httpx.AsyncClient, login: Bootstrap = ADMIN) -> dict[str, str]:
    body = {"username": login.username, "password": login.password}
    answer = await client.post("/api/v1/auth/login", json=body)
    assert answer.status_code == 200, answer.text
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


async def with_roles(client: httpx.AsyncClient, *roles: str) -> dict[str, str]:
    """The headers of a new user with these roles."""
    login = Bootstrap("-".join(roles), "password-of-theirs")
    body = {"username": login.username, "password": login.password, "roles": list(roles)}
    answer = await client.post("/api/v1/users", json=body, headers=await signed_in(client))
    assert answer.status_code == 201, answer.text
    return await signed_in(client, login)


def everything_in(folder: Path) -> bytes:
    """What a thief of the disk would have."""
    return b"".join(file.read_bytes() for file in folder.iterdir())


@pytest.fixture
def settings(data_dir: Path, tmp_path: Path) -> GatewaySettings:
    return GatewaySettings(data_dir=data_dir, web_root=tmp_path / "dist")


@pytest.fixture
def lex() -> FakeLex:
    return FakeLex()
