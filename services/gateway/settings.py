"""Settings of the gateway."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator

from shared.settings import DEVELOPMENT_SECRET, BarList, ServiceSettings, split_bar

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
