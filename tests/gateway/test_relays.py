import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from services.gateway.settings import GatewaySettings
from shared.callers import Caller, InternalTokens
from shared.settings import DEVELOPMENT_SECRET
from tests.conftest import eventually, served
from tests.gateway.conftest import gateway, gateway_app, listening, signed_in, with_roles

Answer = Callable[[Request], Awaitable[Response]]
INTERACTIONS = "/api/v1/interactions"


class Behind:
    """A service behind the gateway: keeps each request, gives one answer."""

    def __init__(self, answer: Answer) -> None:
        self.requests: list[Request] = []
        self.received = bytearray()
        self._answer = answer
        methods = ["GET", "POST", "PUT", "DELETE"]
        self.app = Starlette(routes=[Route("/{path:path}", self._serve, methods=methods)])

    async def _serve(self, request: Request) -> Response:
        self.requests.append(request)
        async for chunk in request.stream():
            self.received += chunk
        return await self._answer(request)

    def caller(self, service: str) -> Caller:
        assert service in ("accounts", "bot", "media", "insights")
        token = self.requests[-1].headers["authorization"].removeprefix("Bearer ")
        return InternalTokens(DEVELOPMENT_SECRET).verify(token, service)


def answers(body: object, status: int = 200, **headers: str) -> Answer:
    async def answer(request: Request) -> Response:
        return JSONResponse(body, status, headers or None)

    return answer


def refuses(status: int) -> Answer:
    async def answer(request: Request) -> Response:
        body = {"type": "https://omnilex.dev/problems/x", "title": "No", "status": status, "detail": "of the service"}
        return JSONResponse(body, status, media_type="application/problem+json")

    return answer


@pytest.mark.parametrize(
    ("service", "path", "arrives"),
    [
        ("insights", "/api/v1/interactions", "/interactions?"),
        (
            "insights",
            "/api/v1/interactions?sort=duration&order=asc&channel=web&channel=call&from=2026-01-01T00:00:00Z&limit=3",
            "/interactions?channel=web&channel=call&from=2026-01-01T00%3A00%3A00Z&sort=duration&order=asc&limit=3",
        ),
        ("insights", "/api/v1/interactions/abc%20d", "/interactions/abc d?"),
        (
            "insights",
            "/api/v1/interactions/abc%20d/explanation?measure=quarter_2&speaker=spk_1",
            "/interactions/abc d/explanation?measure=quarter_2&speaker=spk_1",
        ),
        (
            "insights",
            "/api/v1/interactions/a/explanation?turn=0&measure=turn",
            "/interactions/a/explanation?measure=turn&turn=0",
        ),
        ("media", "/api/v1/categories", "/categories?"),
        ("media", "/api/v1/categories/versions/0", "/categories/versions/0?"),
        ("media", "/api/v1/interactions/abc_1/recording", "/interactions/abc_1/recording?"),
        ("media", "/api/v1/ledger?fate=failed&name=a.wav", "/ledger?fate=failed&name=a.wav"),
        ("media", "/api/v1/ledger/e1", "/ledger/e1?"),
        ("media", "/api/v1/ledger?stuck=true&step=index&kind=audio", "/ledger?step=index&kind=audio&stuck=True"),
        ("media", "/api/v1/ledger/counts?fate=failed", "/ledger/counts?fate=failed"),
        ("media", "/api/v1/bulk?limit=2", "/bulk?limit=2"),
        ("media", f"/api/v1/bulk/{'a' * 32}", f"/bulk/{'a' * 32}?"),
        ("bot", "/api/v1/faq/search?q=new+card&limit=2", "/faq/search?q=new+card&limit=2"),
        ("bot", "/api/v1/faq/search?q=horario&locale=es_US", "/faq/search?q=horario&locale=es_US"),
        ("bot", "/api/v1/faq/export?format=kendra-json&version=3", "/faq/export?format=kendra-json&version=3"),
        ("bot", "/api/v1/faq/versions?limit=2", "/faq/versions?limit=2"),
        ("bot", "/api/v1/faq/versions/3/changes?against=1", "/faq/versions/3/changes?against=1"),
    ],
)
async def test_request_goes_on_for_the_member_of_staff(
    settings: GatewaySettings, service: str, path: str, arrives: str
) -> None:
    behind = Behind(answers({"items": [1]}))
    address: str = getattr(settings, f"{service}_url")
    async with gateway(settings, behind={address: behind.app}) as client:
        theirs = await with_roles(client, "agent")
        answer = await client.get(path, headers=theirs | {"x-request-id": "from-the-browser"})
        assert (answer.status_code, answer.json()) == (200, {"items": [1]})
        url = behind.requests[-1].url
        assert f"{url.path}?{url.query}".replace("%20", " ") == arrives
        assert behind.caller(service) == Caller("staff", "agent", frozenset({"agent"}))
        assert behind.requests[-1].headers["x-request-id"] == "from-the-browser"


