"""Servers in processes of their own, and what they cost."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psutil

_PATIENCE = 120.0


class Server:
    """A running server. `cpu` is what its process has worked so far, in seconds."""

    def __init__(self, url: str, process: psutil.Process) -> None:
        self.url = url
        self._process = process

    def cpu(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)

    def megabytes(self) -> float:
        """The resident memory."""
        return float(self._process.memory_info().rss / 2**20)


@contextmanager
def serving(app: str, url: str, **settings: str) -> Iterator[Server]:
    """A server of the application, one process, ready."""
    port = url.rpartition(":")[2]
    command = ["uvicorn", "--factory", app, "--port", port, "--no-access-log", "--log-level", "warning"]
    environment = {**os.environ, "OMNILEX_LOG_LEVEL": "WARNING", **settings}
    process = subprocess.Popen([sys.executable, "-m", *command], env=environment)
    try:
        _wait(url, process)
        yield Server(url, psutil.Process(process.pid))
    finally:
        process.terminate()
        process.wait(20)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server did not start"
        try:
            httpx.get(url, timeout=1)
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"{url} did not start")
