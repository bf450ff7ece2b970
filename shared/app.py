"""The base of every service's FastAPI application: one request middleware, one error shape, health, metrics."""

import hmac
import logging
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol, TypedDict, TypeVar

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import HTTPException, RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from pydantic import JsonValue, SecretStr
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.callers import InternalTokens, Service
from shared.context import (
    REQUEST_ID_HEADER,
    TRACEPARENT_HEADER,
    current_context,
    enter_context,
    leave_context,
    new_context,
)
from shared.errors import (
    PROBLEM_MEDIA_TYPE,
    InvalidRequest,
    NotFound,
    PayloadTooLarge,
    Problem,
    Unavailable,
    problem_body,
)
from shared.logs import configure_logging
from shared.settings import ServiceSettings

log = logging.getLogger("omnilex.http")

JSON_BODY_LIMIT = 1024 * 1024
_LENGTH = re.compile(r"[0-9]{1,18}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_CLIENT_GONE = 499
_ERRORS_SHOWN = 50


class Ready(Protocol):
    """What an app serves: a service object that can say whether what it depends on answers."""

    async def ready(self) -> None:
        """Raises Unavailable, naming the part, when the service cannot do its work."""


S = TypeVar("S", bound=ServiceSettings)
V = TypeVar("V", bound=Ready)
Wire = Callable[[S], AbstractAsyncContextManager[V]]


def build_app(
    *,
    name: Service,
    title: str,
    settings: S,
    wire: Wire[S, V],
    routers: Sequence[APIRouter],
    service: V | None = None,
    body_limits: Mapping[str, int] | None = None,
    docs: bool = True,
    public: bool = False,
) -> FastAPI:
    """An application whose `app.state.service` is `service`, or else what `wire(settings)` opens for its life.

    A `public` application shows its metrics to nobody but who sends the metrics token of the settings.
    `body_limits` maps path prefixes to byte limits that replace the 1 MiB of a JSON body.
    """
    configure_logging(name, settings.log_level)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if service is not None:
            app.state.service = service
            yield
            return
        async with wire(settings) as opened:
            app.state.service = opened
            log.info("service.started", extra={"environment": settings.environment})
            yield
            log.info("service.stopping")

    app = FastAPI(
        title=title,
        lifespan=lifespan,
        docs_url="/docs" if docs else None,
        redoc_url=None,
        openapi_url="/openapi.json" if docs else None,
    )
    app.state.service_name = name
    app.state.settings = settings
    app.state.internal_tokens = InternalTokens(settings.internal_secret.get_secret_value())
    metrics = Metrics(name)
    app.include_router(_probes(metrics, settings.metrics_token, public=public))
    for router in routers:
        app.include_router(router)
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(StarletteHTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_middleware(RequestMiddleware, metrics=metrics, body_limits=body_limits or {})
    return app


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

    def __init__(self, app: ASGIApp, *, metrics: Metrics, body_limits: Mapping[str, int]) -> None:
        self._app = app
        self._metrics = metrics
        self._limits = sorted(body_limits.items(), key=lambda item: -len(item[0]))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        context = new_context(headers.get(REQUEST_ID_HEADER), headers.get(TRACEPARENT_HEADER))
        entered = enter_context(context)
        exchange = _Exchange(receive, send, request_id=context.request_id, limit=self._limit(scope["path"]))
        began = time.perf_counter()
        try:
            await self._answered(scope, exchange, _announced(headers))
        finally:
            self._record(scope, exchange.outcome, time.perf_counter() - began)
            leave_context(entered)

    async def _answered(self, scope: Scope, exchange: "_Exchange", announced: int) -> None:
        try:
            if announced > exchange.limit:
                await _answer(_too_large(exchange.limit))(scope, exchange.receive, exchange.send)
            else:
                await self._app(scope, exchange.receive, exchange.send)
        except ClientDisconnect:
            exchange.gone = True
        except Exception:
            log.exception("request.failed", extra={"method": _method(scope), "route": _route(scope)})
            if exchange.status:  # the answer has begun: all that is left is to break the connection
                raise
            await _answer(Problem())(scope, exchange.receive, exchange.send)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        method, route = _method(scope), _route(scope)
        self._metrics.record(method=method, route=route, status=status, seconds=seconds)
        if route not in ("/health", "/ready", "/metrics"):
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
            raise _BodyTooLarge(self.limit)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message.setdefault("headers", [])
            MutableHeaders(scope=message)[REQUEST_ID_HEADER] = self._request_id
        await self._send(message)


class _BodyTooLarge(HTTPException):
    """FastAPI turns any other error raised while it reads a body into "400 error parsing the body"."""

    def __init__(self, limit: int) -> None:
        super().__init__(413)
        self.limit = limit


def _too_large(limit: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"At most {limit} bytes are accepted here.")


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


def _probes(metrics: Metrics, token: SecretStr | None, *, public: bool) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/ready")
    async def ready(request: Request) -> dict[str, str]:
        service: Ready | None = getattr(request.app.state, "service", None)
        if service is None:
            raise Unavailable("The service is starting.")
        await service.ready()
        return {"status": "ready"}

    @router.get("/metrics")
    async def measures(request: Request) -> Response:
        if token is not None or public:
            expected = f"Bearer {token.get_secret_value()}" if token else ""
            given = request.headers.get("authorization", "")
            if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
                raise NotFound
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return router


def _answer(problem: Problem) -> JSONResponse:
    context = current_context()
    body = problem_body(
        slug=problem.slug,
        title=problem.title,
        status=problem.status,
        detail=problem.detail,
        request_id=context.request_id if context else "",
        members=problem.members,
    )
    headers = dict(problem.headers)
    if problem.status == 401:  # RFC 9110 demands a challenge
        headers.setdefault("WWW-Authenticate", "Bearer")
    return JSONResponse(body, problem.status, headers, media_type=PROBLEM_MEDIA_TYPE)


async def _on_problem(request: Request, error: Exception) -> Response:
    if not isinstance(error, Problem):
        raise error
    if error.status >= 500:
        log.warning("request.problem", extra={"slug": error.slug, "status": error.status}, exc_info=error)
    return _answer(error)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    if not isinstance(error, StarletteHTTPException):
        raise error
    if isinstance(error, _BodyTooLarge):
        return _answer(_too_large(error.limit))
    context = current_context()
    title = str(error.detail)
    body = problem_body(
        slug=None,
        title=title,
        status=error.status_code,
        detail="",
        request_id=context.request_id if context else "",
        members={},
    )
    headers = dict(error.headers or {})
    return JSONResponse(body, error.status_code, headers, media_type=PROBLEM_MEDIA_TYPE)


async def _on_invalid(request: Request, error: Exception) -> Response:
    """Names each bad place by a JSON pointer and says what is wrong; never repeats the input."""
    if not isinstance(error, RequestValidationError):
        raise error
    errors: list[JsonValue] = [_place(item) for item in error.errors()[:_ERRORS_SHOWN]]
    return _answer(InvalidRequest("One or more fields are not valid.", members={"errors": errors}))


class _Invalid(TypedDict):
    type: str
    loc: tuple[str | int, ...]
    msg: str


def _place(item: _Invalid) -> JsonValue:
    source, *path = item["loc"] or ("body",)
    if item["type"] == "json_invalid":
        path = []  # the parser's place is an offset in the text
    pointer = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
    return {"in": str(source), "pointer": pointer, "detail": _cause(item)}


def _cause(item: _Invalid) -> str:
    """Pydantic's sentence, except where a validator or the JSON parser may have quoted the input in it."""
    if item["type"] == "json_invalid":
        return "The body is not valid JSON."
    if item["type"] in ("value_error", "assertion_error", "union_tag_invalid"):
        return "The value is not valid."
    return item["msg"]
