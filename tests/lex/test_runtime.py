"""The runtime API as an unmodified boto3 client sees it."""

import base64
import gzip
import json
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from botocore.exceptions import ClientError

from shared.callers import Caller, InternalTokens
from shared.settings import DEVELOPMENT_SECRET
from tests.conftest import staff
from tests.lex.conftest import BankHook, Customer, Runtime

PATH = "/bots/OMNILEXBOT/botAliases/TSTALIASID/botLocales/en_US/sessions/web:1"


def refused(customer: Customer, **changes: str) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        customer.client.recognize_text(**{**customer.at, "text": "hello", **changes})
    error = caught.value.response
    return error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]


def test_a_whole_conversation(runtime: Runtime, bank: BankHook) -> None:
    with runtime() as customer:
        first = customer.say("I want to verify my identity")
        assert first["sessionState"]["dialogAction"] == {"type": "ElicitSlot", "slotToElicit": "PhoneNumber"}
        assert first["sessionId"] == "web:customer-1"
        customer.say("(555) 555-0100")
        verified = customer.say("2468")
        assert verified["messages"] == [{"content": "VerifyIdentity is done.", "contentType": "PlainText"}]
        assert verified["sessionState"]["intent"]["state"] == "Fulfilled"
        assert verified["sessionState"]["intent"]["slots"]["PhoneNumber"]["value"]["interpretedValue"] == "5555550100"
        assert customer.hears("what is my balance") == ["ProvideAccountDetails is done."]
        asked = customer.say("pay 25 dollars to city power from checking")
        assert asked["sessionState"]["dialogAction"] == {"type": "ConfirmIntent"}
        assert asked["interpretations"][0]["nluConfidence"] == {"score": 1.0}
        assert customer.hears("make it 30 dollars") == ["You would like to pay USD 30.00 to city power. "
                                                        "Shall I make this payment?"]  # fmt: skip
        assert customer.hears("yes") == ["MakePayment is done."]
        assert customer.hears("sing a song about pirates") == ["FallbackIntent is done."]
    assert bank.events[0]["invocationSource"] == "DialogCodeHook"
    assert bank.events[-1]["sessionState"] is not None


def test_session_attributes_and_request_attributes_reach_the_hook(runtime: Runtime, bank: BankHook) -> None:
    with runtime() as customer:
        state = {"sessionAttributes": {"plan": "gold"}}
        answer = customer.say("help", sessionState=state, requestAttributes={"omnilex:channel": "web"})
        assert answer["sessionState"]["sessionAttributes"] == {"plan": "gold"}
    assert bank.events[0]["requestAttributes"] == {"omnilex:channel": "web"}


def test_put_get_and_delete_session(runtime: Runtime) -> None:
    with runtime() as customer:
        state = {
            "dialogAction": {"type": "ElicitSlot", "slotToElicit": "Amount"},
            "intent": {"name": "MakePayment", "slots": {"Payee": {"value": {"interpretedValue": "City Power"}}}},
        }
        put = customer.client.put_session(**customer.at, sessionState=state)
        assert put["contentType"].startswith("text/plain")
        assert put["sessionId"] == customer.at["sessionId"]
        messages = json.loads(gzip.decompress(base64.b64decode(put["messages"])))
        assert messages == [{"contentType": "PlainText", "content": "How much would you like to pay?"}]
        session = json.loads(gzip.decompress(base64.b64decode(put["sessionState"])))
        assert session["dialogAction"]["slotToElicit"] == "Amount"
        found = customer.client.get_session(**customer.at)
        assert found["sessionState"]["intent"]["name"] == "MakePayment"
        assert found["interpretations"][0]["intent"]["name"] == "MakePayment"
        assert customer.say("$12.50")["sessionState"]["dialogAction"] == {"type": "ConfirmIntent"}
        gone = customer.client.delete_session(**customer.at)
        assert (gone["botId"], gone["sessionId"]) == ("OMNILEXBOT", customer.at["sessionId"])
        with pytest.raises(customer.client.exceptions.ResourceNotFoundException):
            customer.client.get_session(**customer.at)
        with pytest.raises(customer.client.exceptions.ResourceNotFoundException):
            customer.client.delete_session(**customer.at)


def test_what_is_not_there_or_not_valid_is_refused_as_lex_does(runtime: Runtime) -> None:
    with runtime() as customer:
        assert refused(customer, botId="NOSUCHBOT1") == ("ResourceNotFoundException", 404)
        assert refused(customer, botAliasId="PRODUCTION") == ("ResourceNotFoundException", 404)
        assert refused(customer, localeId="de_DE") == ("ResourceNotFoundException", 404)
        assert refused(customer, sessionId="no spaces") == ("ValidationException", 400)
        assert refused(customer, text="x" * 1025) == ("ValidationException", 400)
        assert refused(customer, text=" ") == ("ValidationException", 400)
        with pytest.raises(customer.client.exceptions.ValidationException):
            customer.say("hi", sessionState={"intent": {"name": "Nothing"}})


