"""compose.yaml names only services, settings and secrets that exist."""

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr

from shared.settings import DEVELOPMENT_SECRET, ServiceSettings

ROOT = Path(__file__).parents[1]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
OURS = ("accounts", "bot", "gateway", "insights", "lex", "media", "media-worker")
MIGRATIONS = tuple(name for name in SERVICES if name.startswith("migrate-"))
OF_LIBRARIES = {"PGPASSWORD", "HOST", "PORT", "AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION"}
OF_LIBRARIES |= {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}


def settings_of(service: str) -> type[ServiceSettings]:
    module = importlib.import_module(f"services.{service.removesuffix('-worker')}.settings")
    found = [kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, ServiceSettings)]
    return max(found, key=lambda kind: len(kind.__mro__))


@pytest.mark.parametrize("service", OURS)
def test_every_variable_is_a_setting_of_its_service(service: str) -> None:
    names = {f"OMNILEX_{name.upper()}" for name in settings_of(service).model_fields}
    assert set(SERVICES[service]["environment"]) - OF_LIBRARIES <= names


@pytest.mark.parametrize("service", OURS)
def test_every_secret_of_a_service_must_be_given(service: str) -> None:
    given = SERVICES[service]["environment"]
    for name, value in settings_of(service)().model_dump().items():
        if isinstance(value, SecretStr) and value.get_secret_value() == DEVELOPMENT_SECRET:
            assert ":?" in given[f"OMNILEX_{name.upper()}"], name
    assert ":?" in given["PGPASSWORD"]


def test_every_address_inside_is_of_a_service() -> None:
    hosts = set(re.findall(r"(?:http://|@)([a-z]+):\d+", (ROOT / "compose.yaml").read_text()))
    assert hosts <= set(SERVICES)


def test_who_waits_waits_for_something_there() -> None:
    for service in SERVICES.values():
        assert set(service.get("depends_on", {})) <= set(SERVICES)


def test_tables_are_newest_before_a_service_starts() -> None:
    assert {name.removeprefix("migrate-") for name in MIGRATIONS} == {name.removesuffix("-worker") for name in OURS}
    for service in OURS:
        waits = SERVICES[service]["depends_on"]
        migration = f"migrate-{service.removesuffix('-worker')}"
        assert waits[migration] == {"condition": "service_completed_successfully"}
        assert SERVICES[migration]["depends_on"] == {"database": {"condition": "service_healthy"}}


@pytest.mark.parametrize("name", MIGRATIONS)
def test_migration_is_of_its_service_and_ends(name: str, tmp_path: Path) -> None:
    migration = SERVICES[name]
    service = migration["build"]["args"]["SERVICE"]
    assert name == f"migrate-{service}"
    (variable,) = set(migration["environment"]) - OF_LIBRARIES
    environment = {**os.environ, "SERVICE": service, variable: f"sqlite+aiosqlite:///{tmp_path / 'tables.sqlite'}"}
    command = [sys.executable, *migration["command"][1:]]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "tables.sqlite").exists()


def test_migration_without_its_database_says_what_is_missing() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OMNILEX_")}
    command = [sys.executable, "-m", "shared.migrate"]
    done = subprocess.run(
        command, cwd=ROOT, env={**environment, "SERVICE": "bot"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "OMNILEX_<SERVICE>_DATABASE_URL" in done.stderr


@pytest.mark.parametrize("name", [*OURS, *MIGRATIONS])
def test_container_is_confined(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_only_the_gateway_is_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["gateway"]


def test_workers_can_be_many() -> None:
    worker = SERVICES["media-worker"]
    assert "container_name" not in worker
    assert worker["command"] == ["python", "-m", "services.media.worker"]
    assert SERVICES["media"]["environment"]["OMNILEX_MEDIA_WORKS_HERE"] == "false"