CUSTOMER = "C-7KQ2M9XWPA"
OF_CUSTOMER = f"/customers/{CUSTOMER}"


@pytest.mark.parametrize(
    ("method", "path", "arrives"),
    [
        ("POST", f"{OF_CUSTOMER}/unlock", f"{OF_CUSTOMER}/unlock?"),
        ("GET", f"{OF_CUSTOMER}/verifications?limit=3&cursor=x", f"{OF_CUSTOMER}/verifications?cursor=x&limit=3"),
        ("GET", f"{OF_CUSTOMER}/links", f"{OF_CUSTOMER}/links?"),
        ("DELETE", f"{OF_CUSTOMER}/links/L-7KQ2M9XWPA", f"{OF_CUSTOMER}/links/L-7KQ2M9XWPA?"),
        ("GET", f"/audit?customer_id={CUSTOMER}&limit=2", f"/audit?limit=2&customer_id={CUSTOMER}"),
        ("GET", "/audit/proof?anchor=abc", "/audit/proof?anchor=abc"),
    ],
)
async def test_what_supervisors_ask_of_accounts(
    settings: GatewaySettings, method: str, path: str, arrives: str
) -> None:
    behind = Behind(answers({"items": [1]}))
    async with gateway(settings, behind={settings.accounts_url: behind.app}) as client:
        theirs = await with_roles(client, "supervisor")
        answer = await client.request(method, f"/api/v1{path}", headers=theirs)
        assert (answer.status_code, answer.json()) == (200, {"items": [1]})
        url = behind.requests[-1].url
        assert (behind.requests[-1].method, f"{url.path}?{url.query}") == (method, arrives)
        assert behind.caller("accounts") == Caller("staff", "supervisor", frozenset({"supervisor"}))
        others = await with_roles(client, "agent", "analyst")
        assert (await client.request(method, f"/api/v1{path}", headers=others)).status_code == 403
        assert (await client.request(method, f"/api/v1{path}")).status_code == 401
        assert len(behind.requests) == 1


async def test_part_of_a_recording_is_asked_for_and_passed_back(settings: GatewaySettings) -> None:
    async def part(request: Request) -> Response:
        headers = {"content-range": "bytes 2-4/9", "accept-ranges": "bytes", "cache-control": "private, no-store"}
        return Response(b"cde", 206, headers | {"etag": '"v1"', "x-inner": "kept back"}, "audio/mpeg")

    behind = Behind(part)
    async with gateway(settings, behind={settings.media_url: behind.app}) as client:
        asked = {"range": "bytes=2-4", "if-range": '"v1"'}
        answer = await client.get(f"{INTERACTIONS}/abc/recording", headers=await signed_in(client) | asked)
        assert (answer.status_code, answer.content) == (206, b"cde")
        assert answer.headers["content-range"] == "bytes 2-4/9"
        assert (answer.headers["content-type"], answer.headers["etag"]) == ("audio/mpeg", '"v1"')
        assert (answer.headers["cache-control"], answer.headers["accept-ranges"]) == ("private, no-store", "bytes")
        assert "x-inner" not in answer.headers
        assert asked.items() <= dict(behind.requests[-1].headers).items()
        assert (await client.get(f"{INTERACTIONS}/abc/recording")).status_code == 401
        assert len(behind.requests) == 1


