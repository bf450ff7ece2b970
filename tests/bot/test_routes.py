"""The code hook's route: its signature, malformed events."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response

from services.bot.main import create_app
from services.bot.settings import BotSettings
from shared.settings import DEVELOPMENT_SECRET
from tests.bot.conversation import Conversation, FakeAccounts, bot_over, event_document
from tests.conftest import Serve, without_chance

SECRET = "a secret that only Lex and the bot know"


def app_over(accounts: FakeAccounts) -> FastAPI:
    return create_app(BotSettings(code_hook_secret=SECRET), bot_over(accounts))


def event(intent: str = "Help", transcript: str = "help") -> bytes:
    return json.dumps(event_document({"name": intent, "slots": {}}, transcript, attributes={"theirs": "kept"})).encode()


def signed(body: bytes, *, secret: str = SECRET, age: float = 0) -> dict[str, str]:
    timestamp = str(int(time.time() - age))
    signature = _signature(timestamp.encode() + b"." + body, secret)
    return {"content-type": "application/json", "x-timestamp": timestamp, "x-signature": signature}


def _signature(signed_part: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), signed_part, hashlib.sha256).hexdigest()


async def post(client: AsyncClient, body: bytes, headers: dict[str, str]) -> Response:
    return await client.post("/lex/fulfillment", content=body, headers=headers)


async def test_signed_event_is_answered_in_lex_format(serve: Serve) -> None:
    body = event()
    async with serve(app_over(FakeAccounts())) as client:
        answer = await post(client, body, signed(body))
    assert answer.status_code == 200
    state = answer.json()["sessionState"]
    assert state["dialogAction"] == {"type": "Close"}
    assert state["intent"] == {"name": "Help", "slots": {}, "state": "Fulfilled", "confirmationState": "None"}
    assert state["sessionAttributes"].pop("lastAnswer")
    assert state["sessionAttributes"] == {"theirs": "kept"}
    assert answer.json()["messages"][0]["contentType"] == "PlainText"


async def test_null_slots_are_written(serve: Serve) -> None:
    body = event("ProvideAccountDetails")
    async with serve(app_over(FakeAccounts())) as client:
        answer = await post(client, body, signed(body))
    assert answer.json()["sessionState"]["intent"]["slots"] == {
        "PhoneNumber": None,
        "Pin": None,
        "CustomerNumber": None,
    }
    assert answer.json()["sessionState"]["dialogAction"] == {"type": "ElicitSlot", "slotToElicit": "PhoneNumber"}


BODY = event()


@pytest.mark.parametrize(
    "made",  # in the test: a minute later they would be refused as old, whatever else is wrong
    [
        dict,
        lambda: {"x-timestamp": str(int(time.time()))},
        lambda: signed(BODY, secret=DEVELOPMENT_SECRET),
        lambda: signed(BODY + b" "),
        lambda: signed(BODY, age=900),
        lambda: signed(BODY, age=-900),
        lambda: signed(BODY) | {"x-timestamp": str(int(time.time()) + 70)},
        lambda: signed(BODY) | {"x-signature": "ÿ"},
        lambda: {"x-timestamp": "soon", "x-signature": _signature(b"soon." + BODY)},
    ],
    ids=["missing", "half", "other secret", "other body", "old", "from the future", "moved", "not ascii", "no time"],
)
async def test_unproven_event_is_refused(serve: Serve, made: Callable[[], dict[str, str]]) -> None:
    headers = made()
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    async with serve(app_over(FakeAccounts())) as client:
        answer = await client.post("/lex/fulfillment", content=BODY, headers=encoded)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("body", [b"", b"not json 2468", b"[]", b'{"sessionId": "secret 2468"}', event() + b"}"])
async def test_malformed_event_is_refused_without_echo(serve: Serve, body: bytes) -> None:
    async with serve(app_over(FakeAccounts())) as client:
        answer = await post(client, body, signed(body))
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert "2468" not in without_chance(answer.text)


async def test_dialog_through_http_leaves_no_pin_in_the_logs(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    intent: dict[str, object] = {
        "name": "VerifyIdentity",
        "slots": {
            "PhoneNumber": {"value": {"originalValue": "555-555-0190", "interpretedValue": "5555550190"}},
            "Pin": {"value": {"originalValue": "2468", "interpretedValue": "2468", "resolvedValues": ["2468"]}},
        },
    }
    document = event_document(intent, "2468", source="FulfillmentCodeHook")
    body = json.dumps(document).encode()
    async with serve(app_over(FakeAccounts())) as client:
        answer = await post(client, body, signed(body))
    assert "Ana" in answer.text
    assert "2468" not in without_chance(answer.text)
    logged = without_chance(capsys.readouterr().out)
    assert '"event": "intent.answered"' in logged
    for secret in ("2468", "555555", "Ana"):
        assert secret not in logged


async def test_accounts_that_do_not_listen_are_an_answer(serve: Serve, data_dir: Path) -> None:
    lex = Conversation()
    await lex.start("VerifyIdentity")
    await lex.verify()
    document = event_document(
        {"name": "ProvideAccountDetails", "slots": {"AccountType": None}},
        "my balance",
        source="FulfillmentCodeHook",
        attributes=lex.attributes,
    )
    body = json.dumps(document).encode()
    app = create_app(BotSettings(code_hook_secret=SECRET, accounts_url="http://127.0.0.1:9", data_dir=data_dir))
    async with serve(app) as client:
        answer = await post(client, body, signed(body))
        ready = await client.get("/ready")
    assert answer.status_code == 200
    assert answer.json()["messages"][0]["content"].startswith("I can't reach your accounts right now")
    assert answer.json()["sessionState"]["intent"]["state"] == "Failed"
    assert ready.status_code == 503


def test_settings_refuse_the_default_secrets_in_production() -> None:
    with pytest.raises(
        ValueError,
        match=r"OMNILEX_BOT_DATABASE_URL.*OMNILEX_CODE_HOOK_SECRET.*OMNILEX_FAQ_SEARCH.*OMNILEX_IDENTITY_TOKEN_SECRET",
    ):
        BotSettings(environment="production")
