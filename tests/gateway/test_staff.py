import asyncio

import httpx
import pytest

from services.gateway.main import create_app
from services.gateway.settings import GatewaySettings
from services.gateway.staff import Bootstrap
from shared.callers import Tokens
from shared.settings import DEVELOPMENT_SECRET
from tests.conftest import served
from tests.gateway.conftest import ADMIN, gateway, signed_in, with_roles

LOGIN = "/api/v1/auth/login"
ME = "/api/v1/auth/me"
USERS = "/api/v1/users"


async def tried(client: httpx.AsyncClient, username: str, password: str) -> httpx.Response:
    return await client.post(LOGIN, json={"username": username, "password": password})


async def test_sign_in_and_who_am_i(settings: GatewaySettings, database_url: str) -> None:
    async with gateway(settings.model_copy(update={"gateway_database_url": database_url})) as client:
        answer = await tried(client, "ROOT", ADMIN.password)
        login = answer.json()
        assert answer.headers["cache-control"] == "no-store"
        assert (login["username"], login["roles"], login["token_type"]) == ("root", ["admin", "supervisor"], "bearer")
        me = await client.get(ME, headers={"authorization": f"Bearer {login['access_token']}"})
        assert me.json() == {"username": "root", "roles": ["admin", "supervisor"]}


async def test_wrong_name_and_wrong_password_look_alike(settings: GatewaySettings) -> None:
    async with gateway(settings) as client:
        wrong, unknown = await tried(client, "root", "nope"), await tried(client, "nobody", "nope")
        assert wrong.status_code == unknown.status_code == 401
        assert wrong.json()["detail"] == unknown.json()["detail"]


async def test_five_failures_close_the_door(settings: GatewaySettings) -> None:
    async with gateway(settings) as client:
        for _ in range(5):
            assert (await tried(client, "root", "nope")).status_code == 401
        refused = await tried(client, "root", ADMIN.password)
        assert refused.status_code == 429
        assert 0 < int(refused.headers["retry-after"]) <= 900
        assert (await tried(client, "somebody-else", "nope")).status_code == 429  # from the same address


async def test_guesses_at_the_same_time_count(settings: GatewaySettings) -> None:
    async with gateway(settings) as client:
        answers = await asyncio.gather(*(tried(client, "root", f"guess-{number}") for number in range(8)))
        assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 3


async def test_good_sign_ins_are_not_counted(settings: GatewaySettings) -> None:
    async with gateway(settings) as client:
        for _ in range(7):
            await signed_in(client)


@pytest.mark.parametrize(
    "token",
    [
        None,
        "rubbish",
        Tokens(DEVELOPMENT_SECRET, "staff").mint("root", seconds=-1, claims={"roles": ["admin"]}),
        Tokens(DEVELOPMENT_SECRET, "staff").mint("root", seconds=60, claims={"roles": ["admin"], "version": "old"}),
        Tokens(DEVELOPMENT_SECRET, "chat").mint("root", seconds=60, claims={"roles": ["admin"]}),
    ],
)
async def test_bad_token_is_refused(settings: GatewaySettings, token: str | None) -> None:
    async with gateway(settings) as client:
        for path in (ME, USERS, "/api/v1/interactions", "/api/v1/interactions/x", "/api/v1/ledger", "/api/v1/ledger/x"):
            answer = await client.get(path, headers={"authorization": f"Bearer {token}"} if token else {})
            assert answer.status_code == 401, path


async def test_chat_token_is_no_staff_token(settings: GatewaySettings) -> None:
    async with gateway(settings) as client:
        token = (await client.post("/api/v1/chat/sessions")).json()["token"]
        assert (await client.get(ME, headers={"authorization": f"Bearer {token}"})).status_code == 401