@pytest.mark.parametrize(
    ("method", "path", "arrives"),
    [
        ("POST", "/ledger/e1/retry", "/ledger/e1/retry?"),
        ("POST", "/ledger/retry?reason_code=died", "/ledger/retry?reason_code=died"),
        ("POST", f"/bulk/{'a' * 32}/pause", f"/bulk/{'a' * 32}/pause?"),
        ("POST", f"/bulk/{'a' * 32}/resume", f"/bulk/{'a' * 32}/resume?"),
        ("POST", f"/bulk/{'a' * 32}/cancel", f"/bulk/{'a' * 32}/cancel?"),
        ("POST", f"/bulk/{'a' * 32}/complete", f"/bulk/{'a' * 32}/complete?"),
    ],
)
async def test_what_supervisors_ask_of_media(settings: GatewaySettings, method: str, path: str, arrives: str) -> None:
    behind = Behind(answers({"retried": 1}))
    async with gateway(settings, behind={settings.media_url: behind.app}) as client:
        answer = await client.request(method, f"/api/v1{path}", headers=await with_roles(client, "supervisor"))
        assert (answer.status_code, answer.json()) == (200, {"retried": 1})
        url = behind.requests[-1].url
        assert (behind.requests[-1].method, f"{url.path}?{url.query}") == (method, arrives)
        assert behind.caller("media") == Caller("staff", "supervisor", frozenset({"supervisor"}))
        others = await with_roles(client, "agent", "analyst")
        assert (await client.request(method, f"/api/v1{path}", headers=others)).status_code == 403
        assert (await client.request(method, f"/api/v1{path}")).status_code == 401
        assert len(behind.requests) == 1


async def test_bulks_and_erasures_are_asked_for_as_they_were_given(settings: GatewaySettings) -> None:
    behind = Behind(answers({"x": 1}))
    async with gateway(settings, behind={settings.media_url: behind.app}) as client:
        theirs = await with_roles(client, "supervisor")
        started = await client.post("/api/v1/bulk", json={"prefix": "2025/"}, headers=theirs | {"idempotency-key": "k"})
        assert started.status_code == 200
        assert behind.requests[-1].headers["idempotency-key"] == "k"
        assert bytes(behind.received) == b'{"source":"bucket","prefix":"2025/"}'
        behind.received.clear()
        assert (await client.post("/api/v1/erasures", json={"customer": "C-1"}, headers=theirs)).status_code == 403
        assert (await client.get("/api/v1/erasures", headers=theirs)).status_code == 403
        admins = await with_roles(client, "admin")
        assert (await client.post("/api/v1/erasures", json={"customer": "C-1"}, headers=admins)).status_code == 200
        assert bytes(behind.received) == b'{"interaction_id":null,"customer":"C-1"}'
        assert (await client.post("/api/v1/erasures", json={}, headers=admins)).status_code == 422
        both = {"customer": "C-1", "interaction_id": "a"}
        assert (await client.post("/api/v1/erasures", json=both, headers=admins)).status_code == 422
        assert (await client.get(f"/api/v1/erasures/{'b' * 32}", headers=admins)).status_code == 200


