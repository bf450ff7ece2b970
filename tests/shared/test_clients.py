"""Service clients: what they send, and what each kind of answer or silence means."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import httpx
import pytest
import uvicorn
from pydantic import TypeAdapter

from shared.callers import Caller, InternalTokens
from shared.clients.accounts import AccountsClient
from shared.clients.base import ServiceClient, open_http
from shared.clients.bot import BotClient
from shared.clients.lex import LexClient
from shared.context import enter_context, leave_context, new_context
from shared.errors import Conflict, InvalidRequest, NotFound, Problem, Unavailable, UpstreamFailed, UpstreamTimeout
from shared.schemas.accounts import PaymentOrder
from shared.schemas.base import Money
from shared.schemas.identity import ContextUpdate
from shared.schemas.lex import RecognizeTextRequest
from shared.settings import DEVELOPMENT_SECRET
from tests.conftest import eventually, staff
from tests.shared.probe import Probe, probe_app

TOKENS = InternalTokens(DEVELOPMENT_SECRET)
ORDER = PaymentOrder(from_account_id="A-1", payee_id="P-1", amount=Money(minor_units=1250))
Handler = Callable[[httpx.Request], httpx.Response]
NUMBERS: TypeAdapter[list[int]] = TypeAdapter(list[int])


class Upstream:
    """The other service: remembers what it was sent, and answers, or raises, one thing after the other."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def only(self) -> httpx.Request:
        (request,) = self.requests
        return request


def client_of(upstream: Handler) -> ServiceClient:
    return ServiceClient(
        httpx.AsyncClient(transport=httpx.MockTransport(upstream)),
        base_url="http://accounts:8081/",
        audience="accounts",
        tokens=TOKENS,
        sender="bot",
    )


def accounts_of(upstream: Handler) -> AccountsClient:
    http = httpx.AsyncClient(transport=httpx.MockTransport(upstream))
    return AccountsClient(http, base_url="http://accounts:8081", audience="accounts", tokens=TOKENS, sender="bot")


def refusal(status: int, slug: str, **members: object) -> httpx.Response:
    body = {"type": f"https://omnilex.dev/problems/{slug}", "title": "t", "status": status, "request_id": "r-1"}
    return httpx.Response(status, json=body | members, headers={"content-type": "application/problem+json"})


async def test_request_carries_a_token_of_the_sender_for_the_receiver() -> None:
    upstream = Upstream(httpx.Response(200, content=b"[]"))
    await client_of(upstream).send("GET", "/plans", query={"q": "a b&c"})
    assert str(upstream.only.url) == "http://accounts:8081/plans?q=a+b%26c"
    token = upstream.only.headers["authorization"].removeprefix("Bearer ")
    assert TOKENS.verify(token, "accounts") == Caller("service", "bot")
    assert "idempotency-key" not in upstream.only.headers


async def test_request_carries_the_person_it_is_made_for() -> None:
    upstream = Upstream(httpx.Response(200))
    await client_of(upstream).send("GET", "/", caller=staff("agent"))
    token = upstream.only.headers["authorization"].removeprefix("Bearer ")
    assert TOKENS.verify(token, "accounts") == staff("agent")


async def test_request_carries_the_ids_of_the_one_being_served() -> None:
    upstream = Upstream(httpx.Response(200), httpx.Response(200))
    client = client_of(upstream)
    context = new_context("request-1")
    entered = enter_context(context)
    await client.send("GET", "/")
    leave_context(entered)
    await client.send("GET", "/")
    assert upstream.requests[0].headers["x-request-id"] == "request-1"
    assert upstream.requests[0].headers["traceparent"] == context.traceparent
    assert "x-request-id" not in upstream.requests[1].headers


async def test_body_is_json() -> None:
    upstream = Upstream(httpx.Response(200))
    await client_of(upstream).send("POST", "/payments", body=ORDER, idempotency_key="key-1")
    assert upstream.only.headers["content-type"] == "application/json"
    assert upstream.only.headers["idempotency-key"] == "key-1"
    assert PaymentOrder.model_validate_json(upstream.only.content) == ORDER


@pytest.mark.parametrize("key", ["", "a b", "é", "a\r\nx-evil: 1", "a\0", "x" * 256])
async def test_idempotency_key_that_no_header_can_carry_is_refused(key: str) -> None:
    upstream = Upstream()
    with pytest.raises(InvalidRequest):
        await client_of(upstream).send("POST", "/", idempotency_key=key)
    assert upstream.requests == []


