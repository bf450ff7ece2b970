"""Hand-offs through the gateway's door: a customer on the web, one on a channel with a provider, and the staff."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI
from pydantic import JsonValue

from services.gateway.ports import Inbound, Reach
from services.gateway.service import Gateway
from services.gateway.settings import GatewaySettings
from services.gateway.store import StaffRow
from shared.callers import Caller
from shared.errors import Unavailable
from tests.conftest import eventually, served, without_chance
from tests.gateway.conftest import FakeLex, Turn, gateway_app, listening, says, signed_in, with_roles
from tests.gateway.test_chat import history, opened, said

HANDOFFS = "/api/v1/handoffs"
PACKET = {"customerId": "C-7KQ2M9XWPA", "intent": "MakePayment", "slots": {"Amount": "250", "Payee": "City Power"}}
SMS = "sms:somebody"


def hands_over(packet: Mapping[str, object] = PACKET) -> Turn:
    attributes = {"omnilex:transfer": json.dumps(packet), "identityToken": "proof"}
    return says("I'm connecting you to a person.", intent="TransferToAgent", state="Fulfilled", attributes=attributes)


class Media:
    """Stands for the media service: scores by the number of exclamation marks."""

    def __init__(self) -> None:
        self.asked: list[dict[str, JsonValue]] = []
        self.app = FastAPI()
        self.app.post("/sentiment")(self.score)

    async def score(self, body: dict[str, JsonValue]) -> dict[str, JsonValue]:
        self.asked.append(body)
        texts = body["texts"]
        assert isinstance(texts, list)
        return {"scores": [None if text == "••••" else str(text).count("!") / -10 for text in texts]}


class Phone:
    """A provider that takes every message."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    async def send(self, payload: Mapping[str, JsonValue]) -> str:
        self.taken.append(str(payload["Body"]))
        return f"SM{len(self.taken)}"

    async def find(self, payload: Mapping[str, JsonValue], since: datetime, known: Collection[str] = ()) -> str | None:
        return None


@dataclass
class Desk:
    """The gateway with a customer on the web who asked for a person, and two agents."""

    app: FastAPI
    client: httpx.AsyncClient
    lex: FakeLex
    media: Media
    phone: Phone
    customer: dict[str, str]
    kim: dict[str, str]
    pat: dict[str, str]
    boss: dict[str, str]

    @property
    def service(self) -> Gateway:
        found: Gateway = self.app.state.service
        return found

    async def waiting(self) -> str:
        """The id of the one hand-off that there is."""
        page = (await self.client.get(HANDOFFS, headers=self.kim)).json()
        (item,) = page["items"]
        return str(item["handoff_id"])

    async def do(self, agent: dict[str, str], handoff: str, what: str, body: object = None) -> httpx.Response:
        return await self.client.post(f"{HANDOFFS}/{handoff}/{what}", headers=agent, json=body)

    async def write(self, agent: dict[str, str], handoff: str, text: str, key: str = "a-key-of-it") -> httpx.Response:
        headers = {**agent, "idempotency-key": key}
        return await self.client.post(f"{HANDOFFS}/{handoff}/messages", headers=headers, json={"text": text})

    async def seen(self) -> list[tuple[str, str]]:
        return [(sender, text) for _, sender, text in await history(self.client, self.customer)]

    async def by_phone(self, text: str, message_id: str) -> None:
        reach = Reach(destination={"to": "+15550001111", "from": "+15550009999"})
        inbound = Inbound("sms", SMS, message_id, text, reach, address="somebodysaddress")
        await self.service.messaging.conversations.receive(inbound)
        self.service.messaging.rounds.attend(SMS)


@asynccontextmanager
async def desk(settings: GatewaySettings, **changes: object) -> AsyncIterator[Desk]:
    lex, media, phone = FakeLex(), Media(), Phone()
    changed = settings.model_copy(update=changes)
    async with (
        gateway_app(changed, lex=lex, behind={settings.media_url: media.app}, providers={"sms": phone}) as app,
        served(app) as client,
    ):
        customer = await opened(client)
        lex.turn = says("How much?", intent="MakePayment", state="InProgress", asks_for="Amount")
        await said(client, customer, "I want to pay City Power!")
        lex.turn = hands_over()
        await said(client, customer, "a person please!!!")
        agents = [await with_roles(client, "agent"), await with_roles(client, "agent", "analyst")]
        yield Desk(app, client, lex, media, phone, customer, *agents, boss=await signed_in(client))


