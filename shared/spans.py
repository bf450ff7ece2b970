"""Sends spans by OTLP over HTTP, in batches and from a thread of its own. Imported only where traces are sent."""

import asyncio
import logging
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_NAMESPACE, Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from shared.context import RequestContext
from shared.context import SpanKind as Kind

log = logging.getLogger("omnilex.traces")

QUEUE = 2048
BATCH = 256
_DELAY_SECONDS = 1.0
_REQUEST_SECONDS = 5.0
_CLOSE_SECONDS = 5.0
_KINDS: Mapping[Kind, SpanKind] = {
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "consumer": SpanKind.CONSUMER,
}
_SCOPE = InstrumentationScope("omnilex")
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)


class _Counted(SpanExporter):
    """Knows what became of the spans that the thread took from the queue. Only that thread changes the counts."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self.taken = 0
        self.sent = 0
        self.failed = 0
        self._away = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.taken += len(spans)
        result = self._exporter.export(spans)
        away = result is not SpanExportResult.SUCCESS
        if away:
            self.failed += len(spans)
        else:
            self.sent += len(spans)
        if away != self._away:  # told once, not with every batch
            log.warning("traces.not_taken" if away else "traces.taken_again")
            self._away = away
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()


class SpanExport:
    """At most `QUEUE` spans wait for the collector; while it does not keep up, newer ones are dropped and counted.

    `record` is for the event loop's thread alone. Authentication at a collector elsewhere, compression and certificates
    are set by the exporter's own variables (`OTEL_EXPORTER_OTLP_HEADERS` and the like).
    """

    def __init__(self, url: str, service: str) -> None:
        self._counted = _Counted(OTLPSpanExporter(url, timeout=_REQUEST_SECONDS))
        self._batches = BatchSpanProcessor(
            self._counted,
            max_queue_size=QUEUE,
            max_export_batch_size=BATCH,
            schedule_delay_millis=_DELAY_SECONDS * 1000,
        )
        self._resource = Resource.create({SERVICE_NAMESPACE: "omnilex", SERVICE_NAME: service})
        self._queued = 0
        self._dropped = 0

    def record(
        self,
        context: RequestContext,
        *,
        name: str,
        kind: Kind,
        seconds: float,
        attributes: Mapping[str, str | int],
        error: str | None,
    ) -> None:
        # Counted here, as the queue itself would lose its oldest without a word.
        if self._queued - self._counted.taken >= QUEUE:
            self._dropped += 1
            return
        self._queued += 1
        ended = time.time_ns()
        trace_id = int(context.trace_id, 16)
        parent = context.parent_id
        self._batches.on_end(
            ReadableSpan(
                name,
                context=SpanContext(trace_id, int(context.span_id, 16), is_remote=False, trace_flags=_SAMPLED),
                parent=SpanContext(trace_id, int(parent, 16), is_remote=kind != "client") if parent else None,
                resource=self._resource,
                attributes=attributes if error is None else {**attributes, "error.type": error},
                kind=_KINDS[kind],
                status=Status(StatusCode.UNSET if error is None else StatusCode.ERROR),
                start_time=ended - int(seconds * 1e9),
                end_time=ended,
                instrumentation_scope=_SCOPE,
            )
        )

    def outcomes(self) -> Mapping[str, int]:
        """How many spans were `sent`, refused or not taken by the collector (`failed`), and `dropped` unsent."""
        return {"sent": self._counted.sent, "failed": self._counted.failed, "dropped": self._dropped}

    async def close(self) -> None:
        """Sends what waits, for a few seconds at most; what is still on its way then is let go."""
        loop, ended = asyncio.get_running_loop(), asyncio.Event()

        def send() -> None:
            self._batches.shutdown()  # type: ignore[no-untyped-call]
            with suppress(RuntimeError):  # nobody waits any more
                loop.call_soon_threadsafe(ended.set)

        # A daemon of its own: a thread of the loop's pool would hold up the end of the process.
        threading.Thread(target=send, name="spans-close", daemon=True).start()
        try:
            await asyncio.wait_for(ended.wait(), _CLOSE_SECONDS)
        except TimeoutError:
            log.warning("traces.left", extra=self.outcomes())
