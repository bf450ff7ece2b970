"""Settings of the Lex runtime."""

import importlib.util
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from services.lex.hook_bindings import HookBinding, read_bindings
from shared.settings import DEVELOPMENT_SECRET, BarList, ServiceSettings

_BOTS = Path(__file__).resolve().parents[2] / "infra" / "lex"

HookBindings = Annotated[tuple[HookBinding, ...], NoDecode, BeforeValidator(read_bindings)]


class LexSettings(ServiceSettings):
    """Defaults run on a laptop, beside the project's own bot."""

    lex_bots_dir: Path = Field(_BOTS, description="folder that holds bots: exports of Amazon Lex, unpacked or not")
    lex_imports_dir: Path | None = Field(None, description="where imported bots are kept; default: data_dir/bots")
    lex_bots_poll_seconds: float = Field(1.0, gt=0, description="how often both folders are looked at for changes")
    lex_database_url: str = "sqlite"
    lex_session_secret: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET), min_length=32, description="encrypts what is stored of a conversation"
    )
    lex_open_runtime: bool = Field(True, description="lets in callers without an internal token; development only")
    lex_access_key_id: str = Field("", description="with the secret key: callers sign with Signature Version 4")
    lex_secret_access_key: SecretStr | None = Field(None, min_length=16)
    lex_turn_wait_seconds: float = Field(5.0, ge=0, description="how long a turn waits for the one before it")
    lex_search_url: str = Field(
        "", description="address of the bot service, whose FAQ answers Kendra and QnA intents; empty: they find nothing"
    )
    lex_speech: Literal["none", "pocketsphinx", "http"] = Field("none", description="what hears audio; none: text only")
    lex_speech_url: str = Field("", description="with http: the full URL of an OpenAI-style transcription route")
    lex_speech_model: str = Field("whisper-1", description="with http: the model to ask for")
    lex_speech_key: SecretStr | None = Field(None, description="with http: sent as a bearer token")
    lex_speech_workers: int = Field(1, ge=1, le=32, description="with pocketsphinx: utterances heard at a time")
    lex_speech_timeout_seconds: float = Field(20.0, gt=0, description="time to hear one utterance")
    lex_log_quiet_seconds: float = Field(60.0, gt=0, description="quiet after which a conversation log is written")
    lex_log_poll_seconds: float = Field(1.0, gt=0)
    lex_log_hidden_attributes: BarList = Field(("identityToken",), description="session attributes masked in logs")
    blobs_url: str = "folder:"
    code_hook_url: str = Field("http://127.0.0.1:8082/lex/fulfillment", description="empty: no code hook is bound")
    code_hook_bindings: HookBindings = Field(
        (), description="Bot/alias/locale=[v1 ]url, separated by bars, or JSON; what none names has code_hook_url"
    )
    lex_time_zone: str = Field(
        "America/New_York",
        description="where customers are that do not say it (request attribute x-amz-lex:time-zone); Lex: by Region",
    )
    code_hook_secret: SecretStr = Field(SecretStr(DEVELOPMENT_SECRET), min_length=32)
    code_hook_timeout_seconds: float = Field(30.0, gt=0, description="Lex gives its Lambda function 30 s")

    @field_validator("lex_time_zone")
    @classmethod
    def _zone_is_known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("not a time zone of the IANA database, such as Europe/Berlin") from error
        return name

    @property
    def open_to_all(self) -> bool:
        """Whether callers without any proof are let in."""
        return self.lex_open_runtime and not self.lex_access_key_id

    @model_validator(mode="after")
    def _keys_come_together(self) -> Self:
        if bool(self.lex_access_key_id) != bool(self.lex_secret_access_key):
            raise ValueError("set both or neither: OMNILEX_LEX_ACCESS_KEY_ID, OMNILEX_LEX_SECRET_ACCESS_KEY")
        return self

    @model_validator(mode="after")
    def _speech_is_complete(self) -> Self:
        if self.lex_speech == "http" and not self.lex_speech_url.startswith(("http://", "https://")):
            raise ValueError("OMNILEX_LEX_SPEECH=http needs OMNILEX_LEX_SPEECH_URL, an http or https URL")
        if self.lex_speech == "pocketsphinx" and importlib.util.find_spec("pocketsphinx") is None:
            raise ValueError("OMNILEX_LEX_SPEECH=pocketsphinx: PocketSphinx is not installed (extra `lex`)")
        return self

    @property
    def imports_dir(self) -> Path:
        return self.lex_imports_dir or self.data_dir / "bots"

    @model_validator(mode="after")
    def _production_is_closed(self) -> Self:
        if self.environment == "production" and self.open_to_all:
            raise ValueError(
                "not allowed in production (the runtime would be open to anyone): OMNILEX_LEX_OPEN_RUNTIME"
            )
        return self
