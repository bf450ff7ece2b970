"""The whole system in production mode, every service a process, with an emulator in place of Amazon Web Services.

What stands outside of the system: the emulator (`tests.e2e.cloud`), PostgreSQL, and for Amazon Lex a conversation
engine that calls the code hook by the forwarder of `infra/bot.yaml`.
"""

import json
import os
import re
import runpy
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import boto3
import httpx
import psycopg
import pytest
from sqlalchemy import make_url

from tests.adapters.kendra_faqs import BUCKET as FAQ_BUCKET
from tests.adapters.kendra_faqs import ROLE as FAQ_ROLE
from tests.e2e.cloud import REGION
from tests.e2e.conftest import free_port, wait_until
from tests.e2e.recordings import telephone_wav

CLOUD, LEX, ACCOUNTS, BOT, INSIGHTS, MEDIA, WORKER, GATEWAY = range(8)
"""Ports, from the first one on."""
SOURCE: Final = "omni-lex-sentiment-source-audio"
EMULATOR = Path(__file__).parents[2] / "deploy/compose/emulator.py"
PHONE, PIN = "+15555550142", "8305"
STAFF_PASSWORD = "Passphrase-of-pat-1"
CUSTOMER = {
    "source": "users/1",
    "first_name": "Ines",
    "last_name": "Duarte",
    "phone": PHONE,
    "pin": PIN,
    "accounts": [{"source": "accounts/1", "kind": "checking", "name": "Everyday", "balance": 123_456}],
}


@dataclass
class Production:
    """The running system, and what stands outside of it."""

    folder: Path
    port: int
    database_url: str
    environments: dict[str, dict[str, str]] = field(default_factory=dict)
    token: str = ""

    def url(self, offset: int) -> str:
        return f"http://127.0.0.1:{self.port + offset}"

    def aws(self, service: str) -> Any:  # noqa: ANN401  boto3's clients have no types
        return boto3.client(service, endpoint_url=self.url(CLOUD), region_name=REGION, **_KEYS)

    def seen(self) -> tuple[dict[str, int], list[str]]:
        """How many requests of each operation there were, and what broke a model."""
        told = httpx.get(self.url(CLOUD) + "/_seen").json()
        return told["seen"], told["broken"]

    def staff(self) -> httpx.Client:
        headers = {"authorization": f"Bearer {self.token}"}
        return httpx.Client(base_url=self.url(GATEWAY), headers=headers, timeout=30)

    def environment(self, **own: str) -> dict[str, str]:
        """What every process has; nothing of the shell's that a service would read."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("OMNILEX_", "AWS_"))}
        aws = {
            "AWS_ENDPOINT_URL": self.url(CLOUD),
            "AWS_ACCESS_KEY_ID": _KEYS["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": _KEYS["aws_secret_access_key"],
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "PYTHONUNBUFFERED": "1",
        }
        return {**kept, **aws, **own}


_KEYS = {"aws_access_key_id": "AKIAEMULATOR", "aws_secret_access_key": "emulator"}


def secret(name: str) -> str:
    return f"a secret for {name} that this test has drawn"


def run(stack: ExitStack, system: Production, name: str, command: list[str], environment: dict[str, str]) -> None:
    """Starts a process that ends with the stack."""
    log = stack.enter_context((system.folder / f"{name}.log").open("wb"))
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        cwd=Path(__file__).parents[2],
    )

    def stop() -> None:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    stack.callback(stop)


def served(service: str, port: int) -> list[str]:
    options = ["--host", "127.0.0.1", "--port", str(port), "--no-access-log", "--timeout-graceful-shutdown", "5"]
    return ["uvicorn", "--factory", f"services.{service}.main:create_app", *options]


def is_there(url: str) -> bool:
    try:
        return httpx.get(url).is_success
    except httpx.HTTPError:
        return False


def make_account(system: Production, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the templates make in an account: buckets, queues, the rule, the secret, the pool. Their names."""
    for name, value in system.environment().items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    arrivals = str(runpy.run_path(str(EMULATOR))["make"]())
    sqs, events = system.aws("sqs"), system.aws("events")
    jobs = sqs.create_queue(QueueName="omnilex-transcriptions")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=jobs, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="transcriptions", EventPattern=json.dumps({"source": ["aws.transcribe"]}))
    events.put_targets(Rule="transcriptions", Targets=[{"Id": "media", "Arn": arn}])
    hook = system.aws("secretsmanager").create_secret(Name="omnilex/bank/CodeHook", SecretString=secret("code hook"))
    pool, client = make_pool(system)
    return {"arrivals": arrivals, "jobs": jobs, "hook": hook["ARN"], "pool": pool, "client": client}


