"""A Twilio that keeps its own rules: it signs what it sends, and refuses what Twilio would refuse."""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import parse_qs, urlencode
from xml.etree import ElementTree

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN = "the-auth-token-of-the-account"
SERVICE = "MG" + "5" * 32
OUR_NUMBER = "+15550009999"
PUBLIC_URL = "https://bank.example"
API_URL = "http://twilio.test"
_MESSAGE_FIELDS = {"To", "From", "MessagingServiceSid", "Body", "StatusCallback"}
_NUMBER = re.compile(r"\+[1-9][0-9]{5,14}")


def sid(kind: str, number: int) -> str:
    return f"{kind}{number:032x}"


@dataclass
class Sent:
    """A message that Twilio has taken from us."""

    sid: str
    to: str
    body: str
    direction: str
    callback: str
    created_at: datetime


@dataclass
class FakeTwilio:
    """`trouble` is what it answers next in place of taking a message; `loses_answers` takes it and answers nothing."""

    sent: list[Sent] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    trouble: list[Response] = field(default_factory=list)
    opted_out: set[str] = field(default_factory=set)
    recordings: dict[str, bytes] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    recording_states: list[tuple[str, str]] = field(default_factory=list)
    control_trouble: list[Response] = field(default_factory=list)
    page_size: int = 100
    received: int = 0

    def __post_init__(self) -> None:
        account = f"/2010-04-01/Accounts/{ACCOUNT}"
        self.app = Starlette(
            routes=[
                Route(f"{account}/Messages.json", self._post_message, methods=["POST"]),
                Route(f"{account}/Messages.json", self._list_messages, methods=["GET"]),
                Route(f"{account}/Recordings/{{name}}", self._recording, methods=["GET", "DELETE"]),
                Route(f"{account}/Calls/{{call}}/Recordings/Twilio.CURRENT.json", self._control, methods=["POST"]),
            ]
        )

    def texts(self, to: str) -> list[str]:
        return [message.body for message in self.sent if message.to == to]

    def take_twiml(self, to: str, content: bytes) -> list[str]:
        """Reads the answer to a webhook as Twilio does, and sends its messages."""
        root = ElementTree.fromstring(content)  # noqa: S314  our own
        assert root.tag == "Response", root.tag
        said = []
        for element in root:
            assert element.tag == "Message", element.tag
            body = "".join(element.itertext())
            _within_limits(body)
            self._send(to, body, "outbound-reply", element.attrib["statusCallback"])
            said.append(body)
        return said

    def _send(self, to: str, body: str, direction: str, callback: str) -> Sent:
        assert callback.startswith(PUBLIC_URL), callback
        new = Sent(sid("SM", 10**9 + len(self.sent)), to, body, direction, callback, datetime.now(UTC))
        self.sent.append(new)
        return new

    async def _post_message(self, request: Request) -> Response:  # noqa: PLR0911  one answer for each rule of Twilio's
        if refusal := self._unauthorised(request):
            return refusal
        self.received += 1
        if self.trouble:
            return self.trouble.pop(0)
        if request.headers["content-type"].partition(";")[0] != "application/x-www-form-urlencoded":
            return self._refuse(415, 20415, "wrong content type")
        pairs = parse_qs((await request.body()).decode(), keep_blank_values=True, strict_parsing=True)
        form = {name: values[0] for name, values in pairs.items()}
        if unknown := form.keys() - _MESSAGE_FIELDS:
            return self._refuse(400, 20001, f"unknown parameters {unknown}")
        if ("From" in form) == ("MessagingServiceSid" in form):
            return self._refuse(400, 21603, "a From or a MessagingServiceSid is needed")
        if not _NUMBER.fullmatch(form.get("To", "")):
            return self._refuse(400, 21211, "not a valid number")
        if form["To"] in self.opted_out:
            return self._refuse(400, 21610, "the recipient has replied with STOP")
        if not form.get("Body"):
            return self._refuse(400, 21602, "a body is needed")
        try:
            _within_limits(form["Body"])
        except AssertionError:
            return self._refuse(400, 21617, "the body exceeds the limit")
        new = self._send(form["To"], form["Body"], "outbound-api", form["StatusCallback"])
        return JSONResponse(_shown(new), 201)

    async def _list_messages(self, request: Request) -> Response:
        if refusal := self._unauthorised(request):
            return refusal
        to, start = request.query_params["To"], int(request.query_params.get("Start", "0"))
        found = [message for message in reversed(self.sent) if message.to == to]
        page, after = found[start : start + self.page_size], start + self.page_size
        more = f"{request.url.path}?{urlencode({'To': to, 'Start': after})}" if after < len(found) else None
        return JSONResponse({"messages": [_shown(message) for message in page], "next_page_uri": more})

    async def _recording(self, request: Request) -> Response:
        if refusal := self._unauthorised(request):
            return refusal
        if self.trouble:
            return self.trouble.pop(0)
        name = request.path_params["name"].removesuffix(".wav").removesuffix(".json")
        if name not in self.recordings:
            return self._refuse(404, 20404, "not found")
        if request.method == "DELETE":
            del self.recordings[name]
            self.deleted.append(name)
            return Response(status_code=204)
        return Response(self.recordings[name], media_type="audio/x-wav")

    async def _control(self, request: Request) -> Response:
        if refusal := self._unauthorised(request):
            return refusal
        if self.control_trouble:
            return self.control_trouble.pop(0)
        form = parse_qs((await request.body()).decode())
        self.recording_states.append((request.path_params["call"], form["Status"][0]))
        return JSONResponse({"status": form["Status"][0]})

    def _unauthorised(self, request: Request) -> Response | None:
        expected = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if request.headers.get("authorization") == expected:
            return None
        return self._refuse(401, 20003, "authenticate")

    def _refuse(self, status: int, code: int, why: str) -> Response:
        self.refusals.append(why)
        return refusal(status, code)


