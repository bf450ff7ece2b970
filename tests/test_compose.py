"""compose.yaml names only services, settings and secrets that exist."""

import importlib
import re
from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr

from shared.settings import DEVELOPMENT_SECRET, ServiceSettings

ROOT = Path(__file__).parents[1]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
OURS = ("accounts", "bot", "gateway", "insights", "lex", "media")


def settings_of(service: str) -> type[ServiceSettings]:
    module = importlib.import_module(f"services.{service}.settings")
    found = [kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, ServiceSettings)]
    return max(found, key=lambda kind: len(kind.__mro__))


@pytest.mark.parametrize("service", OURS)
def test_every_variable_is_a_setting_of_its_service(service: str) -> None:
    names = {f"OMNILEX_{name.upper()}" for name in settings_of(service).model_fields}
    assert set(COMPOSE["services"][service]["environment"]) <= names


@pytest.mark.parametrize("service", OURS)
def test_every_secret_of_a_service_must_be_given(service: str) -> None:
    given = COMPOSE["services"][service]["environment"]
    for name, value in settings_of(service)().model_dump().items():
        if isinstance(value, SecretStr) and value.get_secret_value() == DEVELOPMENT_SECRET:
            assert ":?" in given[f"OMNILEX_{name.upper()}"], name


def test_every_address_inside_is_of_a_service() -> None:
    hosts = set(re.findall(r"(?:http://|@)([a-z]+):\d+", (ROOT / "compose.yaml").read_text()))
    assert hosts <= set(COMPOSE["services"])


def test_who_waits_waits_for_something_there() -> None:
    for service in COMPOSE["services"].values():
        assert set(service.get("depends_on", {})) <= set(COMPOSE["services"])
