import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from services.gateway.code_hook import CodeHookSignatures
from services.gateway.main import PACKAGE
from services.gateway.settings import GatewaySettings
from services.gateway.shared_limits import SharedOnce
from shared.db import open_database
from shared.settings import DEVELOPMENT_SECRET
from tests.conftest import without_chance
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


async def test_a_thousand_forged_replayed_and_old_events_reach_nobody(
    settings: GatewaySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    rng, bot, statuses = random.Random(5), Bot(), set()  # noqa: S311  the same order each time
    heard = [b'{"sessionId": "forged-later-%d"}' % number for number in range(10)]
    async with gateway(settings, behind={settings.bot_url: bot.app}) as client:
        overheard = [(body, signed(body=body)) for body in heard]
        for body, headers in overheard:
            assert (await client.post(DOOR, content=body, headers=headers)).status_code == 200
        for number in range(1000):
            marked = f"forged{rng.randrange(10**9)}"
            body = b'{"sessionId": "%s"}' % marked.encode()
            headers = _forged(rng, number, body, marked)
            if number % 7 == 6:
                body, headers = rng.choice(overheard)
            encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
            answer = await client.post(DOOR, content=body, headers=encoded)
            statuses.add(answer.status_code)
            assert marked not in answer.text
    assert statuses == {401, 422}  # which is for headers that are none
    assert [body for _, body, _ in bot.events] == heard
    assert "forged" not in without_chance(capsys.readouterr().out)


def _forged(rng: random.Random, number: int, body: bytes, marked: str) -> dict[str, str]:
    good = signed(body=body)
    match number % 7:
        case 0:
            return {"content-type": "application/json"}
        case 1:
            return good | {"x-signature": rng.choice([marked, "", "=", "0" * 5000, good["x-signature"].upper()])}
        case 2:
            return good | {"x-timestamp": rng.choice([marked, "", "-1", "1e9", "9" * 5000, ago(-1)])}
        case 3:
            return signed(body=body, secret=marked * 4)
        case 4:
            return signed(body=body + b" ")
        case _:
            return signed(ago(rng.choice((1, -1)) * rng.randrange(305, 10**6)), body)


async def test_of_a_hundred_that_send_one_signature_at_once_one_is_answered(settings: GatewaySettings) -> None:
    """By two processes of the gateway on one database."""
    bot, headers = Bot(), signed()
    behind = {settings.bot_url: bot.app}
    async with gateway(settings, behind=behind) as one, gateway(settings, behind=behind) as other:
        sent = [client.post(DOOR, content=EVENT, headers=headers) for _ in range(50) for client in (one, other)]
        statuses = Counter(answer.status_code for answer in await asyncio.gather(*sent))
    assert statuses == {200: 1, 401: 99}
    assert len(bot.events) == 1


async def test_what_lex_repeats_is_signed_anew_and_passed_on(settings: GatewaySettings) -> None:
    bot = Bot()
    async with gateway(settings, behind={settings.bot_url: bot.app}) as client:
        for seconds in (1, 0):
            assert (await client.post(DOOR, content=EVENT, headers=signed(ago(seconds)))).status_code == 200
    assert len(bot.events) == 2


async def test_a_signature_is_remembered_for_longer_than_it_is_good(settings: GatewaySettings) -> None:
    """Also one that is dated ahead; and no longer than that."""
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    once = SharedOnce(timedelta(minutes=11), lambda: now)
    async with open_database(settings.database_url(settings.gateway_database_url, "gateway"), PACKAGE) as database:
        assert await database.at_once(once.taking("one"))
        now += timedelta(minutes=11, milliseconds=-1)
        assert not await database.at_once(once.taking("one"))
        assert await database.at_once(once.taking("another"))
        now += timedelta(milliseconds=1)
        assert await database.at_once(once.taking("one"))


async def test_event_of_four_minutes_ago_is_taken(settings: GatewaySettings) -> None:
    async with gateway(settings, behind={settings.bot_url: Bot().app}) as client:
        assert (await client.post(DOOR, content=EVENT, headers=signed(ago(240)))).status_code == 200


async def test_bot_that_is_down_is_503(settings: GatewaySettings) -> None:
    async with gateway(settings) as client:
        assert (await client.post(DOOR, content=EVENT, headers=signed())).status_code == 503
