import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from services.gateway.main import PACKAGE
from services.gateway.messaging import messaging
from services.gateway.settings import GatewaySettings
from shared.callers import Tokens
from shared.db import open_database
from shared.errors import Unavailable, UpstreamFailed, UpstreamTimeout
from shared.schemas.lex import (
    Button,
    DialogAction,
    ImageResponseCard,
    Message,
    RecognizeTextResponse,
    SessionState,
)
from shared.settings import DEVELOPMENT_SECRET
from tests.conftest import without_chance
from tests.gateway.conftest import FakeLex, everything_in, gateway, says

SESSIONS = "/api/v1/chat/sessions"
MESSAGES = "/api/v1/chat/messages"


async def opened(client: httpx.AsyncClient) -> dict[str, str]:
    answer = await client.post(SESSIONS)
    assert answer.status_code == 201, answer.text
    return {"authorization": f"Bearer {answer.json()['token']}"}


async def said(client: httpx.AsyncClient, token: dict[str, str], text: str) -> httpx.Response:
    return await client.post(MESSAGES, json={"text": text}, headers=token)


async def history(client: httpx.AsyncClient, token: dict[str, str], after: int = 0) -> list[tuple[int, str, str]]:
    answer = await client.get(MESSAGES, params={"after": after}, headers=token)
    assert answer.status_code == 200, answer.text
    return [(one["sequence"], one["sender"], one["message"]["content"]) for one in answer.json()["messages"]]


async def test_chat_from_greeting_to_end(settings: GatewaySettings, lex: FakeLex, database_url: str) -> None:
    stored = settings.model_copy(update={"gateway_database_url": database_url})
    async with gateway(stored, lex=lex) as client:
        answer = await client.post(SESSIONS)
        session = answer.json()
        assert set(session) == {"sessionId", "token", "expiresAt", "messages"}
        assert session["messages"][0]["content"] == settings.chat_greeting
        token = {"authorization": f"Bearer {session['token']}"}

        lex.turn = says("Which account?", intent="ProvideAccountDetails", state="InProgress", asks_for="AccountType")
        reply = (await said(client, token, "balance")).json()
        assert [message["content"] for message in reply["messages"]] == ["Which account?"]
        assert reply["dialog"] == {
            "intent": "ProvideAccountDetails",
            "slotToElicit": "AccountType",
            "state": "InProgress",
            "verified": False,
            "answeredBy": "bot",
        }
        assert lex.heard == [(session["sessionId"], "balance")]
        attributes = {"omnilex:channel": "web", "omnilex:message-id": "2", "omnilex:people": "yes"}
        assert lex.attributes == [attributes]
        assert session["sessionId"].startswith("web:")

        spoken = [
            (1, "bot", settings.chat_greeting),
            (2, "customer", "balance"),
            (3, "bot", "Which account?"),
        ]
        assert await history(client, token) == spoken
        assert await history(client, token, after=2) == spoken[2:]

        assert (await client.delete(SESSIONS, headers=token)).status_code == 204
        assert lex.ended == [session["sessionId"]]
        for ended in (
            await said(client, token, "hello?"),
            await client.get(MESSAGES, headers=token),
            await client.delete(SESSIONS, headers=token),
        ):
            assert ended.status_code == 401


async def test_token_opens_only_its_own_chat(settings: GatewaySettings, lex: FakeLex) -> None:
    async with gateway(settings, lex=lex) as client:
        mine, theirs = await opened(client), await opened(client)
        await said(client, mine, "a secret of mine")
        assert "a secret of mine" not in str(await history(client, theirs))
        assert (await client.delete(SESSIONS, headers=theirs)).status_code == 204
        assert (await said(client, mine, "still here")).status_code == 200


