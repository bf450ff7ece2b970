"""The server that runs in an image."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def served(**environment: str) -> Iterator[subprocess.Popen[str]]:
    told = {key: value for key, value in os.environ.items() if not key.startswith("OMNILEX_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "shared.server"],
        cwd=ROOT,
        env={**told, "HOST": "127.0.0.1", **environment},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def answered(process: subprocess.Popen[str], port: int) -> int:
    while process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
                return int(answer.status)
        except urllib.error.URLError:
            time.sleep(0.05)
    raise AssertionError(process.communicate()[0])


def test_serves_the_service_of_the_environment_until_it_is_told_to_stop(tmp_path: Path) -> None:
    port = free_port()
    with served(SERVICE="insights", PORT=str(port), OMNILEX_DATA_DIR=str(tmp_path)) as process:
        assert answered(process, port) == 200
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=30)
        assert '"event": "service.stopping"' in said
        assert process.returncode in (0, -signal.SIGTERM)


def test_service_that_cannot_start_ends_with_3_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "insights.sqlite").mkdir()
    with served(SERVICE="insights", PORT=str(free_port()), OMNILEX_DATA_DIR=str(tmp_path)) as process:
        said, _ = process.communicate(timeout=60)
        assert process.returncode == 3
        assert "unable to open database file" in said


def test_garbage_is_looked_for_again_once_the_service_has_started(tmp_path: Path) -> None:
    program = """
import asyncio, gc, socket
from shared.server import server_of
with socket.socket() as taken:
    taken.bind(("127.0.0.1", 0))
    port = taken.getsockname()[1]
server = server_of("insights", host="127.0.0.1", port=port)
while_starting = gc.isenabled()
async def starts():
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    print(while_starting, gc.isenabled())
    server.should_exit = True
    await serving
asyncio.run(starts())
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "OMNILEX_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "False True" in done.stdout.splitlines(), done.stderr
