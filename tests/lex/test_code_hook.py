"""The code hook over HTTP and in the process: bindings, signatures, bounds, and V1 handlers."""

import asyncio
import json
import shutil
import socket
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import JsonValue, ValidationError

from services.lex.code_hook import HttpCodeHook
from services.lex.errors import DependencyFailed, HookFailed, HookTimedOut
from services.lex.hook_answers import read_answer
from services.lex.hook_bindings import HookBinding, binding_for
from services.lex.lambda_handler import HandlerHook, LambdaContext
from services.lex.settings import LexSettings
from shared.clients.base import open_http
from shared.schemas.lex import CodeHookEvent
from tests.lex.conftest import BankHook, Runtime, listening
from tests.lex.conversation import Conversation, intent, served

EVENT = CodeHookEvent.model_validate(
    {
        "messageVersion": "1.0",
        "invocationSource": "DialogCodeHook",
        "sessionId": "web:1",
        "inputTranscript": "hi",
        "bot": {"id": "B", "name": "B", "aliasId": "A", "localeId": "en_US", "version": "1"},
        "sessionState": {"intent": {"name": "Order", "slots": {"Size": None}}, "sessionAttributes": {"a": "1"}},
    }
)
DELEGATE: dict[str, JsonValue] = {"sessionState": {"dialogAction": {"type": "Delegate"}}}


class Function:
    """A web server that answers as the test says."""

    def __init__(self) -> None:
        self.app = FastAPI()
        self.app.add_api_route("/{path:path}", self._answer, methods=["POST"])
        self.response = Response(json.dumps(DELEGATE))
        self.paths: list[str] = []

    async def _answer(self, request: Request) -> Response:
        self.paths.append(request.url.path)
        await request.body()
        return self.response


@pytest.fixture
def function() -> Function:
    return Function()


@pytest.fixture
def function_url(function: Function) -> Iterator[str]:
    with listening(function.app) as url:
        yield url


async def called(url: str) -> None:
    async with open_http() as http:
        await HttpCodeHook(http, url=url + "/hook", secret="s" * 32, timeout=5).call(EVENT)


async def test_a_redirect_is_an_error_and_not_followed(function: Function, function_url: str) -> None:
    for status in (301, 302, 307, 308):
        function.response = Response(status_code=status, headers={"location": function_url + "/elsewhere"})
        with pytest.raises(HookFailed, match="Received error response from Lambda: Unhandled"):
            await called(function_url)
    assert set(function.paths) == {"/hook"}


async def test_an_answer_over_fifty_kilobytes_is_refused(function: Function, function_url: str) -> None:
    small = {**DELEGATE, "padding": "x" * (50 * 1024 - 200)}
    function.response = Response(json.dumps(small))
    await called(function_url)
    function.response = Response(json.dumps({**DELEGATE, "padding": "x" * 51 * 1024}))
    with pytest.raises(HookFailed, match="larger than"):
        await called(function_url)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "invalid response from Lambda: not a JSON object"),
        (b"null", "invalid response from Lambda: not a JSON object"),
        (b"[" * 40_000, "invalid response from Lambda: not a JSON object"),
        (b"{}", "invalid response from Lambda: sessionState"),
        (b'{"sessionState": {"intent": "Order"}}', "invalid response from Lambda: sessionState.intent"),
        (b'{"sessionState": {"dialogAction": {"type": "Dance"}}}', "sessionState.dialogAction.type"),
        (b'{"errorMessage": "secret", "errorType": "KeyError"}', "error response from Lambda: Handled"),
    ],
)
def test_a_bad_shape_is_refused_in_lexs_words_without_its_values(content: bytes, reason: str) -> None:
    with pytest.raises(HookFailed) as caught:
        read_answer(content, EVENT, "v2")
    assert str(caught.value).startswith("Invalid Lambda Response: Received ")
    assert reason in str(caught.value)
    assert "secret" not in str(caught.value)


async def test_an_event_over_twelve_kilobytes_is_not_sent(function: Function, function_url: str) -> None:
    for padding, sent in ((11 * 1024, True), (12 * 1024, False)):
        large = EVENT.model_copy(
            update={
                "session_state": EVENT.session_state.model_copy(update={"session_attributes": {"a": "x" * padding}})
            }
        )
        async with open_http() as http:
            hook = HttpCodeHook(http, url=function_url + "/hook", secret="s" * 32, timeout=5)
            if sent:
                await hook.call(large)
            else:
                with pytest.raises(HookFailed, match="larger than 12288 bytes"):
                    await hook.call(large)
    assert len(function.paths) == 1
    handler = HandlerHook(lambda event, context: DELEGATE, name="small", version="v1", timeout=5)
    with pytest.raises(HookFailed, match="larger than 12288 bytes"):
        await handler.call(large)


class SlowFunction(Function):
    """Answers byte by byte, for ever."""

    async def _answer(self, request: Request) -> Response:
        async def drip() -> AsyncIterator[bytes]:
            while True:
                yield b" "
                await asyncio.sleep(0.02)

        return StreamingResponse(drip())