@pytest.mark.parametrize(
    "token",
    [
        None,
        "rubbish",
        Tokens(DEVELOPMENT_SECRET, "chat").mint("web:x", seconds=-1),
        Tokens(DEVELOPMENT_SECRET, "chat").mint("web:nobody", seconds=60),
        Tokens(DEVELOPMENT_SECRET, "chat").mint("sms:x", seconds=60),
        Tokens(DEVELOPMENT_SECRET, "staff").mint("web:x", seconds=60),
        Tokens("another secret of thirty-two bytes", "chat").mint("web:x", seconds=60),
    ],
)
async def test_bad_token_is_refused(settings: GatewaySettings, lex: FakeLex, token: str | None) -> None:
    async with gateway(settings, lex=lex) as client:
        answer = await said(client, {"authorization": f"Bearer {token}"} if token else {}, "hello")
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert not lex.heard


async def test_token_expires(settings: GatewaySettings) -> None:
    short = settings.model_copy(update={"chat_session_seconds": 1})
    async with gateway(short) as client:
        token = await opened(client)
        await asyncio.sleep(2)
        assert (await said(client, token, "hello")).status_code == 401


async def test_verified_shows_and_attributes_stay_inside(settings: GatewaySettings, lex: FakeLex) -> None:
    lex.turn = says("Thank you.", intent="VerifyIdentity", attributes={"identityToken": "signed-proof"})
    async with gateway(settings, lex=lex) as client:
        token = await opened(client)
        reply = await said(client, token, "hello")
        assert reply.json()["dialog"]["verified"] is True
        read = await client.get(MESSAGES, headers=token)
        assert read.json()["dialog"]["verified"] is True
        assert "signed-proof" not in reply.text + read.text


@pytest.mark.parametrize(
    ("failure", "status"), [(UpstreamFailed(), 502), (Unavailable(), 503), (UpstreamTimeout(), 504)]
)
async def test_message_is_kept_when_lex_fails(
    settings: GatewaySettings, lex: FakeLex, failure: Exception, status: int
) -> None:
    async with gateway(settings, lex=lex) as client:
        token = await opened(client)
        lex.failure = failure
        answer = await said(client, token, "are you there?")
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        lex.failure = None
        assert (await history(client, token))[1:] == [(2, "customer", "are you there?")]
        assert (await said(client, token, "again")).status_code == 200


async def test_chat_that_lex_did_not_end_goes_on(settings: GatewaySettings, lex: FakeLex) -> None:
    async with gateway(settings, lex=lex) as client:
        token = await opened(client)
        lex.failure = Unavailable()
        assert (await client.delete(SESSIONS, headers=token)).status_code == 503
        lex.failure = None
        assert (await client.delete(SESSIONS, headers=token)).status_code == 204


async def test_messages_of_one_chat_are_handled_one_at_a_time(settings: GatewaySettings, lex: FakeLex) -> None:
    at_once: list[int] = []
    running = 0

    async def slowly(text: str) -> RecognizeTextResponse:
        nonlocal running
        running += 1
        at_once.append(running)
        await asyncio.sleep(0.02)
        running -= 1
        return await says(f"re: {text}")(text)

    lex.turn = slowly
    async with gateway(settings, lex=lex) as client:
        token = await opened(client)
        answers = await asyncio.gather(*(said(client, token, f"m{number}") for number in range(4)))
        assert [answer.status_code for answer in answers] == [200] * 4
        assert max(at_once) == 1
        spoken = await history(client, token, after=1)
        for (_, _, asked), (_, _, answered) in zip(spoken[::2], spoken[1::2], strict=True):
            assert answered == f"re: {asked}"


async def test_cards_and_empty_answers_are_shown_and_kept(settings: GatewaySettings, lex: FakeLex) -> None:
    card = ImageResponseCard(title="Which?", buttons=[Button(text="Checking", value="checking")])

    async def shows(text: str) -> RecognizeTextResponse:
        messages = [Message(content_type="ImageResponseCard", image_response_card=card)] if text == "card" else []
        state = SessionState(dialog_action=DialogAction(type="ElicitIntent"))
        return RecognizeTextResponse(session_id="s", messages=messages, session_state=state)

    lex.turn = shows
    async with gateway(settings, lex=lex) as client:
        token = await opened(client)
        shown = (await said(client, token, "card")).json()["messages"]
        assert shown[0]["imageResponseCard"]["buttons"] == [{"text": "Checking", "value": "checking"}]
        assert (await said(client, token, "nothing")).json()["messages"] == []
        kept = (await client.get(MESSAGES, params={"after": 2}, headers=token)).json()["messages"]
        assert kept[0]["message"] == shown[0]


