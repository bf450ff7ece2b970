"""Internal tokens, and the dependencies that turn them into callers."""

import base64
import json
import time
from collections.abc import AsyncIterator

import httpx
import jwt
import pytest

from shared.callers import INTERNAL_TOKEN_SECONDS, Caller, InternalTokens, Tokens
from shared.errors import Unauthenticated
from shared.settings import DEVELOPMENT_SECRET
from tests.conftest import internal_headers, served, staff
from tests.shared.probe import Probe, probe_app

TOKENS = InternalTokens(DEVELOPMENT_SECRET)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with served(probe_app(Probe())) as client:
        yield client


@pytest.mark.parametrize(
    "caller",
    [Caller("service", "gateway"), Caller("customer", "web:1"), staff("admin", "agent"), Caller("staff", "zoë")],
)
def test_token_carries_its_caller(caller: Caller) -> None:
    assert TOKENS.verify(TOKENS.mint(caller, "accounts"), "accounts") == caller


def test_token_is_good_for_one_service_only() -> None:
    with pytest.raises(Unauthenticated):
        TOKENS.verify(TOKENS.mint(staff(), "media"), "accounts")


def test_token_of_another_secret_is_refused() -> None:
    with pytest.raises(Unauthenticated):
        TOKENS.verify(InternalTokens("another-secret-of-some-other-installation").mint(staff(), "accounts"), "accounts")


def test_token_ends_after_its_time() -> None:
    now = int(time.time())
    assert claims_of(TOKENS.mint(staff(), "accounts"))["exp"] in range(now + 59, now + INTERNAL_TOKEN_SECONDS + 2)
    with pytest.raises(Unauthenticated, match="expired"):
        TOKENS.verify(forged(exp=now - 1), "accounts")


def test_clock_of_the_sender_may_be_ahead() -> None:
    assert TOKENS.verify(forged(iat=int(time.time()) + 3), "accounts").subject == "pat"


@pytest.mark.parametrize(
    "claims",
    [
        {"kind": "root"},
        {"kind": None},
        {"roles": "admin"},
        {"roles": None},
        {"sub": None},
        {"sub": 7},
        {"aud": None},
        {"aud": "accounts"},
        {"exp": None},
        {"exp": "tomorrow"},
    ],
)
def test_token_with_odd_claims_is_refused(claims: dict[str, object]) -> None:
    with pytest.raises(Unauthenticated):
        TOKENS.verify(forged(**claims), "accounts")


def test_unknown_roles_are_dropped() -> None:
    assert TOKENS.verify(forged(roles=["agent", "owner", 7]), "accounts").roles == {"agent"}


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "..", "é.é.é", "." * 5000])
def test_garbage_is_refused(token: str) -> None:
    with pytest.raises(Unauthenticated):
        TOKENS.verify(token, "accounts")


@pytest.mark.parametrize("algorithm", ["none", "HS512"])
def test_other_algorithms_are_refused(algorithm: str) -> None:
    key = DEVELOPMENT_SECRET * 2 if algorithm != "none" else ""
    with pytest.raises(Unauthenticated):
        TOKENS.verify(jwt.encode(sound_claims(), key, algorithm), "accounts")


def test_altered_token_is_refused() -> None:
    head, _, signature = TOKENS.mint(staff("agent"), "accounts").split(".")
    body = base64.urlsafe_b64encode(json.dumps(sound_claims()).encode()).decode().rstrip("=")
    with pytest.raises(Unauthenticated):
        TOKENS.verify(f"{head}.{body}.{signature}", "accounts")


def test_claims_of_a_purpose_cannot_replace_the_standard_ones() -> None:
    tokens = Tokens(DEVELOPMENT_SECRET, "identity")
    claims = tokens.verify(tokens.mint("C-1", seconds=60, claims={"sub": "C-2", "aud": "x", "exp": 1, "session": "s"}))
    assert (claims["sub"], claims["aud"], claims["session"]) == ("C-1", "identity", "s")


async def test_caller_reaches_the_handler(client: httpx.AsyncClient) -> None:
    answer = await client.get("/probe/me", headers=internal_headers("accounts", Caller("customer", "web:1")))
    assert answer.json() == {"kind": "customer", "subject": "web:1"}


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic dXNlcjpwdw==", "Bearer x.y.z"])
async def test_without_a_token_nobody_enters(client: httpx.AsyncClient, header: str | None) -> None:
    answer = await client.get("/probe/me", headers={"authorization": header} if header is not None else {})
    assert answer.status_code == 401
    assert answer.json()["type"] == "https://omnilex.dev/problems/unauthenticated"
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("caller", "services_only", "staff_only"),
    [
        (Caller("service", "bot"), 200, 403),
        (Caller("customer", "web:1"), 403, 403),
        (Caller("customer", "web:1", frozenset({"admin"})), 403, 403),
        (Caller("service", "bot", frozenset({"admin"})), 200, 403),
        (Caller("staff", "pat"), 403, 403),
        (staff("admin"), 403, 200),
        (staff("supervisor"), 403, 200),
        (staff("analyst"), 403, 200),
        (staff("agent"), 403, 200),
    ],
)
async def test_who_may_enter_where(
    client: httpx.AsyncClient, caller: Caller, services_only: int, staff_only: int
) -> None:
    headers = internal_headers("accounts", caller)
    assert (await client.get("/probe/services-only", headers=headers)).status_code == services_only
    assert (await client.get("/probe/staff-only", headers=headers)).status_code == staff_only


def sound_claims() -> dict[str, object]:
    return {
        "sub": "pat",
        "aud": "internal:accounts",
        "exp": int(time.time()) + 60,
        "kind": "staff",
        "roles": ["admin"],
    }


def forged(**claims: object) -> str:
    """Signed with the right secret, but with these claims; null leaves one out."""
    whole = {name: value for name, value in (sound_claims() | claims).items() if value is not None}
    return jwt.api_jws.encode(json.dumps(whole).encode(), DEVELOPMENT_SECRET, "HS256")


def claims_of(token: str) -> dict[str, object]:
    claims: dict[str, object] = jwt.decode(token, options={"verify_signature": False})
    return claims