async def test_the_time_of_a_hook_is_that_of_its_whole_answer() -> None:
    with listening(SlowFunction().app) as url:
        async with open_http() as http:
            hook = HttpCodeHook(http, url=url, secret="s" * 32, timeout=60)
            with pytest.raises(HookTimedOut):
                await hook.call(EVENT, seconds=0.2)


async def test_the_time_that_the_definition_gives_a_handler_wins_over_the_settings() -> None:
    left: list[int] = []

    def patient(event: Event, context: LambdaContext) -> JsonValue:
        left.append(context.get_remaining_time_in_millis())
        time.sleep(0.2)
        return DELEGATE

    hook = HandlerHook(patient, name="patient", version="v2", timeout=0.05)
    with pytest.raises(HookTimedOut):
        await hook.call(EVENT)
    await hook.call(EVENT, seconds=900)
    assert left[0] <= 50
    assert 800_000 < left[1] <= 900_000


def test_session_attributes_over_twelve_kilobytes_are_refused() -> None:
    answer = {"sessionState": {"dialogAction": {"type": "Delegate"}, "sessionAttributes": {"a": "x" * 12 * 1024}}}
    with pytest.raises(HookFailed, match="12 KB"):
        read_answer(json.dumps(answer).encode(), EVENT, "v2")


def test_the_client_may_not_give_larger_attributes_either(runtime: Runtime) -> None:
    with runtime() as customer, pytest.raises(customer.client.exceptions.ValidationException):
        customer.say("help", sessionState={"sessionAttributes": {"a": "x" * 12 * 1024}})


def test_a_hook_that_fails_where_no_path_is_configured_is_a_dependency_failure(
    runtime: Runtime, data_dir: Path
) -> None:
    bots = data_dir / "bots-without-paths"
    shutil.copytree(LexSettings().lex_bots_dir, bots)
    for path in bots.rglob("Help/Intent.json"):
        document = json.loads(path.read_text())
        document["dialogCodeHook"] = None
        document["fulfillmentCodeHook"] = {"enabled": True}
        path.write_text(json.dumps(document))
    binding = "*/*/*=python:tests.lex.test_code_hook:broken"
    with runtime(lex_bots_dir=bots, code_hook_bindings=binding) as customer:
        with pytest.raises(customer.client.exceptions.DependencyFailedException) as caught:
            customer.say("help")
        error = caught.value.response
        assert error["ResponseMetadata"]["HTTPStatusCode"] == 424
        assert error["Error"]["Message"].startswith("Invalid Lambda Response")
        with pytest.raises(customer.client.exceptions.ResourceNotFoundException):
            customer.client.get_session(**customer.at)


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        ("broken", "Received error response from Lambda: Unhandled"),
        ("sleepy", "Received error response from Lambda: Unhandled: it did not answer in time"),
        ("told", "Received error response from Lambda: Handled"),
        ("nonsense", "Received invalid response from Lambda: sessionState"),
        ("elsewhere", "Received invalid response from Lambda: the bot has no such intent"),
        ("silent", "Received invalid response from Lambda: ElicitIntent needs a message"),
        ("refusing", "Received error response from Lambda: Handled"),
    ],
)
async def test_the_client_hears_why_a_hook_failed(handler: str, reason: str) -> None:
    hook = HandlerHook.load(f"python:{__name__}:{handler}", version="v2", timeout=0.1 if handler == "sleepy" else 5)
    bot = served(intent("Order", "order it", dialogCodeHook={"enabled": True}))
    with pytest.raises(DependencyFailed) as caught:
        await Conversation(bot, hook).say("order it")
    assert (caught.value.status, caught.value.message) == (424, f"Invalid Lambda Response: {reason}")


async def test_a_function_that_cannot_be_reached_is_an_error_of_its_own() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    async with open_http() as http:
        hook = HttpCodeHook(http, url=url, secret="s" * 32, timeout=5)
        with pytest.raises(HookFailed, match="Lambda: Unhandled: it cannot be reached"):
            await hook.call(EVENT)


def test_bindings_are_read_from_bars_and_from_json() -> None:
    bars = LexSettings.model_validate(
        {
            "code_hook_bindings": "OMNILEXBOT/TSTALIASID/en_US=https://a.example/hook |"
            " SHOP/*/de_DE=v1 http://b/x?y=z | X/*/*="
        }
    )
    first, second, third = bars.code_hook_bindings
    assert first == HookBinding(bot="OMNILEXBOT", alias="TSTALIASID", locale="en_US", url="https://a.example/hook")
    assert second == HookBinding(bot="SHOP", locale="de_DE", url="http://b/x?y=z", version="v1")
    assert third == HookBinding(bot="X")
    document = json.dumps([binding.model_dump() for binding in bars.code_hook_bindings])
    assert LexSettings.model_validate({"code_hook_bindings": document}).code_hook_bindings == bars.code_hook_bindings
    for bad in (
        "nonsense",
        "a/b=http://x",
        "a/b/c=ftp://x",
        "a/b/c=v3 http://x",
        "[1]",
        '[{"bot": "a", "x": 1}]',
        "[{",
    ):
        with pytest.raises(ValidationError):
            LexSettings.model_validate({"code_hook_bindings": bad})


