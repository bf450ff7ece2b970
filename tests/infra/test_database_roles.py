"""The function in infra/database.yaml that gives each service its role and schema, run against a real PostgreSQL."""

import asyncio
import json
import uuid
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from shared.migrate import migrate
from tests.infra.templates import function_of

SERVICES = ("accounts", "bot", "gateway", "insights", "media")


class DataApi:
    """Amazon RDS's Data API, as far as it is used: a statement, on its own, in the database of the cluster."""

    def __init__(self, url: str) -> None:
        self._url = url

    def execute_statement(self, *, sql: str, database: str, **_: str) -> None:
        assert database == "omnilex"
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(sql.encode())


class Secrets:
    def __init__(self, passwords: dict[str, str]) -> None:
        self.passwords = passwords

    def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803
        return {"SecretString": json.dumps({"username": SecretId, "password": self.passwords[SecretId]})}


@pytest.fixture
def cluster(postgres_server: str) -> Iterator[str]:
    """The URL of a server with the cluster's database in it and none of the roles."""
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE omnilex")
    yield make_url(postgres_server).set(database="omnilex").render_as_string(hide_password=False)
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("DROP DATABASE omnilex WITH (FORCE)")
        for name in SERVICES:
            connection.execute(f"DROP ROLE IF EXISTS {name}".encode())


def fresh() -> dict[str, str]:
    return {name: uuid.uuid4().hex * 2 for name in SERVICES}


def prepare(cluster: str, passwords: dict[str, str]) -> None:
    names: dict[str, Any] = function_of("database.yaml", "RolesFunction")
    properties = {"ClusterArn": "c", "MasterSecretArn": "m", "SecretArns": list(SERVICES)}
    names["prepare"](properties, DataApi(cluster), Secrets(passwords))


def as_service(cluster: str, name: str, password: str) -> psycopg.Connection[Any]:
    url = make_url(cluster).set(username=name, password=password, drivername="postgresql")
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)


def test_each_service_migrates_its_own_schema_and_sees_no_other(cluster: str) -> None:
    passwords = fresh()
    prepare(cluster, passwords)
    for name in SERVICES:
        url = make_url(cluster).set(username=name, password=passwords[name], drivername="postgresql+psycopg")
        asyncio.run(migrate(name, url.render_as_string(hide_password=False)))
    with psycopg.connect(cluster) as connection:
        found = connection.execute(
            "SELECT schemaname, count(*) FROM pg_tables WHERE tablename LIKE '%\\_migrations' GROUP BY 1 ORDER BY 1"
        ).fetchall()
    assert found == [(name, 1) for name in SERVICES]
    with as_service(cluster, "insights", passwords["insights"]) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM accounts.accounts_migrations")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE public.mine (id int)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE SCHEMA dbos")


def test_workflow_engine_may_make_its_schema(cluster: str) -> None:
    passwords = fresh()
    prepare(cluster, passwords)
    with as_service(cluster, "media", passwords["media"]) as connection:
        connection.execute("CREATE SCHEMA dbos")


def test_again_it_changes_the_passwords_alone(cluster: str) -> None:
    first, second = fresh(), fresh()
    prepare(cluster, first)
    with as_service(cluster, "bot", first["bot"]) as connection:
        connection.execute("CREATE TABLE kept (id int)")
    prepare(cluster, second)
    with as_service(cluster, "bot", second["bot"]) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


@pytest.mark.parametrize("password", ["short", "x" * 40 + "'; DROP TABLE bot --"])
def test_password_that_would_need_quoting_is_refused(cluster: str, password: str) -> None:
    with pytest.raises(ValueError, match="would need quoting"):
        prepare(cluster, {**fresh(), "accounts": password})


@pytest.mark.parametrize(
    ("kind", "fails", "status"), [("Create", False, "SUCCESS"), ("Update", True, "FAILED"), ("Delete", True, "SUCCESS")]
)
def test_cloudformation_always_has_its_answer(kind: str, fails: bool, status: str) -> None:
    names: dict[str, Any] = function_of("database.yaml", "RolesFunction")
    answers: list[tuple[str, str | None]] = []

    def prepared(*_: object) -> None:
        if fails:
            raise RuntimeError("telltale password")

    def send(_: object, __: object, told: str, ___: object, ____: str, reason: str | None) -> None:
        answers.append((told, reason))

    names["prepare"] = prepared
    names["boto3"] = SimpleNamespace(client=lambda _: None)
    names["cfnresponse"] = SimpleNamespace(SUCCESS="SUCCESS", FAILED="FAILED", send=send)
    names["handler"]({"RequestType": kind, "ResourceProperties": {}}, None)
    assert [told for told, _ in answers] == [status]
    assert "telltale" not in str(answers)