@pytest.fixture
async def here(settings: GatewaySettings, database_url: str) -> AsyncIterator[Desk]:
    async with desk(settings, gateway_database_url=database_url) as opened_desk:
        yield opened_desk


async def test_packet_tells_what_an_agent_needs_and_nothing_more(here: Desk) -> None:
    page = (await here.client.get(HANDOFFS, headers=here.kim)).json()
    (item,) = page["items"]
    assert (item["status"], item["channel"], item["verified"]) == ("waiting", "web", True)
    assert (item["customer_id"], item["intent"], item["taken_by"]) == ("C-7KQ2M9XWPA", "MakePayment", None)
    found = (await here.client.get(f"{HANDOFFS}/{item['handoff_id']}", headers=here.kim)).json()
    assert found["slots"] == {"Amount": "250", "Payee": "City Power"}
    assert [turn["text"] for turn in found["turns"]][1:] == [
        "I want to pay City Power!",
        "How much?",
        "a person please!!!",
        "I'm connecting you to a person.",
    ]
    assert found["sentiment"] == {"average": -0.2, "change": -0.2, "last": -0.3, "turns_scored": 2}
    assert here.media.asked[0]["language"] == "en-US"
    assert found["links"]["conversations"] == "/api/v1/customers/C-7KQ2M9XWPA/conversations"
    assert "proof" not in str(found)


async def test_secrets_and_pins_are_in_no_packet(settings: GatewaySettings) -> None:
    async with desk(settings) as here:
        token = await opened(here.client)
        here.lex.turn = says("Your PIN?", intent="VerifyIdentity", asks_for="Pin")
        await said(here.client, token, "balance")
        here.lex.turn = hands_over({"customerId": None, "intent": "VerifyIdentity", "slots": {"Pin": "2468"}})
        await said(here.client, token, "2468")
        page = (await here.client.get(HANDOFFS, headers=here.kim)).json()
        item = page["items"][1]
        assert item["verified"] is False
        found = (await here.client.get(f"{HANDOFFS}/{item['handoff_id']}", headers=here.kim)).json()
        assert "2468" not in without_chance(json.dumps(found))
        assert found["slots"] == {}
        assert found["links"]["conversations"] is None


async def test_media_that_is_away_costs_the_sentiment_only(settings: GatewaySettings, lex: FakeLex) -> None:
    lex.turn = hands_over()
    async with gateway_app(settings, lex=lex) as app, served(app) as client:
        await said(client, await opened(client), "a person")
        kim = await with_roles(client, "agent")
        (item,) = (await client.get(HANDOFFS, headers=kim)).json()["items"]
        found = await client.get(f"{HANDOFFS}/{item['handoff_id']}", headers=kim)
        assert found.status_code == 200
        assert found.json()["sentiment"] is None


async def test_conversation_goes_to_the_agent_and_back_to_the_bot(here: Desk) -> None:
    handoff = await here.waiting()
    taken = await here.do(here.kim, handoff, "take")
    assert taken.status_code == 200
    assert taken.json()["taken_by"] == "agent"
    reply = (await said(here.client, here.customer, "hello?")).json()
    assert reply["messages"] == []
    assert reply["dialog"]["answeredBy"] == "agent"
    written = await here.write(here.kim, handoff, "Good morning, this is Kim.")
    assert written.status_code == 202
    assert [turn["text"] for turn in written.json()["messages"]] == ["Good morning, this is Kim."]
    read = (await here.client.get(f"{HANDOFFS}/{handoff}/messages?after=5", headers=here.kim)).json()
    assert [(turn["sender"], turn["text"]) for turn in read["messages"]] == [
        ("bot", "A colleague of ours is with you now."),
        ("customer", "hello?"),
        ("agent", "Good morning, this is Kim."),
    ]
    assert len(here.lex.heard) == 2
    assert (await here.do(here.kim, handoff, "return")).status_code == 204
    assert (await here.seen())[-1] == ("bot", "You're back with the bot. What else can I do for you?")
    here.lex.turn = says("Paid.")
    reply = (await said(here.client, here.customer, "yes")).json()
    assert reply["dialog"]["answeredBy"] == "bot"
    assert here.lex.heard[-1][1] == "yes"
    assert here.lex.ended == []
    ended = (await here.client.get(HANDOFFS, params={"status": "returned"}, headers=here.kim)).json()["items"]
    assert [(item["handoff_id"], item["ended_by"]) for item in ended] == [(handoff, "agent")]
    assert (await here.client.get(HANDOFFS, headers=here.kim)).json() == {"items": [], "next_cursor": None}


