"""The forwarder in infra/bot.yaml, as Lambda runs it, against a server that checks signatures as the bot does."""

import json
import threading
import urllib.error
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from services.bot.signature import verify_signature
from shared.errors import Unauthenticated
from tests.infra.templates import function_of

OLD, NEW = "the-secret-before-it-was-rotated-0123456789", "the-secret-after-it-was-rotated-9876543210"
EVENT = {"sessionId": "voice:1", "inputTranscript": "¿cuál es mi saldo?", "sessionState": {"intent": {"name": "Help"}}}
ANSWER = {
    "sessionState": {"dialogAction": {"type": "Close"}},
    "messages": [{"content": "Señor", "contentType": "PlainText"}],
}


class Secrets:
    """Secrets Manager: what it is asked, and the value that it has now."""

    def __init__(self, value: str) -> None:
        self.value = value
        self.asked: list[str] = []

    def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803
        self.asked.append(SecretId)
        return {"SecretString": self.value}


class Context:
    def __init__(self, milliseconds: int = 30_000) -> None:
        self._milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self._milliseconds


@dataclass
class Gateway:
    """Answers signed calls; `status` instead, where it is set."""

    secret: str
    url: str = ""
    status: int | None = None
    bodies: list[bytes] = field(default_factory=list)


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    found = Gateway(NEW)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.bodies.append(body)
            status = found.status or (200 if signed(found.secret, body, self.headers) else 401)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(ANSWER, ensure_ascii=False).encode() if status == 200 else b"{}")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.url = f"http://127.0.0.1:{server.server_address[1]}/webhooks/lex"
    yield found
    server.shutdown()
    server.server_close()


def signed(secret: str, body: bytes, headers: Any) -> bool:  # noqa: ANN401  of http.server
    try:
        verify_signature(secret, headers["X-Timestamp"], headers["X-Signature"], body)
    except Unauthenticated:
        return False
    return bool(headers["Content-Type"] == "application/json")


@pytest.fixture
def forwarder(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("URL", gateway.url)
    monkeypatch.setenv("SECRET_ARN", "arn:aws:secretsmanager:us-east-1:123456789012:secret:CodeHook-AbCdEf")
    names: dict[str, Any] = function_of("bot.yaml", "Forwarder")
    names["known"]["client"] = Secrets(NEW)
    return names


def test_event_reaches_the_gateway_signed_and_its_answer_lex(forwarder: dict[str, Any], gateway: Gateway) -> None:
    assert forwarder["handler"](EVENT, Context()) == ANSWER
    assert json.loads(gateway.bodies[0]) == EVENT
    assert "¿cuál".encode() in gateway.bodies[0]


def test_secret_is_read_once(forwarder: dict[str, Any]) -> None:
    for _ in range(3):
        forwarder["handler"](EVENT, Context())
    assert len(forwarder["known"]["client"].asked) == 1


def test_rotated_secret_is_read_again(forwarder: dict[str, Any], gateway: Gateway) -> None:
    secrets = forwarder["known"]["client"]
    secrets.value = gateway.secret = OLD
    forwarder["handler"](EVENT, Context())
    secrets.value = gateway.secret = NEW
    assert forwarder["handler"](EVENT, Context()) == ANSWER
    assert len(secrets.asked) == 2


@pytest.mark.parametrize(("status", "calls"), [(401, 2), (422, 1), (500, 1), (503, 1)])
def test_refusal_makes_lex_take_its_path_of_failure(
    forwarder: dict[str, Any], gateway: Gateway, status: int, calls: int
) -> None:
    gateway.status = status
    with pytest.raises(urllib.error.HTTPError) as refused:
        forwarder["handler"](EVENT, Context())
    refused.value.close()
    assert len(gateway.bodies) == calls


def test_nobody_there_makes_lex_take_its_path_of_failure(
    forwarder: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("URL", "http://127.0.0.1:9/webhooks/lex")
    with pytest.raises(urllib.error.URLError):
        forwarder["handler"](EVENT, Context(2000))


def test_nothing_of_what_is_said_is_logged(forwarder: dict[str, Any], capfd: pytest.CaptureFixture[str]) -> None:
    forwarder["handler"](EVENT, Context())
    assert capfd.readouterr() == ("", "")