async def test_events_of_the_ledger_pass_through_as_they_come(settings: GatewaySettings) -> None:
    async def tells(request: Request) -> Response:
        async def events() -> AsyncIterator[bytes]:
            yield b"event: entry\nid: 1-1\ndata: {}\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")

    behind = Behind(tells)
    async with gateway(settings, behind={settings.media_url: behind.app}) as client:
        theirs = await with_roles(client, "agent")
        answer = await client.get("/api/v1/ledger/events", headers=theirs | {"last-event-id": "7-7"})
        assert answer.text == "event: entry\nid: 1-1\ndata: {}\n\n"
        assert answer.headers["x-accel-buffering"] == "no"
        assert answer.headers["cache-control"] == "no-store, no-transform"
        assert behind.requests[-1].headers["last-event-id"] == "7-7"
        assert (await client.get("/api/v1/ledger/events")).status_code == 401


async def test_list_of_expected_calls_is_passed_on(settings: GatewaySettings) -> None:
    behind = Behind(answers({"expected": 1}))
    async with gateway(settings, behind={settings.media_url: behind.app}) as client:
        theirs = await with_roles(client, "analyst")
        path = "/api/v1/ledger/reconciliation?seen_from=2026-01-01T00:00:00Z"
        assert (await client.post(path, content=b"call_id\n1\n", headers=theirs)).json() == {"expected": 1}
        assert bytes(behind.received) == b"call_id\n1\n"
        assert behind.requests[-1].url.query == "seen_from=2026-01-01T00%3A00%3A00Z"


async def test_analysts_have_the_books_proved(settings: GatewaySettings) -> None:
    behind = Behind(answers({"holds": True}))
    async with gateway(settings, behind={settings.accounts_url: behind.app}) as client:
        answer = await client.get("/api/v1/books/proof", headers=await with_roles(client, "analyst"))
        assert (answer.status_code, answer.json()) == (200, {"holds": True})
        assert behind.requests[-1].url.path == "/ledger/proof"
        assert behind.caller("accounts") == Caller("staff", "analyst", frozenset({"analyst"}))
        others = await with_roles(client, "agent", "supervisor")
        assert (await client.get("/api/v1/books/proof", headers=others)).status_code == 403
        assert (await client.get("/api/v1/books/proof")).status_code == 401
        assert len(behind.requests) == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/customers/maya/unlock"),
        ("POST", "/customers/C-7KQ2M9XWPA%2F..%2Fx/unlock"),
        ("DELETE", f"{OF_CUSTOMER}/links/l..%2F"),
        ("GET", "/audit?customer_id=maya"),
        ("GET", "/audit?limit=201"),
        ("GET", f"{OF_CUSTOMER}/verifications?limit=0"),
    ],
)
async def test_what_accounts_would_not_understand_stays_here(settings: GatewaySettings, method: str, path: str) -> None:
    behind = Behind(answers({}))
    async with gateway(settings, behind={settings.accounts_url: behind.app}) as client:
        answer = await client.request(method, f"/api/v1{path}", headers=await signed_in(client))
        assert answer.status_code in (404, 405, 422)
        assert not behind.requests


async def test_answer_without_a_body_has_none(settings: GatewaySettings) -> None:
    async def nothing(request: Request) -> Response:
        return Response(status_code=204)

    async with listening(Behind(nothing).app) as url:
        to_accounts = settings.model_copy(update={"accounts_url": url})
        async with (
            gateway_app(to_accounts, sockets=True) as app,
            listening(app) as door,
            httpx.AsyncClient(base_url=door) as client,
        ):
            admin = await signed_in(client)
            for _ in range(2):  # on one connection
                answer = await client.post(f"/api/v1{OF_CUSTOMER}/unlock", headers=admin)
                assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize("status", [400, 403, 404, 409, 413, 415, 422])
async def test_refusal_that_is_the_callers_own_doing_passes_through(settings: GatewaySettings, status: int) -> None:
    async with gateway(settings, behind={settings.insights_url: Behind(refuses(status)).app}) as client:
        answer = await client.get(f"{INTERACTIONS}/x", headers=await signed_in(client))
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"] == "of the service"


