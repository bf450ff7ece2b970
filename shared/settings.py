"""Settings every service has. A service adds its own in its `settings.py`; nothing reads the environment elsewhere."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AnyHttpUrl, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

DEVELOPMENT_SECRET = "development-only-secret-never-in-production"  # noqa: S105  refused in production below
_EMBEDDED_URL_PREFIXES = ("sqlite", "folder:")


def split_bar(value: object) -> object:
    """`"en | es|fr"` → `("en", "es", "fr")`: the list form of the seed's parameters, with any spacing."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split("|") if part.strip())
    return value


BarList = Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_bar)]


class ServiceSettings(BaseSettings):
    """Prefix `OMNILEX_`, from the environment and `.env`; frozen. In production every embedded part is refused."""

    model_config = SettingsConfigDict(
        env_prefix="OMNILEX_", env_file=".env", frozen=True, extra="ignore", hide_input_in_errors=True
    )

    environment: Literal["development", "production"] = "development"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    data_dir: Path = Path("data")
    internal_secret: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET), min_length=32, description="signs the short-lived tokens between services"
    )

    metrics_token: SecretStr | None = Field(
        None, min_length=16, description="bearer token that Prometheus sends; without it the gateway shows no metrics"
    )

    traces_url: Annotated[AnyHttpUrl | None, BeforeValidator(lambda url: url or None)] = Field(
        None,
        description="where spans are sent by OTLP over HTTP, such as http://127.0.0.1:4318/v1/traces; none: nowhere",
    )
    traces_ratio: float = Field(1.0, ge=0, le=1, description="share of the requests that are traced, where they are")

    def database_url(self, configured: str, name: str) -> str:
        """The configured URL; plain `sqlite` means the file `name.sqlite` in the data folder."""
        if configured == "sqlite":
            return f"sqlite+aiosqlite:///{self.data_dir.resolve() / name}.sqlite"
        return configured

    def objects_url(self, configured: str) -> str:
        """The configured object store; plain `folder:` means `objects` in the data folder."""
        return f"folder:{self.data_dir.resolve() / 'objects'}" if configured == "folder:" else configured

    @model_validator(mode="after")
    def _production_has_nothing_embedded(self) -> Self:
        if self.environment != "production":
            return self
        refused = [name for name in type(self).model_fields if _is_embedded(getattr(self, name))]
        if refused:
            keys = ", ".join(f"OMNILEX_{name.upper()}" for name in sorted(refused))
            raise ValueError(f"not allowed in production (embedded part, default secret or missing value): {keys}")
        return self


def _is_embedded(value: object) -> bool:
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    embedded = ("embedded", DEVELOPMENT_SECRET)
    return isinstance(value, str) and (value in embedded or value.startswith(_EMBEDDED_URL_PREFIXES))
