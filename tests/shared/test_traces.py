"""Traces: what a collector is sent of a request, of its calls and of steps of work, and what it is never sent."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request
from pydantic import ValidationError

from shared.app import build_app
from shared.callers import InternalTokens
from shared.clients.base import ServiceClient
from shared.context import current_context, new_context
from shared.errors import Conflict, Problem, Unavailable
from shared.settings import DEVELOPMENT_SECRET, ServiceSettings
from shared.spans import QUEUE, SpanExport
from shared.traces import Traces, aws_span, opened_traces, work_span
from tests.conftest import eventually, served
from tests.shared.collector import Collector, collecting
from tests.shared.probe import SECRET_WORD, Probe, probe_app

TRACE = "0af7651916cd43dd8448eb211c80319c"
OUTSIDE = f"00-{TRACE}-b7ad6b7169203331"
NOBODY = "http://127.0.0.1:9/v1/traces"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


def settings_of(collector: Collector | None, *, ratio: float = 1.0) -> ServiceSettings:
    return ServiceSettings.model_validate({"traces_url": collector and collector.url, "traces_ratio": ratio})


@asynccontextmanager
async def probe_of(settings: ServiceSettings) -> AsyncIterator[httpx.AsyncClient]:
    async with served(probe_app(Probe(), settings=settings)) as client:
        yield client


class Front:
    """A service that calls the probe for each of its requests."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        tokens = InternalTokens(DEVELOPMENT_SECRET)
        self.client = ServiceClient(http, base_url="http://accounts", audience="accounts", tokens=tokens, sender="bot")

    async def ready(self) -> None:
        return None


front_routes = APIRouter()


@front_routes.get("/front/{what}/{of}")
async def call(what: str, of: str, request: Request) -> str:
    front: Front = request.app.state.service
    before = current_context()
    try:
        await front.client.send("GET", f"/probe/{what}/{of}".removesuffix("/-"), expects=(Conflict,))
    except Problem as problem:
        if isinstance(problem, Conflict):
            return "refused"
        raise
    finally:
        assert current_context() is before
    return "well"


def front_app(http: httpx.AsyncClient, settings: ServiceSettings, *, public: bool = False) -> FastAPI:
    @asynccontextmanager
    async def wire(_: ServiceSettings) -> AsyncIterator[Front]:
        yield Front(http)

    return build_app(
        name="bot", title="Front", settings=settings, wire=wire, routers=[front_routes], public=public, docs=False
    )


