"""The accounts service in a process of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx


@contextmanager
def accounts_service(folder: Path, port: int, **settings: str) -> Iterator[str]:
    """One worker over SQLite in `folder`, without the demo bank unless a setting says otherwise; its URL."""
    command = ["uvicorn", "--factory", "services.accounts.main:create_app", "--port", str(port), "--no-access-log"]
    given = {"OMNILEX_DATA_DIR": str(folder), "OMNILEX_DEMO_BANK": "false", "OMNILEX_LOG_LEVEL": "WARNING"}
    environment = {**os.environ, **given, **settings}
    process = subprocess.Popen([sys.executable, "-m", *command, "--log-level", "warning"], env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{url}/ready", process)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "the service did not start"
        try:
            if httpx.get(url, timeout=1).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise SystemExit(f"{url} does not answer")
