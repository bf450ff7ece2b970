"""Settings of the bot."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

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
    faq_search: Literal["embedded"] = "embedded"
    faq_csv: Path = Field(_PROJECT / "infra/faq/omni-lex-faq.csv", description="Kendra FAQ file of the embedded search")
    faq_threshold: float = Field(0.38, ge=0, le=1, description="score below which a question has no answer")
    support_phone: str = Field("1-800-555-0199", description="number given to a customer whom the bot cannot help")