async def test_of_two_agents_one_gets_it(here: Desk) -> None:
    handoff = await here.waiting()
    answers = await asyncio.gather(*(here.do(agent, handoff, "take") for agent in (here.kim, here.pat) * 3))
    statuses = [answer.status_code for answer in answers]
    assert sorted(statuses) == [200, 200, 200, 409, 409, 409]
    refused = next(answer.json() for answer in answers if answer.status_code == 409)
    owner = next(answer.json() for answer in answers if answer.status_code == 200)["taken_by"]
    assert refused["taken_by"] == owner
    assert (await here.seen()).count(("bot", "A colleague of ours is with you now.")) == 1


@pytest.mark.parametrize(("kept", "asked"), [("Kim.Lee", "Kim.Lee"), ("kim.lee", "Kim.LEE")])
async def test_it_is_assigned_to_whoever_the_name_is_of(here: Desk, kept: str, asked: str) -> None:
    """Names of an identity provider are as it writes them; names that are kept here have no case."""
    moment = datetime.now(UTC)
    row = StaffRow(username=kept, password_hash="", roles=["agent"], token_version="", created_at=moment)
    async with here.app.state.service.messaging.database.transaction() as session:
        session.add(row)
    handoff = await here.waiting()
    assert (await here.do(here.boss, handoff, "assign", {"username": asked})).status_code == 204
    found = (await here.client.get(f"{HANDOFFS}/{handoff}", headers=here.boss)).json()
    assert found["taken_by"] == kept


async def test_who_has_it_is_checked_when_sending(here: Desk) -> None:
    handoff = await here.waiting()
    assert (await here.write(here.kim, handoff, "too soon")).status_code == 409
    await here.do(here.kim, handoff, "take")
    assert (await here.write(here.pat, handoff, "not mine")).status_code == 409
    assert (await here.write(here.boss, handoff, "not mine either")).status_code == 409
    assert (await here.do(here.boss, handoff, "assign", {"username": "agent-analyst"})).status_code == 204
    refused = await here.write(here.kim, handoff, "no more")
    assert refused.status_code == 409
    assert refused.json()["taken_by"] == "agent-analyst"
    assert (await here.write(here.pat, handoff, "now it is mine")).status_code == 202
    await here.do(here.pat, handoff, "return")
    assert (await here.write(here.pat, handoff, "after the end")).status_code == 409
    assert [text for sender, text in await here.seen() if sender == "agent"] == ["now it is mine"]


async def test_message_is_said_once_however_often_it_is_sent(here: Desk) -> None:
    handoff = await here.waiting()
    await here.do(here.kim, handoff, "take")
    answers = await asyncio.gather(*(here.write(here.kim, handoff, "Once.") for _ in range(4)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["messages"][0]["sequence"] for answer in answers}) == 1
    assert (await here.seen()).count(("agent", "Once.")) == 1
    assert (await here.write(here.kim, handoff, "Another.")).status_code == 409
    assert (await here.write(here.kim, handoff, "Another.", key="short")).status_code == 422
    no_key = await here.client.post(f"{HANDOFFS}/{handoff}/messages", headers=here.kim, json={"text": "x"})
    assert no_key.status_code == 422


async def test_waiting_customer_is_told_once_and_may_go_back(here: Desk) -> None:
    first = (await said(here.client, here.customer, "are you there?")).json()
    assert "my colleague, who will read it" in first["messages"][0]["content"]
    assert first["dialog"]["answeredBy"] == "queue"
    assert (await said(here.client, here.customer, "hello?")).json()["messages"] == []
    handoff = await here.waiting()
    back = (await said(here.client, here.customer, " Never mind! ")).json()
    assert "you're back with the bot" in back["messages"][0]["content"]
    assert back["dialog"]["answeredBy"] == "bot"
    assert (await here.do(here.kim, handoff, "take")).status_code == 409
    found = (await here.client.get(HANDOFFS, params={"status": "returned"}, headers=here.kim)).json()["items"]
    assert found[0]["ended_by"] == "customer"
    here.lex.turn = says("Hi.")
    assert (await said(here.client, here.customer, "hi")).json()["messages"][0]["content"] == "Hi."


