"""Wires what has to do with Twilio, from the settings."""

import httpx

from services.gateway.addresses import Addresses
from services.gateway.call_rules import CallRules
from services.gateway.calling import Calling
from services.gateway.channel_tests import TwilioTest
from services.gateway.channels.twilio_sms import CHANNEL as SMS
from services.gateway.messaging import Messaging
from services.gateway.opt_outs import OptOuts, ProviderForTheWilling
from services.gateway.ports import Provider, Upstream
from services.gateway.recordings import Recordings
from services.gateway.settings import GatewaySettings
from services.gateway.texting import Keywords, Texting
from services.gateway.twilio_requests import TwilioRequests
from services.gateway.twilio_rest import OPTED_OUT, TwilioApi, TwilioMessages, TwilioRecordings
from shared.db import Database

_STATUS = "/webhooks/twilio/status"


def sms_provider(settings: GatewaySettings, http: httpx.AsyncClient, database: Database) -> Provider:
    """Who sends text messages."""
    return ProviderForTheWilling(
        TwilioMessages(_api(settings, http), status_url=_requests(settings).url(_STATUS)),
        OptOuts(database, SMS),
        Addresses(settings.channel_secret.get_secret_value()),
        channel=SMS,
        is_refusal=lambda code: code == OPTED_OUT,
    )


def texting(settings: GatewaySettings, messaging: Messaging) -> Texting:
    """What takes text messages in."""
    stop, start, helping = (
        frozenset(word.upper() for word in words)
        for words in (settings.twilio_stop_words, settings.twilio_start_words, settings.twilio_help_words)
    )
    return Texting(
        messaging,
        _requests(settings),
        OptOuts(messaging.database, SMS),
        keywords=Keywords(stop, start, helping),
        locales=settings.twilio_locales,
        locale_id=settings.lex_locale_id,
        help_notice=settings.twilio_help_notice,
        status_path=_STATUS,
        answer_seconds=settings.twilio_answer_seconds,
    )


def calling(settings: GatewaySettings, messaging: Messaging, http: httpx.AsyncClient, media: Upstream) -> Calling:
    """What takes telephone calls."""
    recordings = TwilioRecordings(_api(settings, http))
    rules = CallRules(
        greetings={settings.lex_locale_id: settings.chat_greeting, **settings.chat_greetings},
        locales=settings.twilio_locales,
        locale_id=settings.lex_locale_id,
        secret_slots=frozenset(settings.obfuscated_slots),
        agent_number=settings.twilio_agent_number,
        barge_in=settings.twilio_barge_in,
        confidence=settings.twilio_speech_confidence,
        wait=settings.twilio_voice_seconds,
        hours=messaging.records.rules.handoff.hours,
        now=messaging.records.now,
        control=recordings if settings.twilio_recording == "announced" else None,
    )
    carrier = Recordings(
        messaging.database,
        recordings,
        media,
        delete=settings.twilio_delete_recordings,
        seconds=settings.upload_seconds,
    )
    return Calling(messaging, _requests(settings), rules, carrier)


def account_test(settings: GatewaySettings, http: httpx.AsyncClient) -> TwilioTest:
    """Tries the account and its token."""
    return TwilioTest(_api(settings, http))


def _api(settings: GatewaySettings, http: httpx.AsyncClient) -> TwilioApi:
    return TwilioApi(
        http,
        base_url=settings.twilio_api_url,
        account_sid=settings.twilio_account_sid,
        auth_token=_token(settings),
    )


def _requests(settings: GatewaySettings) -> TwilioRequests:
    return TwilioRequests(
        account_sid=settings.twilio_account_sid, auth_token=_token(settings), public_url=settings.public_url
    )


def _token(settings: GatewaySettings) -> str:
    return settings.twilio_auth_token.get_secret_value() if settings.twilio_auth_token else ""
