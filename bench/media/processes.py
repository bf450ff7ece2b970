"""Services as processes, and the processor time that they and their children took."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from tests.media.fleet import Fleet
from tests.media.servers import Postgres

_READY_SECONDS = 120


@dataclass(frozen=True)
class Started:
    pid: int
    url: str


def processor_seconds(pid: int | None) -> float:
    """Of the process and those of its descendants that live, and that it has waited for; 0 for no process."""
    if pid is None:
        return 0.0
    process = psutil.Process(pid)
    times = [one.cpu_times() for one in [process, *process.children(recursive=True)]]
    return float(sum(one.user + one.system for one in times) + times[0].children_user + times[0].children_system)


@contextmanager
def insights_of(folder: Path, postgres: Postgres | None) -> Iterator[Started]:
    """The real index, on the same sort of database as the pipeline."""
    url = postgres.url if postgres else f"sqlite+aiosqlite:///{folder / 'insights.sqlite'}"
    with free_port() as port:
        command = ["-m", "uvicorn", "--factory", "services.insights.main:create_app", "--port", str(port)]
        with _running(command, {"OMNILEX_INSIGHTS_DATABASE_URL": url}, port, folder) as pid:
            yield Started(pid, f"http://127.0.0.1:{port}")


@contextmanager
def workers_of(fleet: Fleet, insights_url: str, count: int) -> Iterator[Sequence[Started]]:
    """Workers as they are deployed, on the fleet's database and folder."""
    settings = {f"OMNILEX_{name.upper()}": str(value) for name, value in fleet.parts.settings.items()}
    settings["OMNILEX_INSIGHTS_URL"] = insights_url
    with ExitStack() as stack:
        started = []
        for _ in range(count):
            port = stack.enter_context(free_port())
            environment = settings | {"PORT": str(port)}
            pid = stack.enter_context(_running(["-m", "services.media.worker"], environment, port, fleet.log.parent))
            started.append(Started(pid, f"http://127.0.0.1:{port}"))
        yield started


@contextmanager
def free_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    yield port


@contextmanager
def _running(command: list[str], settings: dict[str, str], port: int, folder: Path) -> Iterator[int]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OMNILEX_")}
    environment |= {"OMNILEX_DATA_DIR": str(folder / "services"), "OMNILEX_LOG_LEVEL": "WARNING", **settings}
    with (folder / "services.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, *command], env=environment, stdout=log, stderr=log)
    try:
        _wait_until_ready(port)
        yield process.pid
    finally:
        process.terminate()
        process.wait(60)


def _wait_until_ready(port: int) -> None:
    until = time.monotonic() + _READY_SECONDS
    while time.monotonic() < until:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/ready").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise SystemExit("A service did not become ready.")