@pytest.mark.parametrize(
    ("status", "becomes"), [(401, 502), (405, 502), (302, 502), (500, 502), (503, 503), (504, 504)]
)
async def test_every_other_refusal_is_a_fault_behind(settings: GatewaySettings, status: int, becomes: int) -> None:
    async with gateway(settings, behind={settings.insights_url: Behind(refuses(status)).app}) as client:
        answer = await client.get(INTERACTIONS, headers=await signed_in(client))
        assert answer.status_code == becomes
        assert answer.headers["content-type"] == "application/problem+json"
        assert "of the service" not in answer.text


async def test_refusal_without_a_problem_document_is_a_fault_behind(settings: GatewaySettings) -> None:
    async with gateway(settings, behind={settings.insights_url: Behind(answers("no", 404)).app}) as client:
        assert (await client.get(INTERACTIONS, headers=await signed_in(client))).status_code == 502


async def test_service_that_is_down_is_503(settings: GatewaySettings) -> None:
    async with gateway(settings) as client:
        admin = await signed_in(client)
        for path in (INTERACTIONS, "/api/v1/ledger", "/api/v1/faq/search?q=x"):
            assert (await client.get(path, headers=admin)).status_code == 503


async def test_service_that_is_slow_is_504(settings: GatewaySettings) -> None:
    async def slowly(request: Request) -> Response:
        await asyncio.sleep(1)
        return Response()

    async with listening(Behind(slowly).app) as url:
        hasty = settings.model_copy(update={"insights_url": url, "upstream_seconds": 0.2})
        async with gateway_app(hasty, sockets=True) as app, served(app) as client:
            assert (await client.get(INTERACTIONS, headers=await signed_in(client))).status_code == 504


@pytest.mark.parametrize("query", ["sort=name", "order=up", "limit=0", "from=yesterday", "misspelt=1"])
async def test_bad_query_is_refused_at_the_door(settings: GatewaySettings, query: str) -> None:
    behind = Behind(answers({}))
    async with gateway(settings, behind={settings.insights_url: behind.app}) as client:
        answer = await client.get(f"{INTERACTIONS}?{query}", headers=await signed_in(client))
        assert answer.status_code == 422
        assert not behind.requests


async def test_upload_reaches_media_as_it_is(settings: GatewaySettings) -> None:
    behind = Behind(answers([{"entry_id": "e1"}], 202))
    async with (
        listening(behind.app) as url,
        gateway_app(settings.model_copy(update={"media_url": url}), sockets=True) as app,
        served(app) as client,
    ):
        admin = await signed_in(client) | {"idempotency-key": "once"}
        files = {"file": ("call.wav", b"RIFF....", "audio/wav")}
        answer = await client.post(INTERACTIONS, files=files, data={"metadata": '{"agent": "Kim"}'}, headers=admin)
        assert (answer.status_code, answer.json()) == (202, [{"entry_id": "e1"}])
        request = behind.requests[-1]
        assert request.url.path == "/objects"
        assert request.headers["content-type"].startswith("multipart/form-data; boundary=")
        assert request.headers["idempotency-key"] == "once"
        assert int(request.headers["content-length"]) == len(behind.received)
        assert b"RIFF...." in behind.received
        assert b'{"agent": "Kim"}' in behind.received
        assert behind.caller("media").roles == {"admin", "supervisor"}


@pytest.mark.parametrize(("role", "status"), [("supervisor", 202), ("analyst", 202), ("admin", 202), ("agent", 403)])
async def test_who_may_upload(settings: GatewaySettings, role: str, status: int) -> None:
    async with gateway(settings, behind={settings.media_url: Behind(answers([], 202)).app}) as client:
        theirs = await with_roles(client, role)
        assert (await client.post(INTERACTIONS, files={"file": b"x"}, headers=theirs)).status_code == status


async def test_upload_that_says_it_is_too_large_is_not_read(settings: GatewaySettings) -> None:
    behind = Behind(answers([], 202))
    small = settings.model_copy(update={"max_upload_bytes": 1000})
    async with gateway(small, behind={small.media_url: behind.app}) as client:
        answer = await client.post(INTERACTIONS, files={"file": b"x" * 2000}, headers=await signed_in(client))
        assert answer.status_code == 413
        assert not behind.requests


