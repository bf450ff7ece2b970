"""What happens in a chat, followed as a browser follows it: on a socket, line by line."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection

from services.gateway.service import Gateway
from services.gateway.settings import GatewaySettings
from services.gateway.transcript import plain_text
from shared.schemas.lex import RecognizeTextResponse
from tests.conftest import without_chance
from tests.gateway.conftest import FakeLex, gateway_app, listening, says

SESSIONS, MESSAGES, EVENTS = (f"/api/v1/chat/{what}" for what in ("sessions", "messages", "events"))
Event = tuple[str, int | None, dict[str, Any]]
Headers = dict[str, str]


class Site:
    """A gateway on a socket, and its insides for what no customer can do."""

    def __init__(self, http: httpx.AsyncClient, service: Gateway) -> None:
        self.http = http
        self.service = service

    async def begin(self) -> tuple[str, Headers]:
        session = (await self.http.post(SESSIONS)).json()
        return session["sessionId"], {"authorization": f"Bearer {session['token']}"}

    async def say(self, token: Headers, text: str, message_id: str | None = None) -> dict[str, Any]:
        body = {"text": text} | ({"messageId": message_id} if message_id else {})
        answer = await self.http.post(MESSAGES, json=body, headers=token)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    @asynccontextmanager
    async def follow(self, token: Headers, after: int = 0, **headers: str) -> AsyncIterator[AsyncIterator[Event]]:
        asked = {**token, **headers}
        async with self.http.stream("GET", EVENTS, params={"after": after}, headers=asked, timeout=20) as answer:
            assert answer.status_code == 200, await answer.aread()
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["cache-control"].startswith("no-store")
            assert answer.headers["x-accel-buffering"] == "no"
            assert "x-request-id" in answer.headers
            yield events_of(answer.aiter_lines())

    async def followers(self, count: int) -> None:
        """Waits until there are so many streams."""
        async with asyncio.timeout(10):
            while self.service.messaging.feeds.count != count:  # noqa: ASYNC110  a stream notices its end by itself
                await asyncio.sleep(0.02)

    async def agent_says(self, session_id: str, text: str) -> None:
        """As the hand-off does it."""
        parts = self.service.messaging

        def work(db: Connection) -> None:
            from services.gateway import store

            row = store.conversation(db, session_id, lock=True)
            assert row is not None
            parts.records.sayings.say(db, row, "agent", [plain_text(text)])

        await parts.database.at_once(work)

    async def taken_by(self, session_id: str, username: str) -> None:
        from services.gateway import store

        parts = self.service.messaging

        def work(db: Connection) -> None:
            row, handoff = store.conversation(db, session_id, lock=True), store.open_handoff_of(db, session_id)
            assert row is not None
            assert handoff is not None
            parts.records.people.take(db, row, handoff, username)

        await parts.database.at_once(work)


async def events_of(lines: AsyncIterator[str]) -> AsyncIterator[Event]:
    name, number, data = "", None, ""
    async for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("id: "):
            number = int(line.removeprefix("id: "))
        elif line.startswith("data: "):
            data = line.removeprefix("data: ")
        elif not line and name:
            yield name, number, json.loads(data)
            name, number, data = "", None, ""


@asynccontextmanager
async def site(settings: GatewaySettings, lex: FakeLex) -> AsyncIterator[Site]:
    async with (
        gateway_app(settings, lex=lex) as app,
        listening(app) as url,
        httpx.AsyncClient(base_url=url) as http,
    ):
        try:
            yield Site(http, app.state.service)
        finally:
            app.state.service.messaging.feeds.stop()


async def until(events: AsyncIterator[Event], name: str, **data: object) -> list[Event]:
    """The events up to the first of this name and data."""
    found: list[Event] = []
    async with asyncio.timeout(15):
        async for event in events:
            found.append(event)
            if event[0] == name and data.items() <= event[2].items():
                return found
    raise AssertionError(f"the stream ended without {name}: {found}")


def spoken(events: list[Event]) -> list[tuple[int | None, str, str]]:
    return [(number, data["sender"], data["message"]["content"]) for name, number, data in events if name == "message"]


async def test_a_turn_is_seen_as_it_happens(settings: GatewaySettings, lex: FakeLex, database_url: str) -> None:
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def waits(text: str) -> RecognizeTextResponse:
        asked.set()
        await may_answer.wait()
        return await says("One.", "Two.", intent="Help", attributes={"identityToken": "proof"})(text)

    lex.turn = waits
    stored = settings.model_copy(update={"gateway_database_url": database_url})
    async with site(stored, lex) as chat:
        _, token = await chat.begin()
        async with chat.follow(token) as events:
            first = await until(events, "dialog")
            assert spoken(first) == [(1, "bot", settings.chat_greeting)]
            saying = asyncio.create_task(chat.say(token, "hello", "message-0001"))
            begun = await until(events, "typing", by="bot")
            assert spoken(begun) == [(2, "customer", "hello")]
            assert begun[0][2]["messageId"] == "message-0001"
            await asked.wait()
            may_answer.set()
            done = await until(events, "typing", by=None)
            assert spoken(done) == [(3, "bot", "One."), (4, "bot", "Two.")]
            assert [event[2]["replyTo"] for event in done if event[0] == "message"] == [2, 2]
            assert [event[2]["verified"] for event in done if event[0] == "dialog"] == [True]
            reply = await saying
            assert (reply["sequence"], reply["firstReply"]) == (2, 3)


@pytest.mark.parametrize("by_header", [True, False])
async def test_coming_back_misses_nothing_and_hears_nothing_twice(
    settings: GatewaySettings, lex: FakeLex, *, by_header: bool
) -> None:
    lex.turn = says("Yes.")
    async with site(settings, lex) as chat:
        _, token = await chat.begin()
        seen: list[tuple[int | None, str, str]] = []
        saying = asyncio.create_task(_say_many(chat, token, 30))
        while not seen or seen[-1][0] != 61:
            last = seen[-1][0] or 0 if seen else 0
            again = {"last-event-id": str(last)} if by_header else {}
            async with chat.follow(token, 0 if by_header else last, **again) as events:
                for_now = min(61, len(seen) + 7)
                while len(seen) < for_now:  # then the connection breaks
                    async with asyncio.timeout(15):
                        event = await anext(events)
                    seen += spoken([event])
        await saying
        assert [number for number, _, _ in seen] == list(range(1, 62))
        assert [text for _, sender, text in seen if sender == "customer"] == [f"m{number}" for number in range(30)]


async def _say_many(chat: Site, token: Headers, count: int) -> None:
    for number in range(count):
        await chat.say(token, f"m{number}")


async def test_a_long_history_comes_whole(settings: GatewaySettings, lex: FakeLex) -> None:
    async with site(settings, lex) as chat:
        session_id, token = await chat.begin()
        for number in range(1100):
            await chat.agent_says(session_id, f"line {number}")
        async with chat.follow(token) as events:
            found = await until(events, "message", sequence=1101)
        assert [number for number, _, _ in spoken(found)] == list(range(1, 1102))


async def test_an_agent_is_seen_typing_and_heard(settings: GatewaySettings, lex: FakeLex) -> None:
    packet = {"omnilex:transfer": "{}"}
    lex.turn = says("I will get somebody.", intent="TransferToAgent", state="Fulfilled", attributes=packet)
    async with site(settings, lex) as chat:
        session_id, token = await chat.begin()
        async with chat.follow(token) as events:
            await until(events, "dialog", answeredBy="bot")
            await chat.say(token, "a person, please")
            await until(events, "dialog", answeredBy="queue")
            await chat.taken_by(session_id, "root")  # nobody wakes the feed: it looks by itself
            await until(events, "dialog", answeredBy="agent")
            reply = await chat.say(token, "anyone there?")
            assert (reply["messages"], reply["dialog"]["answeredBy"]) == ([], "agent")
            await until(events, "message", sequence=reply["sequence"])
            await chat.service.messaging.conversations.agent_types(session_id)
            await until(events, "typing", by="agent")
            await chat.agent_says(session_id, "Kim here.")
            found = await until(events, "typing", by=None)
            assert [(sender, text) for _, sender, text in spoken(found)] == [("agent", "Kim here.")]
        assert [text for _, text in lex.heard] == ["a person, please"]


async def test_what_another_process_does_is_seen(settings: GatewaySettings, lex: FakeLex, database_url: str) -> None:
    lex.turn = says("From over there.")
    stored = settings.model_copy(update={"gateway_database_url": database_url})
    async with site(stored, lex) as one, site(stored, lex) as other:
        _, token = await one.begin()
        async with one.follow(token) as events:
            await until(events, "dialog")
            await other.say(token, "hello")
            found = await until(events, "message", sender="bot")
        assert spoken(found) == [(2, "customer", "hello"), (3, "bot", "From over there.")]


async def test_the_end_is_said(settings: GatewaySettings, lex: FakeLex) -> None:
    async with site(settings, lex) as chat:
        _, token = await chat.begin()
        async with chat.follow(token) as events:
            await until(events, "dialog")
            assert (await chat.http.delete(SESSIONS, headers=token)).status_code == 204
            assert (await until(events, "ended"))[-1][2] == {"reason": "ended"}
            assert [event async for event in events] == []
        refused = await chat.http.get(EVENTS, headers=token)
        assert (refused.status_code, refused.headers["content-type"]) == (401, "application/problem+json")


async def test_the_token_ends_the_stream(settings: GatewaySettings, lex: FakeLex) -> None:
    async with site(settings.model_copy(update={"chat_session_seconds": 2}), lex) as chat:
        _, token = await chat.begin()
        async with chat.follow(token) as events:
            assert (await until(events, "ended"))[-1][2] == {"reason": "expired"}


async def test_the_oldest_stream_of_a_chat_makes_room(settings: GatewaySettings, lex: FakeLex) -> None:
    async with site(settings.model_copy(update={"chat_streams_each": 1}), lex) as chat:
        _, token = await chat.begin()
        async with chat.follow(token) as first:
            await until(first, "dialog")
            async with chat.follow(token) as second:
                assert (await until(first, "ended"))[-1][2] == {"reason": "replaced"}
                await until(second, "dialog")
                await chat.followers(1)


async def test_streams_are_limited_and_places_come_back(settings: GatewaySettings, lex: FakeLex) -> None:
    few = settings.model_copy(update={"chat_streams": 1, "chat_streams_per_minute": 2})
    async with site(few, lex) as chat:
        (_, mine), (_, theirs) = await chat.begin(), await chat.begin()
        async with chat.follow(mine) as events:
            await until(events, "dialog")
            full = await chat.http.get(EVENTS, headers=theirs)
            assert (full.status_code, full.headers["content-type"]) == (503, "application/problem+json")
            assert int(full.headers["retry-after"]) > 0
        await chat.followers(0)
        async with chat.follow(mine) as events:
            await until(events, "dialog")
        await chat.followers(0)
        assert (await chat.http.get(EVENTS, headers=mine)).status_code == 429


@pytest.mark.parametrize(
    ("headers", "params", "status"),
    [
        ({"authorization": "Bearer rubbish"}, {}, 401),
        ({}, {}, 401),
        (None, {"after": "-1"}, 422),
        (None, {"after": "x"}, 422),
        ({"last-event-id": "last"}, {}, 422),
    ],
)
async def test_a_bad_request_is_refused(
    settings: GatewaySettings, lex: FakeLex, headers: Headers | None, params: dict[str, str], status: int
) -> None:
    async with site(settings, lex) as chat:
        _, token = await chat.begin()
        sent = token if headers is None else token | headers if "last-event-id" in headers else headers
        answer = await chat.http.get(EVENTS, headers=sent, params=params)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert chat.service.messaging.feeds.count == 0


async def test_a_pin_is_in_no_event(settings: GatewaySettings, lex: FakeLex) -> None:
    lex.turn = says("Not 2468, sorry.")
    async with site(settings, lex) as chat:
        _, token = await chat.begin()
        async with chat.follow(token) as events:
            await chat.say(token, "my pin is 2468")
            found = await until(events, "message", sequence=3)
            assert "2468" not in without_chance(str(found))


async def test_silence_is_broken_by_comments(settings: GatewaySettings, lex: FakeLex) -> None:
    async with site(settings.model_copy(update={"chat_stream_quiet_seconds": 0.1}), lex) as chat:
        _, token = await chat.begin()
        async with chat.http.stream("GET", EVENTS, headers=token) as answer:
            comments = 0
            async for line in answer.aiter_lines():
                comments += line.startswith(":")
                if comments == 3:
                    break


async def test_an_open_stream_does_not_hold_up_a_server_that_is_told_to_stop(data_dir: Path) -> None:
    """The process itself, as it is run; the stream is not read at all."""
    environment = {**os.environ, "OMNILEX_DATA_DIR": str(data_dir), "OMNILEX_LOG_LEVEL": "WARNING"}
    command = ["-m", "uvicorn", "--factory", "services.gateway.main:create_app", "--port", "0", "--no-access-log"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, env=environment | {"OMNILEX_LOG_LEVEL": "INFO"}, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    url = ""
    async with asyncio.timeout(60):
        while "127.0.0.1:" not in url:
            url = json.loads(await process.stdout.readline())["event"]
    address = url[url.index("http://") :].split()[0]
    async with httpx.AsyncClient(base_url=address) as http:
        token = {"authorization": f"Bearer {(await http.post(SESSIONS)).json()['token']}"}
        async with http.stream("GET", EVENTS, headers=token) as answer:
            assert answer.status_code == 200
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(20):
                await process.communicate()
    assert process.returncode in (0, -signal.SIGTERM)
