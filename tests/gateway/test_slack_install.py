"""Installing the Slack app: whose browser, whose workspace, what is kept, and what becomes of it."""

import json
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
from pydantic import SecretStr

from services.gateway import store
from services.gateway.main import PACKAGE
from services.gateway.settings import GatewaySettings
from services.gateway.slack_installs import PURPOSE, Grant, Installations
from shared.callers import Tokens
from shared.cipher import Cipher
from shared.db import open_database
from shared.settings import DEVELOPMENT_SECRET
from tests.conftest import eventually
from tests.gateway.conftest import everything_in
from tests.gateway.fakes_slack import ADMIN, APP, BOT, CLIENT_ID, SCOPES, TEAM, FakeSlack, failing
from tests.gateway.slack_requests import SlackPeer, in_slack, install, message

BACK = "/slack/oauth_redirect"


async def departure(peer: SlackPeer) -> tuple[str, dict[str, bytes]]:
    """The state and the cookie with which a browser leaves for Slack."""
    answer = await peer.client.get("/slack/install")
    cookie = answer.headers["set-cookie"].partition(";")[0]
    peer.client.cookies.clear()
    return str(httpx.URL(answer.headers["location"]).params["state"]), {"cookie": cookie.encode()}


async def test_browser_is_sent_to_slack_with_a_state_of_its_own(settings: GatewaySettings) -> None:
    async with in_slack(settings, installed=False) as peer:
        answer = await peer.client.get("/slack/install")
        assert answer.status_code == 302
        assert answer.headers["cache-control"] == "no-store"
        url = urlsplit(answer.headers["location"])
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        assert url.path == "/oauth/v2/authorize"
        assert query["client_id"] == CLIENT_ID
        assert query["scope"] == SCOPES
        assert query["redirect_uri"] == "https://bank.example/slack/oauth_redirect"
        cookie = answer.headers["set-cookie"]
        assert all(part in cookie for part in ("HttpOnly", "Secure", "SameSite=lax", "Path=/slack", "Max-Age=600"))
        assert cookie.partition("=")[2].partition(";")[0] not in query["state"]


async def test_what_is_granted_is_kept_sealed(settings: GatewaySettings) -> None:
    async with in_slack(settings, installed=False) as peer:
        answer = await install(peer)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/html")
        assert f"Team &lt;{TEAM}&gt;" in answer.text
        assert "xoxb" not in answer.text
        assert "Max-Age=0" in answer.headers["set-cookie"]
        await peer.say("hi")
        await peer.answers("Hello.")
    stored = everything_in(Path(settings.data_dir))
    assert TEAM.encode() in stored
    assert b"xoxb-" not in stored


async def test_state_is_this_browsers_fresh_and_for_one_code(settings: GatewaySettings) -> None:
    async with in_slack(settings, installed=False) as peer:
        state, cookie = await departure(peer)
        _, others = await departure(peer)
        peer.slack.grant("code-1")
        secret = DEVELOPMENT_SECRET
        old = Tokens(secret, "slack-install").mint("x", seconds=-1)
        of_chat = Tokens(secret, "chat").mint("x", seconds=60)
        for given, header in (
            (state, others),
            (state, {}),
            (state, {"cookie": "omnilex_slack_install=é".encode()}),
            ("", cookie),
            (old, cookie),
            (of_chat, cookie),
            (state[:-2], cookie),
            ("x" * 5000, cookie),
        ):
            answer = await peer.client.get(BACK, params={"code": "code-1", "state": given}, headers=header)
            assert answer.status_code == 401, answer.text
            assert "Begin again" in answer.json()["detail"]
        assert peer.slack.calls == []
        good = await peer.client.get(BACK, params={"code": "code-1", "state": state}, headers=cookie)
        assert good.status_code == 200
        again = await peer.client.get(BACK, params={"code": "code-1", "state": state}, headers=cookie)
        assert again.status_code == 422
        assert "code-1" not in again.text


async def test_installing_is_limited(settings: GatewaySettings) -> None:
    async with in_slack(settings, installed=False) as peer:
        statuses = [(await peer.client.get("/slack/install")).status_code for _ in range(21)]
        assert statuses == [302] * 20 + [429]


async def test_who_says_no_or_brings_no_code_is_told_so(settings: GatewaySettings) -> None:
    async with in_slack(settings, installed=False) as peer:
        state, cookie = await departure(peer)
        declined = await peer.client.get(BACK, params={"error": "access_denied", "state": state}, headers=cookie)
        assert (declined.status_code, declined.json()["detail"]) == (
            403,
            "The app was not installed: it was declined in Slack.",
        )
        for code in ({}, {"code": ""}, {"code": "x" * 500}):
            assert (await peer.client.get(BACK, params={**code, "state": state}, headers=cookie)).status_code == 400
        assert peer.slack.calls == []


