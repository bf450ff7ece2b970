"""The gateway as a process of its own, killed in the middle: each text message is answered, and once."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.conftest import eventually
from tests.gateway.conftest import listening
from tests.gateway.fakes_twilio import ACCOUNT, PUBLIC_URL, TOKEN, FakeTwilio, Webhooks, sid, signature

MESSAGES = 1000  # and as many retries
CUSTOMERS = 250
KILLED_AFTER = (0.35, 0.7)
AT_ONCE = 24
ANSWER_SECONDS = 3
SLOW = {f"message {number}" for number in range(7, MESSAGES, 100)}  # answered too late for their webhook
SMS = "/webhooks/twilio/sms"


class FakeRuntime:
    """A Lex runtime that answers a message it has just answered as it did then, as services/lex does."""

    def __init__(self) -> None:
        self.turns: Counter[str] = Counter()
        self._last: dict[str, tuple[str, dict[str, object]]] = {}
        path = "/bots/{bot}/botAliases/{alias}/botLocales/{locale}/sessions/{session}/text"
        self.app = Starlette(routes=[Route(path, self._turn, methods=["POST"])])

    async def _turn(self, request: Request) -> JSONResponse:
        asked, session = await request.json(), request.path_params["session"]
        message_id = asked["requestAttributes"]["omnilex:message-id"]
        last_id, answer = self._last.get(session, ("", {}))
        if last_id != message_id:
            self.turns[asked["text"]] += 1
            answer = {
                "sessionId": session,
                "messages": [{"contentType": "PlainText", "content": f"re: {asked['text']}"}],
                "sessionState": {"dialogAction": {"type": "ElicitIntent"}},
            }
            self._last[session] = message_id, answer
        await asyncio.sleep(ANSWER_SECONDS + 1 if asked["text"] in SLOW else 0.02)
        return JSONResponse(answer)


class GatewayProcess:
    def __init__(self, data_dir: Path, lex_url: str, twilio_url: str, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._command = [sys.executable, "-m", "uvicorn", "--factory", "services.gateway.main:create_app"]
        self._command += ["--host", "127.0.0.1", "--port", str(port), "--log-level", "error", "--no-access-log"]
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("OMNILEX_")} | {
            "OMNILEX_DATA_DIR": str(data_dir),
            "OMNILEX_LOG_LEVEL": "ERROR",
            "OMNILEX_LEX_URL": lex_url,
            "OMNILEX_PUBLIC_URL": PUBLIC_URL,
            "OMNILEX_TWILIO_ACCOUNT_SID": ACCOUNT,
            "OMNILEX_TWILIO_AUTH_TOKEN": TOKEN,
            "OMNILEX_TWILIO_API_URL": twilio_url,
            "OMNILEX_TWILIO_ANSWER_SECONDS": str(ANSWER_SECONDS),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, env=self._environment, stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()


@asynccontextmanager
async def running(data_dir: Path, lex_url: str, twilio_url: str, port: int) -> AsyncIterator[GatewayProcess]:
    process = GatewayProcess(data_dir, lex_url, twilio_url, port)
    process.start()
    try:
        yield process
    finally:
        process.kill()


class Provider:
    """Delivers each message until somebody answers, and some of them once more than needed."""

    def __init__(self, client: httpx.AsyncClient, twilio: FakeTwilio) -> None:
        self._client = client
        self._twilio = twilio
        self._forms = Webhooks(client)
        self.delivered = self.broken = self.repeated = 0

    async def deliver(self, number: int) -> None:
        form = self._forms.sms(f"message {number}", sender=f"+1555{number % CUSTOMERS:07}", message=sid("SM", number))
        headers = {"x-twilio-signature": signature(PUBLIC_URL + SMS, form)}
        while True:
            try:
                answer = await self._client.post(SMS, data=form, headers=headers)
            except httpx.HTTPError:
                self.broken += 1
                await asyncio.sleep(0.2)
                continue
            assert answer.status_code == 200, answer.text
            self._twilio.take_twiml(form["From"], answer.content)
            self.delivered += 1
            return


async def test_every_message_is_answered_once_though_the_gateway_is_killed_twice(
    data_dir: Path, unused_tcp_port: int
) -> None:
    rng = random.Random(7)  # noqa: S311  the same order each time
    twilio, runtime = FakeTwilio(), FakeRuntime()
    deliveries = [*range(MESSAGES), *rng.sample(range(MESSAGES), MESSAGES)]
    places = [number + rng.random() * MESSAGES / 4 for number in [*range(MESSAGES)] * 2]
    waiting = [number for _, number in sorted(zip(places, deliveries, strict=True))]
    async with (
        listening(runtime.app) as lex_url,
        listening(twilio.app) as twilio_url,
        running(data_dir, lex_url, twilio_url, unused_tcp_port) as gateway,
        httpx.AsyncClient(base_url=gateway.url, timeout=20, limits=httpx.Limits(max_connections=AT_ONCE)) as client,
    ):
        provider = Provider(client, twilio)
        queue = iter(waiting)

        async def worker() -> None:
            for number in queue:
                await provider.deliver(number)

        async def killer() -> None:
            for share in KILLED_AFTER:
                while provider.delivered < share * len(waiting):  # noqa: ASYNC110  a count
                    await asyncio.sleep(0.01)
                gateway.kill()
                gateway.start()

        await asyncio.gather(killer(), *(worker() for _ in range(AT_ONCE)))
        expected = Counter(f"re: message {number}" for number in range(MESSAGES))
        await eventually(lambda: len(twilio.sent) >= MESSAGES, 60)
        await asyncio.sleep(1.5)  # whatever would come twice has time to
        assert Counter(message.body for message in twilio.sent) == expected
        assert set(runtime.turns.values()) == {1}
        assert len(runtime.turns) == MESSAGES
        assert provider.broken > 0
        assert {message.direction for message in twilio.sent} == {"outbound-reply", "outbound-api"}
        assert twilio.refusals == []
