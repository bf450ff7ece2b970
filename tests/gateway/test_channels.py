"""What is told of the channels, and how their credentials are tried, by providers that check them."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from pydantic import JsonValue, SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.gateway.main import PACKAGE, create_app
from services.gateway.settings import GatewaySettings
from services.gateway.slack_installs import PURPOSE, Grant, Installations
from shared.cipher import Cipher
from shared.db import open_database
from tests.conftest import served
from tests.gateway.conftest import gateway_app, listening, signed_in, with_roles

ACCOUNT, TOKEN = "AC" + "0a" * 16, "the-auth-token-of-twilio"
CLIENT_SECRET, SIGNING_SECRET, CODE_HOOK_SECRET = "slack-client-secret", "slack-signing-secret", "c" * 40
SECRETS = (TOKEN, CLIENT_SECRET, SIGNING_SECRET, CODE_HOOK_SECRET, "xoxb-")
DOOR = "https://bank.example"


class FakeTwilioAccount:
    def __init__(self, status: str = "active", kind: str = "Full") -> None:
        self.status, self.kind = status, kind
        self.app = Starlette(routes=[Route("/2010-04-01/Accounts/{sid}.json", self.account)])

    async def account(self, request: Request) -> Response:
        login = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {login}":
            return JSONResponse({"code": 20003, "message": "Authenticate", "status": 401}, 401)
        if request.path_params["sid"] != ACCOUNT:
            return JSONResponse({"code": 20404, "status": 404}, 404)
        return JSONResponse({"sid": ACCOUNT, "status": self.status, "type": self.kind})


class FakeSlackAuth:
    """Knows the tokens of its workspaces."""

    def __init__(self, **tokens: str) -> None:
        self.tokens = tokens
        self.app = Starlette(routes=[Route("/api/auth.test", self.test, methods=["POST"])])

    async def test(self, request: Request) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        team = next((team for team, known in self.tokens.items() if known == token), None)
        return JSONResponse({"ok": True, "team_id": team} if team else {"ok": False, "error": "invalid_auth"})


def door() -> Starlette:
    return Starlette(routes=[Route("/health", lambda request: Response("ok"))])


def configured(settings: GatewaySettings, **changes: object) -> GatewaySettings:
    return settings.model_copy(
        update={
            "public_url": DOOR,
            "code_hook_secret": SecretStr(CODE_HOOK_SECRET),
            "twilio_account_sid": ACCOUNT,
            "twilio_auth_token": SecretStr(TOKEN),
            "slack_client_id": "1.2",
            "slack_client_secret": SecretStr(CLIENT_SECRET),
            "slack_signing_secret": SecretStr(SIGNING_SECRET),
            **changes,
        }
    )


@asynccontextmanager
async def installed(settings: GatewaySettings, **tokens: str) -> AsyncIterator[None]:
    """Workspaces that have installed the app."""
    async with open_database(settings.database_url(settings.gateway_database_url, "gateway"), PACKAGE) as database:
        installations = Installations(database, Cipher(settings.channel_secret.get_secret_value(), PURPOSE))
        for team, token in tokens.items():
            grant = Grant(team, f"The {team}", "A1", "U1", SecretStr(token), "chat:write", "U2")
            await installations.save(grant)
        yield


async def reports(client: httpx.AsyncClient, test: bool = False) -> dict[str, dict[str, JsonValue]]:
    answer = await client.get("/api/v1/channels", params={"test": str(test).lower()}, headers=await signed_in(client))
    assert answer.status_code == 200, answer.text
    assert not any(secret in answer.text for secret in SECRETS)
    return {item["channel"]: item for item in answer.json()["channels"]}


def told(report: dict[str, JsonValue]) -> list[tuple[str, bool, str]]:
    tests = report["tests"]
    assert isinstance(tests, list)
    return [(str(one["what"]), bool(one["good"]), str(one["told"])) for one in tests if isinstance(one, dict)]


async def test_new_user_sees_what_to_set(settings: GatewaySettings) -> None:
    async with gateway_app(settings) as app, served(app) as client:
        found = await reports(client, test=True)
    assert [found[name]["configured"] for name in ("web", "sms", "voice", "slack", "connect")] == [True] + [False] * 4
    assert found["sms"]["told"] == (
        "Off. Set OMNILEX_TWILIO_ACCOUNT_SID, OMNILEX_TWILIO_AUTH_TOKEN, OMNILEX_PUBLIC_URL."
    )
    assert found["connect"]["told"] == "Off. Set OMNILEX_CODE_HOOK_SECRET, OMNILEX_PUBLIC_URL."
    assert found["sms"]["tests"] is None
    assert told(found["web"]) == [("the bot", False, "Not answering: lex, bot, media, insights.")]


async def test_urls_to_paste_are_routes_of_ours(settings: GatewaySettings) -> None:
    async with gateway_app(configured(settings)) as app, served(app) as client:
        found = await reports(client)
    pasted = {
        str(paste["value"])
        for report in found.values()
        for paste in (report["paste"] if isinstance(report["paste"], list) else [])
        if isinstance(paste, dict)
    }
    urls = {value.removeprefix(DOOR) for value in pasted if value.startswith(DOOR)}
    routes = set(create_app(settings).openapi()["paths"]) | {"/"}
    assert urls <= routes
    assert urls >= {
        "/webhooks/twilio/sms",
        "/webhooks/twilio/voice",
        "/webhooks/twilio/voice/status",
        "/webhooks/slack/events",
        "/webhooks/slack/interactivity",
        "/slack/oauth_redirect",
        "/webhooks/lex",
    }
    assert found["slack"]["told"] == "On."


async def test_address_without_https_is_told(settings: GatewaySettings) -> None:
    plain = configured(settings, public_url="http://bank.example")
    async with gateway_app(plain) as app, served(app) as client:
        assert "not https" in str((await reports(client))["sms"]["told"])


@pytest.mark.parametrize(
    ("account", "token", "good", "sentence"),
    [
        (FakeTwilioAccount(), TOKEN, True, "Twilio accepts them; the account is in use."),
        (FakeTwilioAccount(kind="Trial"), TOKEN, True, "Twilio accepts them; the account is a trial account"),
        (FakeTwilioAccount(status="suspended"), TOKEN, False, "The account is suspended."),
        (FakeTwilioAccount(), "another", False, "Twilio refuses the account id or its auth token."),
    ],
)
async def test_account_at_twilio_is_tried(
    settings: GatewaySettings, account: FakeTwilioAccount, token: str, good: bool, sentence: str
) -> None:
    mine = configured(settings, slack_client_id="", twilio_auth_token=SecretStr(token))
    behind = {mine.twilio_api_url: account.app, DOOR: door()}
    async with gateway_app(mine, behind=behind) as app, served(app) as client:
        found = await reports(client, test=True)
    for channel in ("sms", "voice"):
        ((what, works, why),) = told(found[channel])
        assert (what, works) == ("the Twilio account", good)
        assert why.startswith(sentence)
    assert told(found["web"])[1] == (DOOR, True, "It leads to this gateway.")


async def test_twilio_and_the_door_that_do_not_answer_are_told(settings: GatewaySettings) -> None:
    mine = configured(settings, slack_client_id="")
    async with gateway_app(mine) as app, served(app) as client:
        found = await reports(client, test=True)
    ((_, good, sentence),) = told(found["sms"])
    _, (_, reached, nobody) = told(found["web"])
    assert (good, reached) == (False, False)
    assert "does not answer as it should" in sentence
    assert nobody == "Nobody answers there (ConnectError)."


async def test_every_workspace_is_tried(settings: GatewaySettings, database_url: str) -> None:
    slack = FakeSlackAuth(T1="xoxb-1", T3="xoxb-1x")
    async with listening(slack.app) as url:
        mine = configured(settings, slack_url=url, gateway_database_url=database_url)
        behind = {mine.twilio_api_url: FakeTwilioAccount().app, DOOR: door()}
        async with (
            installed(mine, T1="xoxb-1", T2="xoxb-2", T3="xoxb-1"),
            gateway_app(mine, behind=behind) as app,
            served(app) as client,
        ):
            found = told((await reports(client, test=True))["slack"])
    assert found == [
        ("the workspace The T1", True, "Slack accepts its token."),
        ("the workspace The T2", False, "Slack refuses its token (invalid_auth)."),
        ("the workspace The T3", False, "Its token is another workspace's."),
    ]


async def test_no_workspace_yet(settings: GatewaySettings) -> None:
    async with gateway_app(configured(settings)) as app, served(app) as client:
        assert told((await reports(client, test=True))["slack"])[0][2] == "No workspace has installed the app yet."


async def test_admins_only(settings: GatewaySettings) -> None:
    async with gateway_app(settings) as app, served(app) as client:
        for role in ("supervisor", "agent", "analyst"):
            headers = await with_roles(client, role)
            assert (await client.get("/api/v1/channels", headers=headers)).status_code == 403
        assert (await client.get("/api/v1/channels")).status_code == 401
