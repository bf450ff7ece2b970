"""Messages on their way to Slack: once each and in order, whatever Slack does; no faster than it allows."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from pydantic import JsonValue, SecretStr

from services.gateway.channels.slack import posted
from services.gateway.channels.slack_blocks import linked_section
from services.gateway.main import PACKAGE, create_app
from services.gateway.ports import ProviderBusy, Undeliverable
from services.gateway.settings import GatewaySettings
from services.gateway.slack_api import SlackApi, SlackProvider
from services.gateway.slack_installs import PURPOSE, Grant, Installations
from services.gateway.slack_pace import SlackPace
from shared.cipher import Cipher
from shared.db import open_database
from shared.schemas.lex import RecognizeTextResponse, SessionState, plain
from shared.settings import DEVELOPMENT_SECRET
from tests.conftest import eventually, served
from tests.gateway.conftest import FakeLex, listening
from tests.gateway.fakes_slack import (
    ADMIN,
    APP,
    BOT,
    SCOPES,
    TEAM,
    FakeSlack,
    Trouble,
    broken,
    failing,
    fine,
    limited,
    slow,
)
from tests.gateway.slack_requests import DIRECT, SlackPeer, in_slack, install, message, settings_for
from tests.gateway.test_slack import answers_with, card

POST = "chat.postMessage"
LONG_AGO = datetime(2023, 11, 14, tzinfo=UTC)


def echoing(lex: FakeLex) -> None:
    """The bot answers each message with one of its own."""

    async def turn(text: str) -> RecognizeTextResponse:
        return RecognizeTextResponse(session_id="s", messages=[plain(f"re: {text}")], session_state=SessionState())

    lex.turn = turn


async def test_outage_and_recovery_give_each_answer_once_and_in_order(
    settings: GatewaySettings, database_url: str
) -> None:
    """Slack fails before it takes a message and after it, breaks connections, is slow, and says when it will."""
    slack, lex = FakeSlack(spacing=0.15), FakeLex()
    echoing(lex)
    slack.before[POST] = [failing(503), fine(), fine(), broken(), fine(), fine(), fine(), limited(1)]
    slack.after[POST] = [fine(), failing(500), fine(), fine(), slow(2.0), fine(), fine(), broken()]
    url = settings.database_url(database_url, "gateway")
    async with in_slack(
        settings,
        slack=slack,
        lex=lex,
        gateway_database_url=url,
        slack_seconds=1.0,
        slack_channel_seconds=0.15,
        channel_messages_per_minute=1000,
    ) as peer:
        for number in range(6):
            for user in ("A", "B"):
                await peer.tell(message(f"{number}", user=f"U0{user}", channel=f"D0{user}"))
        wanted = [f"re: {number}" for number in range(6)]
        await eventually(lambda: len(slack.messages) >= 12, seconds=60)
        assert slack.texts("D0A") == wanted
        assert slack.texts("D0B") == wanted
        await peer.tell(message("end", user="U0A", channel="D0A"))
        await eventually(lambda: slack.texts("D0A") == [*wanted, "re: end"])
        assert len(slack.messages) == 13
        assert not slack.breaches
        assert not slack.before[POST]
        assert not slack.after[POST]


async def test_cards_of_many_people_go_to_whom_they_are_for(settings: GatewaySettings, database_url: str) -> None:
    lex = FakeLex()
    echoing(lex)
    url = settings.database_url(database_url, "gateway")
    async with in_slack(settings, lex=lex, gateway_database_url=url) as peer:
        events = [
            message(f"{person}-{number}", user=f"U0{person}", channel=f"D0{person}")
            for number, person in itertools.product(range(3), range(25))
        ]
        answers = await asyncio.gather(*(peer.tell(event) for event in events))
        assert {answer.status_code for answer in answers} == {200}
        await eventually(lambda: len(peer.slack.messages) == 75, seconds=60)
        for person in range(25):
            assert sorted(peer.slack.texts(f"D0{person}")) == [f"re: {person}-{number}" for number in range(3)]


async def test_first_messages_at_the_same_moment_are_all_heard(settings: GatewaySettings, database_url: str) -> None:
    url = settings.database_url(database_url, "gateway")
    async with in_slack(settings, gateway_database_url=url) as peer:
        for person in range(5):
            events = [message(f"{number}", user=f"U0{person}", channel=f"D0{person}") for number in range(6)]
            answers = await asyncio.gather(*(peer.tell(event) for event in (*events, *events)))
            assert {answer.status_code for answer in answers} == {200}
            await eventually(lambda one=person: len(peer.slack.texts(f"D0{one}")) == 6)
        await peer.heard(30)


async def test_mention_that_is_delivered_many_times_at_once_is_answered_once(
    settings: GatewaySettings, database_url: str
) -> None:
    url = settings.database_url(database_url, "gateway")
    event = {"type": "app_mention", "user": "U0A", "text": "x", "ts": "1700000003.000001", "channel": "C0OFFICE"}
    async with in_slack(settings, gateway_database_url=url) as peer:
        answers = await asyncio.gather(*(peer.tell(event) for _ in range(10)))
        assert {answer.status_code for answer in answers} == {200}
        await peer.tell({**event, "ts": "1700000003.000002"})
        await eventually(lambda: len(peer.slack.messages) >= 2)
        assert sorted(message.thread_ts or "" for message in peer.slack.messages) == [
            "1700000003.000001",
            "1700000003.000002",
        ]


async def test_doubt_lasts_until_slack_has_been_asked(settings: GatewaySettings) -> None:
    slack = FakeSlack()
    slack.after[POST] = [failing(500)]
    slack.before["conversations.history"] = [limited(1)]
    async with in_slack(settings, slack=slack) as peer:
        await peer.say("hi")
        await eventually(lambda: slack.calls.count("conversations.history") == 2)
        await peer.say("hi again")
        await eventually(lambda: len(slack.messages) >= 2)
        assert slack.calls.count(POST) == len(slack.messages) == 2


async def test_gateway_as_it_is_run_reaches_slack(settings: GatewaySettings) -> None:
    """Wired by the settings, over the connections that are kept open for the life of the process."""
    slack = FakeSlack()
    async with listening(slack.app) as url, served(create_app(settings_for(settings, url))) as client:
        peer = SlackPeer(client, slack, FakeLex())
        assert (await install(peer)).status_code == 200
        for number in range(3):
            event = {"type": "app_mention", "user": "U0A", "text": "x", "ts": f"1700000003.00000{number}"}
            assert (await peer.tell({**event, "channel": "C0OFFICE"})).status_code == 200
        await eventually(lambda: len(slack.texts("C0OFFICE")) == 3)


async def test_pressing_while_slack_is_away_is_done_once(settings: GatewaySettings) -> None:
    slack, lex = FakeSlack(), FakeLex()
    answers_with(lex, card("Yes", "No"))
    async with in_slack(settings, slack=slack, lex=lex) as peer:
        await peer.say("pay")
        await eventually(lambda: len(slack.messages) == 1)
        echoing(lex)
        slack.before["chat.update"] = [failing(503)]
        await peer.press("Yes")
        await peer.press("No")
        await eventually(lambda: len(slack.messages) == 2)
        assert slack.messages[0].updates == 1
        assert peer.texts_heard() == ["pay", "Yes please"]
        assert slack.texts(DIRECT)[1] == "re: Yes please"


class Sender:
    """The provider by itself, with one open session."""

    def __init__(self, url: str, installations: Installations, session: aiohttp.ClientSession) -> None:
        self.url = url
        self.installations = installations
        self.session = session
        self.count = itertools.count(1)
        self.provider = self.patient(30.0)

    def patient(self, seconds: float) -> SlackProvider:
        """One that waits so long for Slack."""
        pace = SlackPace(0.0)
        api = SlackApi(pace, slack_url=self.url, seconds=seconds, session=self.session)
        return SlackProvider(api, self.installations, pace)

    def payload(self, channel: str = DIRECT, thread: str | None = None) -> dict[str, JsonValue]:
        return posted(TEAM, channel, thread, linked_section("Hello"), f"id-{next(self.count)}")


@pytest.fixture
async def slack() -> FakeSlack:
    return FakeSlack()


@pytest.fixture
async def sender(slack: FakeSlack, tmp_path: Path):  # type: ignore[no-untyped-def]  # noqa: ANN201  pytest's own kind
    async with (
        listening(slack.app) as url,
        open_database(f"sqlite+aiosqlite:///{tmp_path / 'gateway.sqlite'}", PACKAGE) as database,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
    ):
        installations = Installations(database, Cipher(DEVELOPMENT_SECRET, PURPOSE))
        await installations.save(Grant(TEAM, "Team", APP, BOT, SecretStr(f"xoxb-{TEAM}"), SCOPES, ADMIN))
        yield Sender(url, installations, session)


@pytest.mark.parametrize(
    ("before", "after", "unsure"),
    [
        ([failing(500)], [], True),
        ([failing(502)], [], True),
        ([broken()], [], True),
        ([], [failing(500)], True),
        ([limited(7)], [], False),
    ],
)
async def test_failure_says_whether_the_message_may_have_been_taken(
    sender: Sender, slack: FakeSlack, before: list[Trouble], after: list[Trouble], unsure: bool
) -> None:
    slack.before[POST], slack.after[POST] = list(before), list(after)
    payload = sender.payload()
    with pytest.raises(ProviderBusy) as failed:
        await sender.provider.send(payload)
    assert failed.value.unsure is unsure
    found = await sender.provider.find(payload, LONG_AGO)
    assert (found is not None) is bool(after)


async def test_slack_that_takes_too_long_may_have_taken_the_message(sender: Sender, slack: FakeSlack) -> None:
    slack.after[POST] = [slow(0.5)]
    payload = sender.payload()
    with pytest.raises(ProviderBusy) as failed:
        await sender.patient(0.2).send(payload)
    assert failed.value.unsure is True
    await eventually(lambda: slack.messages)
    assert await sender.provider.find(payload, LONG_AGO) is not None


async def test_slack_that_nobody_answers_for_took_nothing(sender: Sender) -> None:
    pace = SlackPace(0.0)
    api = SlackApi(pace, slack_url="http://127.0.0.1:9", seconds=30.0)
    with pytest.raises(ProviderBusy) as failed:
        await SlackProvider(api, sender.installations, pace).send(sender.payload())
    assert failed.value.unsure is False


async def test_message_is_found_by_our_own_name_on_any_page_or_thread(sender: Sender, slack: FakeSlack) -> None:
    payloads = [sender.payload(thread=thread) for thread in [None, "1700000000.000001"] * 6]
    ids = [await sender.provider.send(payload) for payload in payloads]
    for payload, known in zip(payloads, ids, strict=True):
        assert await sender.provider.find(payload, LONG_AGO) == known
    assert await sender.provider.find(sender.payload(), LONG_AGO) is None
    assert len(set(ids)) == 12
    assert slack.calls.count("conversations.history") > 6


async def test_what_may_have_been_said_in_a_channel_is_not_said_again(sender: Sender) -> None:
    with pytest.raises(Undeliverable, match="unconfirmed"):
        await sender.provider.find(sender.payload("C0OFFICE", "1700000000.000001"), LONG_AGO)


async def test_method_is_left_alone_for_as_long_as_slack_says(sender: Sender, slack: FakeSlack) -> None:
    slack.before[POST] = [limited(60)]
    for expected in (60.0, 59.0):
        with pytest.raises(ProviderBusy) as told:
            await sender.provider.send(sender.payload())
        assert told.value.retry_after is not None
        assert expected - 1 < told.value.retry_after <= 60
    assert slack.calls == [POST]
    assert await sender.provider.find(sender.payload(), LONG_AGO) is None  # another method is not held


@pytest.mark.parametrize("code", ["channel_not_found", "invalid_auth", "is_archived", "user_disabled"])
async def test_refusal_is_final_and_has_slacks_word(sender: Sender, slack: FakeSlack, code: str) -> None:
    slack.errors[POST] = [code]
    with pytest.raises(Undeliverable, match=code):
        await sender.provider.send(sender.payload())
    assert await sender.installations.find(TEAM) is not None


@pytest.mark.parametrize("code", ["account_inactive", "token_revoked"])
async def test_refused_token_is_forgotten(sender: Sender, slack: FakeSlack, code: str) -> None:
    slack.errors[POST] = [code]
    with pytest.raises(Undeliverable, match=code):
        await sender.provider.send(sender.payload())
    with pytest.raises(Undeliverable, match="not_installed"):
        await sender.provider.send(sender.payload())
    assert slack.calls == [POST]


async def test_thread_that_is_gone_costs_the_thread_only(sender: Sender, slack: FakeSlack) -> None:
    slack.errors[POST] = ["thread_not_found"]
    await sender.provider.send(sender.payload(thread="1700000000.000001"))
    assert [message.thread_ts for message in slack.messages] == [None]


async def test_channel_gets_one_message_at_a_time() -> None:
    now, waited = 0.0, []
    pace = SlackPace(1.0, clock=lambda: now)
    running = 0

    async def one(channel: str) -> None:
        nonlocal running
        async with pace.turn(channel):
            running += channel == "D1"
            waited.append((channel, running))
            await asyncio.sleep(0)
            running -= channel == "D1"

    await asyncio.gather(one("D1"), one("D2"))
    now = 1.0
    await asyncio.gather(one("D1"))
    assert [count for channel, count in waited if channel == "D1"] == [1, 1]
    pace.hold(TEAM, POST, 2.0)
    with pytest.raises(ProviderBusy):
        pace.check(TEAM, POST)
    pace.check(TEAM, "chat.update")
    now += timedelta(seconds=2).total_seconds()
    pace.check(TEAM, POST)
