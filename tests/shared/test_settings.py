"""Settings: the environment, bar lists, and what production refuses."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from shared.settings import DEVELOPMENT_SECRET, BarList, ServiceSettings, split_bar

GOOD_SECRET = "a-long-secret-of-the-bank-itself-0123456789"


class Sample(ServiceSettings):
    languages: BarList = ("en",)
    database: str = "sqlite"
    objects: str = "folder:"
    faq: str = "embedded"
    webhook_secret: SecretStr = SecretStr(DEVELOPMENT_SECRET)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("en", ("en",)),
        ("en|es|fr", ("en", "es", "fr")),
        ("  en | es|fr ", ("en", "es", "fr")),
        ("en||es|", ("en", "es")),
        ("Agent | Caller", ("Agent", "Caller")),
        ("", ()),
        ("  ", ()),
    ],
)
def test_bar_list_is_split_with_any_spacing(monkeypatch: pytest.MonkeyPatch, text: str, parts: tuple[str, ...]) -> None:
    monkeypatch.setenv("OMNILEX_LANGUAGES", text)
    assert Sample().languages == parts
    assert split_bar(text) == parts


def test_bar_list_may_be_given_as_one() -> None:
    assert Sample(languages=("a", "b")).languages == ("a", "b")


def test_environment_wins_over_the_env_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("OMNILEX_FAQ=file\nOMNILEX_LOG_LEVEL=ERROR\nOTHER=1\n")
    assert Sample().faq == "file"
    monkeypatch.setenv("OMNILEX_FAQ", "environment")
    assert (Sample().faq, Sample().log_level) == ("environment", "ERROR")


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Sample().faq = "kendra"


def test_secret_is_not_shown() -> None:
    assert DEVELOPMENT_SECRET not in repr(Sample())


def test_short_secret_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMNILEX_INTERNAL_SECRET", "short-secret-1234")
    with pytest.raises(ValidationError, match="internal_secret") as caught:
        Sample()
    assert "short-secret" not in str(caught.value)


def test_production_names_every_key_it_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMNILEX_ENVIRONMENT", "production")
    with pytest.raises(ValidationError) as caught:
        Sample()
    keys = "OMNILEX_DATABASE, OMNILEX_FAQ, OMNILEX_INTERNAL_SECRET, OMNILEX_OBJECTS, OMNILEX_WEBHOOK_SECRET"
    assert f"missing value): {keys}" in str(caught.value)
    assert DEVELOPMENT_SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("DATABASE", "sqlite"),
        ("DATABASE", "sqlite+aiosqlite:////data/x.sqlite"),
        ("OBJECTS", "folder:/data/objects"),
        ("FAQ", "embedded"),
        ("WEBHOOK_SECRET", DEVELOPMENT_SECRET),
    ],
)
def test_production_refuses_one_embedded_value(monkeypatch: pytest.MonkeyPatch, key: str, value: str) -> None:
    production(monkeypatch)
    assert Sample().environment == "production"
    monkeypatch.setenv(f"OMNILEX_{key}", value)
    with pytest.raises(ValidationError, match=rf"missing value\): OMNILEX_{key} \["):
        Sample()


def production(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "ENVIRONMENT": "production",
        "INTERNAL_SECRET": GOOD_SECRET,
        "WEBHOOK_SECRET": GOOD_SECRET,
        "DATABASE": "postgresql+psycopg://db/omnilex",
        "OBJECTS": "s3:",
        "FAQ": "kendra",
    }
    for key, value in values.items():
        monkeypatch.setenv(f"OMNILEX_{key}", value)


def test_plain_names_mean_files_in_the_data_folder(tmp_path: Path) -> None:
    settings = ServiceSettings(data_dir=tmp_path)
    assert settings.database_url("sqlite", "bank") == f"sqlite+aiosqlite:///{tmp_path}/bank.sqlite"
    assert settings.database_url("postgresql+psycopg://db/x", "bank") == "postgresql+psycopg://db/x"
    assert settings.objects_url("folder:") == f"folder:{tmp_path}/objects"
    assert settings.objects_url("folder:/elsewhere") == "folder:/elsewhere"
    assert settings.objects_url("s3:prefix-") == "s3:prefix-"
