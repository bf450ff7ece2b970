"""How staff come in: one contract, kept by passwords of our own and by Amazon Cognito as the emulator has it."""

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aioboto3
import httpx
import pytest

from services.gateway.assembly import assemble
from services.gateway.issued_staff import IssuedStaff
from services.gateway.main import PACKAGE, create_app
from services.gateway.settings import GatewaySettings
from services.gateway.staff import Staff
from shared.db import open_database
from tests.conftest import served
from tests.gateway.conftest import ADMIN, QUICK, FakeLex, signed_in

ME, USERS = "/api/v1/auth/me", "/api/v1/users"
ROLES = {"kim": "analyst", "lee": "agent"}


@dataclass
class Door:
    """The gateway, and for each member of staff the token with which they come."""

    client: httpx.AsyncClient
    tokens: dict[str, str]
    kind: type[Staff | IssuedStaff]

    async def get(self, path: str, token: str) -> httpx.Response:
        return await self.client.get(path, headers={"authorization": f"Bearer {token}"})


async def pool_of(cognito: Any) -> tuple[dict[str, Any], dict[str, str]]:  # noqa: ANN401  boto has no types
    """A pool with an admin and the others: the settings that fit it, and everybody's token."""
    pool = (await cognito.create_user_pool(PoolName="staff"))["UserPool"]["Id"]
    made = await cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="dashboard", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )
    client_id, tokens = made["UserPoolClient"]["ClientId"], {}
    for name, group in {"root": "admin", **ROLES}.items():
        password = f"Aa1-{secrets.token_hex(12)}"
        await cognito.create_group(UserPoolId=pool, GroupName=group)
        await cognito.admin_create_user(UserPoolId=pool, Username=name)
        await cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=password, Permanent=True)
        await cognito.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=group)
        given = {"USERNAME": name, "PASSWORD": password}
        asked = {"ClientId": client_id, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": given}
        tokens[name] = (await cognito.initiate_auth(**asked))["AuthenticationResult"]["AccessToken"]
    issuer = f"https://cognito-idp.us-east-1.amazonaws.com/{pool}"
    return {"staff_login": "oidc", "oidc_issuer": issuer, "oidc_client_id": client_id, "pool": pool}, tokens


async def with_passwords(client: httpx.AsyncClient) -> dict[str, str]:
    admin = await signed_in(client)
    tokens = {"root": admin["authorization"].removeprefix("Bearer ")}
    for name, role in ROLES.items():
        body = {"username": name, "password": "a password of theirs", "roles": [role]}
        assert (await client.post(USERS, json=body, headers=admin)).status_code == 201
        answer = await client.post("/api/v1/auth/login", json={"username": name, "password": body["password"]})
        tokens[name] = answer.json()["access_token"]
    return tokens


@pytest.fixture
def settings(data_dir: Path, tmp_path: Path) -> GatewaySettings:
    return GatewaySettings(data_dir=data_dir, web_root=tmp_path / "dist")


@pytest.fixture(params=["embedded", "cognito"])
async def door(
    request: pytest.FixtureRequest, settings: GatewaySettings, session: aioboto3.Session
) -> AsyncIterator[Door]:
    async with AsyncExitStack() as stack:
        tokens: dict[str, str] = {}
        if request.param == "cognito":
            endpoint = request.getfixturevalue("moto_endpoint").replace("0.0.0.0", "127.0.0.1")  # noqa: S104  not bound
            keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
            client = await stack.enter_async_context(session.client("cognito-idp", endpoint_url=endpoint, **keys))
            told, tokens = await pool_of(client)
            told["oidc_jwks_url"] = f"{endpoint}/{told.pop('pool')}/.well-known/jwks.json"
            settings = GatewaySettings.model_validate(settings.model_dump() | told)
        url = settings.database_url(settings.gateway_database_url, "gateway")
        database = await stack.enter_async_context(open_database(url, PACKAGE))
        http = await stack.enter_async_context(httpx.AsyncClient())
        service = assemble(settings, database, http, FakeLex(), passwords=QUICK)
        if isinstance(service.staff, Staff):
            await service.staff.bootstrap(ADMIN)
        here = await stack.enter_async_context(served(create_app(settings, service)))
        yield Door(here, tokens or await with_passwords(here), type(service.staff))


async def test_token_says_who_and_in_which_role(door: Door) -> None:
    for name, role in ROLES.items():
        answer = await door.get(ME, door.tokens[name])
        assert answer.json() == {"username": name, "roles": [role]}, door.kind


async def test_role_opens_what_is_its_own_and_no_more(door: Door) -> None:
    assert (await door.get(USERS, door.tokens["root"])).status_code == 200
    for name in ROLES:
        assert (await door.get(USERS, door.tokens[name])).status_code == 403


async def test_who_has_come_is_listed(door: Door) -> None:
    for token in door.tokens.values():
        await door.get(ME, token)
    listed = (await door.get(USERS, door.tokens["root"])).json()["items"]
    assert {"kim", "lee", "root"} == {member["username"] for member in listed}
    assert {"username": "kim", "roles": ["analyst"]} in listed


@pytest.mark.parametrize("spoilt", ["altered", "cut", "empty", "of another kind"])
async def test_other_tokens_are_refused(door: Door, spoilt: str) -> None:
    token = door.tokens["root"]
    head, claims, signature = token.split(".")
    chat = (await door.client.post("/api/v1/chat/sessions")).json()["token"]
    made = {
        "altered": f"{head}.{claims}.{signature[:-8]}AAAAAAAA",
        "cut": f"{head}.{claims}.",
        "empty": "x",
        "of another kind": chat,
    }
    answer = await door.get(ME, made[spoilt])
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert (await door.client.get(ME)).status_code == 401