async def test_expected_problem_comes_with_its_detail_and_members() -> None:
    upstream = Upstream(refusal(409, "conflict", detail="Too little.", code="insufficient_funds", errors=[1]))
    with pytest.raises(Conflict) as caught:
        await client_of(upstream).send("POST", "/", expects=(NotFound, Conflict))
    assert caught.value.detail == "Too little."
    assert caught.value.members == {"code": "insufficient_funds", "errors": [1]}


@pytest.mark.parametrize(
    "answer",
    [
        refusal(401, "unauthenticated", detail="telltale"),
        refusal(403, "forbidden", detail="telltale"),
        refusal(409, "conflict", detail="telltale"),
        refusal(422, "invalid-request", detail="telltale"),
        refusal(500, "problem", detail="telltale"),
        refusal(404, "about:blank", detail="telltale"),
        httpx.Response(404, text="<html>telltale</html>"),
        httpx.Response(404, content=b"[]"),
        httpx.Response(404, content=b""),
        httpx.Response(500, content=b'{"type": 7}'),
        httpx.Response(302, headers={"location": "http://elsewhere/"}),
        httpx.Response(304),
    ],
)
async def test_any_other_refusal_is_the_upstreams_failure(answer: httpx.Response) -> None:
    upstream = Upstream(answer)
    with pytest.raises(UpstreamFailed) as caught:
        await client_of(upstream).send("GET", "/", expects=(NotFound,))
    assert caught.value.detail == "The accounts service failed."
    assert len(upstream.requests) == 1


@pytest.mark.parametrize("content", [b"", b"nonsense", b'{"a": 1}', b'["x"]', b"\xff", b"[1"])
async def test_answer_of_another_shape_is_the_upstreams_failure(content: bytes) -> None:
    with pytest.raises(UpstreamFailed):
        client_of(Upstream()).decode(NUMBERS, content)


def test_unknown_fields_of_an_answer_are_tolerated() -> None:
    assert client_of(Upstream()).decode(TypeAdapter(Money), b'{"minor_units": 5, "new": 1}') == Money(minor_units=5)


REPEATABLE: list[tuple[str, str | None]] = [("GET", None), ("PUT", None), ("DELETE", None), ("POST", "key-1")]


@pytest.mark.parametrize(("method", "key"), REPEATABLE)
async def test_failure_to_connect_is_tried_again_when_that_is_safe(method: str, key: str | None) -> None:
    upstream = Upstream(httpx.ConnectError("no"), httpx.Response(200, content=b"good"))
    assert await client_of(upstream).send(method, "/", idempotency_key=key) == b"good"
    assert [request.headers.get("idempotency-key") for request in upstream.requests] == [key, key]


@pytest.mark.parametrize(("method", "key"), [*REPEATABLE, ("POST", None), ("PATCH", None)])
@pytest.mark.parametrize("error", [httpx.ConnectError("no"), httpx.ConnectTimeout("no")])
async def test_nobody_listening_is_unavailable(method: str, key: str | None, error: Exception) -> None:
    upstream = Upstream(error, error, error)
    with pytest.raises(Unavailable, match="accounts service does not answer"):
        await client_of(upstream).send(method, "/", idempotency_key=key)
    assert len(upstream.requests) == (2 if (method, key) in REPEATABLE else 1)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ReadTimeout("slow"), UpstreamTimeout),
        (httpx.WriteTimeout("slow"), UpstreamTimeout),
        (httpx.PoolTimeout("slow"), UpstreamTimeout),
        (httpx.ReadError("reset"), UpstreamFailed),
        (httpx.RemoteProtocolError("nonsense"), UpstreamFailed),
    ],
)
async def test_call_that_may_have_been_carried_out_is_not_repeated(error: Exception, kind: type[Problem]) -> None:
    upstream = Upstream(error)
    with pytest.raises(kind):
        await client_of(upstream).send("GET", "/")
    assert len(upstream.requests) == 1


# The clients of single services.


async def test_pin_is_sent_itself() -> None:
    upstream = Upstream(httpx.Response(200, json={"outcome": "refused", "attempts_left": 3}))
    answer = await accounts_of(upstream).verify(phone="+15555550100", pin="2468", channel="sms", session="sms:1")
    assert (answer.outcome, answer.attempts_left) == ("refused", 3)
    sent = {"phone": "+15555550100", "pin": "2468", "channel": "sms", "session": "sms:1"}
    assert json.loads(upstream.only.content) == sent
    assert (upstream.only.method, upstream.only.url.path) == ("POST", "/verifications")


