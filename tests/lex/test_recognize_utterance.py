"""RecognizeUtterance as an unmodified boto3 client sees it: everything but what is said is in headers."""

import base64
import gzip
import io
import itertools
import json

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.lex.conftest import BankHook, Customer, Runtime
from tests.lex.test_runtime import PATH

TEXT = "text/plain; charset=utf-8"
AUDIO = "audio/l16; rate=16000; channels=1"


def packed(document: object) -> str:
    return base64.b64encode(gzip.compress(json.dumps(document).encode())).decode()


def unpacked(value: str) -> object:
    return json.loads(gzip.decompress(base64.b64decode(value)))


def speak(customer: Customer, said: object, kind: str = TEXT, **more: str) -> dict[str, object]:
    answer = customer.client.recognize_utterance(
        **{**customer.at, "requestContentType": kind, "inputStream": said, **more}
    )
    return dict(answer)


def refused(customer: Customer, said: object, kind: str = TEXT, **more: str) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        speak(customer, said, kind, **more)
    error = caught.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    return error["Error"]["Code"], error["Error"]["Message"]


def test_text_is_answered_in_headers_and_the_body_is_empty(runtime: Runtime) -> None:
    with runtime() as customer:
        answer = speak(customer, b"pay city power", responseContentType=TEXT)
        assert answer["inputMode"] == "Text"
        assert str(answer["contentType"]).startswith("text/plain")
        assert answer["sessionId"] == customer.at["sessionId"]
        assert unpacked(str(answer["inputTranscript"])) == "pay city power"
        state = unpacked(str(answer["sessionState"]))
        assert isinstance(state, dict)
        assert state["dialogAction"] == {"type": "ElicitSlot", "slotToElicit": "Amount"}
        interpretations = unpacked(str(answer["interpretations"]))
        assert isinstance(interpretations, list)
        assert interpretations[0]["intent"]["name"] == "MakePayment"
        assert unpacked(str(answer["messages"]))
        assert "requestAttributes" not in answer
        assert "recognizedBotMember" not in answer
        stream = answer["audioStream"]
        assert hasattr(stream, "read")
        assert stream.read() == b""


def test_state_and_attributes_come_in_headers(runtime: Runtime, bank: BankHook) -> None:
    with runtime() as customer:
        state = packed({"sessionAttributes": {"plan": "gold"}})
        attributes = packed({"omnilex:channel": "sms", "omnilex:caller-number": "+15555550100"})
        answer = speak(customer, "help", sessionState=state, requestAttributes=attributes)
        held = unpacked(str(answer["sessionState"]))
        assert isinstance(held, dict)
        assert held["sessionAttributes"] == {"plan": "gold"}
    assert bank.events[0]["requestAttributes"] == {"omnilex:channel": "sms"}
    assert (bank.events[0]["inputMode"], bank.events[0]["inputTranscript"]) == ("Text", "help")


def test_a_stream_without_a_length_is_taken_in_chunks(runtime: Runtime) -> None:
    with runtime() as customer:
        assert unpacked(str(speak(customer, io.BytesIO(b"help"))["inputTranscript"])) == "help"
        url = customer.client.meta.endpoint_url + PATH + "/utterance"
        answer = httpx.post(url, content=iter([b"he", b"lp"]), headers={"content-type": TEXT})
        assert answer.status_code == 200
        assert unpacked(answer.headers["x-amz-lex-input-transcript"]) == "help"


def test_it_goes_on_with_the_session_of_recognize_text(runtime: Runtime) -> None:
    with runtime() as customer:
        customer.say("pay city power")
        state = unpacked(str(speak(customer, "25 dollars")["sessionState"]))
        assert isinstance(state, dict)
        assert state["dialogAction"] == {"type": "ConfirmIntent"}


def test_what_is_no_text_or_audio_is_refused(runtime: Runtime) -> None:
    with runtime() as customer:
        for kind in ("application/x-www-form-urlencoded", "application/json", "audio/mpeg", "nonsense"):
            assert refused(customer, "help", kind)[0] == "ValidationException"
        assert refused(customer, b"\xff\xfe", TEXT)[0] == "ValidationException"
        assert refused(customer, "help", "text/plain; charset=utf-16")[0] == "ValidationException"
        assert refused(customer, "x" * 1025)[0] == "ValidationException"
        assert refused(customer, " ")[0] == "ValidationException"
        assert refused(customer, "help", sessionId="no spaces")[0] == "ValidationException"
        for place in ({"botId": "NOSUCHBOT1"}, {"botAliasId": "PRODUCTION"}, {"localeId": "xx_XX"}):
            with pytest.raises(customer.client.exceptions.ResourceNotFoundException):
                speak(customer, "help", **place)


def test_a_body_that_is_no_json_has_lexs_own_exception(runtime: Runtime) -> None:
    with runtime() as customer:
        for path, body in itertools.product(("/text", ""), (b"\xff\xfe{}", b"{", b"[" * 100_000)):
            answer = httpx.post(customer.client.meta.endpoint_url + PATH + path, content=body)
            assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (400, "ValidationException")
            assert answer.json() == {"message": "The body is not valid JSON."}


def test_speech_is_refused_with_the_reason_while_nothing_can_hear_it(runtime: Runtime) -> None:
    with runtime() as customer:
        kind, message = refused(customer, b"\0\0" * 800, AUDIO)
        assert kind == "ValidationException"
        assert "No speech to text is configured" in message
        assert "No speech synthesis" in refused(customer, "help", responseContentType="audio/mpeg")[1]


@pytest.mark.parametrize(
    "value",
    [
        "not base64 at all!",
        base64.b64encode(b"not gzip").decode(),
        base64.b64encode(gzip.compress(b'{"a": 1')).decode(),
        base64.b64encode(gzip.compress(b"{}")[:-5]).decode(),
        base64.b64encode(gzip.compress(b"{}") + b"more").decode(),
        base64.b64encode(gzip.compress(b"[" * 100_000)).decode(),
        base64.b64encode(gzip.compress(b"x" * 20_000_000)).decode(),
        base64.b64encode(gzip.compress(b'{"dialogAction": {"type": "Dance"}}')).decode(),
        base64.b64encode(gzip.compress(b'["a"]')).decode(),
    ],
    ids=["base64", "gzip", "json", "cut", "tail", "deep", "bomb", "shape", "list"],
)
def test_a_malformed_header_is_refused(runtime: Runtime, value: str) -> None:
    with runtime() as customer:
        kind, message = refused(customer, "help", sessionState=value)
        assert kind == "ValidationException"
        assert "x-amz-lex-session-state" in message
