"""The base of every service's FastAPI application: the request middleware, one error shape, health, metrics."""

import gc
import hmac
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol, TypeVar

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import SecretStr
from starlette.exceptions import HTTPException

from shared.callers import InternalTokens, Service
from shared.errors import NotFound, Problem, Unavailable
from shared.logs import configure_logging
from shared.middleware import Metrics, RequestMiddleware
from shared.problems import on_http_exception, on_invalid, on_problem, refusals
from shared.settings import ServiceSettings
from shared.traces import Traces

log = logging.getLogger("omnilex.http")


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
    Without `docs` the document of its routes, which only `app.openapi()` gives, names every refusal there is.
    `body_limits` maps path prefixes to byte limits that replace the 1 MiB of a JSON body.
    """
    configure_logging(name, settings.log_level)
    traces = Traces(settings, name, public=public)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if service is not None:
            app.state.service = service
            async with traces.open():
                yield
            return
        async with traces.open(), wire(settings) as opened:
            app.state.service = opened
            log.info("service.started", extra={"environment": settings.environment})
            gc.freeze()  # what is there now stays: walking through it again and again would hold up requests
            yield
            gc.unfreeze()
            log.info("service.stopping")

    app = FastAPI(
        title=title,
        lifespan=lifespan,
        docs_url="/docs" if docs else None,
        redoc_url=None,
        openapi_url="/openapi.json" if docs else None,
        responses=None if docs else refusals(),
        # Its own spans hold paths and queries, and it makes them as soon as some library sets up a provider.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.service_name = name
    app.state.settings = settings
    app.state.metrics = metrics = Metrics(name)
    metrics.registry.register(traces)
    app.state.internal_tokens = InternalTokens(settings.internal_secret.get_secret_value())
    app.include_router(_probes(metrics, settings.metrics_token, public=public))
    for router in routers:
        app.include_router(router)
    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(HTTPException, on_http_exception)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_middleware(RequestMiddleware, metrics=metrics, traces=traces, body_limits=body_limits or {})
    return app


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
