"""What the system needs on one machine: a data folder with secrets of its own, a lock, free ports."""

import ctypes
import errno
import fcntl
import json
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values
from pydantic import TypeAdapter, ValidationError

from services.cli.connection import CommandFailed
from services.cli.gateway import StaffLogin, read_note

SERVICES = ("gateway", "accounts", "bot", "lex", "media", "insights")
"""In the order of their ports: the gateway's, and the five after it."""

SECRET_KEYS = (
    "OMNILEX_INTERNAL_SECRET",
    "OMNILEX_CODE_HOOK_SECRET",
    "OMNILEX_CHAT_TOKEN_SECRET",
    "OMNILEX_CHANNEL_SECRET",
    "OMNILEX_STAFF_TOKEN_SECRET",
    "OMNILEX_IDENTITY_TOKEN_SECRET",
    "OMNILEX_LEX_SESSION_SECRET",
    "OMNILEX_PIN_PEPPER",
    "OMNILEX_AUDIT_KEY",
)
BOOTSTRAP_USERNAME, BOOTSTRAP_PASSWORD = "OMNILEX_BOOTSTRAP_USERNAME", "OMNILEX_BOOTSTRAP_PASSWORD"
_SECRETS = TypeAdapter(dict[str, str])
_SECRETS_LOST = (
    "The customers' PINs and open conversations can be read with these secrets only: put the file back from a copy, "
    "or start anew with another data folder (--data)."
)
PORT_PATIENCE_SECONDS = 5.0
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
    logs = data_dir / "logs"
    with told_if_unusable(data_dir):
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        logs.mkdir(exist_ok=True)
        for name in SERVICES:
            log = logs / f"{name}.log"
            log.open("ab").close()
            if log.stat().st_size > LOG_BYTES_KEPT:
                log.replace(log.with_suffix(".log.old"))


@contextmanager
def told_if_unusable(data_dir: Path) -> Iterator[None]:
    """What the system refuses within the block is raised as CommandFailed, naming the file."""
    try:
        yield
    except OSError as error:
        raise CommandFailed(f"{error.filename or data_dir} cannot be used: {error.strerror}.") from error


@contextmanager
def exclusive(path: Path) -> Iterator[bool]:
    """Holds the lock file for the block; yields False when another process holds it."""
    with told_if_unusable(path.parent):
        opened = path.open("w")
    with opened as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def require_free_ports(plan: Plan, patience: float = PORT_PATIENCE_SECONDS) -> None:
    """Raises CommandFailed, naming the port, when something else listens where a service would.

    Looks again for `patience` seconds: services whose `omnilex up` was killed need a moment to end.
    """
    until = time.monotonic() + patience
    for name in SERVICES:
        host, port = plan.host if name == "gateway" else "127.0.0.1", plan.port_of(name)
        while (fault := _fault_of(host, port)) is not None:
            if fault.errno != errno.EADDRINUSE or time.monotonic() >= until:
                if fault.errno in (errno.EADDRINUSE, errno.EACCES):
                    what = f"Port {port} ({name}) cannot be used: {fault.strerror}. Choose another with --port."
                else:
                    what = f"The address {host} cannot be listened on: {fault.strerror}. Choose another with --host."
                raise CommandFailed(what) from fault
            time.sleep(0.2)


def _fault_of(host: str, port: int) -> OSError | None:
    """Why nothing could listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
    return None


def staff_login(data_dir: Path) -> StaffLogin:
    """The login of this installation: what the environment or `.env` says, else one generated at the first start.

    Noted in the data folder, where the other commands find it.
    """
    path = data_dir / "staff-login.json"
    noted, given = read_note(path, StaffLogin), _given()
    username, password = given.get(BOOTSTRAP_USERNAME), given.get(BOOTSTRAP_PASSWORD)
    if username and password:
        login = StaffLogin(username=username, password=password)
    else:
        login = noted or StaffLogin(username="supervisor", password=secrets.token_urlsafe(12))
    if login != noted:
        with told_if_unusable(data_dir):
            _write_private(path, login.model_dump_json())
    return login


def environment(plan: Plan, login: StaffLogin) -> dict[str, str]:
    """The environment of every service: addresses, this folder, and secrets made for it once.

    What the environment or `.env` sets already stays as it is. Raises CommandFailed when the secrets cannot be read.
    """
    own = {
        "OMNILEX_ACCOUNTS_URL": plan.url("accounts"),
        "OMNILEX_BOT_URL": plan.url("bot"),
        "OMNILEX_CODE_HOOK_URL": plan.url("bot") + "/lex/fulfillment",
        "OMNILEX_LEX_URL": plan.url("lex"),
        "OMNILEX_LEX_SEARCH_URL": plan.url("bot"),
        "OMNILEX_LEX_SPEECH": "pocketsphinx",
        "OMNILEX_MEDIA_URL": plan.url("media"),
        "OMNILEX_INSIGHTS_URL": plan.url("insights"),
        **_secrets(plan.data_dir),
    }
    given = _given()
    kept = {name: value for name, value in own.items() if name not in given}
    bootstrap = {BOOTSTRAP_USERNAME: login.username, BOOTSTRAP_PASSWORD: login.password}
    return {**os.environ, **kept, **bootstrap, "OMNILEX_DATA_DIR": str(plan.data_dir), "PYTHONUNBUFFERED": "1"}


def _given() -> dict[str, str | None]:
    """What the environment and, where it is silent, `.env` say."""
    try:
        return {**dotenv_values(".env"), **os.environ}
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed(f"The file .env cannot be read: {error}.") from error


def _secrets(data_dir: Path) -> dict[str, str]:
    """The secrets of this folder, made once. Never made anew beside data: the stored PINs would match no more."""
    path = data_dir / "secrets.json"
    try:
        known = _SECRETS.validate_json(path.read_bytes())
    except FileNotFoundError:
        if any(data_dir.glob("*.sqlite")):
            raise CommandFailed(f"{path} is missing. {_SECRETS_LOST}") from None
        known = {}
    except OSError as error:
        raise CommandFailed(f"{path} cannot be read: {error.strerror}.") from error
    except ValidationError:
        raise CommandFailed(f"{path} is damaged. {_SECRETS_LOST}") from None
    missing = {name: secrets.token_urlsafe(32) for name in SECRET_KEYS if name not in known}
    if missing:
        known |= missing
        with told_if_unusable(data_dir):
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
