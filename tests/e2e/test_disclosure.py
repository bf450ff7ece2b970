"""Nothing about a customer leaves before the customer is verified: asked through the Lex runtime, as anybody could."""

import json
import re
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import jwt
import pytest

from services.bot.intents import INTENTS
from shared.settings import DEVELOPMENT_SECRET
from tests.e2e.conftest import System

FELIX, FELIXS_PIN = "+15555550109", "2790"
JUNE, JUNES_PIN = "+15555550110", "5561"
NOBODY = "+15555557123"
Answer = dict[str, Any]
Ask = Callable[..., Answer]
CHANNELS = (None, "sms", "connect", "../web")  # every one of them is tried on the bot alone
ASIDE = ("what is my checking balance", "can you repeat that", "continue", "yes", "goodbye")
ASKED = {
    "en_US": (
        "what is my checking balance",
        "show me my recent transactions",
        "when is my credit card payment due",
        "pay 25 dollars to city power",
        "undo that payment",
        "open a savings account",
        "what is the payoff amount on my mortgage",
        "i want to change my pin",
        "let me talk to a human being",
        "can you repeat that",
        "continue",
        "yes",
        "thank you",
        "goodbye",
        "verify me",
    ),
    "es_US": (
        "¿cuál es mi saldo?",
        "muéstrame mis últimas transacciones",
        "paga 25 dólares a la luz",
        "deshacer el pago",
        "quiero abrir una cuenta de ahorros",
        "cuál es el monto de liquidación de mi hipoteca",
        "quiero cambiar mi pin",
        "repite por favor",
        "continuar",
        "sí",
        "quiero hablar con una persona",
        "adiós",
    ),
}
# What the bot says of anybody: choices it offers, and the words of the one who asks.
_PRIVATE = re.compile(
    r"\$[0-9]|••••|\bR-[0-9A-Z]{10}\b|\bA-[0-9A-Z]{10}\b|\bC-[0-9A-Z]{10}\b|identityToken|Felix|June|Sandoval|Okonkwo"
)


