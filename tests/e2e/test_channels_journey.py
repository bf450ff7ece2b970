"""One customer on three channels: a payment begun on the web, made by text message, its receipt asked for in Slack.

The whole system runs as a user starts it; only Twilio and Slack are stood for, and they check their own rules.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.conftest import eventually, without_chance
from tests.e2e.conftest import System, free_port
from tests.gateway.conftest import FakeLex, listening
from tests.gateway.fakes_slack import CLIENT_ID, CLIENT_SECRET, FakeSlack
from tests.gateway.fakes_twilio import ACCOUNT, PUBLIC_URL, TOKEN, FakeTwilio, Webhooks
from tests.gateway.slack_requests import SECRET, SlackPeer, install

MAYA, MAYAS_PIN = "+15555550100", "2468"
LATE = 30.0


@dataclass
class Town:
    """The bank, and how the customer and its staff reach it."""

    system: System
    client: httpx.AsyncClient
    phone: Webhooks
    slack: SlackPeer

    async def on_the_web(self, *texts: str) -> str:
        """A chat of its own, left without a goodbye; what was said last."""
        session = (await self.client.post("/api/v1/chat/sessions")).json()
        headers, said = {"authorization": f"Bearer {session['token']}"}, ""
        for text in texts:
            answer = await self.client.post("/api/v1/chat/messages", json={"text": text}, headers=headers)
            assert answer.status_code == 200, answer.text
            said = "\n".join(message["content"] or "" for message in answer.json()["messages"])
        return said

    async def by_text(self, text: str) -> str:
        """What comes back, in the response to the webhook or later."""
        before = len(self.phone.twilio.texts(MAYA))
        assert isinstance(await self.phone.text(text, sender=MAYA), list)
        await eventually(lambda: len(self.phone.twilio.texts(MAYA)) > before, LATE)
        return "\n".join(self.phone.twilio.texts(MAYA)[before:])

    async def in_slack(self, act: Callable[[], Awaitable[httpx.Response]]) -> str:
        """What is said in the direct messages after the customer did something."""
        before = len(self.slack.slack.texts(self.slack.channel))
        answer = await act()
        assert answer.is_success, answer.text
        await eventually(lambda: len(self.slack.slack.texts(self.slack.channel)) > before, LATE)
        return "\n".join(self.slack.slack.texts(self.slack.channel)[before:])

    async def agent(self) -> dict[str, str]:
        login = {"username": "kim", "password": "kims-own-password"}
        with self.system.staff() as boss:
            assert boss.post("/api/v1/users", json={**login, "roles": ["agent"]}).status_code == 201
        answer = await self.client.post("/api/v1/auth/login", json=login)
        return {"authorization": f"Bearer {answer.json()['access_token']}"}


@asynccontextmanager
async def town(folder: Path) -> AsyncIterator[Town]:
    twilio, slack = FakeTwilio(), FakeSlack()
    async with listening(twilio.app) as twilio_url, listening(slack.app) as slack_url:
        settings = {
            "OMNILEX_PUBLIC_URL": PUBLIC_URL,
            "OMNILEX_TWILIO_ACCOUNT_SID": ACCOUNT,
            "OMNILEX_TWILIO_AUTH_TOKEN": TOKEN,
            "OMNILEX_TWILIO_API_URL": twilio_url,
            "OMNILEX_SLACK_CLIENT_ID": CLIENT_ID,
            "OMNILEX_SLACK_CLIENT_SECRET": CLIENT_SECRET,
            "OMNILEX_SLACK_SIGNING_SECRET": SECRET,
            "OMNILEX_SLACK_URL": slack_url,
            "OMNILEX_SLACK_CHANNEL_SECONDS": "0",
        }
        system = System(folder, free_port(), extra=settings)
        await asyncio.to_thread(system.start)
        try:
            async with httpx.AsyncClient(base_url=system.url, timeout=LATE) as client:
                peer = SlackPeer(client, slack, FakeLex())
                assert (await install(peer)).status_code == 200
                yield Town(system, client, Webhooks(client, twilio), peer)
        finally:
            await asyncio.to_thread(system.stop)


async def test_customer_goes_on_from_the_web_by_text_message_to_slack(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        read_back = await here.on_the_web("pay 250 dollars to city power", MAYA, MAYAS_PIN)
        assert "You're paying $250.00 to City Power" in read_back

        asked = await here.by_text("verify me")
        assert "enter your PIN" in asked
        assert "phone number" not in asked
        assert "You were paying $250.00 to City Power. Shall we go on with it?" in await here.by_text(MAYAS_PIN)
        assert "You're paying $250.00 to City Power" in await here.by_text("continue")
        receipt = re.search(r"R-[0-9A-Z]{10}", await here.by_text("yes"))
        assert receipt

        slack = here.slack
        assert "phone number" in await here.in_slack(lambda: slack.say("send me the receipt for my last payment"))
        assert "PIN" in await here.in_slack(lambda: slack.say(MAYA))
        await slack.press("Enter PIN privately")
        await eventually(lambda: slack.slack.forms, LATE)
        told = await here.in_slack(lambda: slack.submit(MAYAS_PIN))
        assert f"$250.00 to City Power, receipt {receipt[0]}." in told

        assert "person" in await here.in_slack(lambda: slack.say("I want to talk to a person"))
        kim = await here.agent()
        (waiting,) = (await here.client.get("/api/v1/handoffs", headers=kim)).json()["items"]
        assert (waiting["channel"], waiting["verified"]) == ("slack", True)
        path = f"/api/v1/handoffs/{waiting['handoff_id']}"
        await here.in_slack(lambda: here.client.post(f"{path}/take", headers=kim))
        packet = (await here.client.get(path, headers=kim)).json()
        assert packet["sentiment"]["turns_scored"] > 0

        line = (await here.client.get(packet["links"]["conversations"], headers=kim)).json()["items"]
        assert [item["channel"] for item in line] == ["slack", "sms", "web"]
        assert [item["answered_by"] for item in line] == ["agent", "bot", "bot"]
        for item, words in zip(line, ("receipt for my last payment", "continue", "pay 250 dollars"), strict=True):
            assert any(words in (turn["text"] or "") for turn in item["turns"]), item
        assert MAYAS_PIN not in without_chance(str(line))
        assert MAYA not in str([item["conversation_id"] for item in line])

        written = {"text": "Hello Maya, this is Kim."}
        headers = {**kim, "idempotency-key": "hello-from-kim"}
        said = await here.in_slack(lambda: here.client.post(f"{path}/messages", json=written, headers=headers))
        assert said == "Hello Maya, this is Kim."

        with here.system.staff() as boss:
            links = boss.get(f"/api/v1/customers/{waiting['customer_id']}/links").json()
            assert sorted(link["channel"] for link in links) == ["slack", "sms"]
            assert "ended the conversation" in await here.in_slack(
                lambda: here.client.post(f"{path}/close", headers=kim)
            )
            known = await here.in_slack(lambda: slack.say("what is my balance"))
            assert "enter your PIN" in known
            assert "phone number" not in known
            await here.in_slack(lambda: slack.say("cancel"))
            for link in links:
                removed = boss.delete(f"/api/v1/customers/{waiting['customer_id']}/links/{link['link_id']}")
                assert removed.status_code == 204
            assert "phone number" in await here.in_slack(lambda: slack.say("what is my balance"))

        failing = here.system.cli("channels", "check")
        assert failing.returncode == 1  # nobody is at the public address
        assert f"fails     {PUBLIC_URL}: Nobody answers there" in failing.stdout
        checked = here.system.cli("channels", "check", "--no-test")
        assert checked.returncode == 0
        assert f"{PUBLIC_URL}/webhooks/twilio/sms" in checked.stdout
        assert not any(secret in checked.stdout for secret in (TOKEN, CLIENT_SECRET, SECRET))
