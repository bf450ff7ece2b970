"""The base of every service's FastAPI application: one request middleware, one error shape, health, metrics."""

import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol, TypeVar

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import HTTPException, RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from pydantic import JsonValue
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.callers import InternalTokens, Service
from shared.context import REQUEST_ID_HEADER, TRACEPARENT_HEADER, current_context, enter_context, new_context
from shared.errors import PROBLEM_MEDIA_TYPE, InvalidRequest, PayloadTooLarge, Problem, Unavailable, problem_body
from shared.logs import configure_logging
from shared.settings import ServiceSettings

log = logging.getLogger("omnilex.http")

JSON_BODY_LIMIT = 1024 * 1024


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
) -> FastAPI:
    """An application whose `app.state.service` is `service`, or else what `wire(settings)` opens for its life.

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
    app.include_router(_probes(metrics))
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
        enter_context(context)
        began = time.perf_counter()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID_HEADER] = context.request_id
            await send(message)

        limit = self._limit(scope["path"])
        try:
            if int(headers.get("content-length") or 0) > limit:
                answer = _answer(PayloadTooLarge(f"At most {limit} bytes are accepted here."))
                await answer(scope, receive, send_with_id)
            else:
                await self._app(scope, _limited(receive, limit), send_with_id)
        except Exception:
            log.exception("request.failed", extra={"method": scope["method"], "route": _route(scope)})
            if status:  # the answer has begun: all that is left is to break the connection
                raise
            await _answer(Problem())(scope, receive, send_with_id)
        finally:
            seconds = time.perf_counter() - began
            route = _route(scope)
            self._metrics.record(method=scope["method"], route=route, status=status, seconds=seconds)
            if route not in ("/health", "/ready", "/metrics"):
                fields = {"method": scope["method"], "route": route, "status": status, "ms": round(seconds * 1000, 1)}
                log.info("request.served", extra=fields)

    def _limit(self, path: str) -> int:
        return next((size for prefix, size in self._limits if path.startswith(prefix)), JSON_BODY_LIMIT)


def _limited(receive: Receive, limit: int) -> Receive:
    """Counts a body that did not announce its length."""
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            # FastAPI turns any other error raised while it reads a body into "400 error parsing the body".
            raise HTTPException(413, f"At most {limit} bytes are accepted here.")
        return message

    return counted


def _route(scope: Scope) -> str:
    """The route's template, never the path: paths hold ids."""
    return getattr(scope.get("route"), "path", "unmatched")


def _probes(metrics: Metrics) -> APIRouter:
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
    async def measures() -> Response:
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
    return JSONResponse(body, problem.status, dict(problem.headers), media_type=PROBLEM_MEDIA_TYPE)


async def _on_problem(request: Request, error: Exception) -> Response:
    if not isinstance(error, Problem):
        raise error
    if error.status >= 500:
        log.warning("request.problem", extra={"slug": error.slug, "status": error.status}, exc_info=error)
    return _answer(error)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    if not isinstance(error, StarletteHTTPException):
        raise error
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
    errors: list[JsonValue] = []
    for item in error.errors():
        source, *path = item["loc"] or ("body",)
        pointer = "/" + "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in path)
        errors.append({"in": str(source), "pointer": pointer if path else "", "detail": _cause(item)})
    return _answer(InvalidRequest("One or more fields are not valid.", members={"errors": errors}))


def _cause(item: Mapping[str, object]) -> str:
    """Pydantic's sentence, except where a validator or the JSON parser may have quoted the input in it."""
    if item["type"] == "json_invalid":
        return "The body is not valid JSON."
    if item["type"] in ("value_error", "assertion_error"):
        return "The value is not valid."
    return str(item["msg"])
