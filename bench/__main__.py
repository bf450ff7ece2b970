"""Starts the whole system in a folder of its own, measures it, prints a table for `docs/benchmarks.md`."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from httpx_aiohttp import AiohttpTransport

from bench.load import Call, Figures, measure
from services.cli.samples import samples

PORT = int(os.environ.get("OMNILEX_BENCH_PORT", "19100"))
EMPTY_PORT = PORT + 10
URL = f"http://127.0.0.1:{PORT}"
CONNECTIONS = 16
COUNT = 400
TRANSCRIPTS = 100
# The limits that protect a public gateway would be what is measured.
UNLIMITED = {
    "OMNILEX_CHAT_SESSIONS_PER_MINUTE": "100000",
    "OMNILEX_CHAT_MESSAGES_PER_MINUTE": "100000",
    "OMNILEX_LOG_LEVEL": "WARNING",
}


def start(folder: Path) -> tuple[subprocess.Popen[str], float]:
    """The system, ready, and the seconds it took."""
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "services.cli", "up", "--port", str(PORT), "--no-samples"],
        env={**os.environ, **UNLIMITED, "OMNILEX_DATA_DIR": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "is ready" in line:
            return process, time.monotonic() - began
    raise SystemExit("The system did not start.")


def stop(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)
    process.wait(timeout=40)


async def chat_turns(http: httpx.AsyncClient, text: str) -> list[Call]:
    """One conversation for each connection."""
    calls: list[Call] = []
    for _ in range(CONNECTIONS):
        token = (await http.post("/api/v1/chat/sessions")).json()["token"]

        async def turn(token: str = token) -> None:
            answer = await http.post(
                "/api/v1/chat/messages", json={"text": text}, headers={"authorization": f"Bearer {token}"}
            )
            answer.raise_for_status()

        calls.append(turn)
    return calls


def reads(http: httpx.AsyncClient, path: str, headers: dict[str, str] | None = None) -> list[Call]:
    async def read() -> None:
        (await http.get(path, headers=headers)).raise_for_status()

    return [read] * CONNECTIONS


async def pipeline(http: httpx.AsyncClient, headers: dict[str, str]) -> float:
    """Ready transcripts a second, from the first upload to the last one in the index."""
    text = next(samples()).content.decode()
    began = time.monotonic()
    for number in range(TRANSCRIPTS):
        content = text.replace("OmniLex Bank", f"OmniLex Bank {number}").encode()
        files = {"file": (f"bench-{number}.json", content)}
        (await http.post("/api/v1/interactions", files=files, headers=headers)).raise_for_status()
    while True:
        ledger = (await http.get("/api/v1/ledger?fate=done&limit=100", headers=headers)).json()["items"]
        if len([entry for entry in ledger if entry["name"].startswith("bench-")]) >= TRANSCRIPTS:
            return TRANSCRIPTS / (time.monotonic() - began)
        await asyncio.sleep(0.2)


async def run(folder: Path) -> dict[str, Figures | float]:
    login = json.loads((folder / "staff-login.json").read_text())
    transport = AiohttpTransport(limits=httpx.Limits(max_connections=CONNECTIONS))
    async with httpx.AsyncClient(base_url=URL, transport=transport, timeout=60) as http:
        token = (await http.post("/api/v1/auth/login", json=login)).json()["access_token"]
        staff = {"authorization": f"Bearer {token}"}
        found: dict[str, Figures | float] = {"pipeline": await pipeline(http, staff)}
        found["empty route"] = await measure(reads(http, f"http://127.0.0.1:{EMPTY_PORT}/"), count=COUNT)
        found["chat turn"] = await measure(await chat_turns(http, "help"), count=COUNT)
        found["interactions, 25 rows"] = await measure(reads(http, "/api/v1/interactions", staff), count=COUNT)
        found["FAQ search"] = await measure(reads(http, "/api/v1/faq/search?q=wire+transfer+fee", staff), count=COUNT)
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first, cold = start(folder)
        stop(first)
        system, warm = start(folder)
        app = ["--factory", "bench.empty:create_app", "--port", str(EMPTY_PORT)]
        empty = subprocess.Popen([sys.executable, "-m", "uvicorn", *app, "--no-access-log", "--log-level", "warning"])
        time.sleep(2)
        try:
            found = asyncio.run(run(folder))
        finally:
            empty.terminate()
            stop(system)
    print(f"start: first {cold:.1f} s, second {warm:.1f} s")
    print(f"pipeline: {found.pop('pipeline'):.1f} ready transcripts a second")
    yardstick = found["empty route"]
    assert isinstance(yardstick, Figures)
    print(f"\n| what | throughput at {CONNECTIONS} | to the empty route | p50 ms | p99 ms |\n|---|---|---|---|---|")
    for what, figures in found.items():
        assert isinstance(figures, Figures)
        share = figures.per_second / yardstick.per_second
        print(f"| {what} | {figures.per_second:.0f}/s | {share:.3f} | {figures.p50:.1f} | {figures.p99:.1f} |")


if __name__ == "__main__":
    main()
