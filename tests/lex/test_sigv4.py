"""Signature Version 4: unmodified boto3 signs, the runtime checks."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import boto3
import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from services.lex.errors import AccessDenied
from services.lex.settings import LexSettings
from services.lex.signatures import SignatureVerifier, SignedRequest
from shared.callers import Caller, InternalTokens
from shared.settings import DEVELOPMENT_SECRET
from tests.lex.conftest import Customer, Runtime
from tests.lex.test_runtime import PATH

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
KEYS = {"lex_access_key_id": KEY, "lex_secret_access_key": SECRET}
BODY = b'{"text": "help"}'


@contextmanager
def signing(customer: Customer, key: str = KEY, secret: str = SECRET) -> Iterator[Customer]:
    """The customer with a key of its own."""
    own = Customer(customer.client.meta.endpoint_url, session="web:customer-1")
    own.close()
    own.client = boto3.client(
        "lexv2-runtime",
        endpoint_url=customer.client.meta.endpoint_url,
        region_name="eu-central-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}),
    )
    yield own
    own.close()


def signed(url: str, *, at: datetime | None = None, body: bytes = BODY) -> dict[str, str]:
    """Headers as botocore signs them, now or for another moment."""
    request = AWSRequest("POST", url, headers={"Content-Type": "application/json"}, data=body)
    auth = SigV4Auth(Credentials(KEY, SECRET), "lex", "us-east-1")
    if at is None:
        auth.add_auth(request)
    else:
        request.context["timestamp"] = at.strftime("%Y%m%dT%H%M%SZ")
        request.headers["X-Amz-Date"] = request.context["timestamp"]
        canonical = auth.canonical_request(request)
        auth._inject_signature_to_request(request, auth.signature(auth.string_to_sign(request, canonical), request))
    return dict(request.headers.items())


def denied(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.headers.get("x-amzn-errortype")) == (403, "AccessDeniedException")


def test_every_operation_is_let_in_with_the_right_key(runtime: Runtime) -> None:
    with runtime(**KEYS) as customer, signing(customer) as right:
        assert right.hears("help") == ["Help is done."]
        right.client.recognize_utterance(**right.at, requestContentType="text/plain; charset=utf-8", inputStream="help")
        right.client.put_session(**right.at, sessionState={"sessionAttributes": {"a": "b"}})
        assert right.client.get_session(**right.at)["sessionId"] == "web:customer-1"
        right.client.delete_session(**right.at)


def test_another_key_or_secret_is_denied(runtime: Runtime) -> None:
    with runtime(**KEYS) as customer:
        for key, secret in ((KEY, "wrong"), ("AKIDOTHER", SECRET)):
            with signing(customer, key, secret) as wrong:
                with pytest.raises(wrong.client.exceptions.AccessDeniedException):
                    wrong.say("help")
                with pytest.raises(ClientError) as caught:
                    wrong.client.get_session(**wrong.at)
                assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_an_altered_request_is_denied(runtime: Runtime) -> None:
    with runtime(**KEYS) as customer:
        url = customer.client.meta.endpoint_url + PATH.replace("web:1", "web%3A1") + "/text"
        headers = signed(url)
        assert httpx.post(url, content=BODY, headers=headers).status_code == 200
        assert denied(httpx.post(url, content=b'{"text": "pay"}', headers=headers))
        assert denied(httpx.post(url.replace("web%3A1", "web%3A2"), content=BODY, headers=headers))
        assert denied(httpx.post(url + "?a=b", content=BODY, headers=headers))
        unsigned = {**headers, "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
        assert denied(httpx.post(url, content=BODY, headers=unsigned))


def test_the_body_of_an_utterance_may_be_left_unsigned(runtime: Runtime) -> None:
    with runtime(**KEYS) as customer:
        base = customer.client.meta.endpoint_url + PATH.replace("web:1", "web%3A1")
        for operation, good in (("/utterance", True), ("/text", False)):
            request = AWSRequest(
                "POST",
                base + operation,
                headers={"Content-Type": "text/plain; charset=utf-8", "X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"},
            )
            SigV4Auth(Credentials(KEY, SECRET), "lex", "us-east-1").add_auth(request)
            body = b"help" if good else BODY
            answer = httpx.post(base + operation, content=iter([body]), headers=dict(request.headers.items()))
            assert (answer.status_code == 200) is good


def test_an_old_or_future_signature_is_denied(runtime: Runtime) -> None:
    now = datetime.now(UTC)
    with runtime(**KEYS) as customer:
        url = customer.client.meta.endpoint_url + PATH.replace("web:1", "web%3A1") + "/text"
        for minutes, good in ((-6, False), (-4, True), (0, True), (4, True), (6, False)):
            headers = signed(url, at=now + timedelta(minutes=minutes))
            assert (httpx.post(url, content=BODY, headers=headers).status_code == 200) is good, minutes


def test_a_request_without_a_whole_signature_is_denied(runtime: Runtime) -> None:
    with runtime(**KEYS) as customer:
        url = customer.client.meta.endpoint_url + PATH.replace("web:1", "web%3A1") + "/text"
        headers = signed(url)
        assert denied(httpx.post(url, content=BODY))
        for name in ("Authorization", "X-Amz-Date"):
            assert denied(httpx.post(url, content=BODY, headers={k: v for k, v in headers.items() if k != name}))
        partial = headers["Authorization"].replace("host;", "")
        assert denied(httpx.post(url, content=BODY, headers={**headers, "Authorization": partial}))
        other = headers["Authorization"].replace("/lex/", "/s3/")
        assert denied(httpx.post(url, content=BODY, headers={**headers, "Authorization": other}))


def test_our_own_services_need_no_signature(runtime: Runtime) -> None:
    gateway = InternalTokens(DEVELOPMENT_SECRET).mint(Caller("service", "gateway"), "lex")
    with runtime(**KEYS) as customer:
        url = customer.client.meta.endpoint_url + PATH + "/text"
        assert httpx.post(url, content=BODY, headers={"authorization": f"Bearer {gateway}"}).status_code == 200
        assert denied(httpx.post(url, content=BODY, headers={"authorization": "Bearer nonsense"}))


def test_keys_come_together_and_close_the_runtime() -> None:
    assert LexSettings().open_to_all
    assert not LexSettings(lex_access_key_id=KEY, lex_secret_access_key=SecretStr(SECRET)).open_to_all
    with pytest.raises(ValidationError, match="both or neither"):
        LexSettings(lex_access_key_id=KEY)
    with pytest.raises(ValidationError, match="both or neither"):
        LexSettings(lex_secret_access_key=SecretStr(SECRET))


@given(st.text(max_size=200), st.text(max_size=40), st.binary(max_size=20))
def test_no_header_breaks_the_check(authorization: str, date: str, body: bytes) -> None:
    headers = {"authorization": [authorization], "x-amz-date": [date], "host": ["h"]}
    with pytest.raises(AccessDenied):
        SignatureVerifier(KEY, SECRET).verify(SignedRequest("POST", "/a%3Ab", "", headers, body), datetime.now(UTC))