async def test_slack_that_is_away_or_grants_something_else_is_a_problem(settings: GatewaySettings) -> None:
    async with in_slack(settings, installed=False) as peer:
        peer.slack.before["oauth.v2.access"] = [failing(500)]
        assert (await install(peer, "code-0")).status_code == 503
        peer.slack.errors["oauth.v2.access"] = ["bad_client_secret"]
        answer = await install(peer, "code-0")
        assert (answer.status_code, answer.json()["detail"]) == (502, "Slack refused: bad_client_secret.")
        for number, granted in enumerate(
            (
                {"is_enterprise_install": True, "team_id": "E0"},
                {"refresh_token": "xoxe-1"},
                {"token_type": "user"},
                {"bot_user_id": ""},
            )
        ):
            changed = {name: value for name, value in granted.items() if name != "team_id"}
            assert (await install(peer, f"bad-{number}", **changed)).status_code == 403
        assert (await install(peer, "few", scope="chat:write")).status_code == 422
        assert (await install(peer, "odd", access_token=None)).status_code == 502
        assert (await peer.tell(message("hi"))).status_code == 403


async def test_only_workspaces_that_are_allowed_may_install(settings: GatewaySettings) -> None:
    async with in_slack(settings, slack_allowed_teams=(TEAM,)) as peer:
        answer = await install(peer, "code-2", team="T0STRANGER")
        assert answer.status_code == 403
        assert "xoxb-T0STRANGER" in peer.slack.revoked
        assert (await peer.tell(message("hi"), team_id="T0STRANGER")).status_code == 403
        await peer.say("hi")
        await peer.answers("Hello.")


async def test_app_that_is_taken_out_has_no_token_and_comes_back(settings: GatewaySettings) -> None:
    gone = {"type": "app_uninstalled"}
    async with in_slack(settings) as peer:
        at = int(time.time())
        assert (await peer.tell(gone, event_time=at - 100)).status_code == 200  # told again, of an earlier time
        await peer.say("hi")
        await peer.answers("Hello.")
        assert (await peer.tell(gone, event_time=at + 5)).status_code == 200
        assert (await peer.say("still there?")).status_code == 403
        assert (await peer.tell(gone)).status_code == 200
        assert (await install(peer, "code-2", token="xoxb-new")).status_code == 200
        await peer.say("hi again")
        await eventually(lambda: len(peer.slack.messages) == 2)
        revoked = {"type": "tokens_revoked", "tokens": {"oauth": ["U0ADMIN"], "bot": ["U0ANOTHER"]}}
        await peer.tell(revoked, event_time=at + 50)
        await peer.tell({"type": "tokens_revoked", "tokens": {"oauth": ["U0ADMIN"]}}, event_time=at + 50)
        assert (await peer.say("one more")).status_code == 200
        await peer.tell({**revoked, "tokens": {"bot": [BOT]}}, event_time=at + 50)
        assert (await peer.say("gone")).status_code == 403


async def test_token_that_slack_no_longer_takes_is_forgotten(settings: GatewaySettings) -> None:
    slack = FakeSlack()
    async with in_slack(settings, slack=slack) as peer:
        slack.revoked.add(f"xoxb-{TEAM}")
        assert (await peer.say("hi")).status_code == 200
        await eventually(lambda: slack.calls.count("chat.postMessage") == 1)

        async def refused() -> bool:
            return (await peer.say("anybody?")).status_code == 403

        await eventually(refused)
        assert slack.messages == []
        assert (await install(peer, "code-2", token="xoxb-new")).status_code == 200
        await peer.say("back")
        await eventually(lambda: slack.messages)
        assert slack.texts(peer.channel) == ["Hello."]


async def test_installation_is_one_row_and_opens_with_our_secret_only(
    settings: GatewaySettings, database_url: str
) -> None:
    grant = Grant(TEAM, "Team", APP, BOT, SecretStr("xoxb-1"), SCOPES, ADMIN)
    async with open_database(settings.database_url(database_url, "gateway"), PACKAGE) as database:
        ours = Installations(database, Cipher(DEVELOPMENT_SECRET, PURPOSE))
        assert await ours.find(TEAM) is None
        await ours.save(grant)
        await ours.token_refused(TEAM, SecretStr("xoxb-0"))
        found = await ours.find(TEAM)
        assert found is not None
        assert (found.token, found.app_id, found.bot_user_id) == (SecretStr("xoxb-1"), APP, BOT)
        assert await Installations(database, Cipher("x" * 32, PURPOSE)).find(TEAM) is None
        assert await Installations(database, Cipher(DEVELOPMENT_SECRET, "other")).find(TEAM) is None
        narrowed = Installations(database, Cipher(DEVELOPMENT_SECRET, PURPOSE), allowed=frozenset({"T0OTHER"}))
        assert await narrowed.find(TEAM) is None
        await ours.token_refused(TEAM, SecretStr("xoxb-1"))
        assert await ours.find(TEAM) is None
        row = await database.at_once(lambda db: store.slack_install(db, TEAM))
        assert row is not None
        assert row.token is None
        assert row.revoked_at is not None
        await ours.save(grant)
        row = await database.at_once(lambda db: store.slack_install(db, TEAM))
        assert row is not None
        assert row.revoked_at is None
        assert "xoxb" not in json.dumps([str(value) for value in row])