@pytest.mark.parametrize("text", ["", "   ", "x" * 1025, None, 7])
async def test_text_must_be_text_of_sensible_length(settings: GatewaySettings, text: str | int | None) -> None:
    async with gateway(settings) as client:
        token = await opened(client)
        answer = await client.post(MESSAGES, json={"text": text}, headers=token)
        assert answer.status_code == 422
        assert "xxx" not in answer.text


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
async def test_good_message_is_answered_alike_by_whatever_way_it_is_read(settings: GatewaySettings, kind: str) -> None:
    async with gateway(settings) as client:
        token = await opened(client)
        body = b'{"text": " hello ", "messageId": "m-00000001", "more": 1}'
        answer = await client.post(MESSAGES, content=body, headers={**token, "content-type": kind})
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        assert answer.json()["sequence"] == 2
        assert list(answer.json()) == ["messages", "dialog", "sequence", "firstReply"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"text": "hello"}', "text/plain"),
        (b'{"text": "hello"}', "application/jsonp"),
        (b'{"text": "hello"', "application/json"),
        (b'{"text": "\xff"}', "application/json"),
        (b'["hello"]', "application/json"),
        (b"", "application/json"),
    ],
)
async def test_what_is_no_message_is_refused(settings: GatewaySettings, body: bytes, kind: str) -> None:
    async with gateway(settings) as client:
        token = await opened(client)
        headers = {"content-type": kind}
        answer = await client.post(MESSAGES, content=body, headers={**token, **headers})
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
        assert (await client.post(MESSAGES, content=body, headers=headers)).status_code in (401, 422)
        history = await client.get(MESSAGES, headers=token)
        assert len(history.json()["messages"]) == 1


async def test_pin_is_never_stored_nor_logged(
    settings: GatewaySettings, lex: FakeLex, capfd: pytest.CaptureFixture[str]
) -> None:
    pins = ["2468", "my pin is 2468", "2 4 6 8", "2-4-6-8", "two four six eight", "passcode sesame-open"]

    async def repeats(text: str) -> RecognizeTextResponse:
        return await says(f"{text}, so 2468, is wrong." if text in pins[:5] else "Sorry.")(text)

    lex.turn = repeats
    async with gateway(settings, lex=lex) as client:
        token = await opened(client)
        for text in pins:
            assert (await said(client, token, text)).status_code == 200
        lex.turn = says("Your PIN?", intent="VerifyIdentity", asks_for="Pin")
        await said(client, token, "hello")
        await said(client, token, "24six8")
        lex.failure = UpstreamFailed()
        await said(client, token, "2468")
        spoken = [content for _, sender, content in await history(client, token) if sender == "customer"]
        assert spoken == ["••••", "my pin ••••", "••••", "••••", "••••", "passcode ••••", "hello", "••••", "••••"]
        assert [text for _, text in lex.heard][:6] == pins  # the bot hears what was said
    stored = without_chance(everything_in(settings.data_dir))
    printed = capfd.readouterr()
    logged = without_chance(printed.out + printed.err)
    for pin in (*pins, "24six8", "sesame-open"):
        assert pin not in stored
        assert pin not in logged


