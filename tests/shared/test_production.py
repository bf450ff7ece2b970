"""Production refuses every embedded part, default secret and missing key of every service, and names it.

The cases are read off the settings themselves: a part that is new is tested, or has to be told apart here.
"""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest
from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo

from shared.settings import DEVELOPMENT_SECRET, ServiceSettings

SERVICES = ("accounts", "bot", "gateway", "insights", "lex", "media")
EMBEDDED = {"embedded", "local"}
"""What a choice calls the part that comes with the system."""
WITHOUT_EMBEDDED_PART = {
    "environment", "log_level", "kendra_confidence", "twilio_recording", "vocabulary_filter_method",
    "speaker_separation_type", "lex_speech", "summary",
}  # fmt: skip
"""Choices between ways to work, not between parts: `lex_speech` is of the embedded runtime alone, a `summary` in the
parties' own words is a product of its own."""
NEVER_IN_PRODUCTION = {"demo_bank": "true", "lex_open_runtime": "true"}
"""Switches that production wants off."""
IDLE_IN_PRODUCTION = {"staff_token_secret"}
"""What need not be set: no token of the gateway's own is signed where staff sign in elsewhere."""
POSTGRES = "postgresql+psycopg://db/omnilex"
GOOD = {
    "demo_bank": "false",
    "lex_open_runtime": "false",
    "lex_runtime": "aws",
    "staff_login": "oidc",
    "oidc_issuer": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Staff",
    "oidc_jwks_url": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Staff/.well-known/jwks.json",
    "oidc_client_id": "7abc",
    "faq_search": "kendra",
    "kendra_index_id": "0d754b99-5a63-4aba-873a-f65d4ec7258e",
    "kendra_faq_bucket": "omnilex-faq",
    "kendra_faq_role_arn": "arn:aws:iam::123456789012:role/faq",
    "transcriber": "transcribe",
    "text_analysis": "comprehend",
    "blobs_url": "s3:bank-",
}
NEEDED = {
    "bot": ("kendra_index_id", "kendra_faq_bucket", "kendra_faq_role_arn"),
    "gateway": ("oidc_issuer", "oidc_jwks_url", "oidc_client_id"),
}
"""What a part of production cannot be without."""


def settings_of(service: str) -> type[ServiceSettings]:
    module = importlib.import_module(f"services.{service}.settings")
    found = [kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, ServiceSettings)]
    return max(found, key=lambda kind: len(kind.__mro__))


def choices(field: FieldInfo) -> frozenset[str]:
    return frozenset(map(str, get_args(field.annotation))) if get_origin(field.annotation) is Literal else frozenset()


def embedded_values(name: str, field: FieldInfo) -> Iterator[str]:
    """Values of the setting that production must refuse."""
    default = field.default
    if isinstance(default, SecretStr):
        yield DEVELOPMENT_SECRET
    elif isinstance(default, str) and default.startswith("sqlite"):
        yield from ("sqlite", "sqlite+aiosqlite:////data/x.sqlite", "sqlite://")
    elif isinstance(default, str) and default.startswith("folder:"):
        yield from ("folder:", "folder:/data/objects")
    elif name in NEVER_IN_PRODUCTION:
        yield NEVER_IN_PRODUCTION[name]
    yield from sorted(choices(field) & EMBEDDED)


CASES = [
    pytest.param(service, name, value, id=f"{service}-{name}-{'default' if value is None else number}")
    for service in SERVICES
    for name, field in settings_of(service).model_fields.items()
    for number, value in enumerate([*embedded_values(name, field), None])
    if list(embedded_values(name, field)) and not (value is None and name in IDLE_IN_PRODUCTION)
]


def good(service: str) -> dict[str, str]:
    """An environment in which the service starts in production."""
    made = {"environment": "production"}
    for name, field in settings_of(service).model_fields.items():
        if name in GOOD:
            made[name] = GOOD[name]
        elif isinstance(field.default, SecretStr):
            made[name] = f"a secret of the bank for {name}, drawn once"
        elif list(embedded_values(name, field)):
            made[name] = POSTGRES
    return {f"OMNILEX_{name.upper()}": value for name, value in made.items()}


@pytest.fixture(autouse=True)
def no_env_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def started(monkeypatch: pytest.MonkeyPatch, service: str, environment: dict[str, str]) -> ServiceSettings:
    """The service's settings, as its process reads them."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return settings_of(service)()


@pytest.mark.parametrize("service", SERVICES)
def test_service_starts_with_production_parts_alone(monkeypatch: pytest.MonkeyPatch, service: str) -> None:
    assert started(monkeypatch, service, good(service)).environment == "production"


@pytest.mark.parametrize(("service", "name", "value"), CASES)
def test_one_embedded_part_or_default_secret_is_refused_and_named(
    monkeypatch: pytest.MonkeyPatch, service: str, name: str, value: str | None
) -> None:
    environment, variable = good(service), f"OMNILEX_{name.upper()}"
    if value is None:
        del environment[variable]
    else:
        environment[variable] = value
    with pytest.raises(ValidationError) as refused:
        started(monkeypatch, service, environment)
    assert variable in str(refused.value)
    others = {other for other in environment if other.startswith("OMNILEX_") and other != variable}
    assert not [other for other in others if re.search(rf"{other}\b", str(refused.value))], "a good one was named too"
    assert DEVELOPMENT_SECRET not in str(refused.value)


@pytest.mark.parametrize(("service", "name"), [(service, name) for service in NEEDED for name in NEEDED[service]])
def test_one_missing_key_is_named(monkeypatch: pytest.MonkeyPatch, service: str, name: str) -> None:
    environment = good(service)
    del environment[f"OMNILEX_{name.upper()}"]
    with pytest.raises(ValidationError, match=f"OMNILEX_{name.upper()}"):
        started(monkeypatch, service, environment)


@pytest.mark.parametrize(
    ("service", "name"),
    [
        (service, name)
        for service in SERVICES
        for name, field in settings_of(service).model_fields.items()
        if isinstance(field.default, SecretStr)
    ],
)
@pytest.mark.parametrize("given", ["", "short"])
def test_blank_or_short_secret_is_named(monkeypatch: pytest.MonkeyPatch, service: str, name: str, given: str) -> None:
    with pytest.raises(ValidationError, match=name):
        started(monkeypatch, service, good(service) | {f"OMNILEX_{name.upper()}": given})


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_set_names_all_that_is_embedded(monkeypatch: pytest.MonkeyPatch, service: str) -> None:
    """One start is enough to know what is to be set, but for what depends on it."""
    with pytest.raises(ValidationError) as refused:
        started(monkeypatch, service, {"OMNILEX_ENVIRONMENT": "production"})
    kinds = (SecretStr, str)
    for name, field in settings_of(service).model_fields.items():
        values = list(embedded_values(name, field))
        if values and isinstance(field.default, kinds) and field.default != "local":
            assert f"OMNILEX_{name.upper()}" in str(refused.value)


@pytest.mark.parametrize("service", SERVICES)
def test_every_choice_is_told_apart(service: str) -> None:
    """A new choice names its embedded part with one of the words above, or is listed as one that has none."""
    unknown = {
        name
        for name, field in settings_of(service).model_fields.items()
        if choices(field) and not choices(field) & EMBEDDED and name not in WITHOUT_EMBEDDED_PART
    }
    assert not unknown


@pytest.mark.parametrize("service", SERVICES)
def test_no_secret_has_a_default_of_its_own(service: str) -> None:
    for name, field in settings_of(service).model_fields.items():
        if isinstance(field.default, SecretStr):
            assert field.default.get_secret_value() == DEVELOPMENT_SECRET, name