async def test_cancel_is_for_the_agent_once_there_is_one(here: Desk) -> None:
    handoff = await here.waiting()
    await here.do(here.kim, handoff, "take")
    assert (await said(here.client, here.customer, "cancel")).json()["messages"] == []
    assert (await here.write(here.kim, handoff, "Cancel what?")).status_code == 202


async def test_nobody_comes(settings: GatewaySettings) -> None:
    async with desk(settings, handoff_wait_seconds=1, support_phone="1-800-555-0100") as here:

        async def told() -> bool:
            return "Please call us at 1-800-555-0100" in (await here.seen())[-1][1]

        await eventually(told)
        found = (await here.client.get(HANDOFFS, params={"status": "abandoned"}, headers=here.kim)).json()["items"]
        assert found[0]["ended_by"] == "gateway"
        here.lex.turn = says("Here I am.")
        reply = (await said(here.client, here.customer, "hm")).json()
        assert reply["messages"][0]["content"] == "Here I am."


async def test_agent_who_leaves_a_customer_alone_loses_the_conversation(settings: GatewaySettings) -> None:
    async with desk(settings, handoff_silent_seconds=1) as here:
        handoff = await here.waiting()
        await here.do(here.kim, handoff, "take")
        await here.write(here.kim, handoff, "One moment, I look it up.")

        async def released() -> bool:
            found = (await here.client.get(f"{HANDOFFS}/{handoff}/messages", headers=here.boss)).json()["handoff"]
            return bool(found["status"] == "waiting")

        await asyncio.sleep(2.5)
        assert not await released()  # the customer waits for nothing
        await said(here.client, here.customer, "and?")
        await eventually(released)
        assert (await here.seen())[-1][1].startswith("My colleague had to leave.")
        assert (await here.write(here.kim, handoff, "I'm back")).status_code == 409
        assert (await here.do(here.pat, handoff, "take")).status_code == 200


async def test_conversation_of_a_removed_agent_goes_back_in_line(here: Desk) -> None:
    handoff = await here.waiting()
    await here.do(here.kim, handoff, "take")
    assert (await here.client.delete("/api/v1/users/agent", headers=here.boss)).status_code == 204

    async def released() -> bool:
        page = (await here.client.get(HANDOFFS, params={"status": "waiting"}, headers=here.pat)).json()
        return len(page["items"]) == 1

    await eventually(released)
    assert (await here.write(here.kim, handoff, "still here")).status_code == 401


async def test_closing_makes_the_bot_forget(here: Desk) -> None:
    handoff = await here.waiting()
    await here.do(here.kim, handoff, "take")
    here.lex.failure = Unavailable()
    assert (await here.do(here.kim, handoff, "close")).status_code == 503
    assert (await here.write(here.kim, handoff, "still mine")).status_code == 202
    here.lex.failure = None
    assert (await here.do(here.kim, handoff, "close")).status_code == 204
    assert here.lex.ended == [here.lex.heard[0][0]]
    read = (await here.client.get("/api/v1/chat/messages", headers=here.customer)).json()
    assert read["dialog"] == {
        "intent": None,
        "slotToElicit": None,
        "state": None,
        "verified": False,
        "answeredBy": "bot",
    }
    assert read["messages"][-1]["message"]["content"].startswith("My colleague has ended the conversation.")


async def test_customer_who_ends_the_chat_leaves_the_queue(here: Desk) -> None:
    handoff = await here.waiting()
    assert (await here.client.delete("/api/v1/chat/sessions", headers=here.customer)).status_code == 204
    assert (await here.do(here.kim, handoff, "take")).json()["state"] == "closed"


async def test_agent_writes_to_a_phone_and_sees_how_it_fares(settings: GatewaySettings, database_url: str) -> None:
    async with desk(settings, gateway_database_url=database_url) as here:
        if not here.service.messaging.records.sayings.by_provider("sms"):
            pytest.fail("the channel sms is not registered")
        await here.by_phone("a person please", "M1")
        await eventually(lambda: len(here.phone.taken) == 1)
        page = (await here.client.get(HANDOFFS, headers=here.kim)).json()
        handoff = next(item["handoff_id"] for item in page["items"] if item["channel"] == "sms")
        await here.do(here.kim, handoff, "take")
        await here.by_phone("hello?", "M2")
        await here.write(here.kim, handoff, "Good morning.")
        await eventually(lambda: "Good morning." in str(here.phone.taken[-1]))
        outbox = here.service.messaging.outbox
        said_last = f"SM{len(here.phone.taken)}"
        await eventually(lambda: outbox.delivered("sms", said_last, "undelivered", "30003"))
        read = (await here.client.get(f"{HANDOFFS}/{handoff}/messages", headers=here.kim)).json()
        last = read["messages"][-1]
        assert (last["text"], last["delivery"], last["delivery_error"]) == ("Good morning.", "failed", "30003")
        await here.do(here.kim, handoff, "return")
        await eventually(lambda: "back with the bot" in here.phone.taken[-1])


