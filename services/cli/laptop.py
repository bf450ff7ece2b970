"""What the system needs on one machine: a data folder with secrets of its own, a lock, free ports."""

import ctypes
import fcntl
import json
import os
import secrets
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

from services.cli.gateway import CommandFailed, StaffLogin, read_note

SERVICES = ("gateway", "accounts", "bot", "lex", "media", "insights")
"""In the order of their ports: the gateway's, and the five after it."""

SECRET_KEYS = (
    "OMNILEX_INTERNAL_SECRET",
    "OMNILEX_CODE_HOOK_SECRET",
    "OMNILEX_CHAT_TOKEN_SECRET",
    "OMNILEX_STAFF_TOKEN_SECRET",
    "OMNILEX_IDENTITY_TOKEN_SECRET",
    "OMNILEX_LEX_SESSION_SECRET",
    "OMNILEX_PIN_PEPPER",
)
LOG_BYTES_KEPT = 20 * 1024 * 1024
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class Plan:
    """Where the system runs and what it starts with. `data_dir` is absolute."""

    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 8080
    samples: bool = True

    def url(self, service: str) -> str:
        reachable = "127.0.0.1" if self.host == "0.0.0.0" else self.host  # noqa: S104  compared, not bound
        return f"http://{reachable if service == 'gateway' else '127.0.0.1'}:{self.port_of(service)}"

    def port_of(self, service: str) -> int:
        return self.port + SERVICES.index(service)


def prepare_folder(data_dir: Path) -> None:
    """Makes the data folder, for its owner only, and puts over-long logs of earlier runs aside."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        logs = data_dir / "logs"
        logs.mkdir(exist_ok=True)
    except OSError as error:
        raise CommandFailed(f"The data folder {data_dir} cannot be made: {error.strerror}.") from error
    for log in logs.glob("*.log"):
        if log.stat().st_size > LOG_BYTES_KEPT:
            log.replace(log.with_suffix(".log.old"))


@contextmanager
def exclusive(path: Path) -> Iterator[bool]:
    """Holds the lock file for the block; yields False when another process holds it."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def require_free_ports(plan: Plan) -> None:
    """Raises CommandFailed, naming the port, when something else listens where a service would."""
    for name in SERVICES:
        address = (plan.host if name == "gateway" else "127.0.0.1", plan.port_of(name))
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
            except OSError as error:
                raise CommandFailed(
                    f"Port {address[1]} ({name}) cannot be used: {error.strerror}. Choose another with --port."
                ) from error


def staff_login(data_dir: Path) -> StaffLogin:
    """The generated login of this installation: the same at every start."""
    path = data_dir / "staff-login.json"
    login = read_note(path, StaffLogin)
    if login is None:
        login = StaffLogin(username="supervisor", password=secrets.token_urlsafe(12))
        _write_private(path, login.model_dump_json())
    return login


def environment(plan: Plan, login: StaffLogin) -> dict[str, str]:
    """The environment of every service: addresses, this folder, and secrets made for it once.

    What the environment or `.env` sets already stays as it is.
    """
    given = {**dotenv_values(".env"), **os.environ}
    own = {
        "OMNILEX_ACCOUNTS_URL": plan.url("accounts"),
        "OMNILEX_BOT_URL": plan.url("bot"),
        "OMNILEX_CODE_HOOK_URL": plan.url("bot") + "/lex/fulfillment",
        "OMNILEX_LEX_URL": plan.url("lex"),
        "OMNILEX_MEDIA_URL": plan.url("media"),
        "OMNILEX_INSIGHTS_URL": plan.url("insights"),
        "OMNILEX_BOOTSTRAP_USERNAME": login.username,
        "OMNILEX_BOOTSTRAP_PASSWORD": login.password,
        **_secrets(plan.data_dir / "secrets.json"),
    }
    kept = {name: value for name, value in own.items() if name not in given}
    return {**os.environ, **kept, "OMNILEX_DATA_DIR": str(plan.data_dir), "PYTHONUNBUFFERED": "1"}


def _secrets(path: Path) -> dict[str, str]:
    try:
        known: dict[str, str] = json.loads(path.read_text())
    except (OSError, ValueError):
        known = {}
    missing = {name: secrets.token_urlsafe(32) for name in SECRET_KEYS if name not in known}
    if missing:
        known |= missing
        _write_private(path, json.dumps(known, indent=1))
    return known


def _write_private(path: Path, text: str) -> None:
    """Readable by the owner only, and never half-written."""
    temporary = path.with_suffix(".tmp")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    temporary.replace(path)


def end_with_parent() -> None:
    """In a child before it runs: on Linux the kernel ends it when this process is killed."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def tail(path: Path, lines: int = 12) -> str:
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""
