"""The app's manifest asks Slack for what the gateway does, and for nothing else."""

import json
from pathlib import Path

from services.gateway.main import create_app
from services.gateway.settings import GatewaySettings
from services.gateway.slack_oauth import SCOPES

MANIFEST = Path(__file__).parents[2] / "infra" / "slack" / "manifest.json"
PUBLIC = "https://bank.example"


def manifest() -> dict[str, dict[str, object]]:
    """As the documentation says to make it."""
    found: dict[str, dict[str, object]] = json.loads(MANIFEST.read_text().replace("{{public_url}}", PUBLIC))
    return found


def test_scopes_are_those_that_are_asked_for() -> None:
    assert manifest()["oauth_config"]["scopes"] == {"bot": list(SCOPES)}


def test_addresses_are_paths_of_the_gateway(settings: GatewaySettings) -> None:
    paths = create_app(settings).openapi()["paths"]
    whole = manifest()
    events, pressed = (whole["settings"][name] for name in ("event_subscriptions", "interactivity"))
    assert isinstance(events, dict)
    assert isinstance(pressed, dict)
    assert pressed["is_enabled"] is True
    for url, method in (
        (events["request_url"], "post"),
        (pressed["request_url"], "post"),
        (whole["oauth_config"]["redirect_urls"][0], "get"),  # type: ignore[index]  # JSON of a known shape
    ):
        assert url.startswith(PUBLIC)
        assert method in paths[url.removeprefix(PUBLIC)]


def test_events_have_the_scopes_that_slack_wants_for_them() -> None:
    events = manifest()["settings"]["event_subscriptions"]
    assert isinstance(events, dict)
    needs = {
        "app_home_opened": set(),
        "app_mention": {"app_mentions:read"},
        "app_uninstalled": set(),
        "message.im": {"im:history"},
        "tokens_revoked": set(),
    }
    assert sorted(events["bot_events"]) == sorted(needs)
    assert set().union(*needs.values()) <= set(SCOPES)


def test_it_is_within_slacks_limits() -> None:
    """Source: the reference of app manifests."""
    whole = manifest()
    assert set(whole) == {"display_information", "features", "oauth_config", "settings"}
    shown, bot = whole["display_information"], whole["features"]["bot_user"]
    assert isinstance(bot, dict)
    assert len(str(shown["name"])) <= 35
    assert len(str(shown["description"])) <= 140
    assert 0 < len(bot["display_name"]) <= 80
    home = whole["features"]["app_home"]
    assert home == {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False}
    off = ("org_deploy_enabled", "socket_mode_enabled", "token_rotation_enabled")
    assert [whole["settings"][name] for name in off] == [False, False, False]