async def test_agent_follows_the_conversation(settings: GatewaySettings) -> None:
    async with desk(settings) as here, listening(here.app) as url, httpx.AsyncClient(base_url=url) as socket:
        handoff = await here.waiting()
        await here.do(here.kim, handoff, "take")
        events: list[tuple[str, dict[str, JsonValue]]] = []

        async def follow() -> None:
            path = f"{HANDOFFS}/{handoff}/events"
            headers = {**here.kim, "last-event-id": "5"}
            async with socket.stream("GET", path, headers=headers, timeout=30) as answer:
                assert answer.headers["content-type"].startswith("text/event-stream")
                name = ""
                async for line in answer.aiter_lines():
                    field, _, value = line.partition(": ")
                    if field == "event":
                        name = value
                    elif field == "data":
                        events.append((name, json.loads(value)))

        following = asyncio.create_task(follow())
        await eventually(lambda: len(events) == 2)
        await said(here.client, here.customer, "my pin is 4711")
        await eventually(lambda: ("message", "my pin is ••••") in texts(events))
        assert (await here.do(here.kim, handoff, "typing")).status_code == 204
        await here.write(here.kim, handoff, "Noted.")
        await eventually(lambda: ("message", "Noted.") in texts(events))
        await here.do(here.kim, handoff, "return")
        await asyncio.wait_for(following, 10)
        assert events[-1][0] == "handoff"
        assert events[-1][1]["status"] == "returned"
        sequences = [data["sequence"] for name, data in events if name == "message"]
        assert sequences == sorted(set(map(int, map(str, sequences))))


def texts(events: Sequence[tuple[str, dict[str, JsonValue]]]) -> list[tuple[str, JsonValue]]:
    return [(name, data.get("text")) for name, data in events]


async def test_who_may_do_what(here: Desk) -> None:
    handoff = await here.waiting()
    analyst = await with_roles(here.client, "analyst")
    detail = f"{HANDOFFS}/{handoff}"
    assert (await here.client.get(HANDOFFS, headers=analyst)).status_code == 403
    assert (await here.client.get(HANDOFFS, headers=here.customer)).status_code == 401
    assert (await here.client.get(detail, headers=here.pat)).status_code == 200
    assert (await here.do(here.pat, handoff, "return")).status_code == 403
    assert (await here.do(here.pat, handoff, "assign", {"username": "agent"})).status_code == 403
    await here.do(here.kim, handoff, "take")
    for path in (detail, f"{detail}/messages", f"{detail}/events"):
        assert (await here.client.get(path, headers=here.pat)).status_code == 403
        assert path.endswith("/events") or (await here.client.get(path, headers=here.boss)).status_code == 200
    assert (await here.do(here.pat, handoff, "release")).status_code == 409
    assert (await here.do(here.boss, handoff, "assign", {"username": "nobody"})).status_code == 422
    assert (await here.do(here.boss, handoff, "assign", {"username": "analyst"})).status_code == 422
    assert (await here.do(here.boss, handoff, "release")).status_code == 204
    unknown = "a" * 26
    for what in ("take", "return", "close", "release", "typing"):
        assert (await here.do(here.kim, unknown, what)).status_code == 404
    assert (await here.client.get(f"{HANDOFFS}/UNKNOWN", headers=here.kim)).status_code == 422


