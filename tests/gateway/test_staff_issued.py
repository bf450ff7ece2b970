"""Staff who sign in at an issuer of OpenID Connect: whose tokens open the door, and whose do not."""

import base64
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pydantic import JsonValue, ValidationError

from services.gateway.assembly import assemble
from services.gateway.main import PACKAGE, create_app
from services.gateway.settings import GatewaySettings
from services.gateway.signing_keys import SigningKeys, read_keys
from shared.callers import Tokens
from shared.db import open_database
from shared.errors import Unavailable, UpstreamFailed
from shared.settings import DEVELOPMENT_SECRET
from tests.conftest import served
from tests.gateway.conftest import QUICK, FakeLex, gateway
from tests.gateway.identity_provider import (
    ADDRESS,
    CLIENT,
    EC_KEY,
    NAME,
    RSA_KEYS,
    IdentityProvider,
    claims,
    public_jwk,
)

ME = "/api/v1/auth/me"
USERS = "/api/v1/users"
CODE = "/api/v1/auth/code"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"


@asynccontextmanager
async def door(
    settings: GatewaySettings, provider: IdentityProvider, **changed: object
) -> AsyncIterator[httpx.AsyncClient]:
    values = settings.model_dump() | provider.settings() | changed
    told = GatewaySettings.model_validate(values)
    mounts = {ADDRESS: httpx.ASGITransport(app=provider.app)}
    async with (
        open_database(told.database_url(told.gateway_database_url, "gateway"), PACKAGE) as database,
        httpx.AsyncClient(mounts=mounts) as http,
    ):
        service = assemble(told, database, http, FakeLex(), passwords=QUICK)
        async with served(create_app(told, service)) as client:
            yield client


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


@pytest.fixture
def provider() -> IdentityProvider:
    return IdentityProvider()


async def test_token_of_the_issuer_says_who_and_in_which_role(
    settings: GatewaySettings, database_url: str, provider: IdentityProvider
) -> None:
    async with door(settings, provider, gateway_database_url=database_url) as client:
        answer = await client.get(ME, headers=bearer(provider.token()))
        assert answer.json() == {"username": "pat", "roles": ["supervisor"]}
        assert (await client.get(USERS, headers=bearer(provider.token()))).status_code == 403
        promoted = provider.token(claims(**{"cognito:groups": ["admin", "somewhere-else"]}))
        listed = await client.get(USERS, headers=bearer(promoted))
        assert listed.json()["items"] == [{"username": "pat", "roles": ["admin"]}]
        assert provider.looks == 1


@pytest.mark.parametrize("audience", [{"aud": CLIENT}, {"aud": ["other", CLIENT]}, {"aud": CLIENT, "client_id": None}])
async def test_audience_may_be_named_as_others_do(
    settings: GatewaySettings, provider: IdentityProvider, audience: dict[str, object]
) -> None:
    async with door(settings, provider) as client:
        answer = await client.get(ME, headers=bearer(provider.token(claims(**audience))))
        assert answer.status_code == 200


async def test_es256_is_taken_too(settings: GatewaySettings, provider: IdentityProvider) -> None:
    provider.keys = {"curve": EC_KEY}
    async with door(settings, provider) as client:
        assert (await client.get(ME, headers=bearer(provider.token(key_id="curve")))).status_code == 200


async def test_groups_have_the_roles_of_the_settings(settings: GatewaySettings, provider: IdentityProvider) -> None:
    async with door(
        settings,
        provider,
        oidc_groups="CN=Bank Desk=agent | Leads=supervisor",
        oidc_groups_claim="groups",
        oidc_name_claim="email",
    ) as client:
        told = claims(groups=["CN=Bank Desk", "Leads", "admin"], email="pat@bank.example")
        answer = await client.get(ME, headers=bearer(provider.token(told)))
        assert answer.json() == {"username": "pat@bank.example", "roles": ["supervisor", "agent"]}
        one = await client.get(ME, headers=bearer(provider.token(claims(groups="Leads", email="kim@bank.example"))))
        assert one.json()["roles"] == ["supervisor"]


@pytest.mark.parametrize("groups", [None, [], ["visitors"], "visitors", [["admin"]], {"admin": True}, 7])
async def test_who_has_no_role_with_us_is_turned_away(
    settings: GatewaySettings, provider: IdentityProvider, groups: object
) -> None:
    async with door(settings, provider) as client:
        answer = await client.get(ME, headers=bearer(provider.token(claims(**{"cognito:groups": groups}))))
        assert answer.status_code == 403
        assert answer.headers["content-type"] == "application/problem+json"


def unsigned(told: dict[str, object], **header: object) -> str:
    parts = ({"alg": "none", "typ": "JWT", "kid": "first"} | header, told)
    head, body = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
    return f"{head}.{body}."