async def test_upload_that_turns_out_too_large_is_broken_off(settings: GatewaySettings) -> None:
    behind = Behind(answers([], 202))
    async with listening(behind.app) as url:
        small = settings.model_copy(update={"max_upload_bytes": 100_000, "media_url": url})
        async with gateway_app(small, sockets=True) as app, served(app) as client:
            answer = await client.post(INTERACTIONS, content=_pieces(1000), headers=await _form(client))
            assert answer.status_code == 413
            assert answer.headers["content-type"] == "application/problem+json"


async def test_upload_is_not_held_by_the_gateway(settings: GatewaySettings) -> None:
    behind = Behind(answers([], 202))

    async def body() -> AsyncIterator[bytes]:
        for number in range(10):
            yield b"x" * 10_000
            sent = (number + 1) * 10_000
            await eventually(lambda sent=sent: len(behind.received) == sent)  # it has arrived before the next is made

    async with listening(behind.app) as url:
        to_media = settings.model_copy(update={"media_url": url})
        async with gateway_app(to_media, sockets=True) as app, served(app) as client:
            answer = await client.post(INTERACTIONS, content=body(), headers=await _form(client))
            assert answer.status_code == 202


async def test_answer_is_not_held_by_the_gateway(settings: GatewaySettings) -> None:
    go_on = asyncio.Event()

    async def in_two_pieces(request: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"[1,"
            await go_on.wait()
            yield b"2]"

        return StreamingResponse(pieces(), media_type="application/json")

    async with listening(Behind(in_two_pieces).app) as url:
        to_insights = settings.model_copy(update={"insights_url": url})
        async with (
            gateway_app(to_insights, sockets=True) as app,
            listening(app) as door,
            httpx.AsyncClient(base_url=door) as client,
            client.stream("GET", INTERACTIONS, headers=await signed_in(client)) as answer,
        ):
            pieces = answer.aiter_raw()
            assert await anext(pieces) == b"[1,"
            go_on.set()
            assert await anext(pieces) == b"2]"


async def test_upload_is_answered_503_when_media_is_down(settings: GatewaySettings) -> None:
    down = settings.model_copy(update={"media_url": "http://127.0.0.1:9"})
    async with gateway_app(down, sockets=True) as app, served(app) as client:
        answer = await client.post(INTERACTIONS, content=_pieces(3), headers=await _form(client))
        assert answer.status_code == 503


async def test_ready_names_what_is_missing(settings: GatewaySettings) -> None:
    alive = Starlette(routes=[Route("/health", answers({"status": "alive"}))])
    ill = Starlette(routes=[Route("/health", answers({}, 500))])
    behind = {settings.lex_url: alive, settings.bot_url: ill, settings.insights_url: alive}
    async with gateway(settings, behind=behind) as client:
        answer = await client.get("/ready")
        assert (answer.status_code, answer.json()["detail"]) == (503, "Not answering: bot, media.")
    everyone = dict.fromkeys((settings.lex_url, settings.bot_url, settings.media_url, settings.insights_url), alive)
    async with gateway(settings, behind=everyone) as client:
        assert (await client.get("/ready")).status_code == 200


async def test_amazon_lex_is_not_asked_for_its_health(settings: GatewaySettings) -> None:
    alive = Starlette(routes=[Route("/health", answers({}))])
    behind = dict.fromkeys((settings.bot_url, settings.media_url, settings.insights_url), alive)
    async with gateway(settings.model_copy(update={"lex_runtime": "aws"}), behind=behind) as client:
        assert (await client.get("/ready")).status_code == 200


async def _form(client: httpx.AsyncClient) -> dict[str, str]:
    return await signed_in(client) | {"content-type": "multipart/form-data; boundary=b"}


async def _pieces(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * 10_000
