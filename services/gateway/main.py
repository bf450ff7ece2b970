"""Wires the gateway. Run by `uvicorn --factory services.gateway.main:create_app`."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import httpx
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from services.gateway.assembly import assemble, internal_tokens
from services.gateway.embedded import EmbeddedLex
from services.gateway.ports import LexRuntime
from services.gateway.routes import (
    bulk,
    categories,
    chat,
    conversations,
    corrections,
    customers,
    deliveries,
    erasures,
    explanations,
    exports,
    faq,
    handoffs,
    interactions,
    ledger,
    openapi,
    plans,
    twilio_voice,
    users,
    webhooks,
)
from services.gateway.routes import channels as channel_routes
from services.gateway.routes import slack as slack_routes
from services.gateway.routes import twilio as twilio_routes
from services.gateway.routes.headers import SecurityHeaders
from services.gateway.routes.pages import documentation_router, pages_router
from services.gateway.service import Gateway
from services.gateway.settings import GatewaySettings
from services.gateway.staff import Bootstrap
from services.gateway.stopping import on_stop
from shared.app import build_app
from shared.clients.base import open_http
from shared.clients.lex import LexClient
from shared.db import open_database
from shared.middleware import JSON_BODY_LIMIT

PACKAGE = "services.gateway"


def create_app(settings: GatewaySettings | None = None, service: Gateway | None = None) -> FastAPI:
    """The gateway's application. Raises ValidationError for settings that are not allowed."""
    settings = settings or GatewaySettings()
    app = build_app(
        name="gateway",
        title="OmniLex",
        settings=settings,
        wire=wire,
        routers=[
            chat.turns,
            *(module.router for module in (chat, users, interactions, ledger, faq, customers, plans, webhooks)),
            bulk.router,
            erasures.router,
            corrections.router,
            exports.router,
            explanations.router,
            categories.router,
            handoffs.router,
            conversations.router,
            channel_routes.router,
            twilio_routes.router,
            twilio_voice.router,
            slack_routes.router,
            deliveries.router,
            documentation_router(settings.web_root),
            pages_router(settings.web_root),
        ],
        service=service,
        body_limits={
            "/api/v1/interactions": settings.max_upload_bytes,
            "/api/v1/interactions/presigned": JSON_BODY_LIMIT,
            "/api/v1/ledger/reconciliation": ledger.MAX_LIST_BYTES,
            "/api/v1/faq": faq.MAX_FILE_BYTES,
            "/webhooks/twilio": twilio_routes.MAX_BODY_BYTES,
        },
        docs=False,  # the documentation page is our own, and merged
        public=True,
    )
    openapi.describe(app)
    origins = list(settings.allowed_origins)
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "Last-Event-ID"],
            expose_headers=["X-Request-Id", "Retry-After"],
        )
    app.add_middleware(SecurityHeaders, https_only=settings.environment == "production", embeddable=bool(origins))
    return app


@asynccontextmanager
async def wire(settings: GatewaySettings) -> AsyncIterator[Gateway]:
    """The gateway with everything it needs open, for the life of the block."""
    url = settings.database_url(settings.gateway_database_url, "gateway")
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(url, PACKAGE))
        http = await stack.enter_async_context(open_http())
        runtime = await stack.enter_async_context(_lex_runtime(settings, http))
        slack_session = await stack.enter_async_context(_slack_session()) if settings.has_slack else None
        gateway = assemble(settings, database, http, runtime, slack_session=slack_session)
        if settings.bootstrap_username and settings.bootstrap_password:
            password = settings.bootstrap_password.get_secret_value()
            await gateway.staff.bootstrap(Bootstrap(settings.bootstrap_username, password))
        await stack.enter_async_context(gateway.messaging.working())
        if gateway.calling is not None:
            await stack.enter_async_context(gateway.calling.working())
        stack.enter_context(on_stop(gateway.messaging.feeds.stop))
        stack.enter_context(on_stop(gateway.handoff_views.stop))
        yield gateway


@asynccontextmanager
async def _slack_session() -> AsyncIterator[aiohttp.ClientSession]:
    """Connections to Slack, kept open less long than Slack keeps them; nothing of an answer is remembered."""
    connector = aiohttp.TCPConnector(limit=100, keepalive_timeout=30)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


@asynccontextmanager
async def _lex_runtime(settings: GatewaySettings, http: httpx.AsyncClient) -> AsyncIterator[LexRuntime]:
    bot = {"bot_id": settings.lex_bot_id, "alias_id": settings.lex_alias_id, "locale_id": settings.lex_locale_id}
    match settings.lex_runtime:
        case "embedded":
            tokens = internal_tokens(settings)
            client = LexClient(http, base_url=settings.lex_url, audience="lex", tokens=tokens, sender="gateway")
            yield EmbeddedLex(client, **bot)
        case "aws":
            from services.gateway.aws import open_amazon_lex

            async with open_amazon_lex(**bot) as runtime:
                yield runtime
