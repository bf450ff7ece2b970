"""`omnilex channels check` on a terminal, from a gateway that answers what the test says."""

import io

import httpx
import pytest
from rich.console import Console

from services.cli.channels import check
from services.cli.connection import CommandFailed
from services.cli.gateway import Gateway

WEB = {
    "channel": "web",
    "configured": True,
    "told": "On: the bank's own pages.",
    "settings": [{"name": "OMNILEX_ALLOWED_ORIGINS", "given": False, "needed": False}],
    "paste": [{"where": "a browser", "value": "https://bank.example/"}],
    "tests": [{"what": "the bot", "good": True, "told": "Every service behind it answers."}],
}
SMS = {
    "channel": "sms",
    "configured": True,
    "told": "On.",
    "settings": [{"name": "OMNILEX_TWILIO_AUTH_TOKEN", "given": True, "needed": True}],
    "paste": [{"where": "Twilio console", "value": "https://bank.example/webhooks/twilio/sms"}],
    "tests": [{"what": "the Twilio account", "good": False, "told": "Twilio refuses the [id]."}],
}
SLACK = {
    "channel": "slack",
    "configured": False,
    "told": "Off. Set OMNILEX_SLACK_CLIENT_ID.",
    "settings": [{"name": "OMNILEX_SLACK_CLIENT_ID", "given": False, "needed": True}],
    "paste": [],
    "tests": None,
}


async def checked(*channels: object, test: bool = True, status: int = 200) -> tuple[bool, str, list[httpx.Request]]:
    requests: list[httpx.Request] = []

    def door(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        refusal = {"title": "Not allowed", "detail": "Your role does not allow this.", "request_id": "r"}
        return httpx.Response(status, json={"channels": channels} if status == 200 else refusal)

    file = io.StringIO()
    console = Console(file=file, width=200, highlight=False)
    async with httpx.AsyncClient(transport=httpx.MockTransport(door), base_url="http://door") as http:
        good = await check(Gateway(http), "token", console, test=test)
    return good, file.getvalue(), requests


async def test_channels_are_told_as_a_new_user_reads_them() -> None:
    good, printed, requests = await checked(WEB, SLACK)
    assert good
    assert printed.splitlines() == [
        "Web chat  On: the bank's own pages.",
        "  paste     https://bank.example/",
        "            into a browser",
        "  works     the bot: Every service behind it answers.",
        "",
        "Slack  Off. Set OMNILEX_SLACK_CLIENT_ID.",
        "  settings  OMNILEX_SLACK_CLIENT_ID is missing",
        "",
        "Everything tested works.",
    ]
    assert requests[0].url.query == b"test=true"
    assert requests[0].headers["authorization"] == "Bearer token"


async def test_failing_channel_fails_the_command() -> None:
    good, printed, _ = await checked(WEB, SMS)
    assert not good
    assert "  fails     the Twilio account: Twilio refuses the [id]." in printed
    assert "OMNILEX_TWILIO_AUTH_TOKEN is set" in printed
    assert printed.endswith("1 of 2 tests failed.\n")


async def test_nothing_is_tried_when_not_asked() -> None:
    good, printed, requests = await checked({**WEB, "tests": None}, test=False)
    assert good
    assert "tests" not in printed
    assert requests[0].url.query == b"test=false"


async def test_refusal_is_a_sentence() -> None:
    with pytest.raises(CommandFailed, match="Your role does not allow this"):
        await checked(status=403)
