"""Requests to Slack's paths that are not Slack's, or not for us: none does anything, none is told anything."""

import json
import random
import time
from urllib.parse import urlencode

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from services.gateway.settings import GatewaySettings
from services.gateway.slack_requests import SlackRequest, SlackRequests
from shared.errors import Unauthenticated
from tests.conftest import eventually
from tests.gateway.conftest import FakeLex, gateway
from tests.gateway.fakes_slack import CLIENT_ID, CLIENT_SECRET, TEAM
from tests.gateway.slack_requests import (
    EVENTS,
    INTERACTIVITY,
    SECRET,
    SlackPeer,
    callback,
    in_slack,
    message,
    signed,
)
from tests.gateway.test_slack import answers_with, card

WORD = "Xylophone"


def forged(rng: random.Random, body: bytes) -> dict[str, str]:
    """Headers that no request of Slack's has with this body, of some kind or other."""
    good = signed(body)
    stamp, signature = good["x-slack-request-timestamp"], good["x-slack-signature"]
    changed = "".join(rng.choice("0123456789abcdef") for _ in range(64))
    wrong: list[dict[str, str]] = [
        {},
        {"x-slack-signature": signature},
        {"x-slack-request-timestamp": stamp},
        {**good, "x-slack-signature": f"v0={changed}"},
        {**good, "x-slack-signature": signature[:-1]},
        {**good, "x-slack-signature": signature.replace("v0=", "v1=")},
        {**good, "x-slack-signature": signature.upper()},
        {**good, "x-slack-signature": ""},
        {**good, "x-slack-request-timestamp": str(int(stamp) - rng.randint(1, 200))},
        {**good, "x-slack-request-timestamp": rng.choice(["", "now", "-1", "1e9", "1_0", "1" * 40, "NaN"])},
        signed(body, secret=f"{SECRET}{rng.randint(0, 9)}"),
        signed(body, at=time.time() - rng.randint(301, 10**6)),
        signed(body, at=time.time() + rng.randint(320, 10**6)),
        signed(body + b" "),
    ]
    return rng.choice(wrong)


def malformed(rng: random.Random) -> bytes:
    """What no event is, whoever signed it."""
    event = message(WORD)
    whole = json.dumps(callback(event)).encode()
    return rng.choice(
        [
            b"",
            b"null",
            b"[]",
            b'"text"',
            b"{" * rng.randint(1, 5000),
            b'{"a":' * 3000 + b"1" + b"}" * 3000,
            whole[: rng.randint(1, len(whole) - 1)],
            b"\x00" + whole,
            b'{"type": "event_callback"}',
            json.dumps(callback(event, team_id=rng.choice(["", "T0 BANK", "x" * 5000, 7, None, {"a": 1}]))).encode(),
            json.dumps(callback(event, api_app_id=rng.choice(["", None, ["A0APP"]]))).encode(),
            json.dumps(callback({**event, "ts": rng.choice(["", "now", None, 17.5, "1.1; DROP"])})).encode(),
            json.dumps(callback({**event, "user": rng.choice([None, "", "u", {"id": "U1"}])})).encode(),
            json.dumps(callback({**event, "channel": rng.choice(["", "../D1", 5])})).encode(),
            json.dumps(callback({**event, "text": rng.choice([None, 5, ["x"], "y" * 60_000])})).encode(),
            json.dumps(callback(event, event_time=rng.choice([-1, 10**30, "soon"]))).encode(),
            b'{"type": "event_callback", "team_id": "T0BANK", "api_app_id": "A0APP", "event": ' + b"\xff" * 9 + b"}",
        ]
    )


def malformed_form(rng: random.Random) -> bytes:
    payload = json.dumps({"type": "block_actions", "actions": [{"value": WORD}]})
    return rng.choice(
        [
            b"",
            b"payload",
            b"payload=",
            b"payload=%7B",
            b"payload=null",
            b"\xff\xfe",
            b"&".join([b"a=1"] * 500),
            urlencode({"other": payload}).encode(),
            urlencode({"payload": payload}).encode(),
            urlencode({"payload": json.dumps({"type": "view_submission", "user": {"id": "U1"}})}).encode(),
            urlencode({"payload": "[" * 100_000}).encode(),
            payload.encode(),
        ]
    )


async def refused(peer: SlackPeer, path: str, body: bytes, headers: dict[str, str], *statuses: int) -> None:
    answer = await peer.post(path, body, headers)
    assert answer.status_code in statuses, (answer.status_code, headers, body[:200])
    assert answer.headers["content-type"] == "application/problem+json"
    assert WORD not in answer.text
    assert TEAM not in answer.text
    assert "ctx" not in answer.text


async def test_a_thousand_forged_old_and_broken_events_do_nothing(settings: GatewaySettings) -> None:
    rng = random.Random(20_260_301)  # noqa: S311  the same order each time
    async with in_slack(settings) as peer:
        for number in range(1000):
            if number % 3:
                body = json.dumps(callback(message(WORD))).encode()
                await refused(peer, EVENTS, body, forged(rng, body), 401)
            else:
                body = malformed(rng)
                try:
                    headers = signed(body)
                except UnicodeDecodeError:
                    headers = signed(b"")
                await refused(peer, EVENTS, body, headers, 400, 401)
        await peer.say("hello")
        await peer.answers("Hello.")
        assert peer.texts_heard() == ["hello"]


