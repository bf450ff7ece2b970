"""What happens around every request: its id and trace, the body limit, the access line, the measures."""

import logging
import re
import time
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.context import (
    REQUEST_ID_HEADER,
    TRACEPARENT_HEADER,
    RequestContext,
    enter_context,
    leave_context,
    new_context,
)
from shared.errors import Problem
from shared.problems import BodyTooLarge, answer, too_large
from shared.traces import PROBES, Traces

log = logging.getLogger("omnilex.http")

JSON_BODY_LIMIT = 1024 * 1024
_LENGTH = re.compile(r"[0-9]{1,18}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_CLIENT_GONE = 499


class Metrics:
    """Prometheus counters of one application, in a registry of its own so that several apps can share a process."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            "omnilex_request_seconds", "Time to answer", ["service", "method", "route"], registry=self.registry
        )
        self._answers = Counter(
            "omnilex_requests", "Answers by status", ["service", "method", "route", "status"], registry=self.registry
        )
        self._service = service

    def record(self, *, method: str, route: str, status: int, seconds: float) -> None:
        self._seconds.labels(self._service, method, route).observe(seconds)
        self._answers.labels(self._service, method, route, str(status)).inc()


class RequestMiddleware:
    """Outermost layer: request id and trace context, body limit, access line, and the answer to the unexpected.

    It catches what nothing else caught itself, because a handler registered for Exception runs outside of it and
    would have lost the request id.
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics, traces: Traces, body_limits: Mapping[str, int]) -> None:
        self._app = app
        self._metrics = metrics
        self._traces = traces
        self._limits = sorted(body_limits.items(), key=lambda item: -len(item[0]))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        context = new_context(headers.get(REQUEST_ID_HEADER), headers.get(TRACEPARENT_HEADER))
        if self._traces.export is not None:
            context = self._traces.traced(context, scope["path"])
        entered = enter_context(context)
        exchange = _Exchange(receive, send, request_id=context.request_id, limit=self._limit(scope["path"]))
        began = time.perf_counter()
        try:
            await self._answered(scope, exchange, _announced(headers))
        finally:
            self._record(scope, context, exchange.outcome, time.perf_counter() - began)
            leave_context(entered)

    async def _answered(self, scope: Scope, exchange: "_Exchange", announced: int) -> None:
        try:
            if announced > exchange.limit:
                await answer(too_large(exchange.limit))(scope, exchange.receive, exchange.send)
            else:
                await self._app(scope, exchange.receive, exchange.send)
        except ClientDisconnect:
            exchange.gone = True
        except Exception:
            log.exception("request.failed", extra={"method": _method(scope), "route": _route(scope)})
            if exchange.status:  # the answer has begun: all that is left is to break the connection
                raise
            await answer(Problem())(scope, exchange.receive, exchange.send)

    def _record(self, scope: Scope, context: RequestContext, status: int, seconds: float) -> None:
        method, route = _method(scope), _route(scope)
        self._metrics.record(method=method, route=route, status=status, seconds=seconds)
        if context.spans is not None:
            context.spans.record(
                context,
                name=f"{method} {route}",
                kind="server",
                seconds=seconds,
                attributes={"http.request.method": method, "http.route": route, "http.response.status_code": status},
                error=str(status) if status >= 500 else None,
            )
        if route not in PROBES:
            fields = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
            log.info("request.served", extra=fields)

    def _limit(self, path: str) -> int:
        return next((size for prefix, size in self._limits if path.startswith(prefix)), JSON_BODY_LIMIT)


class _Exchange:
    """One request and its answer as they pass by: counts the body, stamps the id, sees the client leave."""

    def __init__(self, receive: Receive, send: Send, *, request_id: str, limit: int) -> None:
        self._receive = receive
        self._send = send
        self._request_id = request_id
        self._received = 0
        self.limit = limit
        self.status = 0
        self.gone = False

    @property
    def outcome(self) -> int:
        """The status for the records: 499 when nobody was there any more to read one."""
        return _CLIENT_GONE if self.gone or not self.status else self.status

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.disconnect" and not self.status:
            self.gone = True
        self._received += len(message.get("body", b""))
        if self._received > self.limit:
            raise BodyTooLarge(self.limit)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message.setdefault("headers", [])
            MutableHeaders(scope=message)[REQUEST_ID_HEADER] = self._request_id
        await self._send(message)


def _announced(headers: Headers) -> int:
    """The length the client tells; 0 when it tells none or nonsense, for the body is counted as well."""
    length = headers.get("content-length", "")
    return int(length) if _LENGTH.fullmatch(length) else 0


def _method(scope: Scope) -> str:
    """The method; one of the client's own invention would make a new time series each time."""
    return scope["method"] if scope["method"] in _METHODS else "other"


def _route(scope: Scope) -> str:
    """The route's template, never the path: paths hold ids."""
    return getattr(scope.get("route"), "path", "unmatched") or "/"
