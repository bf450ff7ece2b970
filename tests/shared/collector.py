"""A collector of traces: takes OTLP over HTTP on a real port, and remembers the spans it was sent."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

ERROR = Status.STATUS_CODE_ERROR
KINDS = {Span.SPAN_KIND_SERVER: "server", Span.SPAN_KIND_CLIENT: "client", Span.SPAN_KIND_CONSUMER: "consumer"}


class Seen:
    """A span as the collector sees it; `words` is everything in it but what is drawn or measured."""

    def __init__(self, service: str, span: Span) -> None:
        self.service = service
        self.name = span.name
        self.kind = KINDS[span.kind]
        self.trace_id = span.trace_id.hex()
        self.span_id = span.span_id.hex()
        self.parent_id = span.parent_span_id.hex() or None
        self.nanoseconds = span.end_time_unix_nano - span.start_time_unix_nano
        self.failed = span.status.code == ERROR
        self.attributes = {item.key: item.value.string_value or item.value.int_value or "" for item in span.attributes}
        self.events = len(span.events)
        for drawn in ("trace_id", "span_id", "parent_span_id", "start_time_unix_nano", "end_time_unix_nano"):
            span.ClearField(drawn)  # in which any digits may turn up
        self.words = str(span)


class Collector:
    """`held` keeps its answers back until it is set."""

    def __init__(self) -> None:
        self.spans: list[Seen] = []
        self.requests = 0
        self.status = 200
        self.held = threading.Event()
        self.held.set()
        self.url = ""

    def take(self, body: bytes) -> int:
        self.requests += 1
        self.held.wait(30)
        if self.status == 200:
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                named = {item.key: item.value.string_value for item in resource.resource.attributes}
                for scope in resource.scope_spans:
                    self.spans += [Seen(named["service.name"], span) for span in scope.spans]
        return self.status

    def only(self, name: str) -> Seen:
        (span,) = (span for span in self.spans if span.name == name)
        return span


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector that listens for the life of the block."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status = collector.take(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name of the base class
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    collector.url = f"http://127.0.0.1:{server.server_port}/v1/traces"
    try:
        yield collector
    finally:
        collector.held.set()
        server.shutdown()
        server.server_close()
        thread.join()