def with_the_public_key_as_secret(provider: IdentityProvider) -> str:
    """The old trick: HMAC with what everybody knows. PyJWT itself would refuse to make it."""
    import hashlib
    import hmac

    pem = (
        RSA_KEYS[0]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    text = unsigned(claims(), alg="HS256").removesuffix(".")
    signature = hmac.new(pem, text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def with_header(provider: IdentityProvider, **header: object) -> str:
    headers: dict[str, object] = {"kid": "first"} | header
    return jwt.encode(claims(), RSA_KEYS[0], str(headers.pop("alg", "RS256")), headers=headers)


BAD: dict[str, Callable[[IdentityProvider], str]] = {
    "wrong issuer": lambda it: it.token(claims(iss="https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Other")),
    "issuer with a slash more": lambda it: it.token(claims(iss=f"{NAME}/")),
    "no issuer": lambda it: it.token(claims(iss=None)),
    "another client": lambda it: it.token(claims(client_id="another-app")),
    "another audience, our client": lambda it: it.token(claims(aud="another-api")),
    "audience of another kind": lambda it: it.token(claims(aud={"x": CLIENT})),
    "nobody's": lambda it: it.token(claims(client_id=None)),
    "expired": lambda it: it.token(claims(exp=int(time.time()) - 120)),
    "without an end": lambda it: it.token(claims(exp=None)),
    "not begun": lambda it: it.token(claims(nbf=int(time.time()) + 120)),
    "from the future": lambda it: it.token(claims(iat=int(time.time()) + 120)),
    "an end that is none": lambda it: it.token(claims(exp="tomorrow")),
    "no subject": lambda it: it.token(claims(sub=None)),
    "no name": lambda it: it.token(claims(username=None)),
    "blank name": lambda it: it.token(claims(username="  ")),
    "name with a line": lambda it: it.token(claims(username="pat\nadmin")),
    "long name": lambda it: it.token(claims(username="p" * 65)),
    "name that is no text": lambda it: it.token(claims(username=["pat"])),
    "unsigned": lambda it: unsigned(claims()),
    "unsigned, said otherwise": lambda it: unsigned(claims(), alg="None"),
    "unsigned, as RS256": lambda it: unsigned(claims(), alg="RS256"),
    "public key as a secret": with_the_public_key_as_secret,
    "another algorithm": lambda it: with_header(it, alg="RS512"),
    "PSS": lambda it: with_header(it, alg="PS256"),
    "somebody else's key": lambda it: it.token(key=RSA_KEYS[1]),
    "ES256 under the id of an RSA key": lambda it: it.token(key=EC_KEY),
    "unknown key": lambda it: it.token(key=RSA_KEYS[1], key_id="stranger"),
    "no key id": lambda it: jwt.encode(claims(), RSA_KEYS[0], "RS256"),
    "own key brought along": lambda it: jwt.encode(
        claims(), RSA_KEYS[1], "RS256", headers={"kid": "x", "jwk": public_jwk(RSA_KEYS[1], "x")}
    ),
    "key elsewhere": lambda it: jwt.encode(
        claims(), RSA_KEYS[1], "RS256", headers={"kid": "x", "jku": "https://evil.example/keys"}
    ),
    "critical header": lambda it: with_header(it, crit=["b64"], b64=False),
    "altered": lambda it: it.token()[:-8] + "AAAAAAAA",
    "claims changed": lambda it: ".".join(
        (it.token().split(".")[0], unsigned(claims(username="root")).split(".")[1], it.token().split(".")[2])
    ),
    "rubbish": lambda it: "rubbish",
    "very long": lambda it: "e" * 20_000,
    "our own staff token": lambda it: Tokens(DEVELOPMENT_SECRET, "staff").mint("pat", seconds=60),
    "our own staff token with its version": lambda it: Tokens(DEVELOPMENT_SECRET, "staff").mint(
        "pat", seconds=60, claims={"version": "issued elsewhere", "roles": ["admin"]}
    ),
}


async def test_every_bad_token_is_refused_in_the_same_words(
    settings: GatewaySettings, provider: IdentityProvider
) -> None:
    async with door(settings, provider) as client:
        assert (await client.get(ME, headers=bearer(provider.token()))).status_code == 200
        bodies = set()
        for name, make in BAD.items():
            answer = await client.get(ME, headers=bearer(make(provider)))
            assert answer.status_code == 401, (name, answer.text)
            assert answer.headers["content-type"] == "application/problem+json", name
            assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"', name
            bodies.add(json.dumps({k: v for k, v in answer.json().items() if k != "request_id"}, sort_keys=True))
        assert len(bodies) == 1, bodies
        assert (await client.get(ME)).status_code == 401
        assert provider.looks == 1, "strangers' tokens made the issuer be asked"


async def test_clocks_may_be_a_little_apart(settings: GatewaySettings, provider: IdentityProvider) -> None:
    now = int(time.time())
    async with door(settings, provider) as client:
        for told in (claims(exp=now - 20), claims(nbf=now + 20), claims(iat=now + 20)):
            assert (await client.get(ME, headers=bearer(provider.token(told)))).status_code == 200


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Source:
    """Where keys are, for a test that moves the time."""

    def __init__(self, **keys: rsa.RSAPrivateKey) -> None:
        self.keys = keys
        self.looks = 0
        self.away = False

    async def fetch(self) -> bytes:
        self.looks += 1
        if self.away:
            raise UpstreamFailed("telltale")
        return json.dumps({"keys": [public_jwk(key, name) for name, key in self.keys.items()]}).encode()


async def test_a_new_key_is_found_and_one_taken_away_is_refused() -> None:
    clock, source = Clock(), Source(old=RSA_KEYS[0])
    keys = SigningKeys(source, seconds=3600, clock=clock)
    assert await keys.find("old", "RS256")
    source.keys = {"new": RSA_KEYS[1]}
    clock.now += 31
    assert await keys.find("new", "RS256")
    assert await keys.find("old", "RS256") is None
    assert source.looks == 2


async def test_key_taken_away_is_refused_once_the_keys_are_read_again() -> None:
    clock, source = Clock(), Source(old=RSA_KEYS[0])
    keys = SigningKeys(source, seconds=3600, clock=clock)
    assert await keys.find("old", "RS256")
    source.keys = {"new": RSA_KEYS[1]}
    clock.now += 3601
    assert await keys.find("old", "RS256") is None


async def test_unknown_keys_are_looked_for_with_moderation() -> None:
    clock, source = Clock(), Source(known=RSA_KEYS[0])
    keys = SigningKeys(source, seconds=3600, clock=clock)
    for number in range(100):
        assert await keys.find(f"stranger-{number}", "RS256") is None
    assert source.looks == 1
    clock.now += 31
    for number in range(100):
        await keys.find(f"stranger-{number}", "RS256")
    assert source.looks == 2


async def test_keys_outlive_an_issuer_that_is_away_for_a_day() -> None:
    clock, source = Clock(), Source(known=RSA_KEYS[0])
    keys = SigningKeys(source, seconds=3600, clock=clock)
    assert await keys.find("known", "RS256")
    source.away = True
    clock.now += 20 * 3600
    assert await keys.find("known", "RS256")
    clock.now += 5 * 3600
    with pytest.raises(Unavailable):
        await keys.find("known", "RS256")
    source.away = False
    clock.now += 31
    assert await keys.find("known", "RS256")


@pytest.mark.parametrize("shown", [{"keys": "none"}, [], {"keys": [1]}, {}])
async def test_issuer_without_keys_is_told_as_our_trouble(
    settings: GatewaySettings, provider: IdentityProvider, shown: JsonValue
) -> None:
    provider.shown = shown
    async with door(settings, provider) as client:
        answer = await client.get(ME, headers=bearer(provider.token()))
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")


async def test_issuer_that_fails_is_asked_again_later(settings: GatewaySettings, provider: IdentityProvider) -> None:
    provider.status = 500
    async with door(settings, provider) as client:
        for _ in range(5):
            assert (await client.get(ME, headers=bearer(provider.token()))).status_code == 503
        assert provider.looks == 1


def test_only_keys_that_sign_as_we_take_it_are_kept() -> None:
    other = ec.generate_private_key(ec.SECP384R1())
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505  that is the point
    private = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(RSA_KEYS[0]))
    listed: list[JsonValue] = [
        public_jwk(RSA_KEYS[0], "good"),
        public_jwk(RSA_KEYS[0], "for-sealing", use="enc"),
        public_jwk(RSA_KEYS[0], "other-algorithm", alg="RS512"),
        public_jwk(other, "other-curve"),
        public_jwk(weak, "weak"),
        {**private, "kid": "private"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "secret"},
        {"kty": "RSA", "kid": "broken", "n": "A" * 400},
        {"kty": "RSA", "n": "x", "e": "AQAB"},
    ]
    assert set(read_keys(json.dumps({"keys": listed}).encode())) == {("good", "RS256")}


async def test_no_password_is_taken(settings: GatewaySettings, provider: IdentityProvider) -> None:
    async with gateway(settings):
        pass  # it makes an admin with a password, in the same database
    async with door(settings, provider) as client:
        answer = await client.post("/api/v1/auth/login", json={"username": "root", "password": "root-password-1"})
        assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
        admin = bearer(provider.token(claims(**{"cognito:groups": ["admin"]})))
        new = {"username": "kim", "password": "long-enough-password", "roles": ["admin"]}
        assert (await client.post(USERS, json=new, headers=admin)).status_code == 409
        assert (await client.delete(f"{USERS}/root", headers=admin)).status_code == 409


async def test_password_of_the_same_name_is_gone(settings: GatewaySettings, provider: IdentityProvider) -> None:
    async with gateway(settings):
        pass
    async with door(settings, provider) as client:
        told = claims(username="root", **{"cognito:groups": ["agent"]})
        answer = await client.get(ME, headers=bearer(provider.token(told)))
        assert answer.json() == {"username": "root", "roles": ["agent"]}
    async with served(create_app(settings)) as client:
        answer = await client.post("/api/v1/auth/login", json={"username": "root", "password": "root-password-1"})
        assert answer.status_code == 401


async def test_page_is_told_where_staff_sign_in(settings: GatewaySettings, provider: IdentityProvider) -> None:
    async with gateway(settings) as client:
        assert (await client.get("/api/v1/auth/way")).json()["method"] == "password"
    async with door(settings, provider) as client:
        assert (await client.get("/api/v1/auth/way")).json() == {
            "method": "oidc",
            "authorize_url": f"{ADDRESS}/authorize",
            "client_id": CLIENT,
            "scope": "openid",
        }


def returned(code: str, verifier: str = VERIFIER) -> dict[str, str]:
    return {"code": code, "verifier": verifier, "redirect_uri": "https://bank.example/dashboard"}


async def test_code_is_exchanged_for_a_token(settings: GatewaySettings, provider: IdentityProvider) -> None:
    async with door(settings, provider) as client:
        body = returned(provider.give_code(VERIFIER, provider.token()))
        login = (await client.post(CODE, json=body)).json()
        assert (login["username"], login["roles"]) == ("pat", ["supervisor"])
        assert (await client.get(ME, headers=bearer(login["access_token"]))).status_code == 200
        assert (await client.post(CODE, json=body)).status_code == 401  # a code is good once


async def test_bad_codes_are_refused_and_counted(settings: GatewaySettings, provider: IdentityProvider) -> None:
    async with door(settings, provider) as client:
        stolen = returned(provider.give_code(VERIFIER, provider.token()), verifier="x" * 43)
        foreign = provider.token(claims(client_id="another-app"))
        statuses = [(await client.post(CODE, json=stolen)).status_code]
        statuses.append((await client.post(CODE, json=returned(provider.give_code(VERIFIER, foreign)))).status_code)
        statuses += [(await client.post(CODE, json=returned("guess"))).status_code for _ in range(4)]
        assert statuses == [401, 401, 401, 401, 401, 429]


async def test_issuer_that_fails_at_the_exchange_is_our_trouble(
    settings: GatewaySettings, provider: IdentityProvider
) -> None:
    async with door(settings, provider) as client:
        provider.status = 500
        for _ in range(7):  # and nobody is shut out for it
            assert (await client.post(CODE, json=returned("any"))).status_code == 502
        provider.status = 200
        nobody = provider.token(claims(**{"cognito:groups": ["visitors"]}))
        for token, status in [(nobody, 403)] * 7 + [(provider.token(), 200)]:
            body = returned(provider.give_code(VERIFIER, token))
            assert (await client.post(CODE, json=body)).status_code == status
    async with gateway(settings) as client:
        assert (await client.post(CODE, json=returned("any"))).status_code == 403


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"oidc_issuer": ""}, "OMNILEX_OIDC_ISSUER"),
        ({"oidc_jwks_url": ""}, "OMNILEX_OIDC_JWKS_URL"),
        ({"oidc_client_id": ""}, "OMNILEX_OIDC_CLIENT_ID"),
        ({"oidc_token_url": ""}, "OMNILEX_OIDC_TOKEN_URL"),
        ({"oidc_groups": ""}, "OMNILEX_OIDC_GROUPS"),
        ({"oidc_groups": "Admins=king"}, "oidc_groups"),
        ({"oidc_jwks_url": "http://issuer.example/keys"}, "oidc_jwks_url"),
        ({"oidc_jwks_url": "issuer.example"}, "oidc_jwks_url"),
        ({"bootstrap_username": "root", "bootstrap_password": "root-password-1"}, "OMNILEX_BOOTSTRAP_USERNAME"),
    ],
)
def test_settings_that_do_not_fit_are_named(
    settings: GatewaySettings, provider: IdentityProvider, changed: dict[str, object], named: str
) -> None:
    with pytest.raises(ValidationError, match=named):
        GatewaySettings.model_validate(settings.model_dump() | provider.settings() | changed)


def test_keys_may_be_near_without_tls(settings: GatewaySettings, provider: IdentityProvider) -> None:
    near = {"oidc_jwks_url": "http://127.0.0.1:5000/pool/.well-known/jwks.json"}
    assert GatewaySettings.model_validate(settings.model_dump() | provider.settings() | near).oidc_jwks_url