async def test_a_thousand_replays_are_answered_once(settings: GatewaySettings) -> None:
    requests = []
    async with in_slack(settings, channel_messages_per_minute=2000) as peer:
        for number in range(20):
            body = json.dumps(callback(message(f"{WORD} {number}"))).encode()
            requests.append((body, signed(body)))
        for number in range(1000):
            answer = await peer.post(EVENTS, *requests[number % 20])
            assert (answer.status_code, answer.content) == (200, b"")
        await peer.heard(20)
        await eventually(lambda: len(peer.slack.messages) == 20)
        await peer.say("done")
        await eventually(lambda: len(peer.slack.messages) == 21)
        assert len(peer.lex.heard) == 21


async def test_a_thousand_forged_old_and_broken_interactions_do_nothing(settings: GatewaySettings) -> None:
    rng = random.Random(20_260_302)  # noqa: S311  the same order each time
    lex = FakeLex()
    answers_with(lex, card("Yes", "No"))
    async with in_slack(settings, lex=lex) as peer:
        await peer.say("pay")
        await eventually(lambda: len(peer.slack.messages) == 1)
        pressed: list[bytes] = []
        post = peer.post

        async def keep(path: str, body: bytes, headers: object = None) -> httpx.Response:
            pressed.append(body)
            return httpx.Response(200)

        peer.post = keep  # type: ignore[assignment]  # what is sent is looked at first
        await peer.press("Yes")
        peer.post = post  # type: ignore[method-assign]  # as it was
        for number in range(1000):
            if number % 3:
                await refused(peer, INTERACTIVITY, pressed[0], forged(rng, pressed[0]), 401)
            else:
                body = malformed_form(rng)
                try:
                    headers = signed(body)
                except UnicodeDecodeError:
                    headers = signed(b"")
                await refused(peer, INTERACTIVITY, body, headers, 400, 401)
        assert peer.texts_heard() == ["pay"]
        assert (await peer.post(INTERACTIVITY, pressed[0])).status_code == 200
        await peer.heard(2)


async def test_another_app_or_workspace_is_refused(settings: GatewaySettings) -> None:
    async with in_slack(settings) as peer:
        for outer in ({"team_id": "T0STRANGER"}, {"api_app_id": "A0OTHER"}):
            answer = await peer.tell(message(WORD), **outer)
            assert answer.status_code == 403
            assert answer.headers["x-slack-no-retry"] == "1"
            assert WORD not in answer.text
        answer = await peer.interact({"type": "block_actions", "team": {"id": "T0STRANGER"}, "actions": [{}]})
        assert answer.status_code == 403
        assert peer.lex.heard == []


async def test_old_apps_are_known_by_their_token(settings: GatewaySettings) -> None:
    token = SecretStr("verification-token")
    async with in_slack(settings, slack_signing_secret=None, slack_verification_token=token) as peer:
        body = json.dumps(callback(message("hello"))).encode()
        assert (await peer.post(EVENTS, body, {})).status_code == 200
        await peer.answers("Hello.")
        for wrong in ("", "verification-tokem", "é"):
            body = json.dumps(callback(message(WORD), token=wrong)).encode()
            answer = await peer.post(EVENTS, body, {})
            assert answer.status_code == 401
            assert WORD not in answer.text
        assert (await peer.interact({"type": "block_actions", "actions": [{}]})).status_code == 200
        assert (await peer.interact({"type": "block_actions", "token": "x"})).status_code == 401


async def test_token_is_worth_nothing_beside_a_signing_secret(settings: GatewaySettings) -> None:
    async with in_slack(settings, slack_verification_token=SecretStr("verification-token")) as peer:
        body = json.dumps(callback(message(WORD))).encode()
        assert (await peer.post(EVENTS, body, {})).status_code == 401


def test_signature_of_five_minutes_is_the_last_one() -> None:
    now = 1_800_000_000.0
    requests = SlackRequests(signing_secret=SECRET, verification_token=None, clock=lambda: now)
    for age, good in ((300, True), (-300, True), (301, False), (-301, False)):
        headers = signed(b"{}", at=now - age)
        request = SlackRequest(b"{}", headers["x-slack-request-timestamp"], headers["x-slack-signature"])
        if good:
            requests.check_signature(request)
        else:
            with pytest.raises(Unauthenticated):
                requests.check_signature(request)


async def test_without_slack_its_paths_are_not_there(settings: GatewaySettings) -> None:
    async with gateway(settings) as client:
        for method, path in (
            ("POST", EVENTS),
            ("POST", INTERACTIVITY),
            ("GET", "/slack/install"),
            ("GET", "/slack/oauth_redirect"),
        ):
            answer = await client.request(method, path)
            assert answer.status_code == 404
            assert answer.json()["detail"] == "Slack is not configured."


@pytest.mark.parametrize("missing", ["slack_client_secret", "slack_signing_secret", "public_url"])
def test_half_a_configuration_is_refused_at_start(missing: str) -> None:
    whole = {
        "slack_client_id": CLIENT_ID,
        "slack_client_secret": CLIENT_SECRET,
        "slack_signing_secret": SECRET,
        "public_url": "https://bank.example",
    }
    assert GatewaySettings.model_validate(whole).has_slack
    with pytest.raises(ValidationError, match="OMNILEX_SLACK_CLIENT_ID"):
        GatewaySettings.model_validate({name: value for name, value in whole.items() if name != missing})
