"""The accounts service and the bot against what their own OpenAPI documents say, by requests that nobody thought of."""

import hashlib
import hmac
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import uvicorn
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import status_code_conformance

from services.accounts.main import create_app as accounts_app
from services.bot.main import create_app as bot_app
from services.bot.settings import BotSettings
from shared.callers import Caller, Service
from shared.settings import DEVELOPMENT_SECRET
from tests.accounts.bank import cheap_settings
from tests.conftest import internal_headers, staff

_CASES = settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
_ANSWERED_WITHOUT_OTHERS = (502, 503, 504)  # the bot, whose accounts service is not there


def serving(app: FastAPI) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="on"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=30)


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FastAPI, str]]:
    folder: Path = tmp_path_factory.mktemp("accounts")
    app = accounts_app(cheap_settings(folder))
    for url in serving(app):
        yield app, url


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FastAPI, str]]:
    folder: Path = tmp_path_factory.mktemp("bot")
    app = bot_app(BotSettings(data_dir=folder, accounts_url="http://127.0.0.1:9"))
    for url in serving(app):
        yield app, url


def signed(body: bytes) -> dict[str, str]:
    timestamp = str(int(time.time()))
    digest = hmac.new(DEVELOPMENT_SECRET.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"x-timestamp": timestamp, "x-signature": digest}


def hold_to_its_word(app: FastAPI, url: str, audience: Service, *, without_others: bool = False) -> int:
    """Calls every operation as a service and as staff; returns how many answers were looked at."""
    schema = schemathesis.openapi.from_dict(app.openapi())
    callers = (Caller("service", "bot"), staff("admin", "supervisor", "analyst", "agent"))
    looked_at = 0
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()

        @_CASES
        @given(case=operation.as_strategy())
        def hold(case: schemathesis.Case[Any]) -> None:
            nonlocal looked_at
            for caller in callers:
                headers = internal_headers(audience, caller) | signed(b"")
                answer = case.call(base_url=url, headers=headers, timeout=30)
                looked_at += 1
                checks = [status_code_conformance]
                if not (without_others and answer.status_code in _ANSWERED_WITHOUT_OTHERS):
                    checks.append(not_a_server_error)
                case.validate_response(answer, checks=checks, headers=headers)

        hold()
    return looked_at


def test_accounts_keeps_to_its_document(accounts: tuple[FastAPI, str]) -> None:
    assert hold_to_its_word(*accounts, "accounts") > 300


def test_the_bot_keeps_to_its_document(bot: tuple[FastAPI, str]) -> None:
    assert hold_to_its_word(*bot, "bot", without_others=True) > 50