def make_pool(system: Production) -> tuple[str, str]:
    """A pool with one member of staff; signs her in."""
    cognito = system.aws("cognito-idp")
    pool = cognito.create_user_pool(PoolName="bank-staff")["UserPool"]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="dashboard", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    cognito.admin_create_user(UserPoolId=pool, Username="pat")
    cognito.admin_set_user_password(UserPoolId=pool, Username="pat", Password=STAFF_PASSWORD, Permanent=True)
    cognito.create_group(UserPoolId=pool, GroupName="admin")
    cognito.admin_add_user_to_group(UserPoolId=pool, Username="pat", GroupName="admin")
    signed_in = cognito.initiate_auth(
        ClientId=client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "pat", "PASSWORD": STAFF_PASSWORD},
    )
    system.token = signed_in["AuthenticationResult"]["AccessToken"]
    return pool, client


def settings_of(system: Production, made: dict[str, str]) -> dict[str, dict[str, str]]:
    """By service, what it is told beside what all are told."""
    url = system.database_url
    media = {
        "MEDIA_DATABASE_URL": url,
        "WORKFLOW_DATABASE_URL": url,
        "BLOBS_URL": "s3:",
        "INSIGHTS_URL": system.url(INSIGHTS),
        "ARRIVALS_QUEUE_URL": made["arrivals"],
        "TRANSCRIPTION_QUEUE_URL": made["jobs"],
        "TRANSCRIBER": "transcribe",
        "TEXT_ANALYSIS": "comprehend",
        "MEDIA_WORKS_HERE": "false",
    }
    told = {
        "accounts": {
            "ACCOUNTS_DATABASE_URL": url,
            "PIN_PEPPER": secret("pins"),
            "AUDIT_KEY": secret("audit"),
            "DEMO_BANK": "false",
        },
        "bot": {
            "BOT_DATABASE_URL": url,
            "ACCOUNTS_URL": system.url(ACCOUNTS),
            "CODE_HOOK_SECRET": secret("code hook"),
            "IDENTITY_TOKEN_SECRET": secret("identity"),
            "FAQ_SEARCH": "kendra",
            "FAQ_REFRESH_SECONDS": "0.5",
            "KENDRA_INDEX_ID": str(uuid.uuid4()),
            "KENDRA_FAQ_BUCKET": FAQ_BUCKET,
            "KENDRA_FAQ_ROLE_ARN": FAQ_ROLE,
        },
        "insights": {"INSIGHTS_DATABASE_URL": url},
        "media": media,
        "worker": media,
        "gateway": {
            "GATEWAY_DATABASE_URL": url,
            "LEX_RUNTIME": "aws",
            "ACCOUNTS_URL": system.url(ACCOUNTS),
            "BOT_URL": system.url(BOT),
            "MEDIA_URL": system.url(MEDIA),
            "INSIGHTS_URL": system.url(INSIGHTS),
            "CHAT_TOKEN_SECRET": secret("chats"),
            "CODE_HOOK_SECRET": secret("code hook"),
            "CHANNEL_SECRET": secret("channels"),
            "STAFF_LOGIN": "oidc",
            "OIDC_ISSUER": f"https://cognito-idp.{REGION}.amazonaws.com/{made['pool']}",
            "OIDC_JWKS_URL": f"{system.url(CLOUD)}/{made['pool']}/.well-known/jwks.json",
            "OIDC_CLIENT_ID": made["client"],
        },
    }
    shared = {"ENVIRONMENT": "production", "INTERNAL_SECRET": secret("calls"), "LOG_LEVEL": "WARNING"}
    return {
        name: {f"OMNILEX_{key}": value for key, value in {**shared, **own}.items()}
        | {"OMNILEX_DATA_DIR": str(system.folder / name)}
        for name, own in told.items()
    }