def refusal(status: int, code: int, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"code": code, "message": "refused", "status": status}, status, dict(headers or {}))


def _shown(message: Sent) -> dict[str, object]:
    return {
        "sid": message.sid,
        "to": message.to,
        "body": message.body,
        "direction": message.direction,
        "date_created": format_datetime(message.created_at),
        "status": "sent",
    }


def _within_limits(body: str) -> None:
    assert 0 < len(body.encode("utf-16-le")) // 2 <= 1600, "too long"


def signature(url: str, form: Mapping[str, str] | Iterable[tuple[str, str]], token: str = TOKEN) -> str:
    return str(RequestValidator(token).compute_signature(url, dict(form)))


class Webhooks:
    """Twilio's side of the webhooks: signs each request for the address that it was given."""

    def __init__(self, client: httpx.AsyncClient, twilio: FakeTwilio | None = None) -> None:
        self._client = client
        self.twilio = twilio or FakeTwilio()
        self.count = 0

    async def post(self, path: str, form: Mapping[str, str], *, port: str = "", token: str = TOKEN) -> httpx.Response:
        url = PUBLIC_URL + port + path
        headers = {"x-twilio-signature": signature(url, form, token)}
        return await self._client.post(path, data=dict(form), headers=headers)

    async def text(
        self, body: str, *, sender: str = "+15550001111", message: str | None = None, **more: str
    ) -> list[str] | int:
        """The texts that come back at once, or the status of a refusal."""
        answer = await self.post("/webhooks/twilio/sms", self.sms(body, sender=sender, message=message, **more))
        if answer.status_code != 200:
            return answer.status_code
        assert answer.headers["content-type"].startswith("application/xml"), answer.headers
        return self.twilio.take_twiml(sender, answer.content)

    def sms(
        self, body: str, *, sender: str = "+15550001111", message: str | None = None, **more: str
    ) -> dict[str, str]:
        """As Twilio's messaging service sends it."""
        self.count += 1
        message = message or sid("SM", self.count)
        return {
            "ToCountry": "US",
            "SmsMessageSid": message,
            "MessageSid": message,
            "AccountSid": ACCOUNT,
            "MessagingServiceSid": SERVICE,
            "NumMedia": "0",
            "NumSegments": "1",
            "SmsStatus": "received",
            "From": sender,
            "To": OUR_NUMBER,
            "Body": body,
            "ApiVersion": "2010-04-01",
            **more,
        }


def told(problem: httpx.Response) -> str:
    return json.dumps(problem.json()) if problem.content else ""
