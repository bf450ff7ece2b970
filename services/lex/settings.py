"""Settings of the Lex runtime."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator

from shared.settings import DEVELOPMENT_SECRET, BarList, ServiceSettings

_BOTS = Path(__file__).resolve().parents[2] / "infra" / "lex"


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
    lex_turn_wait_seconds: float = Field(5.0, ge=0, description="how long a turn waits for the one before it")
    lex_log_quiet_seconds: float = Field(60.0, gt=0, description="quiet after which a conversation log is written")
    lex_log_poll_seconds: float = Field(1.0, gt=0)
    lex_log_hidden_attributes: BarList = Field(("identityToken",), description="session attributes masked in logs")
    blobs_url: str = "folder:"
    code_hook_url: str = Field("http://127.0.0.1:8082/lex/fulfillment", description="empty: no code hook is bound")
    code_hook_secret: SecretStr = Field(SecretStr(DEVELOPMENT_SECRET), min_length=32)
    code_hook_timeout_seconds: float = Field(30.0, gt=0, description="Lex gives its Lambda function 30 s")

    @property
    def imports_dir(self) -> Path:
        return self.lex_imports_dir or self.data_dir / "bots"

    @model_validator(mode="after")
    def _production_is_closed(self) -> Self:
        if self.environment == "production" and self.lex_open_runtime:
            raise ValueError(
                "not allowed in production (the runtime would be open to anyone): OMNILEX_LEX_OPEN_RUNTIME"
            )
        return self
