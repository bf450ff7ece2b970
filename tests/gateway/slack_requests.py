"""Requests as Slack makes them, signed by slack_sdk."""

import itertools
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx
from pydantic import SecretStr
from slack_sdk.signature import SignatureVerifier

from services.gateway.settings import GatewaySettings
from tests.conftest import eventually, served
from tests.gateway.conftest import FakeLex, gateway_app, listening
from tests.gateway.fakes_slack import APP, BOT, CLIENT_ID, CLIENT_SECRET, TEAM, FakeSlack

SECRET = "signing-secret-of-the-app"
EVENTS, INTERACTIVITY = "/webhooks/slack/events", "/webhooks/slack/interactivity"
USER, DIRECT = "U0CUSTOMER", "D0CUSTOMER"
_counter = itertools.count(1)


def settings_for(settings: GatewaySettings, slack_url: str, **changed: object) -> GatewaySettings:
    mine: dict[str, object] = {
        "public_url": "https://bank.example",
        "slack_client_id": CLIENT_ID,
        "slack_client_secret": SecretStr(CLIENT_SECRET),
        "slack_signing_secret": SecretStr(SECRET),
        "slack_url": slack_url,
        "slack_channel_seconds": 0.0,
    }
    return settings.model_copy(update={**mine, **changed})


