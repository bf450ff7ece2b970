"""What every channel that is reached by a provider relies on: heard once, answered in order, sent once."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import JsonValue, SecretStr
from sqlalchemy import Connection

from services.gateway import store
from services.gateway.main import PACKAGE
from services.gateway.messaging import Messaging, messaging
from services.gateway.ports import Inbound, ProviderBusy, Reach, Rendered, Undeliverable
from services.gateway.settings import GatewaySettings
from shared.db import open_database
from shared.errors import TooManyRequests, UpstreamFailed
from shared.schemas.chat import ChatMessage
from shared.schemas.lex import (
    Button,
    DialogAction,
    ImageResponseCard,
    Message,
    RecognizeTextResponse,
    SessionState,
)
from tests.conftest import without_chance
from tests.gateway.conftest import FakeLex, everything_in, says

HERE = "sms:somebody"


class PlainChannel:
    """One payload for each text; a card becomes numbers."""

    def __init__(self, response_takes: timedelta = timedelta(0)) -> None:
        self.response_takes = response_takes

    def render(self, messages: Sequence[ChatMessage], reach: Reach) -> Rendered:
        payloads: list[dict[str, JsonValue]] = []
        choices: list[str] = []
        for message in messages:
            card = message.image_response_card
            choices += [button.value for button in (card.buttons or [])] if card else []
            payloads.append({"to": reach.destination["to"], "body": message.content or "choose"})
        return Rendered(payloads, choices)


class FakeProvider:
    """Takes messages; `trouble` is raised, one after another, in place of taking, or after it."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.trouble: list[Exception] = []
        self.takes_all_the_same = False
        self.dies = False

    async def send(self, payload: Mapping[str, JsonValue]) -> str:
        if self.dies:
            self.taken.append(str(payload["body"]))
            raise asyncio.CancelledError
        if self.trouble:
            if self.takes_all_the_same:
                self.taken.append(str(payload["body"]))
            raise self.trouble.pop(0)
        self.taken.append(str(payload["body"]))
        return f"P{len(self.taken)}"

    async def find(self, payload: Mapping[str, JsonValue], since: datetime, known: Collection[str] = ()) -> str | None:
        body = str(payload["body"])
        return f"P{self.taken.index(body) + 1}" if body in self.taken else None


@dataclass
class Clock:
    now: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


@dataclass
class Line:
    """The parts over one database, with everything outside of them a fake."""

    parts: Messaging
    lex: FakeLex
    provider: FakeProvider
    clock: Clock
    count: int = field(default=0)

    async def hear(self, text: str, message_id: str | None = None) -> bool:
        self.count += 1
        return await self.parts.conversations.receive(inbound(text, message_id or f"M{self.count}"))

    async def work(self) -> None:
        await self.parts.conversations.answer_waiting(HERE)
        await self.parts.outbox.send_waiting(HERE)

    async def said(self, text: str) -> None:
        await self.hear(text)
        await self.work()

    async def kept(self) -> list[tuple[str, str | None]]:
        found = await self.parts.database.at_once(lambda db: store.messages_after(db, HERE, 0, 500))
        return [(message.sender, message.content) for message in found]

    async def statuses(self) -> list[str | None]:
        found = await self.parts.database.at_once(lambda db: store.messages_after(db, HERE, 0, 500))
        return [message.status for message in found if message.sender == "customer"]


def inbound(text: str, message_id: str) -> Inbound:
    reach = Reach(destination={"to": "+15550001111"}, attributes={"omnilex:caller-number": "+15550001111"})
    return Inbound("sms", HERE, message_id, text, reach, address="somebodysaddress")


@asynccontextmanager
async def line(
    settings: GatewaySettings,
    url: str,
    channel: PlainChannel | None = None,
    *,
    beside: Line | None = None,
    **changes: object,
) -> AsyncIterator[Line]:
    """`beside` is another process: the same time, the same provider."""
    lex = FakeLex()
    clock, provider = (beside.clock, beside.provider) if beside else (Clock(), FakeProvider())
    async with open_database(url, PACKAGE) as database:
        parts = messaging(
            settings.model_copy(update=changes),
            database,
            lex,
            channels={"sms": channel or PlainChannel()},
            providers={"sms": provider},
            now=clock,
        )
        yield Line(parts, lex, provider, clock)