def test_the_closest_binding_is_taken() -> None:
    every, bot, exact = (
        HookBinding(bot="*", url="http://all"),
        HookBinding(bot="A", url="http://bot"),
        HookBinding(bot="A", alias="T", locale="en_US", url="http://exact"),
    )
    bindings = (every, exact, bot)
    assert binding_for(bindings, "A", "T", "en_US") is exact
    assert binding_for(bindings, "A", "T", "de_DE") is bot
    assert binding_for(bindings, "B", "T", "en_US") is every
    assert binding_for((exact,), "B", "T", "en_US") is None


def test_a_binding_takes_the_place_of_the_hook_for_all(runtime: Runtime, bank: BankHook, function_url: str) -> None:
    with runtime(code_hook_bindings=f"OMNILEXBOT/*/en_US={function_url}/own") as customer:
        customer.say("help")
    assert bank.events == []
    with runtime(code_hook_bindings="OMNILEXBOT/*/de_DE=") as customer:
        customer.say("help")
    assert bank.events


def test_an_alias_may_have_no_hook(runtime: Runtime, bank: BankHook) -> None:
    with runtime(code_hook_bindings="OMNILEXBOT/TSTALIASID/en_US=") as customer:
        assert customer.say("help")["sessionState"]["intent"]["state"] == "ReadyForFulfillment"
    assert bank.events == []


Event = dict[str, JsonValue]


def v1_shop(event: Event, context: LambdaContext) -> JsonValue:
    """A handler as it was written for Lex V1."""
    assert context.get_remaining_time_in_millis() > 0
    current = event["currentIntent"]
    assert isinstance(current, dict)
    attributes = event["sessionAttributes"]
    assert isinstance(attributes, dict)
    if event["invocationSource"] == "DialogCodeHook":
        return {"sessionAttributes": attributes, "dialogAction": {"type": "Delegate", "slots": current["slots"]}}
    text = {"contentType": "PlainText", "content": f"V1 did {current['name']} for {event['userId']}."}
    action = {"type": "Close", "fulfillmentState": "Fulfilled", "message": text}
    return {"sessionAttributes": {**attributes, "seen": "yes"}, "dialogAction": action}


def broken(event: Event, context: LambdaContext) -> JsonValue:
    raise KeyError("a customer's words")


def sleepy(event: Event, context: LambdaContext) -> JsonValue:
    time.sleep(0.3)
    return {}


def told(event: Event, context: LambdaContext) -> JsonValue:
    return {"errorMessage": "a customer's words", "errorType": "KeyError"}


def nonsense(event: Event, context: LambdaContext) -> JsonValue:
    return {"statusCode": 200}


def elsewhere(event: Event, context: LambdaContext) -> JsonValue:
    return {"sessionState": {"dialogAction": {"type": "Delegate"}, "intent": {"name": "Nothing"}}}


def silent(event: Event, context: LambdaContext) -> JsonValue:
    return {"sessionState": {"dialogAction": {"type": "ElicitIntent"}}}


def refusing(event: Event, context: LambdaContext) -> JsonValue:
    return {"sessionState": {"dialogAction": {"type": "Delegate"}, "intent": {"name": "Order", "state": "Failed"}}}


def test_a_v1_handler_in_the_process_holds_a_conversation(runtime: Runtime) -> None:
    binding = "OMNILEXBOT/*/*=v1 python:tests.lex.test_code_hook:v1_shop"
    with runtime(code_hook_bindings=binding) as customer:
        asked = customer.say("pay 25 dollars to city power from checking")
        assert asked["sessionState"]["dialogAction"] == {"type": "ConfirmIntent"}
        assert asked["sessionState"]["intent"]["slots"]["Amount"]["value"]["interpretedValue"] == "USD 25.00"
        done = customer.say("yes")
        assert done["messages"] == [{"contentType": "PlainText", "content": "V1 did MakePayment for web:customer-1."}]
        assert done["sessionState"]["intent"]["state"] == "Fulfilled"
        assert done["sessionState"]["sessionAttributes"] == {"seen": "yes"}


async def test_a_handler_that_raises_or_takes_too_long_is_told_apart() -> None:
    with pytest.raises(HookFailed, match="Unhandled") as caught:
        await HandlerHook(broken, name="broken", version="v2", timeout=5).call(EVENT)
    assert "customer" not in str(caught.value)
    with pytest.raises(HookTimedOut):
        await HandlerHook(sleepy, name="sleepy", version="v2", timeout=0.05).call(EVENT)


def test_a_handler_that_is_not_there_is_told_at_the_start() -> None:
    for url in ("python:nowhere.at_all:handler", "python:tests.lex.test_code_hook:nothing", "python:"):
        with pytest.raises(ValueError, match="no handler"):
            HandlerHook.load(url, version="v1", timeout=1)