async def test_claim_by_customer_number_says_nothing_of_a_phone() -> None:
    upstream = Upstream(httpx.Response(200, json={"outcome": "wait", "retry_at": "2026-03-10T09:30:01Z"}))
    address = "0123456789abcdef"
    answer = await accounts_of(upstream).verify(
        customer_number="12345678", pin="2468", channel="sms", session="sms:1", channel_address=address
    )
    assert answer.retry_at == datetime(2026, 3, 10, 9, 30, 1, tzinfo=UTC)
    sent = {"customer_number": "12345678", "pin": "2468", "channel": "sms", "session": "sms:1"}
    assert json.loads(upstream.only.content) == sent | {"channel_address": address}


async def test_pin_change_is_sent_under_its_key() -> None:
    upstream = Upstream(httpx.Response(204), refusal(422, "invalid-request", code="weak_pin"))
    accounts = accounts_of(upstream)
    change = {"current_pin": "2468", "new_pin": "7091", "channel": "sms", "session": "sms:1"}
    await accounts.change_pin("C-1", **change, idempotency_key="k-1")
    assert upstream.only.url.path == "/customers/C-1/pin"
    assert upstream.only.headers["idempotency-key"] == "k-1"
    assert json.loads(upstream.only.content) == change
    with pytest.raises(InvalidRequest) as caught:
        await accounts.change_pin("C-1", **change, idempotency_key="k-2")
    assert caught.value.members == {"code": "weak_pin"}


async def test_what_is_not_there_is_nothing() -> None:
    upstream = Upstream(*[refusal(404, "not-found") for _ in range(3)])
    accounts = accounts_of(upstream)
    assert await accounts.linked_customer("sms", "../plans") is None
    assert await accounts.context("C-1") is None
    await accounts.remove_link("C-1", "L-1")
    assert [request.url.raw_path for request in upstream.requests] == [
        b"/links/sms/..%2Fplans",
        b"/customers/C-1/context",
        b"/customers/C-1/links/L-1",
    ]


async def test_context_is_put_and_read_back() -> None:
    kept = {"intent": "MakePayment", "slots": {"Payee": "City Power"}, "channel": "sms", "session": "sms:1"}
    times = {"saved_at": "2026-03-10T09:30:00Z", "expires": "2026-03-11T09:30:00Z"}
    upstream = Upstream(httpx.Response(200, json=kept | times), httpx.Response(204))
    accounts = accounts_of(upstream)
    saved = await accounts.save_context("C-1", ContextUpdate.model_validate(kept))
    await accounts.forget_context("C-1")
    assert saved.slots == {"Payee": "City Power"}
    assert [request.method for request in upstream.requests] == ["PUT", "DELETE"]
    assert json.loads(upstream.requests[0].content) == kept


async def test_try_of_a_pin_is_never_repeated() -> None:
    upstream = Upstream(httpx.ConnectError("no"))
    with pytest.raises(Unavailable):
        await accounts_of(upstream).verify(phone="+15555550100", pin="2468", channel="sms", session="sms:1")
    assert len(upstream.requests) == 1


async def test_customer_id_cannot_lead_elsewhere() -> None:
    upstream = Upstream(*[refusal(404, "not-found") for _ in range(5)])
    accounts = accounts_of(upstream)
    calls: list[Awaitable[object]] = [
        accounts.accounts("../plans?x=#/"),
        accounts.payees("../plans?x=#/"),
        accounts.preview_payment("../plans?x=#/", ORDER),
        accounts.pay("../plans?x=#/", ORDER, idempotency_key="key-1"),
    ]
    for call in calls:
        with pytest.raises(NotFound):
            await call
    quoted = "/customers/..%2Fplans%3Fx%3D%23%2F/"
    assert [request.url.raw_path.decode() for request in upstream.requests] == [
        quoted + what for what in ("accounts", "payees", "payments/preview", "payments")
    ]