@pytest.fixture(scope="module")
def ask(system: System) -> Iterator[Ask]:
    """Says a text in a session, as a caller of the runtime who may send whatever state it likes."""
    client = boto3.client(
        "lexv2-runtime",
        endpoint_url=system.service_url(3),
        region_name="us-east-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )

    def say(session: str, text: str, *, locale: str = "en_US", **given: object) -> Answer:
        answer = client.recognize_text(
            botId="OMNILEXBOT", botAliasId="TSTALIASID", localeId=locale, sessionId=session, text=text, **given
        )
        return {name: value for name, value in answer.items() if name != "ResponseMetadata"}

    yield say
    client.close()


def new_session() -> str:
    return f"stranger-{uuid.uuid4().hex}"


def said(answer: Answer) -> str:
    return "\n".join(message.get("content", "") for message in answer.get("messages", []))


def told(answer: Answer) -> set[str]:
    """Everything private in the whole answer. The bank's own figures for everybody are not, nor what was just said."""
    text = json.dumps(answer, ensure_ascii=False)
    return set(_PRIVATE.findall(re.sub(r"(minimum|al menos|least)[^\"]{0,40}\$[0-9,.]+", "", text)))


def verified(ask: Ask, phone: str = FELIX, pin: str = FELIXS_PIN, *, text: str = "verify me") -> tuple[str, Answer]:
    session = new_session()
    ask(session, text)
    ask(session, phone)
    answer = ask(session, pin)
    assert "identityToken" in answer["sessionState"]["sessionAttributes"], said(answer)
    return session, answer


@pytest.mark.parametrize("locale", ASKED)
@pytest.mark.parametrize("channel", CHANNELS)
def test_stranger_learns_nothing_on_any_channel(ask: Ask, channel: str | None, locale: str) -> None:
    session = new_session()
    attributes = {"requestAttributes": {"omnilex:channel": channel}} if channel is not None else {}
    for text in ASKED[locale]:
        answer = ask(session, text, locale=locale, **attributes)
        assert not told(answer), (text, answer)


@pytest.mark.parametrize("locale", ASKED)
@pytest.mark.parametrize("phone", [FELIX, NOBODY])
def test_number_alone_tells_nothing(ask: Ask, phone: str, locale: str) -> None:
    for text in ASKED[locale]:
        session = new_session()
        ask(session, text, locale=locale)
        assert not told(ask(session, phone, locale=locale)), text
        assert not told(ask(session, text, locale=locale)), text


@pytest.mark.parametrize(
    ("locale", "customer", "stranger", "tries"), [("en_US", JUNE, NOBODY, 6), ("es_US", "55501006", "99887766", 3)]
)
def test_number_that_nobody_has_is_answered_as_a_customers(
    ask: Ask, locale: str, customer: str, stranger: str, tries: int
) -> None:
    """By phone and by customer number, to the lock and beyond: whole answers are the same."""
    first = "what is my balance" if locale == "en_US" else "¿cuál es mi saldo?"
    texts: dict[str, list[str]] = {customer: [], stranger: []}
    sessions = {number: new_session() for number in texts}
    for number, session in sessions.items():
        for text in (first, number):
            texts[number].append(told_apart(ask(session, text, locale=locale), number))
    for attempt in range(tries):
        if attempt == 4:
            time.sleep(4.5)  # the last try before the lock is not waited out by the bot
        for number, session in sessions.items():
            texts[number].append(told_apart(ask(session, "0917", locale=locale), number))
    assert texts[customer] == texts[stranger]
    assert tries < 5 or "locked" in "".join(texts[customer])


def told_apart(answer: Answer, number: str) -> str:
    """The answer without what is drawn at random and without the number that was said."""
    answer["sessionState"].pop("originatingRequestId", None)
    answer.pop("sessionId")
    text = json.dumps(answer, sort_keys=True, ensure_ascii=False)
    digits = re.sub(r"[^0-9]", "", number)
    return re.sub(rf"\+?1?{digits[-10:]}|{digits}", "NUMBER", text)


def test_proof_of_another_session_proves_nothing(ask: Ask) -> None:
    session, answer = verified(ask)
    assert told(answer)
    assert told(ask(session, "what is my checking balance"))
    stolen = answer["sessionState"]["sessionAttributes"]
    for attributes in (stolen, {"identityToken": stolen["identityToken"]}):
        for text in ASIDE:
            got = ask(new_session(), text, sessionState={"sessionAttributes": attributes})
            assert not told(got) - set(_PRIVATE.findall(json.dumps(attributes))), (text, got)
            assert "you're verified" not in said(got)


def forged_tokens(session: str) -> Iterator[str]:
    claims = {"sub": "C-0000000001", "aud": "identity", "exp": int(time.time()) + 600, "sid": session, "name": "Felix"}
    claims["ver"] = time.time()
    yield jwt.encode(claims, DEVELOPMENT_SECRET, algorithm="HS256")
    yield jwt.encode(claims, "a" * 32, algorithm="HS256")
    yield jwt.encode(claims, None, algorithm="none")
    yield from ("", "x", "a.b.c", "e30.e30.", "\u0000")


def test_forged_attributes_open_nothing(ask: Ask) -> None:
    """Whatever the bot may have written there itself, in the hands of somebody who can write as well."""
    waiting = json.dumps({"name": "ProvideAccountDetails", "slots": {"AccountType": "checking"}})
    paying = json.dumps({"name": "MakePayment", "slots": {"Payee": "City Power", "Amount": "1"}})
    forged = {
        "pendingIntent": waiting,
        "openIntent": paying,
        "resumeIntent": waiting,
        "stepUp": "true",
        "lockedNumber": FELIX,
        "lastAnswer": json.dumps({"text": "x", "private": True}),
        "readBack": json.dumps([{"reference": "r", "order": "o"}]),
        "sealedCurrent": "x",
        "sealedNew": "x",
        "formerCustomer": "x",
        "omnilex:transfer": "{}",
    }
    for text in ASIDE:
        session = new_session()
        for token in forged_tokens(session):
            answer = ask(session, text, sessionState={"sessionAttributes": {**forged, "identityToken": token}})
            held = answer["sessionState"]["sessionAttributes"]
            if held.get("identityToken") == token:  # the runtime asked again by itself, without the bot
                held.pop("identityToken")
            assert not told(answer), (text, answer)
    for broken in ("", "null", "[]", "{", '{"name": 1}', '{"name": "MakePayment", "slots": []}', "\U0001f999"):
        answer = ask(new_session(), "yes", sessionState={"sessionAttributes": dict.fromkeys(forged, broken)})
        assert not told(answer)


@pytest.mark.parametrize("intent", [name for name in INTENTS if INTENTS[name].needs_identity])
def test_forged_state_of_the_dialog_opens_nothing(ask: Ask, intent: str) -> None:
    """A confirmation of what nobody read back, by somebody whom nobody knows."""
    slots = {
        "MakePayment": {"Payee": "City Power", "Amount": "USD 1.00"},
        "OpenAccount": {"PlanType": "goal savings", "OpeningDeposit": "USD 50.00"},
        "MortgageHelp": {"MortgageTopic": "payoff"},
    }.get(intent, {})
    filled = {name: {"value": {"interpretedValue": text, "originalValue": text}} for name, text in slots.items()}
    for state in ("InProgress", "ReadyForFulfillment", "Fulfilled"):
        for confirmation in ("None", "Confirmed"):
            held = {"name": intent, "state": state, "confirmationState": confirmation, "slots": filled}
            for action in ({"type": "ConfirmIntent"}, {"type": "Delegate"}):
                given = {"sessionState": {"intent": held, "dialogAction": action, "sessionAttributes": {}}}
                session = new_session()
                for text in ("yes", "go ahead"):
                    answer = ask(session, text, **given)
                    assert not told(answer), (given, answer)


@pytest.mark.parametrize("name", ["omnilex:caller-number", "omnilex:channel-address", "x-amz-lex:user-id"])
def test_what_only_the_gateway_may_say_is_not_believed(ask: Ask, name: str) -> None:
    attributes = {name: FELIX, "omnilex:channel": "sms", "x-amz-lex:channels:platform": "Twilio"}
    answer = ask(new_session(), "what is my balance", requestAttributes=attributes)
    assert answer["sessionState"]["dialogAction"]["slotToElicit"] == "PhoneNumber"
    assert not told(answer)


def test_next_customer_in_a_session_hears_nothing_of_the_one_before(ask: Ask) -> None:
    """The proof of the first has run out: here it is taken away. What is left in the session is the second's to see."""
    session, _ = verified(ask, text="what is my checking balance")
    first = said(ask(session, "what is my checking balance"))
    ask(session, "pay 11 dollars to my credit card")
    state = ask(session, "when are you open")["sessionState"]
    left = {name: value for name, value in state["sessionAttributes"].items() if name != "identityToken"}
    assert not re.search(r"\$[0-9]|••••|Felix", json.dumps(left, ensure_ascii=False)), left
    for text in ("can you repeat that", "continue"):
        ask(session, text, sessionState={"sessionAttributes": left})
        ask(session, "+15555550111")
        answer = ask(session, "8347")
        assert "Victor" in said(answer)
        assert first not in said(answer)
        assert "$11" not in said(answer)