@pytest.fixture
async def here(settings: GatewaySettings, database_url: str) -> AsyncIterator[Line]:
    async with line(settings, settings.database_url(database_url, "gateway")) as opened:
        yield opened


async def repeats(text: str) -> RecognizeTextResponse:
    return await says(f"re: {text}")(text)


async def test_each_message_is_heard_once_and_answered_in_order(here: Line) -> None:
    here.lex.turn = repeats
    assert [await here.hear(text, message_id) for text, message_id in (("a", "1"), ("b", "2"), ("a", "1"))] == [
        True,
        True,
        False,
    ]
    await asyncio.gather(*(here.work() for _ in range(3)))
    assert here.provider.taken == ["re: a", "re: b"]
    assert [text for _, text in here.lex.heard] == ["a", "b"]
    assert here.lex.attributes[0] == {
        "omnilex:channel": "sms",
        "omnilex:channel-address": "somebodysaddress",
        "omnilex:caller-number": "+15550001111",
        "omnilex:message-id": "1",
        "omnilex:people": "yes",
    }
    await here.work()
    assert len(here.provider.taken) == 2


async def test_pin_is_readable_nowhere_once_it_is_answered(here: Line, settings: GatewaySettings) -> None:
    here.lex.turn = says("Your PIN?", intent="VerifyIdentity", asks_for="Pin")
    await here.hear("log me in")
    await here.hear("sesame")  # in line before anybody knows that it answers for the PIN
    await here.work()
    assert [text for _, text in here.lex.heard] == ["log me in", "sesame"]
    assert await here.kept() == [
        ("customer", "log me in"),
        ("customer", "••••"),
        ("bot", "Your PIN?"),
        ("bot", "Your PIN?"),
    ]
    found = await here.parts.database.at_once(lambda db: store.messages_after(db, HERE, 0, 500))
    assert all(message.sealed is None for message in found)


async def test_what_waits_is_sealed(settings: GatewaySettings, data_dir: Path) -> None:
    async with line(settings, settings.database_url("sqlite", "gateway")) as here:
        await here.hear("my pin is 2468 and my name is Sesame")
        stored = everything_in(data_dir)
    assert "2468" not in without_chance(stored)
    assert b"Sesame" not in stored
    assert b"+15550001111" not in stored


async def test_what_was_sealed_with_another_secret_is_given_up(settings: GatewaySettings, database_url: str) -> None:
    url = settings.database_url(database_url, "gateway")
    async with line(settings, url) as before:
        await before.hear("a")
        await before.parts.conversations.answer_waiting(HERE)
        await before.hear("b")
        async with line(settings, url, beside=before, channel_secret=SecretStr("x" * 32)) as after:
            await after.work()
            assert await after.statuses() == ["answered", "failed"]
            await after.hear("c", "M3")
            await after.work()
            assert after.provider.taken == ["Hello."]
            assert await after.parts.conversations.with_work(10) == await after.parts.outbox.with_work(10) == []


async def test_turn_is_taken_again_while_the_runtime_fails_then_apologised_for(here: Line) -> None:
    here.lex.failure = UpstreamFailed()
    await here.said("hello")
    assert await here.statuses() == ["waiting"]
    await here.work()
    assert len(here.lex.heard) == 1  # not before its time
    here.lex.failure, here.lex.turn = None, says("Hi.")
    here.clock.now += timedelta(seconds=3)
    await here.work()
    assert here.provider.taken == ["Hi."]
    assert {attributes["omnilex:message-id"] for attributes in here.lex.attributes} == {"1"}

    here.lex.failure = UpstreamFailed()
    await here.hear("again")
    for _ in range(5):
        await here.work()
        here.clock.now += timedelta(seconds=60)
    assert await here.statuses() == ["answered", "failed"]
    assert here.provider.taken[1:] == ["We can't answer right now. Please try again in a few minutes."]