async def test_search_of_the_bot_is_made_for_its_caller() -> None:
    upstream = Upstream(httpx.Response(200, json={"query": "fees & rates", "answers": []}))
    http = httpx.AsyncClient(transport=httpx.MockTransport(upstream))
    bot = BotClient(http, base_url="http://bot:8082", audience="bot", tokens=TOKENS, sender="gateway")
    with_person = Caller("customer", "web:1")
    await bot.search_faq("fees & rates", limit=3, caller=with_person)
    assert upstream.only.url.query == b"q=fees+%26+rates&limit=3"
    token = upstream.only.headers["authorization"].removeprefix("Bearer ")
    assert TOKENS.verify(token, "bot") == with_person


async def test_session_of_lex_is_quoted_and_given_its_time() -> None:
    upstream = Upstream(httpx.Response(200, json={"sessionState": {}, "sessionId": "s"}))
    http = httpx.AsyncClient(transport=httpx.MockTransport(upstream))
    lex = LexClient(http, base_url="http://lex:8083", audience="lex", tokens=TOKENS, sender="gateway")
    ids = {"bot_id": "B", "alias_id": "A", "locale_id": "en_US", "session_id": "sms:a/b"}
    await lex.recognize_text(**ids, request=RecognizeTextRequest(text="hello"))
    assert upstream.only.url.raw_path == b"/bots/B/botAliases/A/botLocales/en_US/sessions/sms%3Aa%2Fb/text"
    assert upstream.only.extensions["timeout"]["read"] == 35.0
    assert json.loads(upstream.only.content)["text"] == "hello"


# The real transport, over real sockets.


@asynccontextmanager
async def listening(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """The address of a server that does with each connection what `serve` does, and then closes it."""
    served: list[asyncio.Task[None]] = []

    async def serve_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await serve(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(asyncio.create_task(serve_and_close(reader, writer)))

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    await asyncio.gather(*served)


@asynccontextmanager
async def service_at(address: str) -> AsyncIterator[ServiceClient]:
    async with open_http() as http:
        yield ServiceClient(http, base_url=address, audience="accounts", tokens=TOKENS, sender="bot")


@asynccontextmanager
async def running_probe() -> AsyncIterator[str]:
    server = uvicorn.Server(uvicorn.Config(probe_app(Probe()), port=0, log_config=None, ws="none"))
    task = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task


async def test_real_service_is_called_over_the_real_transport() -> None:
    async with running_probe() as address, service_at(address) as client:
        answers = await asyncio.gather(*(client.send("GET", "/probe/me", caller=staff("agent")) for _ in range(20)))
        assert {json.loads(answer)["subject"] for answer in answers} == {"pat"}
        entered = enter_context(new_context("request-1", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
        item = json.loads(await client.send("GET", "/probe/items/a%20b%25%C3%A9"))
        leave_context(entered)
        assert item["id"] == "a b%é"
        assert item["traceparent"].startswith("00-0af7651916cd43dd8448eb211c80319c-")
        with pytest.raises(Conflict) as caught:
            await client.send("GET", "/probe/conflict", expects=(Conflict,))
        assert caught.value.members == {"code": "already_paid"}
        with pytest.raises(UpstreamFailed):
            await client.send("GET", "/probe/bug")


async def test_real_server_that_does_not_answer_in_time() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with listening(silent) as address, service_at(address) as client:
        with pytest.raises(UpstreamTimeout):
            await client.send("GET", "/", timeout=httpx.Timeout(0.1))


async def test_real_port_where_nobody_listens() -> None:
    async with service_at("http://127.0.0.1:9") as client:
        for method in ("GET", "POST"):
            with pytest.raises(Unavailable):
                await client.send(method, "/")


@pytest.mark.parametrize(("method", "key"), [("POST", None), ("POST", "key-1"), ("PUT", None)])
async def test_real_connection_that_breaks_before_the_answer(method: str, key: str | None) -> None:
    connections = 0

    async def breaking(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")

    async with listening(breaking) as address, service_at(address) as client:
        with pytest.raises(UpstreamFailed, match="broke"):
            await client.send(method, "/", idempotency_key=key)
    assert connections == 1 if (method, key) == ("POST", None) else connections >= 2


async def test_real_answer_that_breaks_off() -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")

    async with listening(half) as address, service_at(address) as client:
        with pytest.raises(UpstreamFailed, match="broke"):
            await client.send("GET", "/")


async def test_real_answer_that_is_no_http() -> None:
    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")

    async with listening(nonsense) as address, service_at(address) as client:
        with pytest.raises(UpstreamFailed):
            await client.send("GET", "/")
