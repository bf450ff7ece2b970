"""Settings of the gateway."""

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from shared.settings import DEVELOPMENT_SECRET, BarList, ServiceSettings, split_bar

E164 = r"\+[1-9][0-9]{5,14}"
MEBIBYTE = 1024 * 1024
_SECRET = SecretStr(DEVELOPMENT_SECRET)


class GatewaySettings(ServiceSettings):
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
    staff_token_secret: SecretStr = Field(_SECRET, min_length=32)
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
    identity_seconds: int = Field(600, ge=0, description="how long a verification holds after the last turn")
    obfuscated_slots: BarList = ("Pin",)
    chat_sessions_per_minute: int = Field(30, ge=1, description="new chats from one address")
    chat_messages_per_minute: int = Field(60, ge=1, description="messages in one chat")

    channel_messages_per_minute: int = Field(20, ge=1, description="messages of one address on SMS or Slack")
    flood_repeats: int = Field(5, ge=2, description="how often one text may come in a row: more is another bot")
    flood_pause_seconds: int = Field(600, ge=1, description="how long a flooded conversation is not answered")
    flood_notice: str = "That was a lot at once. I will read on in ten minutes; for anything urgent, please call us."
    no_answer_notice: str = "We can't answer right now. Please try again in a few minutes."
    handoff_enabled: bool = Field(True, description="conversations can be handed over to staff")

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
    twilio_help_notice: str = Field("", description="what the help words are answered with; empty: a sentence of ours")

    staff_session_seconds: int = Field(8 * 3600, ge=1)
    login_failures: int = Field(5, ge=1, description="failed sign-ins a user name or an address has in the window")
    login_window_seconds: int = Field(15 * 60, ge=1)
    bootstrap_username: str | None = None
    bootstrap_password: SecretStr | None = Field(None, min_length=8)

    upstream_seconds: float = Field(10.0, gt=0, description="how long a service behind the gateway may take")
    upload_seconds: float = Field(120.0, gt=0, description="the same after the last byte of an upload")
    max_upload_bytes: int = Field(500 * MEBIBYTE, ge=1)

    web_root: Path = Path(__file__).resolve().parents[1] / "web" / "dist"
    allowed_origins: BarList = Field((), description="other sites whose pages may call, as scheme://host[:port]")

    _split = field_validator("obfuscated_slots", "allowed_origins", mode="before")(split_bar)

    @field_validator("twilio_locales", mode="before")
    @classmethod
    def _numbers_and_locales(cls, value: object) -> object:
        parts = split_bar(value)
        if not isinstance(parts, tuple):
            return value
        pairs = [tuple(map(str.strip, part.partition("=")[::2])) for part in parts]
        if not all(re.fullmatch(E164, number) and re.fullmatch(r"[a-z]{2}_[A-Z]{2}", locale) for number, locale in pairs):
            raise ValueError("numbers and locales are written +15550100=es_US|+15550101=en_US")
        return dict(pairs)

    @property
    def has_twilio(self) -> bool:
        return bool(self.twilio_account_sid)

    @model_validator(mode="after")
    def _twilio_is_whole(self) -> Self:
        if self.has_twilio and (self.twilio_auth_token is None or not self.public_url):
            raise ValueError("OMNILEX_TWILIO_ACCOUNT_SID needs OMNILEX_TWILIO_AUTH_TOKEN and OMNILEX_PUBLIC_URL")
        return self
