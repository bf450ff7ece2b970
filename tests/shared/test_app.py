"""The app base: ids, traces, one error shape, body limits, probes, metrics, access lines."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.types import Message, Scope

from shared.context import current_context, enter_context, leave_context, new_context
from tests.conftest import served, without_chance
from tests.shared.probe import SECRET_WORD, Probe, probe_app

MIB = 1024 * 1024


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with served(probe_app(Probe())) as client:
        yield client


def lines(capsys: pytest.CaptureFixture[str], event: str) -> list[dict[str, object]]:
    out, err = capsys.readouterr()
    assert err == ""
    return [line for line in map(json.loads, out.splitlines()) if line["event"] == event]


async def metrics(client: httpx.AsyncClient) -> str:
    return (await client.get("/metrics")).text


@pytest.mark.parametrize("given", ["request-1", "A.b_c-12", "x" * 64])
async def test_plain_request_id_is_kept(client: httpx.AsyncClient, given: str) -> None:
    answer = await client.get("/probe/items/1", headers={"x-request-id": given})
    assert answer.headers["x-request-id"] == given


@pytest.mark.parametrize(
    "given", ["short", "x" * 65, "with space", "semi;colon", 'quote"quote', "ümlaut-1", "a\tb-1234"]
)
async def test_other_request_id_is_replaced(client: httpx.AsyncClient, given: str) -> None:
    headers = [(b"x-request-id", given.encode("latin-1"))]
    answer = await client.get("/probe/items/1", headers=headers)
    assert answer.headers["x-request-id"] != given
    assert len(answer.headers["x-request-id"]) == 24


async def test_each_request_has_an_id_of_its_own(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(client.get("/probe/items/1") for _ in range(20)))
    assert len({answer.headers["x-request-id"] for answer in answers}) == 20


async def test_trace_goes_on_with_a_new_span(client: httpx.AsyncClient) -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
    answer = await client.get("/probe/items/1", headers={"traceparent": parent})
    version, trace, span, flags = answer.json()["traceparent"].split("-")
    assert (version, trace, flags) == ("00", "0af7651916cd43dd8448eb211c80319c", "00")
    assert span != "b7ad6b7169203331"
    assert len(span) == 16


@pytest.mark.parametrize(
    "parent",
    [
        "",
        "garbage",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-extra",
    ],
)
async def test_malformed_trace_begins_anew(client: httpx.AsyncClient, parent: str) -> None:
    answer = await client.get("/probe/items/1", headers={"traceparent": parent})
    trace = answer.json()["traceparent"].split("-")[1]
    assert len(trace) == 32
    assert trace not in parent.lower()


async def test_request_leaves_the_context_around_it_alone(client: httpx.AsyncClient) -> None:
    outer = new_context("outer-request")
    token = enter_context(outer)
    await client.get("/probe/items/1")
    assert current_context() is outer
    leave_context(token)
    assert current_context() is None


async def test_access_line_has_the_template_and_no_path(capsys: pytest.CaptureFixture[str]) -> None:
    async with served(probe_app(Probe())) as client:
        await client.get("/probe/items/4111111111111111?pin=2468", headers={"x-request-id": "request-1"})
    out = capsys.readouterr().out
    assert "4111" not in without_chance(out)
    assert "2468" not in without_chance(out)
    (line,) = [entry for entry in map(json.loads, out.splitlines()) if entry["event"] == "request.served"]
    assert isinstance(line.pop("ms"), float)
    assert len(line.pop("trace_id")) == 32
    assert len(line.pop("span_id")) == 16
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "info",
        "service": "accounts",
        "logger": "omnilex.http",
        "event": "request.served",
        "request_id": "request-1",
        "method": "GET",
        "route": "/probe/items/{item_id}",
        "status": 200,
    }


async def test_probes_leave_no_access_line(capsys: pytest.CaptureFixture[str]) -> None:
    async with served(probe_app(Probe())) as client:
        for path in ("/health", "/ready", "/metrics"):
            assert (await client.get(path)).status_code == 200
    assert lines(capsys, "request.served") == []


async def test_problem_has_one_shape_and_members_never_replace_the_standard_ones(client: httpx.AsyncClient) -> None:
    answer = await client.get("/probe/conflict", headers={"x-request-id": "request-1"})
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "https://omnilex.dev/problems/conflict",
        "title": "In conflict with the present state",
        "status": 409,
        "detail": "Already paid.",
        "request_id": "request-1",
        "code": "already_paid",
    }


async def test_headers_of_a_problem_are_sent(client: httpx.AsyncClient) -> None:
    assert (await client.get("/probe/busy")).headers["retry-after"] == "7"


@pytest.mark.parametrize(
    ("method", "path", "status", "title"),
    [
        ("GET", "/nowhere", 404, "Not Found"),
        ("DELETE", "/probe/orders", 405, "Method Not Allowed"),
        ("GET", "/probe/teapot", 418, "short and stout"),
    ],
)
async def test_error_of_the_framework_has_the_same_shape(
    client: httpx.AsyncClient, method: str, path: str, status: int, title: str
) -> None:
    answer = await client.request(method, path, headers={"x-request-id": "request-1"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {"type": "about:blank", "title": title, "status": status, "request_id": "request-1"}
    if status == 405:
        assert answer.headers["allow"] == "POST"
    if status == 418:
        assert answer.headers["x-tea"] == "yes"


async def test_validation_names_each_place_and_never_the_input(client: httpx.AsyncClient) -> None:
    body = {"amount": SECRET_WORD, "kind": SECRET_WORD, "note": SECRET_WORD, "tags": {"a/b~c": SECRET_WORD}}
    answer = await client.post("/probe/orders?limit=4111111111111111", json=body, headers={"x-request-id": "request-1"})
    assert answer.status_code == 422
    assert "xyzzy" not in answer.text
    assert "4111" not in answer.text
    assert answer.json() == {
        "type": "https://omnilex.dev/problems/invalid-request",
        "title": "The request is not valid",
        "status": 422,
        "detail": "One or more fields are not valid.",
        "request_id": "request-1",
        "errors": [
            {"in": "query", "pointer": "/limit", "detail": "Input should be less than or equal to 9"},
            {
                "in": "body",
                "pointer": "/amount",
                "detail": "Input should be a valid integer, unable to parse string as an integer",
            },
            {"in": "body", "pointer": "/kind", "detail": "Input should be 'a' or 'b'"},
            {"in": "body", "pointer": "/note", "detail": "The value is not valid."},
            {
                "in": "body",
                "pointer": "/tags/a~1b~0c",
                "detail": "Input should be a valid integer, unable to parse string as an integer",
            },
        ],
    }


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"amount": xyzzy}',
        b'{"amount": 1}}',
        b"\xff\xfe\xfd",
        b"\xff\xfexyzzy",
        b"[" * 500_000,
        b"1" * 5000,
    ],
    ids=["open", "word", "tail", "bytes", "odd-utf-16", "deep", "long-number"],
)
async def test_what_is_no_json_is_not_valid(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/probe/orders", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "https://omnilex.dev/problems/invalid-request"
    assert answer.json()["errors"] == [{"in": "body", "pointer": "", "detail": "The body is not valid JSON."}]


@pytest.mark.parametrize(
    ("kind", "body", "why"),
    [
        ("multipart/form-data; boundary=x", b"\xff\xfe", "Invalid multipart data."),
        ("multipart/form-data; boundary=x", b"--x\r\nno header\r\n\r\n", "Invalid multipart data."),
        ("multipart/form-data", b"--x", "Missing boundary in multipart."),
    ],
)
async def test_a_broken_form_is_not_valid(client: httpx.AsyncClient, kind: str, body: bytes, why: str) -> None:
    answer = await client.post("/probe/forms", content=body, headers={"content-type": kind})
    assert answer.status_code == 422
    assert answer.json()["type"] == "https://omnilex.dev/problems/invalid-request"
    assert answer.json()["errors"] == [{"in": "body", "pointer": "", "detail": why}]


async def test_answer_to_very_many_mistakes_is_short(client: httpx.AsyncClient) -> None:
    answer = await client.post("/probe/orders", json={"amount": 1, "tags": {str(n): "x" for n in range(5000)}})
    assert len(answer.json()["errors"]) == 50


async def test_unexpected_error_is_answered_with_its_id_and_logged_once(capsys: pytest.CaptureFixture[str]) -> None:
    async with served(probe_app(Probe())) as client:
        answer = await client.get("/probe/bug", headers={"x-request-id": "request-1"})
    assert answer.status_code == 500
    assert answer.headers["x-request-id"] == "request-1"
    assert answer.json() == {
        "type": "https://omnilex.dev/problems/problem",
        "title": "The request failed",
        "status": 500,
        "request_id": "request-1",
    }
    out = capsys.readouterr().out
    assert "xyzzy" not in out
    entries = [json.loads(line) for line in out.splitlines()]
    (failure,) = [entry for entry in entries if entry["level"] == "error"]
    assert (failure["event"], failure["request_id"]) == ("request.failed", "request-1")
    assert failure["route"] == "/probe/bug"
    assert failure["traceback"].startswith("builtins.RuntimeError\n")
    assert "probe.py" in failure["traceback"]
    assert [entry["status"] for entry in entries if entry["event"] == "request.served"] == [500]


async def test_answer_that_breaks_off_breaks_the_connection(capsys: pytest.CaptureFixture[str]) -> None:
    app = probe_app(Probe())
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            with pytest.raises(RuntimeError):
                await client.get("/probe/half")
    assert len(lines(capsys, "request.failed")) == 1


@pytest.mark.parametrize(("path", "limit"), [("/probe/large", 2 * MIB), ("/probe/stream", MIB)])
@pytest.mark.parametrize("announced", [True, False])
async def test_body_over_the_limit_is_refused(
    client: httpx.AsyncClient, path: str, limit: int, announced: bool
) -> None:
    async def chunks(size: int) -> AsyncIterator[bytes]:
        for start in range(0, size, 65536):
            yield b"x" * min(65536, size - start)

    fits = b"x" * limit if announced else chunks(limit)
    answer = await client.post(path, content=fits)
    assert (answer.status_code, answer.json()) == (200, {"size": limit})
    over = b"x" * (limit + 1) if announced else chunks(limit + 1)
    answer = await client.post(path, content=over, headers={"x-request-id": "request-1"})
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "https://omnilex.dev/problems/payload-too-large",
        "title": "The body is too large",
        "status": 413,
        "detail": f"At most {limit} bytes are accepted here.",
        "request_id": "request-1",
    }


@pytest.mark.parametrize("length", ["many", "-1", "+5", "9" * 5000])
async def test_nonsense_length_is_counted_instead(length: str) -> None:
    sent = await raw_request(
        "POST",
        "/probe/large",
        [{"type": "http.request", "body": b"four"}],
        headers=[(b"content-length", length.encode())],
    )
    assert sent[0]["status"] == 200


async def raw_request(
    method: str, path: str, messages: list[Message], headers: list[tuple[bytes, bytes]] | None = None
) -> list[Message]:
    """What the application sends when it receives just these messages, then silence."""
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers or [],
        "client": ("127.0.0.1", 1),
        "server": ("test", 80),
    }
    sent: list[Message] = []
    pending = iter(messages)

    async def receive() -> Message:
        message = next(pending, None)
        if message is None:
            await asyncio.Event().wait()
        assert message is not None
        return message

    async def send(message: Message) -> None:
        sent.append(message)

    app = probe_app(Probe())
    async with app.router.lifespan_context(app), asyncio.timeout(5):
        await app(scope, receive, send)
    return sent


@pytest.mark.parametrize("path", ["/probe/orders", "/probe/large", "/probe/stream"])
async def test_client_that_leaves_is_no_failure(capsys: pytest.CaptureFixture[str], path: str) -> None:
    half = {"type": "http.request", "body": b'{"amount"', "more_body": True}
    headers = [(b"content-type", b"application/json")]
    await raw_request("POST", path, [half, {"type": "http.disconnect"}], headers=headers)
    entries = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [entry["level"] for entry in entries] == ["info"] * len(entries)
    assert [entry["status"] for entry in entries if entry["event"] == "request.served"] == [499]


async def test_invented_method_does_not_name_a_metric(client: httpx.AsyncClient) -> None:
    await client.request("BREW", "/probe/teapot")
    text = await metrics(client)
    assert "BREW" not in text
    assert 'omnilex_requests_total{method="other",route="/probe/teapot",service="accounts",status="405"} 1.0' in text


async def test_metrics_hold_templates_and_no_paths(client: httpx.AsyncClient) -> None:
    await client.get("/probe/items/C-SECRET")
    await client.get("/nowhere/C-SECRET")
    text = await metrics(client)
    assert "C-SECRET" not in text
    assert (
        'omnilex_requests_total{method="GET",route="/probe/items/{item_id}",service="accounts",status="200"} 1.0'
        in text
    )
    assert 'omnilex_requests_total{method="GET",route="unmatched",service="accounts",status="404"} 1.0' in text
    assert 'omnilex_request_seconds_count{method="GET",route="/probe/items/{item_id}",service="accounts"} 1.0' in text


async def test_health_says_alive_even_when_not_ready() -> None:
    probe = Probe()
    async with served(probe_app(probe)) as client:
        assert (await client.get("/ready")).json() == {"status": "ready"}
        probe.up = False
        assert (await client.get("/health")).json() == {"status": "alive"}
        answer = await client.get("/ready")
        assert (answer.status_code, answer.json()["detail"]) == (503, "The database does not answer.")


async def test_service_is_wired_for_the_life_of_the_app() -> None:
    app = probe_app()
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        assert (await client.get("/ready")).status_code == 503
        async with app.router.lifespan_context(app):
            assert (await client.get("/ready")).status_code == 200
            assert not app.state.service.closed
    assert app.state.service.closed