def signed(body: bytes, *, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    timestamp = str(int(at if at is not None else time.time()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
    assert signature is not None
    return {"x-slack-request-timestamp": timestamp, "x-slack-signature": signature}


def new_time() -> str:
    return f"1700000001.{next(_counter):06d}"


def callback(event: Mapping[str, object], **outer: object) -> dict[str, object]:
    return {
        "token": "verification-token",
        "team_id": TEAM,
        "api_app_id": APP,
        "type": "event_callback",
        "event_id": f"Ev{next(_counter)}",
        "event_time": int(time.time()),
        "authorizations": [{"team_id": TEAM, "user_id": BOT, "is_bot": True}],
        "event": event,
        **outer,
    }


def message(text: str, **fields: object) -> dict[str, object]:
    ts = str(fields.pop("ts", None) or new_time())
    return {
        "type": "message",
        "channel_type": "im",
        "channel": DIRECT,
        "user": USER,
        "text": text,
        "ts": ts,
        "event_ts": ts,
        "client_msg_id": f"c-{ts}",
        **fields,
    }


@dataclass
class SlackPeer:
    """Slack as it calls the gateway, and as it is called."""

    client: httpx.AsyncClient
    slack: FakeSlack
    lex: FakeLex
    channel: str = DIRECT
    user: str = USER
    presses: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def post(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> httpx.Response:
        kind = "application/json" if path == EVENTS else "application/x-www-form-urlencoded"
        return await self.client.post(
            path, content=body, headers={"content-type": kind, **(signed(body) if headers is None else headers)}
        )

    async def tell(self, event: Mapping[str, object], **outer: object) -> httpx.Response:
        body = json.dumps(callback(event, **outer)).encode()
        return await self.post(EVENTS, body)

    async def say(self, text: str, **fields: object) -> httpx.Response:
        return await self.tell(message(text, channel=self.channel, user=self.user, **fields))

    async def interact(self, payload: Mapping[str, object]) -> httpx.Response:
        whole = {
            "token": "verification-token",
            "team": {"id": TEAM, "domain": "bank"},
            "user": {"id": self.user, "team_id": TEAM},
            "api_app_id": APP,
            **payload,
        }
        return await self.post(INTERACTIVITY, urlencode({"payload": json.dumps(whole)}).encode())

    async def press(self, label: str, *, of: int = -1, **changed: object) -> httpx.Response:
        """Presses the button, or makes the choice of a menu, of one of the messages."""
        shown = self.slack.messages[of]
        action = next(one for one in actions(shown.blocks) if one["label"] == label)
        return await self.press_action(action, of=of, **changed)

    async def press_action(self, action: Mapping[str, object], *, of: int = -1, **changed: object) -> httpx.Response:
        shown = self.slack.messages[of]
        number = next(self.presses)
        given = {name: value for name, value in action.items() if name != "label"}
        thread = {"thread_ts": shown.thread_ts} if shown.thread_ts else {}
        return await self.interact(
            {
                "type": "block_actions",
                "trigger_id": f"{number}.trigger",
                "channel": {"id": shown.channel, "name": "directmessage"},
                "message": {"ts": shown.ts, "text": shown.text, "blocks": shown.blocks, **thread},
                "container": {"type": "message", "message_ts": shown.ts, "channel_id": shown.channel},
                "actions": [{"action_ts": f"1700000002.{number:06d}", **given}],
                **changed,
            }
        )

    async def submit(self, value: str, view: str = "V0FORM", **changed: object) -> httpx.Response:
        """Fills in the form that was opened last."""
        _, form = self.slack.forms[-1]
        state = {"values": {"secret": {"secret": {"type": "plain_text_input", "value": value}}}}
        kept = {"id": view, "type": "modal", "callback_id": form["callback_id"]}
        shown = {**kept, "private_metadata": form["private_metadata"], "state": state}
        return await self.interact({"type": "view_submission", "view": shown, **changed})

    async def answers(self, *texts: str, channel: str | None = None) -> None:
        """Waits until these, and no others, have been said in the direct messages."""
        there = channel or self.channel
        await eventually(lambda: len(self.slack.texts(there)) >= len(texts))
        assert self.slack.texts(there) == list(texts)

    async def heard(self, count: int) -> None:
        await eventually(lambda: len(self.lex.heard) >= count)
        assert len(self.lex.heard) == count

    def texts_heard(self) -> list[str]:
        return [text for _, text in self.lex.heard]


def actions(blocks: list[dict[str, object]]) -> list[dict[str, object]]:
    """What can be pressed, as Slack tells of it once it is."""
    found: list[dict[str, object]] = []
    for block in blocks:
        if block["type"] != "actions":
            continue
        elements = block["elements"]
        assert isinstance(elements, list)
        for element in elements:
            common = {"block_id": block.get("block_id", ""), "action_id": element["action_id"], "type": element["type"]}
            options = element.get("options", [])
            found += [{**common, "selected_option": option, "label": option["text"]["text"]} for option in options]
            if element["type"] == "button":
                label = element["text"]["text"]
                found.append({**common, "value": element["value"], "text": element["text"], "label": label})
    return found


@asynccontextmanager
async def in_slack(
    settings: GatewaySettings,
    *,
    lex: FakeLex | None = None,
    slack: FakeSlack | None = None,
    installed: bool = True,
    **changed: object,
) -> AsyncIterator[SlackPeer]:
    """The gateway with Slack configured, installed in one workspace."""
    slack, lex = slack or FakeSlack(), lex or FakeLex()
    async with (
        listening(slack.app) as url,
        gateway_app(settings_for(settings, url, **changed), lex=lex) as app,
        served(app) as client,
    ):
        peer = SlackPeer(client, slack, lex)
        if installed:
            answer = await install(peer)
            assert answer.status_code == 200, answer.text
        yield peer


async def install(peer: SlackPeer, code: str = "code-1", **granted: object) -> httpx.Response:
    """What a browser does from the bank's link to the page at the end."""
    departure = await peer.client.get("/slack/install")
    assert departure.status_code == 302, departure.text
    state = httpx.URL(departure.headers["location"]).params["state"]
    peer.slack.grant(code, **granted)  # type: ignore[arg-type]  # JSON as it came
    cookie = departure.headers["set-cookie"].partition(";")[0]
    query = {"code": code, "state": state}
    peer.client.cookies.clear()
    return await peer.client.get("/slack/oauth_redirect", params=query, headers={"cookie": cookie})
