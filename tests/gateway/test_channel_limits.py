"""What one process takes of a whole channel, and what all of them take together of one address."""

from contextlib import AsyncExitStack

import pytest
from pydantic import ValidationError

from services.gateway.limits import network_of
from services.gateway.settings import GatewaySettings
from tests.conftest import eventually, served
from tests.gateway.conftest import FakeLex, gateway, gateway_app, says
from tests.gateway.slack_requests import in_slack
from tests.gateway.test_chat import opened, said
from tests.gateway.test_sms import PHONE, line, repeats
from tests.gateway.test_voice import exchange

SESSIONS = "/api/v1/chat/sessions"


async def test_web_is_refused_until_later(settings: GatewaySettings) -> None:
    few = settings.model_copy(update={"channel_limits_per_minute": {"web": 3}})
    async with gateway(few) as client:
        token = await opened(client)
        assert [(await said(client, token, "hi")).status_code for _ in range(3)] == [200, 200, 429]
        refused = await client.post(SESSIONS)
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0


async def test_text_messages_wait_for_their_turn(settings: GatewaySettings) -> None:
    """Twilio does not come again: what it delivered is kept, and answered when there is room."""
    async with line(settings, channel_limits_per_minute={"sms": 60}, twilio_answer_seconds=0.5) as here:
        limits = here.service.messaging.channel_limits
        here.lex.turn = repeats
        for _ in range(60 + 1):
            limits.wait("sms")
        held = [await here.webhooks.text(f"number {number}") for number in range(2)]
        assert held == [[], []]
        assert here.lex.heard == []
        await eventually(lambda: here.twilio.texts(PHONE) == ["re: number 0", "re: number 1"])
        assert here.twilio.received == 2
        assert await here.webhooks.text("STOP") != []  # what is not for the bot does not wait


async def test_slack_is_asked_to_come_again(settings: GatewaySettings) -> None:
    async with in_slack(settings, channel_limits_per_minute={"slack": 1}) as peer:
        assert (await peer.say("hello")).status_code == 200
        refused = await peer.say("too much")
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0
        await eventually(lambda: peer.slack.texts(peer.channel) == ["Hello."])
        assert [text for _, text in peer.lex.heard] == ["hello"]


async def test_calls_hear_that_the_line_is_busy(settings: GatewaySettings) -> None:
    async with exchange(settings, channel_limits_per_minute={"voice": 1}) as here:
        first, second = here.call(1), here.call(2)
        await first.begin()
        assert await second.begin() == ""
        reject = second.root.find("Reject")
        assert reject is not None
        assert reject.attrib == {"reason": "busy"}
        here.lex.turn = says("Still here.")
        assert "Still here." in await first.say("hello")


async def test_new_chats_of_an_address_are_counted_over_all_processes(
    settings: GatewaySettings, database_url: str
) -> None:
    few = settings.model_copy(update={"chat_sessions_per_minute": 4, "gateway_database_url": database_url})
    async with AsyncExitStack() as stack:
        apps = [await stack.enter_async_context(gateway_app(few, lex=FakeLex())) for _ in range(2)]
        one, two = [await stack.enter_async_context(served(app)) for app in apps]
        statuses = [(await client.post(SESSIONS)).status_code for client in (one, two, one, two, one, two)]
        assert statuses == [201, 201, 201, 201, 429, 429]
        refused = await two.post(SESSIONS)
        assert 1 <= int(refused.headers["retry-after"]) <= 15


def test_addresses_of_one_network_count_as_one() -> None:
    assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2:ffff::1") != network_of("2001:db8:1:3::1")
    assert network_of("::ffff:192.0.2.7") == network_of("192.0.2.7") == "192.0.2.7"
    assert network_of("unknown") == "unknown"


def test_limits_are_written_by_channel() -> None:
    assert GatewaySettings.model_validate(
        {"channel_limits_per_minute": "sms=600 | voice = 60"}
    ).channel_limits_per_minute == {
        "sms": 600,
        "voice": 60,
    }
    for wrong in ("sms", "fax=3", "sms=0", "sms=600,voice=3"):
        with pytest.raises(ValidationError, match="limits are written"):
            GatewaySettings.model_validate({"channel_limits_per_minute": wrong})
