import time
from collections.abc import Callable

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from services.gateway.code_hook import CodeHookSignatures
from services.gateway.settings import GatewaySettings
from shared.settings import DEVELOPMENT_SECRET
from tests.gateway.conftest import gateway

Headers = Callable[[], dict[str, str]]
DOOR = "/webhooks/lex"
EVENT = b'{"sessionId": "connect:1",  "bot": {}}'


def ago(seconds: int) -> str:
    return str(int(time.time()) - seconds)


def signed(timestamp: str | None = None, body: bytes = EVENT, secret: str = DEVELOPMENT_SECRET) -> dict[str, str]:
    timestamp = timestamp or ago(0)
    signature = CodeHookSignatures(secret).sign(timestamp, body)
    return {"x-timestamp": timestamp, "x-signature": signature, "content-type": "application/json"}


class Bot:
    def __init__(self) -> None:
        self.events: list[tuple[str, bytes, httpx.Headers]] = []
        self.app = Starlette(routes=[Route("/{path:path}", self._fulfil, methods=["POST"])])

    async def _fulfil(self, request: Request) -> JSONResponse:
        self.events.append((request.url.path, await request.body(), httpx.Headers(request.headers.raw)))
        return JSONResponse({"sessionState": {}})


async def test_signed_event_reaches_the_bot_as_it_was_signed(settings: GatewaySettings) -> None:
    bot = Bot()
    headers = signed()
    async with gateway(settings, behind={settings.bot_url: bot.app}) as client:
        answer = await client.post(DOOR, content=EVENT, headers=headers)
        assert (answer.status_code, answer.json()) == (200, {"sessionState": {}})
    path, body, received = bot.events[0]
    assert (path, body) == ("/lex/fulfillment", EVENT)
    assert {name: received[name] for name in headers} == headers


@pytest.mark.parametrize(
    "headers_of",
    [
        dict,
        lambda: {"x-timestamp": ago(0)},
        lambda: {"x-signature": signed()["x-signature"]},
        lambda: signed(body=b"{}"),
        lambda: signed(secret="another secret of thirty-two bytes"),
        lambda: signed(ago(301)),
        lambda: signed(ago(-330)),
        lambda: signed() | {"x-timestamp": ago(10)},
        lambda: signed("now"),
        lambda: signed() | {"x-signature": "é"},
    ],
)
async def test_unsigned_wrong_and_old_are_refused(settings: GatewaySettings, headers_of: Headers) -> None:
    bot = Bot()
    async with gateway(settings, behind={settings.bot_url: bot.app}) as client:
        encoded = [(name.encode(), value.encode()) for name, value in headers_of().items()]
        answer = await client.post(DOOR, content=EVENT, headers=encoded)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
    assert not bot.events


async def test_event_of_four_minutes_ago_is_taken(settings: GatewaySettings) -> None:
    async with gateway(settings, behind={settings.bot_url: Bot().app}) as client:
        assert (await client.post(DOOR, content=EVENT, headers=signed(ago(240)))).status_code == 200


async def test_bot_that_is_down_is_503(settings: GatewaySettings) -> None:
    async with gateway(settings) as client:
        assert (await client.post(DOOR, content=EVENT, headers=signed())).status_code == 503
