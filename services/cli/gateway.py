"""The command line's door to the system: the gateway's public API, its address, and who signs in there."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import httpx
from pydantic import BaseModel

from services.cli.bank_calls import BankCalls
from services.cli.connection import TIMEOUT, CommandFailed
from services.cli.intake_calls import IntakeCalls
from services.cli.interaction_calls import InteractionCalls
from services.cli.ledger_calls import LedgerCalls
from services.cli.settings import CliSettings

DEFAULT_URL = "http://127.0.0.1:8080"
N = TypeVar("N", bound=BaseModel)


class Gateway(BankCalls, IntakeCalls, LedgerCalls, InteractionCalls):
    """One method per thing that a command does. Every refusal is raised as CommandFailed."""


class StaffLogin(BaseModel):
    username: str
    password: str


class Running(BaseModel):
    """What `omnilex up` notes in the data folder while it runs."""

    pid: int
    gateway_url: str


def gateway_url(settings: CliSettings) -> str:
    if settings.gateway_url:
        return settings.gateway_url
    running = read_note(settings.data_dir / "up.json", Running)
    return running.gateway_url if running else DEFAULT_URL


def read_note(path: Path, kind: type[N]) -> N | None:
    """A note that `omnilex up` left, or None when there is none that can be read."""
    try:
        return kind.model_validate(json.loads(path.read_text()))
    except (OSError, ValueError):
        return None


def _is_address(text: str) -> bool:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        return False
    return url.scheme in ("http", "https") and bool(url.host)


@asynccontextmanager
async def open_gateway(settings: CliSettings) -> AsyncIterator[Gateway]:
    """Raises CommandFailed when the address is none."""
    address = gateway_url(settings)
    if not _is_address(address):
        raise CommandFailed(f"OMNILEX_GATEWAY_URL is not an address like {DEFAULT_URL}: {address}")
    async with httpx.AsyncClient(base_url=address, timeout=TIMEOUT) as http:
        yield Gateway(http)


async def staff_token(gateway: Gateway, settings: CliSettings) -> str:
    """That of the settings, or of signing in. Raises CommandFailed when no login is known or it is refused."""
    if settings.token:
        return settings.token.get_secret_value()
    login = read_note(settings.data_dir / "staff-login.json", StaffLogin)
    if settings.username and settings.password:
        login = StaffLogin(username=settings.username, password=settings.password.get_secret_value())
    if login is None:
        raise CommandFailed("No staff login is known. Set OMNILEX_USERNAME and OMNILEX_PASSWORD, or OMNILEX_TOKEN.")
    return (await gateway.login(login.username, login.password)).access_token