async def test_queue_is_read_in_pages(settings: GatewaySettings) -> None:
    async with desk(settings) as here:
        for _ in range(4):
            await said(here.client, await opened(here.client), "a person")
        found: list[str] = []
        query = {"limit": "2"}
        while True:
            page = (await here.client.get(HANDOFFS, params=query, headers=here.kim)).json()
            found += [item["created_at"] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            query["cursor"] = page["next_cursor"]
        assert len(found) == 5
        assert found == sorted(found)
        for bad in ("rubbish", "e30", "MjAyNi0wMS0wMXx4"):
            assert (await here.client.get(HANDOFFS, params={"cursor": bad}, headers=here.kim)).status_code == 422


async def test_without_people_the_bot_is_told_so(settings: GatewaySettings, lex: FakeLex) -> None:
    alone = settings.model_copy(update={"handoff_enabled": False})
    lex.turn = hands_over()
    async with gateway_app(alone, lex=lex) as app, served(app) as client:
        reply = (await said(client, await opened(client), "a person")).json()
        assert reply["dialog"]["answeredBy"] == "bot"
        assert "omnilex:people" not in lex.attributes[0]


async def test_what_agents_do_is_logged_by_ids_only(
    settings: GatewaySettings, capfd: pytest.CaptureFixture[str]
) -> None:
    async with desk(settings) as here:
        handoff = await here.waiting()
        await here.do(here.kim, handoff, "take")
        await here.write(here.kim, handoff, "a confidential word")
        await here.do(here.kim, handoff, "release")
        await here.do(here.boss, handoff, "assign", {"username": "agent"})
        await here.do(here.kim, handoff, "return")
    logged = capfd.readouterr()
    lines = [json.loads(line) for line in (logged.out + logged.err).splitlines() if line.startswith("{")]
    told = [(line["event"], line["staff"]) for line in lines if str(line.get("event")).startswith("handoff.")]
    for event in ("taken", "read", "released", "returned"):
        assert (f"handoff.{event}", "agent") in told
    assert ("handoff.assigned", "root") in told
    assert "confidential" not in logged.out + logged.err
    assert "City Power" not in logged.out + logged.err


async def test_spanish_customers_are_told_in_spanish(settings: GatewaySettings, lex: FakeLex) -> None:
    lex.turn = hands_over()
    spanish = settings.model_copy(update={"chat_greetings": {"es_US": "Hola."}})
    async with gateway_app(spanish, lex=lex) as app, served(app) as client:
        answer = await client.post("/api/v1/chat/sessions", json={"localeId": "es_US"})
        token = {"authorization": f"Bearer {answer.json()['token']}"}
        await said(client, token, "una persona")
        reply = (await said(client, token, "¿hola?")).json()
        assert "Para volver al bot" in reply["messages"][0]["content"]


async def test_agent_is_not_flooded(settings: GatewaySettings) -> None:
    async with desk(settings, channel_messages_per_minute=4, twilio_answer_seconds=0.01) as here:
        await here.by_phone("a person please", "M0")
        await eventually(lambda: len(here.phone.taken) == 1)
        for number in range(1, 8):
            await here.by_phone("hello?", f"M{number}")
        page = (await here.client.get(HANDOFFS, headers=here.kim)).json()
        handoff = next(item["handoff_id"] for item in page["items"] if item["channel"] == "sms")
        read = (await here.client.get(f"{HANDOFFS}/{handoff}/messages", headers=here.kim)).json()["messages"]
        assert [turn["text"] for turn in read if turn["sender"] == "customer"] == ["a person please", *["hello?"] * 3]


async def test_replicas_agree_on_who_has_it_and_tell_of_what_happens_at_the_other(
    settings: GatewaySettings, database_url: str
) -> None:
    stored = settings.model_copy(update={"gateway_database_url": database_url})
    async with desk(stored) as here, gateway_app(stored, lex=here.lex) as other, served(other) as there:
        handoff = await here.waiting()
        path = f"{HANDOFFS}/{handoff}"
        for _ in range(3):
            answers = await asyncio.gather(
                here.client.post(f"{path}/take", headers=here.kim), there.post(f"{path}/take", headers=here.pat)
            )
            assert sorted(answer.status_code for answer in answers) == [200, 409]
            assert (await here.client.post(f"{path}/release", headers=here.boss)).status_code == 204
        await here.client.post(f"{path}/take", headers=here.kim)
        feed = await other.state.service.handoff_views.follow(
            Caller("staff", "agent", frozenset({"agent"})), handoff, after=0
        )
        events = feed.batches()
        assert [event.name for event in await anext(events)].count("handoff") == 1
        await said(here.client, here.customer, "at the other replica")
        while not any("at the other replica" in event.data.model_dump_json() for event in await anext(events)):
            pass
        feed.close()
