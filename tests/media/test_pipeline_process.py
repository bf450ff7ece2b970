"""The service as a real process, with the real analysis, killed without warning."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.schemas.ledger import LedgerEntry
from tests.conftest import eventually, internal_headers, staff
from tests.media.fakes import transcript

COUNT = 20


class Insights:
    """An index that counts what it is given. Served on a socket, as another process has to reach it."""

    def __init__(self) -> None:
        self.offers: Counter[str] = Counter()
        self.app = Starlette(routes=[Route("/interactions/{interaction_id}", self._put, methods=["PUT"])])

    async def _put(self, request: Request) -> Response:
        await request.body()
        self.offers[request.path_params["interaction_id"]] += 1
        return Response(status_code=204)


@pytest.fixture
async def insights() -> AsyncIterator[tuple[Insights, str]]:
    insights = Insights()
    with listening() as listener:
        server = uvicorn.Server(uvicorn.Config(insights.app, log_config=None, lifespan="off", ws="none"))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        yield insights, f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await task


@contextmanager
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@asynccontextmanager
async def media(
    data_dir: Path, insights_url: str, log: Path
) -> AsyncIterator[tuple[asyncio.subprocess.Process, httpx.AsyncClient]]:
    """The running service, ready. Killed at the end of the block unless it has ended."""
    with listening() as listener:
        port = listener.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OMNILEX_")} | {
        "OMNILEX_DATA_DIR": str(data_dir),
        "OMNILEX_INSIGHTS_URL": insights_url,
    }
    command = ["-m", "uvicorn", "--factory", "services.media.main:create_app", "--port", str(port)]
    with log.open("ab") as output:  # what it says on stderr after a kill is multiprocessing's, not ours
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, env=environment, stdout=output, stderr=asyncio.subprocess.DEVNULL
        )
    headers = internal_headers("media", staff("analyst"))
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30) as client:
            await eventually(lambda: _is_ready(client), seconds=60)
            yield process, client
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _is_ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/ready")).is_success
    except httpx.TransportError:
        return False


async def send(client: httpx.AsyncClient, number: int) -> bool:
    """Whether the upload was accepted; its key makes sending it again harmless."""
    file = {"file": (f"call {number}.json", transcript(number))}
    try:
        answer = await client.post("/objects", files=file, headers={"idempotency-key": f"upload-{number}"})
    except httpx.TransportError:
        return False
    assert answer.status_code == 202
    return True


async def send_until(client: httpx.AsyncClient, left: set[int], enough: int) -> None:
    """Sends one after the other until `enough` are accepted or nobody answers."""
    for number in sorted(left)[: enough - (COUNT - len(left))]:
        if not await send(client, number):
            return
        left.discard(number)


async def entries(client: httpx.AsyncClient) -> list[LedgerEntry]:
    answer = await client.get("/ledger", params={"limit": 200})
    return [LedgerEntry.model_validate(item) for item in answer.json()["items"]]


async def test_killed_in_the_middle_of_uploads_it_loses_and_repeats_nothing(
    data_dir: Path, tmp_path: Path, insights: tuple[Insights, str]
) -> None:
    index, url = insights
    log = tmp_path / "log"
    left = set(range(COUNT))
    async with media(data_dir, url, log) as (process, client):
        await send_until(client, left, 5)
        await eventually(lambda: len(index.offers) >= 2, seconds=60)
        await send_until(client, left, 9)
        asyncio.get_running_loop().call_later(0.02, process.kill)
        await send_until(client, left, COUNT)
        await process.wait()
    assert left
    async with media(data_dir, url, log) as (process, client):
        assert all([await send(client, number) for number in sorted(left)])

        async def all_done() -> bool:
            return [entry.fate for entry in await entries(client)] == ["done"] * COUNT

        await eventually(all_done, seconds=60)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() in (0, -signal.SIGTERM)
    results = data_dir / "objects" / "omni-lex-sentiment-transcribe-output" / "parsedFiles"
    kept = {path.stem for path in results.iterdir()}
    assert len(kept) == COUNT
    assert set(index.offers) == kept
    events = [json.loads(line) for line in log.read_text().splitlines()]
    assert not [event for event in events if event["level"] == "error"]
    assert "refused and I am" not in log.read_text()