async def test_turn_of_a_process_that_died_is_taken_by_another(settings: GatewaySettings, database_url: str) -> None:
    url = settings.database_url(database_url, "gateway")
    async with line(settings, url) as dead, line(settings, url, beside=dead) as alive:
        await dead.parts.database.at_once(lambda db: store.seen(db, dead.parts.instance.id, dead.clock.now))
        await dead.hear("pay")
        assert await dead.parts.database.at_once(lambda db: dead.parts.records.begin_next(db, HERE))
        await alive.parts.conversations.answer_waiting(HERE)
        assert not alive.lex.heard  # it is in good hands
        assert await alive.parts.conversations.with_work(10) == []
        await dead.parts.database.at_once(lambda db: store.forget_instance(db, dead.parts.instance.id))
        assert await alive.parts.conversations.with_work(10) == [HERE]
        await alive.work()
        assert alive.lex.heard == [(HERE, "pay")]
        assert alive.lex.attributes[0]["omnilex:message-id"] == "1"
        assert alive.provider.taken == ["Hello."]
        assert await alive.parts.conversations.with_work(10) == []


async def test_process_that_was_thought_dead_settles_nothing(settings: GatewaySettings, database_url: str) -> None:
    url = settings.database_url(database_url, "gateway")
    async with line(settings, url) as slow, line(settings, url, beside=slow) as quick:
        begun = asyncio.Event()
        resumed = asyncio.Event()

        async def hangs(text: str) -> RecognizeTextResponse:
            begun.set()
            await resumed.wait()
            return await says("too late")(text)

        slow.lex.turn = hangs
        await slow.hear("pay")
        working = asyncio.create_task(slow.work())
        await begun.wait()
        await quick.work()  # the slow one was never seen
        resumed.set()
        await working
        assert quick.provider.taken == ["Hello."]
        assert await quick.kept() == [("customer", "pay"), ("bot", "Hello.")]


async def test_interrupted_sending_asks_the_provider_first(settings: GatewaySettings, database_url: str) -> None:
    url = settings.database_url(database_url, "gateway")
    async with line(settings, url) as dead, line(settings, url, beside=dead) as alive:
        dead.lex.turn = repeats
        for text in ("a", "b"):
            await dead.hear(text)
        await dead.parts.conversations.answer_waiting(HERE)
        dead.provider.dies = True
        with pytest.raises(asyncio.CancelledError):
            await dead.parts.outbox.send_waiting(HERE)
        dead.provider.dies = False
        assert await alive.parts.outbox.with_work(10) == [HERE]
        await alive.parts.outbox.send_waiting(HERE)
        assert dead.provider.taken == ["re: a", "re: b"]


@pytest.mark.parametrize("unsure", [True, False])
async def test_outage_is_waited_out_without_loss_or_doubles(here: Line, unsure: bool) -> None:
    here.lex.turn = repeats
    here.provider.takes_all_the_same = unsure
    here.provider.trouble = [ProviderBusy("away", unsure=unsure), ProviderBusy("slow down", retry_after=30)]
    await here.said("a")
    await here.said("b")
    assert len(here.provider.taken) == int(unsure)
    for _ in range(4):
        here.clock.now += timedelta(seconds=31)
        here.provider.takes_all_the_same = False
        await here.work()
    assert here.provider.taken == ["re: a", "re: b"]


async def test_provider_is_given_up_in_the_end(here: Line) -> None:
    here.provider.trouble = [ProviderBusy("away") for _ in range(50)]
    await here.said("a")
    for _ in range(20):
        here.clock.now += timedelta(hours=1)
        await here.work()
    here.provider.trouble = []
    here.lex.turn = says("Next.")
    await here.said("b")
    assert here.provider.taken == ["Next."]
    found = await here.parts.database.at_once(lambda db: store.outgoing_of(db, HERE, 10))
    assert [(row.status, row.error) for row in found] == [("sent", None), ("failed", "given_up")]


@pytest.mark.parametrize(("times", "taken"), [(40, True), (800, False)])
async def test_provider_that_says_when_is_asked_for_a_day(here: Line, times: int, taken: bool) -> None:
    here.provider.trouble = [ProviderBusy("slow down", retry_after=600) for _ in range(times)]
    await here.said("a")
    for _ in range(41 if taken else 145):
        here.clock.now += timedelta(seconds=601)
        await here.work()
    assert here.provider.taken == (["Hello."] if taken else [])
    found = await here.parts.database.at_once(lambda db: store.outgoing_of(db, HERE, 10))
    assert [(row.status, row.error) for row in found] == [("sent", None) if taken else ("failed", "given_up")]


