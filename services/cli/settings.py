"""Settings of the command line."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class CliSettings(BaseSettings):
    """Prefix `OMNILEX_`, from the environment and `.env`. Staff commands come with `token` where it is set; else they
    sign in with `username` and `password`, or with the login that `omnilex up` left in the data folder.
    """

    model_config = SettingsConfigDict(env_prefix="OMNILEX_", env_file=".env", frozen=True, extra="ignore")

    data_dir: Path = Path("data")
    gateway_url: str | None = Field(None, description="default: where `omnilex up` runs, else http://127.0.0.1:8080")
    username: str | None = None
    password: SecretStr | None = None
    token: SecretStr | None = Field(
        None, description="access token of the bank's identity provider, where staff sign in"
    )
