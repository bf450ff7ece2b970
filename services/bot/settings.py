"""Settings of the bot."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from shared.settings import DEVELOPMENT_SECRET, ServiceSettings

_PROJECT = Path(__file__).resolve().parents[2]


class BotSettings(ServiceSettings):
    accounts_url: str = "http://127.0.0.1:8081"
    code_hook_secret: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET), min_length=32, description="signs what the Lex runtime sends to the code hook"
    )
    identity_token_secret: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET), min_length=32, description="signs the proof of a verified customer"
    )
    identity_seconds: int = Field(600, ge=1, description="idle time after which a verified customer is verified again")
    step_up_seconds: int = Field(300, ge=1, description="age of a verification after which money moves with a new PIN")
    bot_database_url: str = "sqlite"
    faq_search: Literal["embedded", "kendra"] = "embedded"
    faq_csv: Path = Field(
        _PROJECT / "infra/faq/omni-lex-faq.csv",
        description="first FAQ, a Kendra FAQ file; beside it one for each other language, with that before the ending",
    )
    faq_language: str = Field("en", pattern=r"^[a-z]{2,3}$", description="of that file, and of who speaks another")
    faq_threshold: float = Field(0.5, ge=0, le=1, description="score below which the embedded search has no answer")
    faq_refresh_seconds: float = Field(5, gt=0, description="time after which every replica uses a new version")
    faq_unanswered_kept: int = Field(2000, ge=1, description="unanswered questions that are kept")
    faq_unanswered_days: int = Field(180, ge=1, description="days after which a question not asked again is forgotten")
    kendra_index_id: str | None = Field(None, pattern=r"^[a-zA-Z0-9][a-zA-Z0-9-]{35}$")
    kendra_confidence: Literal["VERY_HIGH", "HIGH", "MEDIUM", "LOW"] = Field(
        "MEDIUM", description="confidence below which an answer of Amazon Kendra is none"
    )
    kendra_faq_bucket: str | None = Field(
        None, pattern=r"^[a-z0-9][.a-z0-9-]{1,61}[a-z0-9]$", description="where Amazon Kendra reads the FAQ's files"
    )
    kendra_faq_prefix: str = Field("faq/", pattern=r"^([\w.-]+/)*$", description="of the names of those files")
    kendra_faq_role_arn: str | None = Field(
        None, pattern=r"^arn:[a-z0-9-]+:iam::[0-9]{12}:role/[^\s]{1,512}$", description="role that reads them"
    )
    support_phone: str = Field("1-800-555-0199", description="number given to a customer whom the bot cannot help")

    @model_validator(mode="after")
    def _kendra_has_what_it_needs(self) -> Self:
        needed = ("kendra_index_id", "kendra_faq_bucket", "kendra_faq_role_arn")
        missing = [f"OMNILEX_{name.upper()}" for name in needed if getattr(self, name) is None]
        if self.faq_search == "kendra" and missing:
            raise ValueError(f"OMNILEX_FAQ_SEARCH=kendra needs {', '.join(missing)}")
        return self