async def test_press_counts_only_while_its_question_is_the_last(here: Line) -> None:
    await here.hear("first", "M1")
    await here.work()

    async def press(message_id: str, follows: str) -> bool:
        pressed = replace(inbound("Yes", message_id), follows=follows)
        return await here.parts.conversations.receive(pressed)

    assert await press("P0", "M0") is False
    assert await press("P1", "M1") is True
    assert await press("P2", "M1") is False
    assert await press("P3", "P1") is True
    await here.work()
    assert [text for _, text in here.lex.heard] == ["first", "Yes", "Yes"]


async def test_refusal_is_final_and_holds_up_nothing(here: Line) -> None:
    here.lex.turn = repeats
    here.provider.trouble = [Undeliverable("21610")]
    await here.said("a")
    await here.said("b")
    assert here.provider.taken == ["re: b"]
    found = await here.parts.database.at_once(lambda db: store.outgoing_of(db, HERE, 10))
    assert [(row.status, row.error, row.payload) for row in found] == [("sent", None, None), ("failed", "21610", None)]


async def test_what_the_provider_says_of_a_message_only_goes_on(here: Line) -> None:
    await here.said("a")
    outbox = here.parts.outbox
    for word in ("sent", "delivered", "sent"):
        assert await outbox.delivered("sms", "P1", word, None)
    assert not await outbox.delivered("sms", "P2", "sent", None)
    (row,) = await here.parts.database.at_once(lambda db: store.outgoing_of(db, HERE, 10))
    assert row.delivery == "delivered"


async def test_number_chooses_what_was_shown_last(here: Line) -> None:
    card = ImageResponseCard(title="Which?", buttons=[Button(text="Checking", value="my checking account")])

    async def shows(text: str) -> RecognizeTextResponse:
        message = Message(content_type="ImageResponseCard", image_response_card=card)
        state = SessionState(dialog_action=DialogAction(type="ElicitIntent"))
        return RecognizeTextResponse(session_id="s", messages=[message], session_state=state)

    here.lex.turn = shows
    await here.said("balance")
    here.lex.turn = says("Done.")
    await here.said("1.")
    await here.said("1.")
    assert [text for _, text in here.lex.heard] == ["balance", "my checking account", "1."]


async def test_number_is_only_a_number_once_the_choices_are_old(here: Line) -> None:
    card = ImageResponseCard(title="Pay $250.00?", buttons=[Button(text="Yes", value="yes, pay it")])
    shown = Message(content_type="ImageResponseCard", image_response_card=card)

    async def asks(text: str) -> RecognizeTextResponse:
        return RecognizeTextResponse(session_id="s", messages=[shown], session_state=SessionState())

    here.lex.turn = asks
    await here.said("pay")
    here.clock.now += timedelta(minutes=9)
    await here.said("1")
    here.clock.now += timedelta(minutes=11)
    await here.said("1")
    assert [text for _, text in here.lex.heard] == ["pay", "yes, pay it", "1"]


async def test_answer_goes_out_with_the_response_or_else_the_long_way(
    settings: GatewaySettings, database_url: str
) -> None:
    url = settings.database_url(database_url, "gateway")
    async with line(settings, url, PlainChannel(timedelta(seconds=12))) as here:
        here.lex.turn = repeats
        await here.hear("a", "A")
        assert await here.parts.outbox.take_answer(HERE, "A") is None
        await here.work()
        assert here.provider.taken == []
        answers = await here.parts.outbox.take_answer(HERE, "A")
        assert answers is not None
        assert [payload["body"] for payload in answers.payloads] == ["re: a"]
        assert await here.parts.outbox.take_answer(HERE, "A") is None
        await here.parts.outbox.settle_answer(answers, delivered=True)
        again = await here.parts.outbox.take_answer(HERE, "A")
        assert again is not None
        assert not again.payloads

        await here.hear("b", "B")
        await here.work()
        answers = await here.parts.outbox.take_answer(HERE, "B")
        assert answers is not None
        await here.parts.outbox.settle_answer(answers, delivered=False)
        await here.work()
        assert here.provider.taken == ["re: b"]

        await here.hear("c", "C")
        await here.work()
        here.clock.now += timedelta(seconds=13)
        await here.work()
        assert here.provider.taken == ["re: b", "re: c"]