def lex_environment(system: Production, made: dict[str, str]) -> dict[str, str]:
    """Of the conversation engine in place of Amazon Lex: it knows of the system what Amazon Lex would."""
    return system.environment(
        URL=f"{system.url(GATEWAY)}/webhooks/lex",
        SECRET_ARN=made["hook"],
        OMNILEX_DATA_DIR=str(system.folder / "lex"),
        OMNILEX_CODE_HOOK_BINDINGS="*/*/*=python:tests.e2e.forwarder:handler",
        OMNILEX_BLOBS_URL="s3:",
    )


@pytest.fixture(scope="module")
def production(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    name = f"production_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    url = make_url(postgres_server).set(drivername="postgresql+psycopg", database=name)
    system = Production(tmp_path_factory.mktemp("production"), free_port(8), url.render_as_string(hide_password=False))
    with ExitStack() as stack, pytest.MonkeyPatch.context() as monkeypatch:
        emulator = ["tests.e2e.cloud", str(system.port + CLOUD), system.url(LEX)]
        run(stack, system, "cloud", emulator, system.environment())
        wait_until(lambda: is_there(system.url(CLOUD) + "/_seen"))
        made = make_account(system, monkeypatch)
        run(stack, system, "lex", served("lex", system.port + LEX), lex_environment(system, made))
        system.environments = settings_of(system, made)
        for service, offset in (("accounts", ACCOUNTS), ("insights", INSIGHTS), ("bot", BOT), ("media", MEDIA)):
            environment = system.environment(**system.environments[service])
            run(stack, system, service, served(service, system.port + offset), environment)
        worker = system.environment(**system.environments["worker"], PORT=str(system.port + WORKER))
        run(stack, system, "worker", ["services.media.worker"], worker)
        gateway = system.environment(**system.environments["gateway"])
        run(stack, system, "gateway", served("gateway", system.port + GATEWAY), gateway)
        for offset in range(LEX, GATEWAY + 1):
            wait_until(partial(is_there, system.url(offset) + "/ready"), 120)
        yield system
        _, broken = system.seen()
        assert not broken, broken  # of all that the tests have caused
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def chat(system: Production, *texts: str) -> list[str]:
    """What the assistant answers to each, in one conversation that then ends."""
    with httpx.Client(base_url=system.url(GATEWAY), timeout=30) as client:
        opened = client.post("/api/v1/chat/sessions").json()
        client.headers["authorization"] = f"Bearer {opened['token']}"
        answers = []
        for text in texts:
            answer = client.post("/api/v1/chat/messages", json={"text": text})
            assert answer.status_code == 200, answer.text
            answers.append(" ".join(message.get("content") or "" for message in answer.json()["messages"]))
        assert client.delete("/api/v1/chat/sessions").is_success
    return answers


def test_conversation_by_lex_and_its_code_hook(production: Production) -> None:
    with production.staff() as staff:
        taken = staff.post("/api/v1/imports/customers", json={"customers": [CUSTOMER]})
        assert taken.status_code == 200, taken.text
        assert {row["outcome"] for row in taken.json()["outcomes"]} == {"imported"}
    before, _ = production.seen()
    *_, verified = chat(production, "what is my balance", PHONE, PIN)
    assert "Ines" in verified
    assert "$1,234.56" in verified
    seen, _ = production.seen()
    turns, ends = "lexv2-runtime:RecognizeText", "lexv2-runtime:DeleteSession"
    assert (seen[turns] - before.get(turns, 0), seen[ends] - before.get(ends, 0)) == (3, 1)
    assert seen["secretsmanager:GetSecretValue"] == 1, "the forwarder signs with the secret of the account"


def test_question_is_answered_from_kendra(production: Production) -> None:
    wait_until(lambda: production.seen()[0].get("kendra:DescribeFaq", 0) >= 2)
    (answer,) = chat(production, "what are your opening hours")
    assert re.search(r"\b(a\.?m|p\.?m|hours|open)\b", answer, re.IGNORECASE), answer
    assert production.seen()[0]["kendra:Query"] >= 1


def test_recording_in_s3_becomes_an_interaction(production: Production) -> None:
    key = "originalAudio/call of pat+1.wav"
    production.aws("s3").put_object(Bucket=SOURCE, Key=key, Body=telephone_wav(4))
    with production.staff() as staff:

        def done() -> list[dict[str, str]]:
            answer = staff.get("/api/v1/ledger", params={"name": "call of pat", "fate": "done"})
            return list(answer.json()["items"])

        wait_until(done)
        interaction = staff.get(f"/api/v1/interactions/{done()[0]['interaction_id']}").json()
    assert interaction["kind"] == "call"
    assert [turn["role"] for turn in interaction["turns"]] == ["AGENT", "CALLER", "AGENT", "CALLER"]
    assert interaction["turns"][1]["sentiment"]["score"] < 0 < interaction["turns"][3]["sentiment"]["score"]
    seen, _ = production.seen()
    assert seen["transcribe:StartTranscriptionJob"] == 1
    assert seen["comprehend:BatchDetectSentiment"] >= 1
    assert seen["sqs:ReceiveMessage"] >= 1
    wait_until(lambda: production.seen()[0].get("sqs:DeleteMessageBatch"))


def test_chat_becomes_an_interaction_by_its_conversation_log(production: Production) -> None:
    chat(production, "hello", "what are your opening hours")
    with production.staff() as staff:
        wait_until(lambda: staff.get("/api/v1/interactions", params={"channel": "web"}).json()["items"])


def test_staff_come_by_cognito_alone(production: Production) -> None:
    gateway = production.url(GATEWAY)
    with production.staff() as staff:
        assert staff.get("/api/v1/auth/me").json() == {"username": "pat", "roles": ["admin"]}
        staff.headers["authorization"] += "x"
        refused = staff.get("/api/v1/interactions")
    assert (refused.status_code, refused.headers["content-type"]) == (401, "application/problem+json")
    login = httpx.post(f"{gateway}/api/v1/auth/login", json={"username": "pat", "password": STAFF_PASSWORD})
    assert login.status_code == 403
    unsigned = httpx.post(f"{gateway}/webhooks/lex", json={"sessionId": "x"})
    assert unsigned.status_code == 401


@pytest.mark.parametrize(
    ("service", "key", "value"),
    [
        ("insights", "OMNILEX_INSIGHTS_DATABASE_URL", "sqlite"),
        ("gateway", "OMNILEX_STAFF_LOGIN", "embedded"),
        ("media", "OMNILEX_TEXT_ANALYSIS", "local"),
    ],
)
def test_process_with_an_embedded_part_ends_at_once_and_names_it(
    production: Production, service: str, key: str, value: str
) -> None:
    environment = production.environment(**production.environments[service] | {key: value})
    ended = subprocess.run(
        [sys.executable, "-m", *served(service, free_port(1))],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode != 0
    assert key in ended.stderr + ended.stdout
    assert secret("calls") not in ended.stderr + ended.stdout
