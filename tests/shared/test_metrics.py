"""A public application shows its measures only to who sends the metrics token."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr

from shared.app import build_app
from shared.settings import ServiceSettings
from tests.conftest import served

TOKEN = "metrics-token-of-the-test"


class Nothing:
    async def ready(self) -> None:
        return None


@asynccontextmanager
async def wire(_: ServiceSettings) -> AsyncIterator[Nothing]:
    yield Nothing()


@pytest.mark.parametrize(
    ("public", "token", "sent", "status"),
    [
        (False, None, None, 200),
        (False, TOKEN, None, 404),
        (False, TOKEN, TOKEN, 200),
        (True, None, None, 404),
        (True, None, "", 404),
        (True, TOKEN, "another token of some kind", 404),
        (True, TOKEN, TOKEN, 200),
    ],
)
async def test_measures_are_shown_to_whom_they_belong(
    public: bool, token: str | None, sent: str | None, status: int
) -> None:
    settings = ServiceSettings(metrics_token=SecretStr(token) if token else None)
    app = build_app(name="gateway", title="t", settings=settings, wire=wire, routers=[], public=public)
    headers = {} if sent is None else {"authorization": f"Bearer {sent}"}
    async with served(app, headers=headers) as client:
        assert (await client.get("/metrics")).status_code == status