async def test_admin_adds_lists_and_removes_users(settings: GatewaySettings, database_url: str) -> None:
    async with gateway(settings.model_copy(update={"gateway_database_url": database_url})) as client:
        admin = await signed_in(client)
        kim = {"username": "Kim", "password": "password-of-kim", "roles": ["analyst", "agent"]}
        added = await client.post(USERS, json=kim, headers=admin)
        assert (added.status_code, added.json()) == (201, {"username": "kim", "roles": ["analyst", "agent"]})
        assert (await client.post(USERS, json=kim, headers=admin)).status_code == 409
        first = (await client.get(USERS, params={"limit": 1}, headers=admin)).json()
        rest = (await client.get(USERS, params={"cursor": first["next_cursor"]}, headers=admin)).json()
        assert [user["username"] for user in first["items"] + rest["items"]] == ["kim", "root"]
        assert rest["next_cursor"] is None

        theirs = await signed_in(client, Bootstrap("kim", "password-of-kim"))
        assert (await client.delete(f"{USERS}/kim", headers=admin)).status_code == 204
        assert (await client.get(ME, headers=theirs)).status_code == 401
        assert (await client.delete(f"{USERS}/kim", headers=admin)).status_code == 404
        await client.post(USERS, json=kim, headers=admin)
        assert (await client.get(ME, headers=theirs)).status_code == 401  # another Kim


@pytest.mark.parametrize("roles", [["supervisor"], ["analyst"], ["agent"], ["supervisor", "analyst", "agent"]])
async def test_only_admins_see_and_change_users(settings: GatewaySettings, roles: list[str]) -> None:
    async with gateway(settings) as client:
        theirs = await with_roles(client, *roles)
        new = {"username": "x", "password": "long-enough-password", "roles": ["admin"]}
        assert (await client.get(USERS, headers=theirs)).status_code == 403
        assert (await client.post(USERS, json=new, headers=theirs)).status_code == 403
        assert (await client.delete(f"{USERS}/root", headers=theirs)).status_code == 403


async def test_last_admin_stays(settings: GatewaySettings) -> None:
    async with gateway(settings) as client:
        admin = await signed_in(client)
        assert (await client.delete(f"{USERS}/root", headers=admin)).status_code == 409
        other = await with_roles(client, "admin")
        assert (await client.delete(f"{USERS}/root", headers=other)).status_code == 204
        assert (await client.get(ME, headers=admin)).status_code == 401
        assert (await client.delete(f"{USERS}/admin", headers=other)).status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        {"username": "x", "password": "short", "roles": ["agent"]},
        {"username": "x", "password": "long-enough-password", "roles": []},
        {"username": "x", "password": "long-enough-password", "roles": ["king"]},
        {"username": "a b", "password": "long-enough-password", "roles": ["agent"]},
        {"username": "", "password": "long-enough-password", "roles": ["agent"]},
    ],
)
async def test_bad_user_is_refused_without_repeating_the_password(
    settings: GatewaySettings, body: dict[str, object]
) -> None:
    async with gateway(settings) as client:
        answer = await client.post(USERS, json=body, headers=await signed_in(client))
        assert answer.status_code == 422
        assert str(body["password"]) not in answer.text


async def test_first_user_comes_from_the_settings(settings: GatewaySettings) -> None:
    def with_password(password: str) -> GatewaySettings:
        values = settings.model_dump() | {"bootstrap_username": "Boss", "bootstrap_password": password}
        return GatewaySettings.model_validate(values)

    async with served(create_app(with_password("first-password"))) as client:
        token = await signed_in(client, Bootstrap("boss", "first-password"))
    async with served(create_app(with_password("first-password"))) as client:
        me = await client.get(ME, headers=token)  # a restart signs nobody out
        assert me.json() == {"username": "boss", "roles": ["admin", "supervisor"]}
    async with served(create_app(with_password("other-password"))) as client:
        assert (await client.get(ME, headers=token)).status_code == 401
        assert (await tried(client, "boss", "first-password")).status_code == 401
        await signed_in(client, Bootstrap("boss", "other-password"))


async def test_passwords_are_stored_as_argon2id(settings: GatewaySettings) -> None:
    async with gateway(settings) as client:
        await signed_in(client)
    stored = b"".join(file.read_bytes() for file in settings.data_dir.iterdir())
    assert b"$argon2id$" in stored
    assert ADMIN.password.encode() not in stored
