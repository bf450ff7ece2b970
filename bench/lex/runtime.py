"""A turn of the Lex runtime, sessions stored: in this process, over HTTP, and over HTTP with a code hook.

`python -m bench.lex.runtime` starts one worker of each, measures all of them and an empty route in one run.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import cycle
from pathlib import Path

import httpx
from httpx_aiohttp import AiohttpTransport

from bench.load import Call, Figures, measure
from services.lex.main import wire
from services.lex.sessions import Address
from services.lex.settings import LexSettings
from shared.schemas.lex import RecognizeTextRequest

PORT = int(os.environ.get("OMNILEX_BENCH_PORT", "19200"))
EMPTY, PLAIN, HOOKED, HOOK = (f"http://127.0.0.1:{PORT + n}" for n in range(4))
CONNECTIONS = 16
COUNT = int(os.environ.get("OMNILEX_BENCH_COUNT", "800"))
PATH = "/bots/OMNILEXBOT/botAliases/TSTALIASID/botLocales/en_US/sessions/bench-{}/text"
# One conversation, over and over: a question, a payment in several turns, a confirmation, a miss.
TEXTS = ("help", "pay city power", "25 dollars", "from checking", "no", "what is my balance", "sing about pirates")


@contextmanager
def worker(app: str, url: str, **settings: str) -> Iterator[None]:
    """A server of the application, one process, ready."""
    port = url.rpartition(":")[2]
    command = ["uvicorn", "--factory", app, "--port", port, "--no-access-log", "--log-level", "warning"]
    process = subprocess.Popen([sys.executable, "-m", *command], env={**os.environ, **settings})
    try:
        _wait(url, process)
        yield
    finally:
        process.terminate()
        process.wait(20)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None, "the server did not start"
        try:
            httpx.get(url, timeout=1)
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"{url} did not start")


def talks(http: httpx.AsyncClient, url: str) -> list[Call]:
    """One session for each connection."""

    def talk(number: int) -> Call:
        texts = cycle(TEXTS)
        path = url + PATH.format(number)

        async def turn() -> None:
            (await http.post(path, json={"text": next(texts)})).raise_for_status()

        return turn

    return [talk(number) for number in range(CONNECTIONS)]


async def in_process(folder: Path) -> Figures:
    """RecognizeText as a method call."""
    settings = LexSettings(data_dir=folder, code_hook_url="")
    async with wire(settings) as runtime:
        texts = cycle(TEXTS)

        def talk(number: int) -> Call:
            address = Address("OMNILEXBOT", "TSTALIASID", "en_US", f"bench-{number}")

            async def turn() -> None:
                await runtime.recognize_text(address, RecognizeTextRequest(text=next(texts)), request_id="bench")

            return turn

        calls = [talk(number) for number in range(CONNECTIONS)]
        await measure(calls, count=100)
        return await measure(calls, count=COUNT)


async def over_http() -> dict[str, Figures]:
    transport = AiohttpTransport(limits=httpx.Limits(max_connections=CONNECTIONS))
    async with httpx.AsyncClient(transport=transport, timeout=60) as http:

        async def empty() -> None:
            (await http.get(EMPTY)).raise_for_status()

        every = {
            "empty route": [empty] * CONNECTIONS,
            "RecognizeText over HTTP": talks(http, PLAIN),
            "RecognizeText over HTTP, code hook in another process": talks(http, HOOKED),
        }
        for calls in every.values():
            await measure(calls, count=100)
        return {what: await measure(calls, count=COUNT) for what, calls in every.items()}


def main() -> None:
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        common = {"OMNILEX_LOG_LEVEL": os.environ.get("OMNILEX_LOG_LEVEL", "INFO")}
        found = {"RecognizeText in the process": asyncio.run(in_process(folder / "process"))}
        for app, url, settings in (
            ("bench.empty:create_app", EMPTY, {}),
            ("bench.lex.hook:create_app", HOOK, {}),
            ("services.lex.main:create_app", PLAIN, {"OMNILEX_CODE_HOOK_URL": ""}),
            ("services.lex.main:create_app", HOOKED, {"OMNILEX_CODE_HOOK_URL": HOOK + "/hook"}),
        ):
            data = folder / url.rpartition(":")[2]
            stack.enter_context(worker(app, url, OMNILEX_DATA_DIR=str(data), **common, **settings))
        found |= asyncio.run(over_http())
    _print(found)


def _print(found: dict[str, Figures]) -> None:
    yardstick = found["empty route"].per_second
    print(f"load average {os.getloadavg()[0]:.1f}; {COUNT} turns each; one worker")
    print(f"\n| what | throughput at {CONNECTIONS} | to the empty route | p50 ms | p99 ms |\n|---|---|---|---|---|")
    for what, figures in found.items():
        share = figures.per_second / yardstick
        print(f"| {what} | {figures.per_second:.0f}/s | {share:.3f} | {figures.p50:.2f} | {figures.p99:.2f} |")


if __name__ == "__main__":
    main()
