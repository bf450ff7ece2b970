"""Wires the reports about the channels, from the settings."""

from collections.abc import Sequence

import aiohttp
import httpx

from services.gateway import twilio
from services.gateway.channel_reports import ChannelReporter, Test
from services.gateway.channel_tests import BotTest, DoorTest
from services.gateway.ports import Upstream
from services.gateway.settings import GatewaySettings
from shared.db import Database
from shared.schemas.channels import ChannelName, ChannelTest


def channel_reporter(
    settings: GatewaySettings,
    database: Database,
    http: httpx.AsyncClient,
    slack_session: aiohttp.ClientSession | None,
    needed: Sequence[Upstream],
) -> ChannelReporter:
    """With the tests of the channels that are configured."""
    bot = BotTest(needed)
    tests: dict[ChannelName, Test] = {"web": bot}
    if settings.public_url:
        tests["web"] = _together(bot, DoorTest(http, settings.public_url))
    if settings.has_twilio:
        account = twilio.account_test(settings, http)
        tests |= {"sms": account, "voice": account}
    if settings.has_slack:
        from services.gateway.slack_app import slack_test  # noqa: PLC0415  the library is big

        tests["slack"] = slack_test(settings, database, slack_session)
    return ChannelReporter(settings, tests)


def _together(*tests: Test) -> Test:
    async def all_of_them() -> list[ChannelTest]:
        return [result for test in tests for result in await test()]

    return all_of_them
