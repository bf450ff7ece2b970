"""Wires what has to do with Slack, from the settings."""

import aiohttp
from pydantic import SecretStr

from services.gateway.addresses import Addresses
from services.gateway.channels.slack import Choices
from services.gateway.messaging import Messaging
from services.gateway.settings import GatewaySettings
from services.gateway.slack import SlackChannel, SlackDoor
from services.gateway.slack_api import SlackApi, SlackProvider
from services.gateway.slack_installs import PURPOSE, Installations
from services.gateway.slack_oauth import SlackInstalls
from services.gateway.slack_office import WebOffice
from services.gateway.slack_pace import SlackPace
from services.gateway.slack_requests import SlackRequests
from services.gateway.slack_test import SlackTest
from shared.callers import Tokens
from shared.cipher import Cipher
from shared.db import Database

REDIRECT = "/slack/oauth_redirect"


def slack_provider(
    settings: GatewaySettings, database: Database, session: aiohttp.ClientSession | None
) -> SlackProvider:
    """Who sends Slack's messages; without a session each call opens one of its own."""
    pace = SlackPace(settings.slack_channel_seconds)
    return SlackProvider(_api(settings, pace, session), _installations(settings, database), pace)


def slack_test(settings: GatewaySettings, database: Database, session: aiohttp.ClientSession | None) -> SlackTest:
    """Tries the tokens of the workspaces."""
    pace = SlackPace(settings.slack_channel_seconds)
    return SlackTest(_api(settings, pace, session), _installations(settings, database))


def slack_door(settings: GatewaySettings, messaging: Messaging, session: aiohttp.ClientSession | None) -> SlackDoor:
    """What takes Slack's requests in."""
    secret = settings.channel_secret.get_secret_value()
    installations = _installations(settings, messaging.database)
    office = WebOffice(
        _api(settings, SlackPace(settings.slack_channel_seconds), session),
        client_id=settings.slack_client_id,
        client_secret=settings.slack_client_secret or SecretStr(""),
    )
    channel = SlackChannel(
        messaging,
        SlackRequests(
            signing_secret=_plain(settings.slack_signing_secret),
            verification_token=_plain(settings.slack_verification_token),
        ),
        installations,
        office,
        choices=Choices(Addresses(secret)),
        greeting=settings.chat_greeting,
        slack_url=settings.slack_url,
    )
    installs = SlackInstalls(
        installations,
        office,
        client_id=settings.slack_client_id,
        slack_url=settings.slack_url,
        redirect_uri=f"{settings.public_url.rstrip('/')}{REDIRECT}",
        states=Tokens(secret, "slack-install"),
    )
    return SlackDoor(channel, installs, https=settings.public_url.startswith("https:"))


def _api(settings: GatewaySettings, pace: SlackPace, session: aiohttp.ClientSession | None) -> SlackApi:
    return SlackApi(pace, slack_url=settings.slack_url, seconds=settings.slack_seconds, session=session)


def _installations(settings: GatewaySettings, database: Database) -> Installations:
    cipher = Cipher(settings.channel_secret.get_secret_value(), PURPOSE)
    return Installations(database, cipher, allowed=frozenset(settings.slack_allowed_teams))


def _plain(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