def test_a_bad_body_is_refused_without_being_repeated(runtime: Runtime) -> None:
    with runtime() as customer:
        url = customer.client.meta.endpoint_url + PATH + "/text"
        for body in ('{"text": 2468, "sessionState": []}', '{"text": "2468', "[2468]"):
            answer = httpx.post(url, content=body)
            assert answer.status_code == 400
            assert answer.headers["x-amzn-errortype"] == "ValidationException"
            assert answer.headers["x-amzn-requestid"]
            assert answer.json().keys() == {"message"}
            assert "2468" not in answer.text


def test_two_turns_at_once_come_one_after_the_other(runtime: Runtime, bank: BankHook) -> None:
    bank.delay = 0.2
    with runtime() as customer, ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(customer.hears, ["what is my balance", "help"]))
    assert sorted(answers) == [["Help is done."], ["ProvideAccountDetails is done."]]


def test_a_turn_that_would_wait_too_long_is_a_conflict(runtime: Runtime, bank: BankHook) -> None:
    with runtime(lex_turn_wait_seconds=0.1) as customer, ThreadPoolExecutor(2) as pool:
        customer.say("hello")
        bank.delay = 0.6
        slow = pool.submit(customer.hears, "what is my balance")
        while len(bank.events) < 3:
            time.sleep(0.01)
        with pytest.raises(customer.client.exceptions.ConflictException):
            customer.say("help")
        assert slow.result() == ["ProvideAccountDetails is done."]
        bank.delay = 0.0
        assert customer.hears("help") == ["Help is done."]


def test_a_hook_that_fails_takes_the_intents_failure_path(runtime: Runtime, bank: BankHook) -> None:
    bank.status = 500
    with runtime() as customer:
        answer = customer.say("what is my balance")
    assert answer["messages"][0]["content"].startswith("Sorry, I cannot reach our systems")
    assert answer["sessionState"]["intent"]["state"] == "Failed"


def test_a_hook_that_nobody_runs_takes_the_failure_path_too(runtime: Runtime) -> None:
    with runtime(code_hook_url="http://127.0.0.1:9/lex/fulfillment") as customer:
        assert customer.hears("help")[0].startswith("Sorry, I cannot reach our systems")


def test_a_slow_hook_takes_the_timeout_path(runtime: Runtime, bank: BankHook) -> None:
    bank.delay = 0.5
    with runtime(code_hook_timeout_seconds=0.1) as customer:
        assert customer.hears("help")[0].startswith("Sorry, I cannot reach our systems")


def test_a_closed_runtime_lets_in_only_services(runtime: Runtime) -> None:
    tokens = InternalTokens(DEVELOPMENT_SECRET)
    gateway = tokens.mint(Caller("service", "gateway"), "lex")
    with runtime(lex_open_runtime=False) as customer:
        assert refused(customer) == ("AccessDeniedException", 403)
        url = customer.client.meta.endpoint_url + PATH + "/text"
        wrong = (
            "Bearer nonsense",
            "Bearer " + tokens.mint(Caller("service", "gateway"), "bot"),
            "Bearer " + tokens.mint(staff("admin"), "lex"),
        )
        for header in wrong:
            answer = httpx.post(url, json={"text": "help"}, headers={"authorization": header})
            assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (403, "AccessDeniedException")
        good = httpx.post(url, json={"text": "help"}, headers={"authorization": f"Bearer {gateway}"})
        assert good.status_code == 200


def test_an_open_runtime_still_refuses_a_bad_token(runtime: Runtime) -> None:
    with runtime() as customer:
        url = customer.client.meta.endpoint_url + PATH
        assert httpx.get(url, headers={"authorization": "Bearer nonsense"}).status_code == 403
        assert httpx.get(url).status_code == 404


def test_it_says_that_it_is_alive_and_ready(runtime: Runtime) -> None:
    with runtime() as customer:
        for probe in ("/health", "/ready", "/metrics"):
            assert httpx.get(customer.client.meta.endpoint_url + probe).status_code == 200


def test_only_the_gateway_can_say_which_number_calls(runtime: Runtime, bank: BankHook) -> None:
    asked = {"text": "help", "requestAttributes": {"omnilex:caller-number": "+15555550100", "omnilex:channel": "sms"}}
    gateway = InternalTokens(DEVELOPMENT_SECRET).mint(Caller("service", "gateway"), "lex")
    with runtime() as customer:
        url = customer.client.meta.endpoint_url + PATH + "/text"
        for headers in ({}, {"authorization": f"Bearer {gateway}"}):
            assert httpx.post(url, json=asked, headers=headers).status_code == 200
    stranger, known = bank.events[0], bank.events[-1]
    assert stranger["requestAttributes"] == {"omnilex:channel": "sms"}
    assert known["requestAttributes"] == asked["requestAttributes"]
