"""Events as Amazon Lex V1 and V2 send them, through the bot's door: each is answered as Lex takes it, or refused."""

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient, Response

from services.bot.intents import INTENTS
from services.bot.main import create_app
from services.bot.settings import BotSettings
from tests.bot.conversation import SECRETS_OF_THE_BANK, Conversation, FakeAccounts, bot_over, event_document
from tests.bot.lex_answers import faults_of
from tests.conftest import served

SECRET = "a secret that only Lex and the bot know"
Event = dict[str, Any]
_FOLDER = Path(__file__).parents[1] / "payloads/lex"
PAYLOADS: dict[str, Event] = {path.stem: json.loads(path.read_text()) for path in sorted(_FOLDER.glob("*.json"))}


@pytest.fixture
async def bot() -> AsyncIterator[AsyncClient]:
    async with served(create_app(BotSettings(code_hook_secret=SECRET), bot_over(FakeAccounts()))) as client:
        yield client


def payload(name: str) -> Event:
    return deepcopy(PAYLOADS[name])


async def sent(client: AsyncClient, event: object) -> Response:
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    timestamp = str(int(time.time()))
    signature = hmac.new(SECRET.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    headers = {"content-type": "application/json", "x-timestamp": timestamp, "x-signature": signature}
    return await client.post("/lex/fulfillment", content=body, headers=headers)


async def answered(client: AsyncClient, event: Event) -> Event:
    """The answer, as good as Lex wants it."""
    answer = await sent(client, event)
    assert answer.status_code == 200, answer.text
    document: Event = answer.json()
    assert faults_of(document, event) == []
    return document


def changed(event: Event, path: str, value: object) -> Event:
    """A copy with another value at the dotted path; `...` takes the member away."""
    copy = deepcopy(event)
    *parents, name = path.split(".")
    place: Any = copy
    for parent in parents:
        place = place[int(parent)] if isinstance(place, list) else place[parent]
    if value is ...:
        del place[name]
    else:
        place[name] = value
    return copy


@pytest.mark.parametrize("name", PAYLOADS)
async def test_event_is_answered_as_lex_takes_it(bot: AsyncClient, name: str) -> None:
    event = payload(name)
    answer = await answered(bot, event)
    kept = answer.get("sessionAttributes") or answer["sessionState"]["sessionAttributes"]
    before = event.get("sessionAttributes") or event.get("sessionState", {}).get("sessionAttributes") or {}
    assert before.items() <= kept.items()
    for secret in SECRETS_OF_THE_BANK:
        assert secret not in json.dumps(answer).replace('"City Power"', "") or secret in json.dumps(event)


@pytest.mark.parametrize("event", PAYLOADS)
@pytest.mark.parametrize("name", ["SomeoneElsesBot", "x" * 100])
async def test_bot_of_another_name_is_answered_all_the_same(bot: AsyncClient, event: str, name: str) -> None:
    """One forwarder may stand in front of several bots; its signature says that it may ask."""
    await answered(bot, changed(payload(event), "bot.name", name))


@pytest.mark.parametrize("source", ["DialogCodeHook", "FulfillmentCodeHook"])
@pytest.mark.parametrize("name", ["v1_unknown_intent_dialog", "v2_unknown_intent_dialog"])
async def test_unknown_intent_is_left_to_lex_or_fails(bot: AsyncClient, name: str, source: str) -> None:
    answer = await answered(bot, changed(payload(name), "invocationSource", source))
    action = answer.get("dialogAction") or answer["sessionState"]["dialogAction"]
    assert action["type"] == ("Delegate" if source == "DialogCodeHook" else "Close")


async def test_fallback_of_v1_answers_from_the_faq(bot: AsyncClient) -> None:
    answer = await answered(bot, changed(payload("v1_fallback"), "inputTranscript", "when are you open"))
    assert "9 am" in answer["dialogAction"]["message"]["content"]


async def test_number_that_twilio_knows_is_not_asked_for(bot: AsyncClient) -> None:
    event = payload("v1_twilio")
    assert (await answered(bot, event))["dialogAction"]["slotToElicit"] == "Pin"
    elsewhere = changed(event, "requestAttributes.x-amz-lex:channel-type", "Facebook")
    assert (await answered(bot, elsewhere))["dialogAction"]["slotToElicit"] == "PhoneNumber"


V1, V2 = payload("v1_dialog_with_details"), payload("v2_dialog_first_turn")
V1_WRONG: list[tuple[str, object]] = [
    *((name, ...) for name in ("messageVersion", "invocationSource", "userId", "bot", "currentIntent")),
    *((name, None) for name in ("messageVersion", "invocationSource", "userId", "bot", "currentIntent")),
    ("invocationSource", "SomeCodeHook"),
    ("userId", 5),
    ("userId", "x"),
    ("userId", "u" * 101),
    ("userId", "a b"),
    ("userId", "a\x00b"),
    ("bot", "BranchBot"),
    ("bot.name", ...),
    ("bot.name", 7),
    ("bot.alias", ["x"]),
    ("bot", []),
    ("currentIntent", []),
    ("currentIntent", "MakePayment"),
    ("currentIntent.name", ...),
    ("currentIntent.name", None),
    ("currentIntent.name", ""),
    ("currentIntent.name", "a\nb"),
    ("currentIntent.name", "n" * 500),
    ("currentIntent.slots", ["Payee"]),
    ("currentIntent.slots", {"Payee": 5}),
    ("currentIntent.slots", {"Payee": {"value": "x"}}),
    ("currentIntent.slotDetails", {"Payee": "x"}),
    ("currentIntent.confirmationStatus", "Maybe"),
    ("alternativeIntents", [{"slots": {}}]),
    ("alternativeIntents", {}),
    ("sessionAttributes", {"a": 1}),
    ("sessionAttributes", {"a": None}),
    ("sessionAttributes", ["a"]),
    ("sessionAttributes", {f"a{number}": "" for number in range(101)}),
    ("sessionAttributes", {"a": "x" * 70_000}),
    ("requestAttributes", "x"),
    ("outputDialogMode", "Smoke"),
    ("inputTranscript", None),
    ("inputTranscript", {"text": "x"}),
]
V2_WRONG: list[tuple[str, object]] = [
    *((name, ...) for name in ("messageVersion", "invocationSource", "sessionId", "bot", "sessionState")),
    *((name, None) for name in ("messageVersion", "invocationSource", "sessionId", "bot", "sessionState")),
    ("invocationSource", "SomeCodeHook"),
    ("invocationSource", ["DialogCodeHook"]),
    ("sessionId", 5),
    ("sessionId", "x"),
    ("sessionId", "s" * 101),
    ("sessionId", "a/b"),
    ("bot.name", ...),
    ("bot.name", None),
    ("bot.localeId", 5),
    ("bot", []),
    ("sessionState", []),
    ("sessionState.intent", "MakePayment"),
    ("sessionState.intent", []),
    ("sessionState.intent.name", ...),
    ("sessionState.intent.name", ""),
    ("sessionState.intent.name", "a\x00b"),
    ("sessionState.intent.name", "n" * 500),
    ("sessionState.intent.state", "Asleep"),
    ("sessionState.intent.slots", ["Payee"]),
    ("sessionState.intent.slots", {"Payee": "City Power"}),
    ("sessionState.intent.slots", {"Payee": {"value": "City Power"}}),
    ("sessionState.intent.slots", {"Payee": {"shape": "Round"}}),
    ("sessionState.intent.slots", {f"s{number}": None for number in range(101)}),
    ("sessionState.intent.confirmationState", 1),
    ("sessionState.sessionAttributes", {"a": 1}),
    ("sessionState.sessionAttributes", {"a": {"b": "c"}}),
    ("sessionState.sessionAttributes", {f"a{number}": "" for number in range(101)}),
    ("sessionState.sessionAttributes", {"a": "x" * 70_000}),
    ("interpretations", {}),
    ("interpretations", [{"intent": None}]),
    ("interpretations", [{"intent": {"name": "a b"}}]),
    ("interpretations", [{"intent": {"name": "Help"}}] * 101),
    ("requestAttributes", {"a": 1}),
    ("inputTranscript", ["x"]),
    ("transcriptions", "[" * 3000),
]


@pytest.mark.parametrize(
    ("event", "path", "value"),
    [(V1, *wrong) for wrong in V1_WRONG] + [(V2, *wrong) for wrong in V2_WRONG[:-1]],
)
async def test_event_that_lex_would_not_send_is_refused(
    bot: AsyncClient, event: Event, path: str, value: object
) -> None:
    answer = await sent(bot, changed(event, path, value))
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert "City Power" not in answer.text


def nested(depth: int) -> bytes:
    text = json.dumps(V2)
    return text.replace('"transcriptions": [', '"transcriptions": [' + "[" * depth + "]" * depth + ",", 1).encode()


def deep_slot(depth: int) -> bytes:
    slot = '{"subSlots": {"inner": ' * depth + "null" + "}}" * depth
    return json.dumps(V2).replace('"Payee": null', f'"Payee": {slot}').encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"7",
        b'"text"',
        b"[]",
        b"{}",
        json.dumps([V2]).encode(),
        json.dumps(V2).encode()[:-1],
        json.dumps(V2).encode() + b"}",
        json.dumps(V2).encode("utf-16"),
        json.dumps(V2).encode().replace(b"pay a bill", b"pay a b\xefll", 1),
        json.dumps(V2).encode().replace(b"pay a bill", b"pay a \\ud800 bill", 1),
        nested(100_000)[:60_000],
        nested(20_000),
        nested(3_000),
        deep_slot(2_000)[:60_000],
        deep_slot(900),
        b"\xff" * 100,
        b"\x00" * 100,
    ],
    ids=range(19),
)
async def test_body_that_is_no_event_is_refused(bot: AsyncClient, body: bytes) -> None:
    answer = await sent(bot, body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("body", [nested(50), deep_slot(5), deep_slot(60)])
async def test_nested_event_is_answered_or_refused(bot: AsyncClient, body: bytes) -> None:
    answer = await sent(bot, body)
    assert answer.status_code in (200, 400)
    if answer.status_code == 200:
        assert faults_of(answer.json(), json.loads(body)) == []


ODD = ["", " ", "-1", "1e309", "1e-99999", "NaN", "Infinity", "9" * 400, "²²²²", "٢٤٦٨", "\x00", "🦙", "{0}", "%s"]
ODD += ["' OR 1=1", "<speak>", "&" * 900, "City Power " * 90]


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize("intent", INTENTS)
async def test_odd_words_in_slots_never_break_an_intent(intent: str, text: str) -> None:
    """Asked by a verified customer, in text and by voice."""
    for mode in ("Text", "Speech"):
        lex = Conversation(input_mode=mode)
        await lex.start("VerifyIdentity")
        await lex.verify()
        async with served(create_app(BotSettings(code_hook_secret=SECRET), lex.bot)) as client:
            value = {"originalValue": text, "interpretedValue": text, "resolvedValues": [text]}
            slots = {name: {"shape": "Scalar", "value": value} for name in INTENTS[intent].slots}
            for source in ("DialogCodeHook", "FulfillmentCodeHook"):
                event = event_document(
                    {"name": intent, "slots": slots}, text, source=source, attributes=lex.attributes
                ) | {"inputMode": mode}
                await answered(client, event)


@pytest.mark.parametrize(("mode", "transcript"), [("Speech", "my accounts"), ("Text", "my accounts")])
async def test_long_answers_stay_within_what_lex_takes(mode: str, transcript: str) -> None:
    accounts = FakeAccounts()
    accounts.owned = [
        one.model_copy(update={"account_id": f"{one.account_id}{number}"})
        for number in range(30)
        for one in accounts.owned
    ]
    lex = Conversation(accounts, input_mode=mode)
    await lex.start("VerifyIdentity")
    await lex.verify()
    async with served(create_app(BotSettings(code_hook_secret=SECRET), lex.bot)) as client:
        event = event_document(
            {"name": "ProvideAccountDetails", "slots": {"AccountType": None, "DetailType": None}},
            transcript,
            attributes=lex.attributes,
        ) | {"inputMode": mode}
        answer = await answered(client, event)
        assert len(answer["messages"]) > 1
        v1: Event = {
            "messageVersion": "1.0",
            "invocationSource": "FulfillmentCodeHook",
            "userId": lex.session,
            "bot": {"name": "OmniLex", "alias": "PROD", "version": "1"},
            "outputDialogMode": "Voice" if mode == "Speech" else "Text",
            "sessionAttributes": lex.attributes,
            "currentIntent": {"name": "ProvideAccountDetails", "slots": {"AccountType": None, "DetailType": None}},
            "inputTranscript": transcript,
        }
        assert "1,234.56" in (await answered(client, v1))["dialogAction"]["message"]["content"]


@pytest.mark.parametrize("name", ["x-timestamp", "x-signature"])
async def test_header_that_is_there_twice_is_refused(bot: AsyncClient, name: str) -> None:
    body = json.dumps(V2).encode()
    timestamp = str(int(time.time()))
    signature = hmac.new(SECRET.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    signed = [("x-timestamp", timestamp), ("x-signature", signature)]
    assert (await bot.post("/lex/fulfillment", content=body, headers=signed)).status_code == 200
    for other in (signed[0][1] if name == "x-timestamp" else signed[1][1], "0", ""):
        for headers in ([*signed, (name, other)], [(name, other), *signed]):
            assert (await bot.post("/lex/fulfillment", content=body, headers=headers)).status_code == 401


@pytest.mark.parametrize(
    "timestamp",
    ["", "now", "1e9", "-1", "+1700000000", " 1700000000", "1700000000.0", "0x65", "9" * 30, "9" * 5000, "²"],
)
async def test_timestamp_that_is_none_is_refused(bot: AsyncClient, timestamp: str) -> None:
    body = json.dumps(V2).encode()
    signature = hmac.new(SECRET.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    headers = [(b"x-timestamp", timestamp.encode("latin-1")), (b"x-signature", signature.encode())]
    answer = await bot.post("/lex/fulfillment", content=body, headers=headers)
    assert answer.status_code == 401


def test_the_look_of_lex_sees_what_is_wrong() -> None:
    """The check itself: what each of these says is refused by Lex."""
    state = {"dialogAction": {"type": "Close"}, "intent": {"name": "Help", "state": "Fulfilled", "slots": {}}}
    event = event_document({"name": "Help", "slots": {}}, "help")
    good: Event = {"sessionState": state, "messages": [{"contentType": "PlainText", "content": "Hi."}]}
    assert faults_of(good, event) == []
    for path, value in [
        ("sessionState.dialogAction.type", "Shrug"),
        ("sessionState.intent", ...),
        ("sessionState.intent.state", "InProgress"),
        ("sessionState.intent.slots", {"Pin": None}),
        ("sessionState.sessionAttributes", {"a": 1}),
        ("sessionState.sessionAttributes", {"a": "x" * 13_000}),
        ("messages.0.content", ""),
        ("messages.0.content", "x" * 1025),
        ("messages.0.contentType", "SSML"),
        ("messages", [{"contentType": "PlainText", "content": "Hi."}] * 11),
        ("sessionState.dialogAction", {"type": "ElicitSlot", "slotToElicit": "Pin"}),
    ]:
        assert faults_of(changed(good, path, value), event), path
