"""Spans of the work being done, sent to an OpenTelemetry collector when `OMNILEX_TRACES_URL` names one.

Names and attributes follow OpenTelemetry's semantic conventions for HTTP and RPC. They hold templates of routes,
methods and outcomes, never a path, an id or a word of a customer's. A span's ids are those of the log lines within it.
"""

import hashlib
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from shared.context import RequestContext, SpanKind, current_context, enter_context, hex_of, leave_context, new_context
from shared.errors import Problem
from shared.settings import ServiceSettings

if TYPE_CHECKING:
    from shared.spans import SpanExport

PROBES = frozenset({"/health", "/ready", "/metrics"})
_SAMPLED = 1


class Traces(Collector):
    """Whether and which requests of one application are traced. Closed, and without a URL, it traces none."""

    def __init__(self, settings: ServiceSettings, service: str, *, public: bool = False) -> None:
        """`public` is a door at which anybody may knock: what a caller says of sampling counts for nothing there."""
        self._url = settings.traces_url
        self._share = int(settings.traces_ratio * 2**64)
        self._key = hashlib.sha256(settings.internal_secret.get_secret_value().encode()).digest()
        self._service = service
        self._public = public
        self.export: SpanExport | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Sends spans for the life of the block; at its end, what is left is sent within five seconds or dropped.

        Raises RuntimeError when there is a URL and the extra `traces` is not installed.
        """
        if self._url is None:
            yield
            return
        try:
            from shared.spans import SpanExport
        except ImportError as error:
            raise RuntimeError("OMNILEX_TRACES_URL is set, but the extra `traces` is not installed") from error
        self.export = SpanExport(str(self._url), self._service)
        _opened.set(self)
        try:
            yield
        finally:
            _opened.set(None)  # not by its token: a test may end elsewhere than where it began
            export, self.export = self.export, None
            await export.close()

    def traced(self, context: RequestContext, path: str) -> RequestContext:
        """The context with its decision: the caller's, or at the public door and for what begins here our own."""
        if path in PROBES:
            return context
        if context.parent_id is None or self._public:
            sampled = self._chosen(context.trace_id)
        else:
            sampled = bool(int(context.flags, 16) & _SAMPLED)
        return replace(context, flags="01", spans=self.export) if sampled else replace(context, flags="00")

    def begun(self, work: str) -> RequestContext | None:
        """A context for work of that id that no request waits for; null when it is not to be traced.

        It has the same trace in every process that does a part of the work, and whenever a part is done again.
        """
        context = replace(new_context(), trace_id=hex_of(hashlib.sha256(f"omnilex {work}".encode()).digest()))
        chosen = self.export is not None and self._chosen(context.trace_id)
        return replace(context, spans=self.export) if chosen else None

    def _chosen(self, trace_id: str) -> bool:
        """By a keyed digest: every service chooses alike, and nobody outside can name a trace that is chosen."""
        drawn = hashlib.blake2b(trace_id.encode(), key=self._key, digest_size=8).digest()
        return int.from_bytes(drawn) < self._share

    def collect(self) -> Iterator[Metric]:
        """How many spans became what; nothing while none are sent."""
        if (export := self.export) is not None:
            told = CounterMetricFamily("omnilex_spans", "Spans by what became of them", None, ["outcome"])
            for outcome, count in export.outcomes().items():
                told.add_metric([outcome], count)
            yield told


_opened: ContextVar[Traces | None] = ContextVar("omnilex_traces", default=None)


def opened_traces() -> Traces | None:
    """The traces within whose `open` the caller runs; null where nothing is traced."""
    return _opened.get()


class Span:
    """A piece of work: within the block its context is the current one, at the end of the block it is recorded."""

    def __init__(self, context: RequestContext, name: str, kind: SpanKind, attributes: Mapping[str, str | int]) -> None:
        self._context = context
        self._name = name
        self._kind = kind
        self._attributes = dict(attributes)
        self._error: str | None = None

    def answered(self, status: int) -> None:
        """The HTTP status with which it was answered."""
        self._attributes["http.response.status_code"] = status

    def failed(self, error: str) -> None:
        """It went wrong, though nothing is raised. `error` is one of few words."""
        self._error = error

    def __enter__(self) -> "Span":
        self._token = enter_context(self._context)
        self._began = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        leave_context(self._token)
        if self._context.spans is not None:
            self._context.spans.record(
                self._context,
                name=self._name,
                kind=self._kind,
                seconds=time.perf_counter() - self._began,
                attributes=self._attributes,
                error=self._error if error is None else self._fault(error),
            )

    def _fault(self, error: BaseException) -> str | None:
        """A refusal that the caller reckons with is no error: a wrong PIN, a receipt that is not there."""
        if isinstance(error, Problem) and error.status < 500:
            return None
        status = int(self._attributes.get("http.response.status_code", 0))
        return str(status) if status >= 400 else type(error).__name__


class _NoSpan(Span):
    """What is not traced."""

    def __init__(self) -> None:
        pass

    def answered(self, status: int) -> None:
        pass

    def failed(self, error: str) -> None:
        pass

    def __enter__(self) -> Span:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


_NO_SPAN = _NoSpan()


def call_span(service: str, method: str) -> Span:
    """A request to another service on behalf of the one being served; nothing unless that one is traced."""
    context = current_context()
    if context is None or context.spans is None:
        return _NO_SPAN
    attributes = {"http.request.method": method, "peer.service": service}
    return Span(context.child(), f"{method} {service}", "client", attributes)


def aws_span(service: str, operation: str) -> Span:
    """The same for an operation of an AWS service."""
    context = current_context()
    if context is None or context.spans is None:
        return _NO_SPAN
    attributes = {"rpc.system": "aws-api", "rpc.service": service, "rpc.method": operation, "peer.service": service}
    return Span(context.child(), f"{service}/{operation}", "client", attributes)


def work_span(traces: Traces | None, work: str, name: str) -> Span:
    """A step of work that no request waits for, in the trace of that work's id (`Traces.begun`)."""
    context = traces.begun(work) if traces is not None else None
    return _NO_SPAN if context is None else Span(context, name, "consumer", {})
