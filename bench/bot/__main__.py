"""Throughput of the fulfilment webhook, beside an empty FastAPI route measured in turns with it.

`python -m bench.bot` starts the accounts service and the bot as they run in earnest (one worker each, SQLite), verifies
a customer of the demo bank, and sends signed ProvideAccountDetails events over 16 connections.
"""

import asyncio
import hashlib
import hmac
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
from httpx_aiohttp import AiohttpTransport

from bench.accounts.server import accounts_service
from shared.settings import DEVELOPMENT_SECRET

PORT = int(os.environ.get("OMNILEX_BENCH_PORT", "19400"))
CONNECTIONS = 16
COUNT = int(os.environ.get("OMNILEX_BENCH_COUNT", "1600"))
ROUNDS = 5
MAYA = "+15555550100"
MAYAS_PIN = "2468"


@contextmanager
def served(factory: str, port: int, path: str, **settings: str) -> Iterator[str]:
    """A uvicorn process with one worker; its URL once `path` answers."""
    command = [sys.executable, "-m", "uvicorn", "--factory", factory, "--port", str(port), "--no-access-log"]
    environment = {**os.environ, "OMNILEX_LOG_LEVEL": "WARNING", **settings}
    process = subprocess.Popen([*command, "--log-level", "warning"], env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                if httpx.get(url + path, timeout=1).is_success:
                    break
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        else:
            raise SystemExit(f"{url} does not answer")
        yield url
    finally:
        process.terminate()
        process.wait(20)


def event(intent: str, slots: dict[str, str | None], attributes: dict[str, str]) -> bytes:
    filled = {
        name: value and {"shape": "Scalar", "value": {"originalValue": value, "interpretedValue": value}}
        for name, value in slots.items()
    }
    acting = {"name": intent, "slots": filled, "state": "InProgress", "confirmationState": "None"}
    bot = {"id": "B", "name": "OmniLex", "aliasId": "A", "aliasName": "A", "localeId": "en_US", "version": "1"}
    document = {
        "messageVersion": "1.0",
        "invocationSource": "DialogCodeHook",
        "inputMode": "Text",
        "sessionId": "bench",
        "inputTranscript": "what is my balance",
        "bot": bot,
        "interpretations": [{"intent": acting, "nluConfidence": 0.9}],
        "requestAttributes": {"omnilex:channel": "web"},
        "sessionState": {"intent": acting, "sessionAttributes": attributes},
    }
    return json.dumps(document).encode()


def signed(body: bytes) -> dict[str, str]:
    timestamp = str(int(time.time()))
    digest = hmac.new(DEVELOPMENT_SECRET.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"content-type": "application/json", "x-timestamp": timestamp, "x-signature": digest}


async def load(http: httpx.AsyncClient, request: tuple[str, str, bytes, dict[str, str]], times: list[float]) -> float:
    """Requests a second over all connections; adds each one's milliseconds."""
    method, url, body, headers = request

    async def one_connection() -> None:
        for _ in range(COUNT // CONNECTIONS):
            began = time.perf_counter()
            answer = await http.request(method, url, content=body, headers=headers)
            times.append((time.perf_counter() - began) * 1000)
            assert answer.status_code == 200, answer.text

    began = time.perf_counter()
    await asyncio.gather(*(one_connection() for _ in range(CONNECTIONS)))
    return COUNT / (time.perf_counter() - began)


async def measure(empty: str, bot: str) -> None:
    async with httpx.AsyncClient(transport=AiohttpTransport(), timeout=30) as http:
        hook = f"{bot}/lex/fulfillment"
        pin = event("VerifyIdentity", {"PhoneNumber": MAYA, "Pin": MAYAS_PIN, "CustomerNumber": None}, {})
        verified = (await http.post(hook, content=pin, headers=signed(pin))).json()
        attributes = verified["sessionState"]["sessionAttributes"]
        body = event("ProvideAccountDetails", {"AccountType": "checking", "DetailType": None}, attributes)
        said = (await http.post(hook, content=body, headers=signed(body))).json()["messages"][0]["content"]
        assert "checking account" in said, said
        ratios, throughputs, times = [], [], list[float]()
        for _ in range(ROUNDS):
            yardstick = await load(http, ("GET", f"{empty}/", b"", {}), [])
            throughput = await load(http, ("POST", hook, body, signed(body)), times)
            ratios.append(throughput / yardstick)
            throughputs.append(throughput)
        print(f"ProvideAccountDetails, verified, SQLite, {CONNECTIONS} connections, {ROUNDS} rounds of {COUNT}:")
        print(f"  {statistics.median(throughputs):.0f} a second, {statistics.median(ratios):.3f} of an empty route")
        print(f"  ratios {', '.join(f'{ratio:.3f}' for ratio in ratios)}")
        print(f"  p50 {statistics.median(times):.1f} ms, p99 {statistics.quantiles(times, n=100)[98]:.1f} ms")


def main() -> None:
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        accounts = stack.enter_context(accounts_service(folder, PORT, OMNILEX_DEMO_BANK="true"))
        settings = {"OMNILEX_DATA_DIR": str(folder), "OMNILEX_ACCOUNTS_URL": accounts}
        bot = stack.enter_context(served("services.bot.main:create_app", PORT + 1, "/ready", **settings))
        empty = stack.enter_context(served("bench.empty:create_app", PORT + 2, "/"))
        asyncio.run(measure(empty, bot))


main()