async def test_amount_is_kept_once_verified_and_pin_masked_when_identity_is_stale(settings: GatewaySettings) -> None:
    lex = FakeLex()
    lex.turn = says("Done.", attributes={"identityToken": "proof"})
    now = datetime(2026, 1, 1, tzinfo=UTC)
    url = settings.database_url("sqlite", "gateway")
    async with open_database(url, PACKAGE) as database:
        chats = messaging(settings, database, lex, channels={}, providers={}, now=lambda: now).conversations
        session_id = await chats.open("web", [])
        await chats.turn(session_id, "hello", {})
        await chats.turn(session_id, "pay 1500 to Kim", {})
        await chats.turn(session_id, "two four six eight", {})
        now += timedelta(seconds=601)
        assert (await chats.history(session_id, 0)).dialog.verified is False
        await chats.turn(session_id, "2468", {})
        spoken = [entry.message.content for entry in (await chats.history(session_id, 0)).messages]
    assert spoken[2::2] == ["pay 1500 to Kim", "••••", "••••"]


async def test_new_chats_and_messages_are_limited(settings: GatewaySettings) -> None:
    few = settings.model_copy(update={"chat_sessions_per_minute": 2, "chat_messages_per_minute": 2})
    async with gateway(few) as client:
        mine, theirs = await opened(client), await opened(client)
        refused = await client.post(SESSIONS)
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0
        statuses = [(await said(client, mine, "hi")).status_code for _ in range(3)]
        assert statuses == [200, 200, 429]
        assert (await said(client, theirs, "hi")).status_code == 200


async def test_history_survives_a_restart(settings: GatewaySettings) -> None:
    async with gateway(settings) as client:
        token = await opened(client)
        await said(client, token, "remember this")
    async with gateway(settings) as client:
        assert (await history(client, token))[1] == (2, "customer", "remember this")


class Polyglot(FakeLex):
    """Remembers in which locale it was spoken to."""

    def __init__(self) -> None:
        super().__init__()
        self.locales: list[str | None] = []

    async def recognize(
        self, session_id: str, text: str, request_attributes: Mapping[str, str], locale_id: str | None
    ) -> RecognizeTextResponse:
        self.locales.append(locale_id)
        return await super().recognize(session_id, text, request_attributes, locale_id)


async def test_chat_in_another_locale(settings: GatewaySettings) -> None:
    lex = Polyglot()
    spanish = settings.model_copy(update={"chat_greetings": {"es_US": "Bienvenido al banco OmniLex."}})
    async with gateway(spanish, lex=lex) as client:
        for asked, greeting in (
            ({"localeId": "es_US"}, "Bienvenido al banco OmniLex."),
            ({"localeId": "en_US"}, settings.chat_greeting),
            ({"localeId": None}, settings.chat_greeting),
            ({}, settings.chat_greeting),
            (None, settings.chat_greeting),
        ):
            answer = await client.post(SESSIONS, json=asked) if asked is not None else await client.post(SESSIONS)
            assert answer.status_code == 201, answer.text
            assert answer.json()["messages"][0]["content"] == greeting
            await said(client, {"authorization": f"Bearer {answer.json()['token']}"}, "hola")
    assert lex.locales == ["es_US", "en_US", None, None, None]


@pytest.mark.parametrize("asked", ["fr_FR", "es-US", "", 7, "es_US\n", "../en_US"])
async def test_chat_in_no_locale_of_ours_is_refused(settings: GatewaySettings, asked: str | int) -> None:
    async with gateway(settings) as client:
        answer = await client.post(SESSIONS, json={"localeId": asked})
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        if asked == "fr_FR":
            assert answer.json()["locales"] == ["en_US"]


async def test_message_that_is_sent_again_is_answered_once(settings: GatewaySettings, lex: FakeLex) -> None:
    lex.turn = says("One.", "Two.")
    async with gateway(settings, lex=lex) as client:
        token = await opened(client)
        body = {"text": "pay the bill", "messageId": "the-same-one"}
        answers = [(await client.post(MESSAGES, json=body, headers=token)).json() for _ in range(3)]
        assert answers[0] == answers[1] == answers[2]
        assert (answers[0]["sequence"], answers[0]["firstReply"]) == (2, 3)
        assert [text for _, text in lex.heard] == ["pay the bill"]
        assert [number for number, _, _ in await history(client, token)] == [1, 2, 3, 4]
