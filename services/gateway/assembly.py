"""The gateway put together from its open parts."""

from collections.abc import Mapping

import aiohttp
import httpx

from services.gateway import twilio
from services.gateway.channel_setup import channel_reporter
from services.gateway.channels import slack as slack_messages
from services.gateway.channels import twilio_sms
from services.gateway.channels.registry import push_channels
from services.gateway.channels.webchat import WebChat
from services.gateway.code_hook import CodeHookCalls, CodeHookSignatures
from services.gateway.handoff_views import HandoffViews
from services.gateway.issued_staff import IssuedStaff
from services.gateway.issued_tokens import IssuedTokens, Issuer
from services.gateway.limits import Attempts, TokenBuckets
from services.gateway.messaging import Messaging, messaging
from services.gateway.openid import OpenIdProvider
from services.gateway.passwords import Passwords
from services.gateway.ports import LexRuntime, Provider
from services.gateway.service import Gateway
from services.gateway.settings import GatewaySettings
from services.gateway.shared_limits import SharedBuckets
from services.gateway.signing_keys import SigningKeys
from services.gateway.slack import SlackDoor
from services.gateway.staff import Staff
from services.gateway.upstreams import HttpUpstream
from shared.callers import InternalTokens, Service, Tokens
from shared.clients.media import MediaClient
from shared.db import Database
from shared.schemas.staff import SignInWay


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
        staff=_staff(settings, database, http, passwords),
        accounts=accounts,
        bot=bot,
        media=media,
        insights=insights,
        needed=needed,
        code_hook_calls=CodeHookCalls(database, CodeHookSignatures(settings.code_hook_secret.get_secret_value())),
        new_chats=SharedBuckets(settings.chat_sessions_per_minute),
        chat_messages=TokenBuckets(settings.chat_messages_per_minute),
    )


def _handoff_views(settings: GatewaySettings, parts: Messaging, http: httpx.AsyncClient) -> HandoffViews:
    tokens = internal_tokens(settings)
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


def _upstreams(settings: GatewaySettings, http: httpx.AsyncClient) -> list[HttpUpstream]:
    addresses: list[tuple[Service, str]] = [
        ("accounts", settings.accounts_url),
        ("lex", settings.lex_url),
        ("bot", settings.bot_url),
        ("media", settings.media_url),
        ("insights", settings.insights_url),
    ]
    tokens = internal_tokens(settings)
    seconds = settings.upstream_seconds
    return [HttpUpstream(http, base_url=url, audience=name, tokens=tokens, seconds=seconds) for name, url in addresses]


def _staff(
    settings: GatewaySettings, database: Database, http: httpx.AsyncClient, passwords: Passwords | None
) -> Staff | IssuedStaff:
    attempts = Attempts(settings.login_failures, settings.login_window_seconds)
    match settings.staff_login:
        case "embedded":
            tokens = Tokens(settings.staff_token_secret.get_secret_value(), "staff")
            return Staff(database, passwords or Passwords(), tokens, attempts, seconds=settings.staff_session_seconds)
        case "oidc":
            return _issued_staff(settings, database, http, attempts)


def _issued_staff(
    settings: GatewaySettings, database: Database, http: httpx.AsyncClient, attempts: Attempts
) -> IssuedStaff:
    client_id, authorize_url = settings.oidc_client_id, settings.oidc_authorize_url or None
    office = OpenIdProvider(
        http, jwks_url=settings.oidc_jwks_url, token_url=settings.oidc_token_url, client_id=client_id
    )
    issuer = Issuer(
        settings.oidc_issuer,
        client_id,
        settings.oidc_name_claim,
        settings.oidc_groups_claim,
        settings.oidc_groups,
        settings.oidc_leeway_seconds,
    )
    way = SignInWay(method="oidc", authorize_url=authorize_url, client_id=client_id, scope=settings.oidc_scope)
    tokens = IssuedTokens(issuer, SigningKeys(office, seconds=settings.oidc_keys_seconds))
    return IssuedStaff(database, tokens, office, attempts, way)


def internal_tokens(settings: GatewaySettings) -> InternalTokens:
    return InternalTokens(settings.internal_secret.get_secret_value())
