"""A real Lex runtime behind a socket, with a code hook behind another, for an unmodified boto3."""

import asyncio
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
import uvicorn
from botocore.config import Config
from fastapi import FastAPI, Request, Response
from pydantic import JsonValue

from services.lex.main import create_app
from services.lex.settings import LexSettings
from shared.settings import DEVELOPMENT_SECRET

if TYPE_CHECKING:
    from types_aiobotocore_lexv2_runtime.type_defs import RecognizeTextResponseTypeDef

BOT = {"botId": "OMNILEXBOT", "botAliasId": "TSTALIASID", "localeId": "en_US"}


@contextmanager
def listening(app: FastAPI) -> Iterator[str]:
    """The address of the application, served in a thread on a free port."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, ws="none", lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        assert time.monotonic() < deadline, "the server did not start in time"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(20)


@dataclass
class BankHook:
    """A code hook like the bank's: checks the signature, and fulfils with one sentence per intent."""

    app: FastAPI = field(default_factory=FastAPI)
    events: list[dict[str, JsonValue]] = field(default_factory=list)
    delay: float = 0.0
    status: int = 200

    def __post_init__(self) -> None:
        self.app.add_api_route("/lex/fulfillment", self._answer, methods=["POST"])

    async def _answer(self, request: Request) -> Response:
        body = await request.body()
        signed = f"{request.headers['x-timestamp']}.".encode() + body
        signature = hmac.new(DEVELOPMENT_SECRET.encode(), signed, hashlib.sha256).hexdigest()
        if signature != request.headers["x-signature"]:
            return Response(status_code=401)
        event = json.loads(body)
        self.events.append(event)
        if self.delay:
            await asyncio.sleep(self.delay)
        acting = event["sessionState"]["intent"]
        state = {"sessionAttributes": event["sessionState"]["sessionAttributes"], "intent": acting}
        if event["invocationSource"] == "DialogCodeHook":
            answer = {"sessionState": {**state, "dialogAction": {"type": "Delegate"}}}
        else:
            acting["state"] = "Fulfilled"
            text = {"contentType": "PlainText", "content": f"{acting['name']} is done."}
            answer = {"sessionState": {**state, "dialogAction": {"type": "Close"}}, "messages": [text]}
        return Response(json.dumps(answer), self.status, media_type="application/json")


@pytest.fixture
def bank() -> BankHook:
    return BankHook()


@pytest.fixture
def hook_url(bank: BankHook) -> Iterator[str]:
    with listening(bank.app) as url:
        yield f"{url}/lex/fulfillment"


MakeSettings = Callable[..., LexSettings]


@pytest.fixture
def make_settings(data_dir: Path, hook_url: str) -> MakeSettings:
    def make(**changes: object) -> LexSettings:
        defaults: dict[str, object] = {"data_dir": data_dir, "code_hook_url": hook_url, "lex_log_poll_seconds": 0.1}
        return LexSettings.model_validate(defaults | changes)

    return make


class Customer:
    """Talks to the runtime with plain boto3."""

    def __init__(self, url: str, session: str = "web:customer-1") -> None:
        self.client = boto3.client(
            "lexv2-runtime",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",
            config=Config(retries={"total_max_attempts": 1}),
        )
        self.at = {**BOT, "sessionId": session}

    def say(self, text: str, **more: object) -> "RecognizeTextResponseTypeDef":
        return self.client.recognize_text(**{**self.at, "text": text, **more})

    def hears(self, text: str) -> list[str]:
        return [message["content"] for message in self.say(text).get("messages", [])]

    def close(self) -> None:
        self.client.close()


Runtime = Callable[..., AbstractContextManager[Customer]]


@pytest.fixture
def runtime(make_settings: MakeSettings) -> Runtime:
    """`with runtime(**settings) as customer`: a running server and a customer of it."""

    @contextmanager
    def run(**changes: object) -> Iterator[Customer]:
        with listening(create_app(make_settings(**changes))) as url:
            customer = Customer(url)
            try:
                yield customer
            finally:
                customer.close()

    return run