async def test_flood_is_told_once_and_then_paused(settings: GatewaySettings, database_url: str) -> None:
    url = settings.database_url(database_url, "gateway")
    async with line(settings, url, channel_messages_per_minute=3) as here:
        here.lex.turn = repeats
        for number in range(6):
            await here.said(f"m{number}")
        assert here.provider.taken == ["re: m0", "re: m1", "re: m2", settings.flood_notice]
        assert await here.statuses() == ["answered"] * 3 + ["dropped"] * 3
        here.clock.now += timedelta(seconds=settings.flood_pause_seconds + 1)
        await here.said("back")
        assert here.provider.taken[-1] == "re: back"


async def test_customer_has_one_measure_for_all_channels(settings: GatewaySettings, database_url: str) -> None:
    url = settings.database_url(database_url, "gateway")
    async with line(settings, url, customer_messages_per_minute=3) as here:
        here.lex.turn = says("Yes.", attributes={"identityToken": "proof", "omnilex:customer": "C-1"})
        chats = here.parts.conversations
        first, second = await chats.open("web", []), await chats.open("web", [])
        for session_id in (first, second):
            await chats.turn(session_id, "it is me", {})
        await here.said("me too")
        with pytest.raises(TooManyRequests):
            await chats.turn(first, "once more", {})
        await here.said("and here")
        assert here.provider.taken == ["Yes.", settings.flood_notice]
        here.clock.now += timedelta(seconds=61)
        assert (await chats.turn(second, "a minute later", {})).messages


async def test_two_bots_do_not_talk_for_ever(here: Line) -> None:
    here.lex.turn = says("I did not get that.")
    for _ in range(12):
        here.clock.now += timedelta(seconds=5)
        await here.said("I did not get that.")
    assert len(here.lex.heard) <= 5
    assert here.provider.taken[-1] == GatewaySettings().flood_notice


async def test_person_answers_what_comes_after_the_hand_over(here: Line) -> None:
    here.lex.turn = says(
        "One moment.",
        intent="TransferToAgent",
        state="Fulfilled",
        attributes={"omnilex:transfer": '{"customerId": "C-1", "intent": "MakePayment", "slots": {"Amount": "5"}}'},
    )
    await here.hear("a person please")
    await here.hear("and quickly")
    await here.work()
    for _ in range(2):
        await here.said("hello?")
    assert here.provider.taken[0] == "One moment."
    assert 'To go back to the bot, write "bot".' in here.provider.taken[1]
    assert len(here.provider.taken) == 2
    assert len(here.lex.heard) == 1
    assert await here.statuses() == ["answered", *["with_agent"] * 3]
    found = await here.parts.database.at_once(lambda db: store.open_handoff_of(db, HERE))
    assert found is not None
    packet = here.parts.records.people.packet(found)
    assert (packet.customer_id, packet.intent, packet.slots) == ("C-1", "MakePayment", {"Amount": "5"})
    assert b"C-1" not in found.packet
    assert await here.parts.conversations.with_work(10) == []


async def test_what_nobody_can_send_is_in_nobodys_way(settings: GatewaySettings, database_url: str) -> None:
    """A channel that was switched off leaves its messages behind, however many."""
    async with line(settings, settings.database_url(database_url, "gateway")) as here:
        here.lex.turn = repeats
        sayings = here.parts.records.sayings

        def left_behind(db: Connection) -> None:
            for number in range(5):
                sayings.line_up(db, f"fax:{number}", "fax", [{"body": "hello"}])

        await here.parts.database.at_once(left_behind)
        await here.hear("hello")
        await here.parts.conversations.answer_waiting(HERE)
        assert await here.parts.outbox.with_work(3) == [HERE]
