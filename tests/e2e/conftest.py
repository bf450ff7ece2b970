"""The whole system as a user starts it: `omnilex up` on free ports, with a data folder of its own."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import pytest

START_SECONDS = 120.0


@dataclass
class System:
    """A running system, or one that can be started again from its data folder."""

    data_dir: Path
    port: int
    process: subprocess.Popen[str] | None = None
    login: tuple[str, str] = ("", "")
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def service_url(self, offset: int) -> str:
        return f"http://127.0.0.1:{self.port + offset}"

    def environment(self) -> dict[str, str]:
        own = {"OMNILEX_DATA_DIR": str(self.data_dir), "OMNILEX_GATEWAY_URL": self.url, "COLUMNS": "160"}
        return {**os.environ, **own, **self.extra}

    def start(self) -> str:
        """Starts and waits until it says that it is ready; returns what it has printed."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "services.cli", "up", "--port", str(self.port), "--no-samples"],
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        printed = ""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            printed += line
            if "Ctrl-C" in line:
                login = json.loads((self.data_dir / "staff-login.json").read_text())
                self.login = (login["username"], login["password"])
                return printed
        raise AssertionError(f"it did not start:\n{printed}")

    def children(self) -> list[psutil.Process]:
        assert self.process is not None
        return psutil.Process(self.process.pid).children(recursive=True)

    def service_process(self, name: str) -> psutil.Process:
        wanted = f"services.{name}.main:create_app"
        return next(child for child in self.children() if wanted in child.cmdline())

    def stop(self) -> int:
        """Ctrl-C."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(timeout=40)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def cli(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "services.cli", *arguments],
            env=self.environment(),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    def staff(self) -> httpx.Client:
        """A signed-in member of staff."""
        login = {"username": self.login[0], "password": self.login[1]}
        answer = httpx.post(self.url + "/api/v1/auth/login", json=login, timeout=30)
        headers = {"authorization": f"Bearer {answer.json()['access_token']}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)


def free_port(count: int = 6) -> int:
    """The first of `count` neighbouring ports that are all free; others who look at this moment look elsewhere.

    Above them the system gives out ports by itself.
    """
    bases = list(range(20100, 29000, 10))
    random.shuffle(bases)
    for port in bases:
        with_all = [socket.socket() for _ in range(count)]
        try:
            for offset, probe in enumerate(with_all):
                probe.bind(("127.0.0.1", port + offset))
        except OSError:
            continue
        else:
            return port
        finally:
            for probe in with_all:
                probe.close()
    raise AssertionError("no free ports")


def wait_until(check: Callable[[], object], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    running = System(tmp_path_factory.mktemp("system"), free_port())
    running.start()
    yield running
    if running.process is not None and running.process.poll() is None:
        running.stop()
