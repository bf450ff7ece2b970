"""Wires the gateway. Run by `uvicorn --factory services.gateway.main:create_app`."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import httpx
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from services.gateway import twilio
from services.gateway.channel_setup import channel_reporter
from services.gateway.channels import slack as slack_messages
from services.gateway.channels import twilio_sms
from services.gateway.channels.registry import push_channels
from services.gateway.channels.webchat import WebChat
from services.gateway.code_hook import CodeHookSignatures
from services.gateway.embedded import EmbeddedLex
from services.gateway.handoff_views import HandoffViews
from services.gateway.limits import Attempts, TokenBuckets
from services.gateway.messaging import Messaging, messaging
from services.gateway.passwords import Passwords
from services.gateway.ports import LexRuntime, Provider
from services.gateway.routes import channels as channel_routes
from services.gateway.routes import (
    chat,
    conversations,
    customers,
    deliveries,
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
from services.gateway.routes import slack as slack_routes
from services.gateway.routes import twilio as twilio_routes
from services.gateway.routes.headers import SecurityHeaders
from services.gateway.routes.pages import documentation_router, pages_router
from services.gateway.service import Gateway
from services.gateway.settings import GatewaySettings
from services.gateway.slack import SlackDoor
from services.gateway.staff import Bootstrap, Staff
from services.gateway.stopping import on_stop
from services.gateway.upstreams import HttpUpstream
from shared.app import build_app
from shared.callers import InternalTokens, Service, Tokens
from shared.clients.base import open_http
from shared.clients.lex import LexClient
from shared.clients.media import MediaClient
from shared.db import Database, open_database

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
            *(module.router for module in (chat, users, interactions, ledger, faq, customers, plans, webhooks)),
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


def assemble(
    settings: GatewaySettings,
    database: Database,
    http: httpx.AsyncClient,
    runtime: LexRuntime,
    *,
    passwords: Passwords | None = None,
    providers: Mapping[str, Provider] | None = None,
    slack_session: aiohttp.ClientSession | None = None,
) -> Gateway:
    """The gateway from its open parts; `providers` in place of those of the settings.

    Slack is called over `slack_session`, without one over a new one each time.
    """
    accounts, lex, bot, media, insights = _upstreams(settings, http)
    needed = [lex, bot, media, insights] if settings.lex_runtime == "embedded" else [bot, media, insights]
    parts = messaging(
        settings,
        database,
        runtime,
        channels=push_channels(settings),
        providers=providers if providers is not None else _providers(settings, http, database, slack_session),
    )
    return Gateway(
        database=database,
        messaging=parts,
        chat=_chat(settings, parts),
        handoff_views=_handoff_views(settings, parts, http),
        channels=channel_reporter(settings, database, http, slack_session, needed),
        texting=twilio.texting(settings, parts) if settings.has_twilio else None,
        calling=twilio.calling(settings, parts, http, media) if settings.has_twilio else None,
        slack=_slack(settings, parts, slack_session) if settings.has_slack else None,
        staff=_staff(settings, database, passwords or Passwords()),
        accounts=accounts,
        bot=bot,
        media=media,
        insights=insights,
        needed=needed,
        signatures=CodeHookSignatures(settings.code_hook_secret.get_secret_value()),
        new_chats=TokenBuckets(settings.chat_sessions_per_minute),
        chat_messages=TokenBuckets(settings.chat_messages_per_minute),
    )


def _handoff_views(settings: GatewaySettings, parts: Messaging, http: httpx.AsyncClient) -> HandoffViews:
    tokens = _internal_tokens(settings)
    scorer = MediaClient(http, base_url=settings.media_url, audience="media", tokens=tokens, sender="gateway")
    return HandoffViews(parts.database, parts.records, parts.wakeups, scorer, language=settings.lex_locale_id)


def _chat(settings: GatewaySettings, parts: Messaging) -> WebChat:
    greetings = {settings.lex_locale_id: settings.chat_greeting, **settings.chat_greetings}
    return WebChat(
        parts,
        Tokens(settings.chat_token_secret.get_secret_value(), "chat"),
        greeting=settings.chat_greeting,
        greetings=greetings,
        seconds=settings.chat_session_seconds,
    )


def _slack(settings: GatewaySettings, parts: Messaging, session: aiohttp.ClientSession | None) -> SlackDoor:
    from services.gateway.slack_app import slack_door

    return slack_door(settings, parts, session)


def _providers(
    settings: GatewaySettings, http: httpx.AsyncClient, database: Database, slack_session: aiohttp.ClientSession | None
) -> Mapping[str, Provider]:
    """Who sends for each channel that is configured."""
    found: dict[str, Provider] = {}
    if settings.has_slack:
        from services.gateway.slack_app import slack_provider

        found[slack_messages.CHANNEL] = slack_provider(settings, database, slack_session)
    if settings.has_twilio:
        found[twilio_sms.CHANNEL] = twilio.sms_provider(settings, http, database)
    return found


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
            tokens = _internal_tokens(settings)
            client = LexClient(http, base_url=settings.lex_url, audience="lex", tokens=tokens, sender="gateway")
            yield EmbeddedLex(client, **bot)
        case "aws":
            from services.gateway.aws import open_amazon_lex

            async with open_amazon_lex(**bot) as runtime:
                yield runtime


def _upstreams(settings: GatewaySettings, http: httpx.AsyncClient) -> list[HttpUpstream]:
    addresses: list[tuple[Service, str]] = [
        ("accounts", settings.accounts_url),
        ("lex", settings.lex_url),
        ("bot", settings.bot_url),
        ("media", settings.media_url),
        ("insights", settings.insights_url),
    ]
    tokens = _internal_tokens(settings)
    seconds = settings.upstream_seconds
    return [HttpUpstream(http, base_url=url, audience=name, tokens=tokens, seconds=seconds) for name, url in addresses]


def _staff(settings: GatewaySettings, database: Database, passwords: Passwords) -> Staff:
    tokens = Tokens(settings.staff_token_secret.get_secret_value(), "staff")
    attempts = Attempts(settings.login_failures, settings.login_window_seconds)
    return Staff(database, passwords, tokens, attempts, seconds=settings.staff_session_seconds)


def _internal_tokens(settings: GatewaySettings) -> InternalTokens:
    return InternalTokens(settings.internal_secret.get_secret_value())