@asynccontextmanager
async def two_services(settings: ServiceSettings, *, public: bool = False) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service that calls another; what they send is sent at the end of the block."""
    async with probe_of(settings) as http, served(front_app(http, settings, public=public)) as client:
        yield client


async def test_one_span_for_a_request_with_its_template_and_no_path(collector: Collector) -> None:
    async with probe_of(settings_of(collector)) as client:
        await client.get("/probe/items/4111111111111111?pin=2468", headers={"user-agent": "Maya 5550100"})
    (span,) = collector.spans
    assert (span.service, span.name, span.kind) == ("accounts", "GET /probe/items/{item_id}", "server")
    assert span.attributes == {
        "http.request.method": "GET",
        "http.route": "/probe/items/{item_id}",
        "http.response.status_code": 200,
    }
    assert not span.failed
    assert span.parent_id is None
    assert span.nanoseconds > 0
    assert not [word for word in ("4111", "2468", "Maya", "5550100") if word in span.words]


async def test_ids_are_those_of_the_log(collector: Collector, capsys: pytest.CaptureFixture[str]) -> None:
    async with probe_of(settings_of(collector)) as client:
        await client.get("/probe/items/1")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (line,) = [line for line in lines if line["event"] == "request.served"]
    (span,) = collector.spans
    assert (line["trace_id"], line["span_id"]) == (span.trace_id, span.span_id)


async def test_call_of_another_service_lies_between_the_two(collector: Collector) -> None:
    async with two_services(settings_of(collector)) as client:
        await client.get("/front/items/4111111111111111", headers={"traceparent": f"{OUTSIDE}-01"})
    front = collector.only("GET /front/{what}/{of}")
    called = collector.only("GET accounts")
    probe = collector.only("GET /probe/items/{item_id}")
    assert {span.trace_id for span in collector.spans} == {TRACE}
    assert front.parent_id == "b7ad6b7169203331"
    assert called.parent_id == front.span_id
    assert probe.parent_id == called.span_id
    assert (front.service, called.service, probe.service) == ("bot", "bot", "accounts")
    assert called.kind == "client"
    assert called.attributes == {
        "http.request.method": "GET",
        "peer.service": "accounts",
        "http.response.status_code": 200,
    }
    assert front.nanoseconds >= called.nanoseconds >= probe.nanoseconds
    assert "4111" not in "".join(span.words for span in collector.spans)


async def test_errors_are_marked_by_kind_and_never_quoted(collector: Collector) -> None:
    async with two_services(settings_of(collector)) as client:
        assert (await client.get("/front/bug/-")).status_code == 502
    front, called = collector.only("GET /front/{what}/{of}"), collector.only("GET accounts")
    probe = collector.only("GET /probe/bug")
    assert all(span.failed for span in (front, called, probe))
    assert (front.attributes["error.type"], called.attributes["error.type"]) == ("502", "500")
    assert probe.attributes["error.type"] == "500"
    assert not any(span.events for span in collector.spans)
    assert SECRET_WORD not in "".join(span.words for span in collector.spans)


async def test_refusal_that_is_reckoned_with_is_no_error(collector: Collector) -> None:
    async with two_services(settings_of(collector)) as client:
        assert (await client.get("/front/conflict/-")).json() == "refused"
    assert not any(span.failed for span in collector.spans)
    assert collector.only("GET accounts").attributes["http.response.status_code"] == 409


async def test_service_that_nobody_answers_for_is_an_error(collector: Collector) -> None:
    def nobody(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody")

    http = httpx.AsyncClient(transport=httpx.MockTransport(nobody))
    async with served(front_app(http, settings_of(collector))) as client:
        assert (await client.get("/front/items/1")).status_code == 503
    assert collector.only("GET accounts").attributes["error.type"] == "Unavailable"


@pytest.mark.parametrize(
    ("ratio", "flags", "public", "traced"),
    [
        (1.0, None, False, True),
        (0.0, None, False, False),
        (0.0, "01", False, True),  # within the system the one who began decides
        (1.0, "00", False, False),
        (0.0, "01", True, False),  # outside nobody does
        (1.0, "00", True, True),
    ],
)
async def test_who_decides_what_is_traced(
    collector: Collector, ratio: float, flags: str | None, public: bool, traced: bool
) -> None:
    headers = {"traceparent": f"{OUTSIDE}-{flags}"} if flags else None
    async with two_services(settings_of(collector, ratio=ratio), public=public) as client:
        assert (await client.get("/front/items/1", headers=headers)).status_code == 200
    assert len(collector.spans) == (3 if traced else 0)


async def test_what_is_not_traced_is_not_traced_further_on(collector: Collector) -> None:
    async with probe_of(settings_of(collector, ratio=0.0)) as client:
        answer = await client.get("/probe/items/1")
    assert answer.json()["traceparent"].endswith("-00")


async def test_share_that_is_traced_is_the_ratio_and_alike_in_every_service() -> None:
    one, other = (Traces(settings_of(None, ratio=0.25), name, public=True) for name in ("bot", "lex"))
    contexts = [new_context() for _ in range(2000)]
    flags = [one.traced(context, "/").flags for context in contexts]
    assert flags == [other.traced(context, "/").flags for context in contexts]
    assert 350 < flags.count("01") < 650  # 8 times the standard deviation to either side


async def test_probes_are_not_traced(collector: Collector) -> None:
    async with probe_of(settings_of(collector)) as client:
        for path in ("/health", "/ready", "/metrics"):
            assert (await client.get(path)).status_code == 200
    assert collector.spans == []


async def test_steps_of_one_work_have_one_trace_wherever_they_are_taken(collector: Collector) -> None:
    for _ in range(2):  # two workers, one after the other
        traces = Traces(settings_of(collector), "media")
        async with traces.open():
            assert opened_traces() is traces
            with work_span(opened_traces(), "entry-1.1", "media identify"):
                assert current_context() is not None
    async with traces.open():
        with work_span(traces, "entry-1.1", "media index") as step:
            step.failed("unavailable")
        with work_span(traces, "entry-2.1", "media index"), pytest.raises(Unavailable):
            raise Unavailable
    assert opened_traces() is None
    first, again, index, other = collector.spans
    assert first.trace_id == again.trace_id == index.trace_id != other.trace_id
    assert len({span.span_id for span in collector.spans}) == 4
    assert (first.kind, first.parent_id, first.failed) == ("consumer", None, False)
    assert (index.failed, index.attributes) == (True, {"error.type": "unavailable"})
    assert "entry-1" not in "".join(span.words for span in collector.spans)
    with work_span(None, "entry-1.1", "media index"):
        assert current_context() is None


async def test_operation_of_aws_is_named(collector: Collector) -> None:
    traces = Traces(settings_of(collector), "gateway")
    async with traces.open():
        with work_span(traces, "turn", "turn"), aws_span("Lex Runtime V2", "RecognizeText"):
            pass
    span = collector.only("Lex Runtime V2/RecognizeText")
    assert span.attributes["rpc.method"] == "RecognizeText"
    assert span.parent_id == collector.only("turn").span_id


@pytest.mark.parametrize("status", [200, 503])
async def test_measures_tell_what_became_of_spans(collector: Collector, status: int) -> None:
    collector.status = 400 if status != 200 else 200
    async with probe_of(settings_of(collector)) as client:
        await client.get("/probe/items/1")
        outcome = "sent" if status == 200 else "failed"

        async def told() -> bool:
            return f'omnilex_spans_total{{outcome="{outcome}"}} 1.0' in (await client.get("/metrics")).text

        await eventually(told)


async def test_collector_that_is_away_harms_no_request(capsys: pytest.CaptureFixture[str]) -> None:
    settings = ServiceSettings.model_validate({"traces_url": NOBODY})
    async with probe_of(settings) as client:
        for _ in range(20):
            assert (await client.get("/probe/items/1")).status_code == 200
    events = [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()]
    assert events.count("traces.not_taken") == 1
    assert set(events) == {"request.served", "traces.not_taken"}


async def test_collector_that_hangs_costs_no_more_than_the_queue(collector: Collector) -> None:
    collector.held.clear()
    export = SpanExport(collector.url, "bot")
    context = new_context()
    for _ in range(3 * QUEUE):
        export.record(context, name="n", kind="server", seconds=0.0, attributes={}, error=None)
    told = export.outcomes()
    assert told["sent"] == 0
    assert QUEUE <= told["dropped"] <= 2 * QUEUE  # some may have been on their way already
    collector.held.set()
    await export.close()
    assert len(collector.spans) == export.outcomes()["sent"] == 3 * QUEUE - told["dropped"]


async def test_without_a_url_nothing_is_counted_or_sampled() -> None:
    async with probe_of(settings_of(None, ratio=0.0)) as client:
        assert (await client.get("/probe/items/1")).json()["traceparent"].endswith("-01")
        assert "omnilex_spans" not in (await client.get("/metrics")).text


@pytest.mark.parametrize("given", ["no url", "ftp://127.0.0.1/v1/traces", "127.0.0.1:4318"])
def test_address_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(ValidationError, match="traces_url"):
        ServiceSettings.model_validate({"traces_url": given})


def test_empty_address_is_none() -> None:
    assert ServiceSettings.model_validate({"traces_url": ""}).traces_url is None


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)


def test_exporter_is_imported_only_where_spans_are_sent() -> None:
    code = """
import sys
import services.insights.main
loaded = [name for name in sys.modules if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter"))]
assert not loaded, loaded
import asyncio
from shared.settings import ServiceSettings
from shared.traces import Traces
sys.modules["opentelemetry.sdk.trace"] = None
async def main():
    async with Traces(ServiceSettings(traces_url="http://127.0.0.1:9/v1/traces"), "bot").open():
        pass
asyncio.run(main())
"""
    ended = run(code)
    assert ended.stderr.splitlines()[-1] == (
        "RuntimeError: OMNILEX_TRACES_URL is set, but the extra `traces` is not installed"
    )
