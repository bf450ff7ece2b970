"""Settings of the gateway."""

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from services.gateway.sign_in_settings import SignInSettings
from shared.settings import DEVELOPMENT_SECRET, BarList, split_bar

E164 = r"\+[1-9][0-9]{5,14}"
MEBIBYTE = 1024 * 1024
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY, _TIME = "|".join(WEEKDAYS), "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
STAFF_HOURS = rf"(?P<first>{_DAY})(?:-(?P<last>{_DAY}))? (?P<begins>{_TIME})-(?P<ends>{_TIME}|24:00)"
"""`mon-fri 08:00-18:00`."""
_LIMITED = ("web", "sms", "slack", "voice")
_SECRET = SecretStr(DEVELOPMENT_SECRET)


class GatewaySettings(SignInSettings):
    gateway_database_url: str = "sqlite"

    lex_runtime: Literal["embedded", "aws"] = "embedded"
    lex_url: str = "http://127.0.0.1:8083"
    accounts_url: str = "http://127.0.0.1:8081"
    bot_url: str = "http://127.0.0.1:8082"
    media_url: str = "http://127.0.0.1:8084"
    insights_url: str = "http://127.0.0.1:8085"
    lex_bot_id: str = "OMNILEXBOT"
    lex_alias_id: str = "TSTALIASID"
    lex_locale_id: str = "en_US"

    chat_token_secret: SecretStr = Field(_SECRET, min_length=32)
    code_hook_secret: SecretStr = Field(_SECRET, min_length=32)
    channel_secret: SecretStr = Field(
        _SECRET,
        min_length=32,
        description="seals what waits to be answered or sent; names who is at the other end",
    )
    public_url: str = Field("", description="how customers and providers reach the gateway: https://bank.example")

    chat_session_seconds: int = Field(12 * 3600, ge=1, description="longest life of a chat; Lex ends an idle one")
    chat_greeting: str = (
        "Welcome to OmniLex Bank. I can tell you a balance, make a payment, open an account or answer a question. "
        "How can I help?"
    )
    chat_greetings: dict[str, str] = Field(
        {}, description="greetings by locale, as JSON: the other locales in which a chat may be begun"
    )
    chat_streams: int = Field(2000, ge=1, description="open event streams of this process")
    chat_streams_each: int = Field(5, ge=1, description="open event streams of one chat; the oldest makes room")
    chat_streams_per_minute: int = Field(60, ge=1, description="new event streams of one chat")
    chat_stream_quiet_seconds: float = Field(15, gt=0, description="after which an event stream says that it is open")
    identity_seconds: int = Field(600, ge=0, description="how long a verification holds after the last turn")
    obfuscated_slots: BarList = ("Pin", "CurrentPin", "NewPin", "NewPinAgain")
    chat_sessions_per_minute: int = Field(30, ge=1, description="new chats from one address")
    chat_messages_per_minute: int = Field(60, ge=1, description="messages in one chat")

    channel_limits_per_minute: Annotated[dict[str, int], NoDecode] = Field(
        {"web": 30_000, "sms": 6_000, "slack": 6_000, "voice": 600},
        description="what this process takes of a whole channel, voice in new calls: web=30000|sms=6000",
    )
    channel_messages_per_minute: int = Field(20, ge=1, description="messages of one address on SMS or Slack")
    customer_messages_per_minute: int = Field(60, ge=1, description="messages of one customer on all channels")
    flood_repeats: int = Field(5, ge=2, description="how often one text may come in a row: more is another bot")
    flood_pause_seconds: int = Field(600, ge=1, description="how long a flooded conversation is not answered")
    flood_notice: str = "That was a lot at once. I will read on in ten minutes; for anything urgent, please call us."
    no_answer_notice: str = "We can't answer right now. Please try again in a few minutes."
    handoff_enabled: bool = Field(True, description="conversations can be handed over to staff")
    handoff_channels: BarList = Field(("web", "sms", "slack"), description="where staff can write to a customer")
    handoff_wait_seconds: int = Field(600, ge=1, description="how long a customer waits in line at most")
    handoff_silent_seconds: int = Field(900, ge=1, description="how long an agent may leave a customer unanswered")
    handoff_back_words: BarList = Field(
        ("bot", "the bot", "back to the bot", "cancel", "never mind", "nevermind", "volver al bot", "cancelar"),
        description="what a waiting customer writes to go back to the bot; the first is the one that is named",
    )
    staff_time_zone: str = Field("America/New_York", description="in which the hours of staff are given")
    staff_hours: Annotated[
        tuple[Annotated[str, Field(pattern=f"^{STAFF_HOURS}$")], ...], NoDecode, BeforeValidator(split_bar)
    ] = Field((), description="when somebody is there: mon-fri 08:00-18:00|sat 09:00-13:00; empty: always")
    staff_closed_on: Annotated[tuple[date, ...], NoDecode, BeforeValidator(split_bar)] = Field(
        (), description="days on which nobody is there: 2026-12-25|2027-01-01"
    )
    support_phone: str = Field("1-800-555-0199", description="number given to a customer for whom nobody has time")

    twilio_account_sid: str = Field("", pattern=r"^(AC[0-9a-fA-F]{32})?$", description="empty: no Twilio")
    twilio_auth_token: SecretStr | None = None
    twilio_api_url: str = "https://api.twilio.com"
    twilio_answer_seconds: float = Field(
        10.0, gt=0, le=14, description="how long a response to Twilio waits for its answer; Twilio gives up after 15"
    )
    twilio_locales: Annotated[dict[str, str], NoDecode] = Field(
        {}, description="the locale of each of our numbers that has one of its own: +15550100=es_US|+15550101=en_US"
    )
    twilio_sms_segments: int = Field(4, ge=1, le=10, description="segments of one text message; more make another one")
    twilio_stop_words: BarList = Field(
        ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"),
        description="alone in a text message: no more messages",
    )
    twilio_start_words: BarList = Field(("START", "UNSTOP", "YES"), description="messages again")
    twilio_help_words: BarList = ("HELP", "INFO")
    twilio_agent_number: str = Field(
        "", pattern=rf"^({E164})?$", description="dialled for a caller who wants a person; empty: nobody is"
    )
    twilio_barge_in: bool = Field(True, description="callers may speak while the bot does")
    twilio_speech_confidence: float = Field(
        0.3, ge=0, le=1, description="speech that was heard less surely is asked for again"
    )
    twilio_voice_seconds: float = Field(
        5.0, gt=0, le=12, description="how long a caller waits for an answer in silence, before we ask for a moment"
    )
    twilio_recording: Literal["off", "announced"] = Field("off", description="announced: callers are told first")
    twilio_delete_recordings: bool = Field(True, description="at Twilio, once the media service has taken one")
    twilio_help_notice: str = Field("", description="what the help words are answered with; empty: a sentence of ours")

    slack_client_id: str = Field("", description="empty: no Slack")
    slack_client_secret: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_verification_token: SecretStr | None = Field(
        None, description="of an app that has no signing secret; not looked at where there is one"
    )
    slack_allowed_teams: BarList = Field((), description="ids of the workspaces that may install; empty: every one")
    slack_url: str = "https://slack.com"
    slack_seconds: float = Field(10.0, gt=0, description="how long Slack may take to answer")
    slack_channel_seconds: float = Field(1.0, ge=0, description="time between two messages in one channel")

    upstream_seconds: float = Field(10.0, gt=0, description="how long a service behind the gateway may take")
    upload_seconds: float = Field(120.0, gt=0, description="the same after the last byte of an upload")
    max_upload_bytes: int = Field(500 * MEBIBYTE, ge=1)

    web_root: Path = Path(__file__).resolve().parents[1] / "web" / "dist"
    allowed_origins: BarList = Field((), description="other sites whose pages may call, as scheme://host[:port]")

    @field_validator("staff_time_zone")
    @classmethod
    def _known_time_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("this time zone is not known; one is written America/New_York") from error
        return name

    _split = field_validator(
        "obfuscated_slots",
        "allowed_origins",
        "slack_allowed_teams",
        "handoff_channels",
        "handoff_back_words",
        mode="before",
    )(split_bar)

    @field_validator("twilio_locales", mode="before")
    @classmethod
    def _numbers_and_locales(cls, value: object) -> object:
        parts = split_bar(value)
        if not isinstance(parts, tuple):
            return value
        found = [re.fullmatch(rf"({E164})\s*=\s*([a-z]{{2}}_[A-Z]{{2}})", part) for part in parts]
        if not all(found):
            raise ValueError("numbers and locales are written +15550100=es_US|+15550101=en_US")
        return {pair[1]: pair[2] for pair in found if pair}

    @field_validator("channel_limits_per_minute", mode="before")
    @classmethod
    def _channels_and_limits(cls, value: object) -> object:
        parts = split_bar(value)
        if not isinstance(parts, tuple):
            return value
        found = [re.fullmatch(rf"({'|'.join(_LIMITED)})\s*=\s*([1-9][0-9]{{0,8}})", part) for part in parts]
        if not all(found):
            raise ValueError(f"limits are written web=30000|sms=6000, for {', '.join(_LIMITED)}")
        return {pair[1]: int(pair[2]) for pair in found if pair}

    @property
    def has_twilio(self) -> bool:
        return bool(self.twilio_account_sid)

    @property
    def has_slack(self) -> bool:
        return bool(self.slack_client_id)

    @model_validator(mode="after")
    def _slack_is_whole(self) -> Self:
        if not self.has_slack:
            return self
        if not self.slack_client_secret or not (self.slack_signing_secret or self.slack_verification_token):
            raise ValueError("OMNILEX_SLACK_CLIENT_ID needs OMNILEX_SLACK_CLIENT_SECRET and _SLACK_SIGNING_SECRET")
        if not self.public_url:
            raise ValueError("OMNILEX_SLACK_CLIENT_ID needs OMNILEX_PUBLIC_URL")
        return self

    @model_validator(mode="after")
    def _twilio_is_whole(self) -> Self:
        if self.has_twilio and not (self.twilio_auth_token and self.public_url):
            raise ValueError("OMNILEX_TWILIO_ACCOUNT_SID needs OMNILEX_TWILIO_AUTH_TOKEN and OMNILEX_PUBLIC_URL")
        return self
