"""An issuer of OpenID Connect: it signs what it is told to, shows its public keys, and exchanges codes."""

import base64
import hashlib
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pydantic import JsonValue
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

ADDRESS = "https://issuer.example"
NAME = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Staff"
"""The name in tokens is not where it is reached, as with an emulator of Amazon Cognito."""
CLIENT = "dashboard-client"
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
RSA_KEYS = [rsa.generate_private_key(65537, 2048) for _ in range(2)]
EC_KEY = ec.generate_private_key(ec.SECP256R1())


def public_jwk(key: Key, key_id: str, **members: str) -> dict[str, JsonValue]:
    kind = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
    described: dict[str, JsonValue] = json.loads(kind.to_jwk(key.public_key()))
    return {**described, "kid": key_id, "use": "sig", **members}


def claims(**changed: object) -> dict[str, object]:
    """Of an access token as Amazon Cognito makes them; a claim that is None is left out."""
    now = int(time.time())
    told: dict[str, object] = {
        "sub": "8c9d1b52-4c5a-4a0e-9a57-0c8a3f5b2f11",
        "iss": NAME,
        "client_id": CLIENT,
        "username": "pat",
        "cognito:groups": ["supervisor"],
        "token_use": "access",
        "scope": "openid",
        "iat": now,
        "exp": now + 3600,
    }
    return {name: value for name, value in (told | changed).items() if value is not None}


class IdentityProvider:
    """`keys` are those that it shows. `status` other than 200 is its whole answer."""

    def __init__(self) -> None:
        self.keys: dict[str, Key] = {"first": RSA_KEYS[0]}
        self.codes: dict[str, tuple[str, str]] = {}
        self.shown: JsonValue = None
        self.status = 200
        self.declines = False
        self.looks = 0
        self.app = Starlette(
            routes=[
                Route("/keys", self._show, methods=["GET"]),
                Route("/authorize", self._page, methods=["GET"]),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    def settings(self, address: str = ADDRESS) -> dict[str, Any]:
        """What the gateway is told of it, when it is reached there."""
        return {
            "staff_login": "oidc",
            "oidc_issuer": NAME,
            "oidc_jwks_url": f"{address}/keys",
            "oidc_client_id": CLIENT,
            "oidc_authorize_url": f"{address}/authorize",
            "oidc_token_url": f"{address}/token",
        }

    def token(self, told: Mapping[str, object] | None = None, *, key_id: str = "first", key: Key | None = None) -> str:
        used = key or self.keys[key_id]
        algorithm = "RS256" if isinstance(used, rsa.RSAPrivateKey) else "ES256"
        return jwt.encode(dict(told or claims()), used, algorithm, headers={"kid": key_id})

    def give_code(self, verifier: str, token: str) -> str:
        """As the page does that a person has signed in on."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        code = f"code-{len(self.codes)}"
        self.codes[code] = (challenge, token)
        return code

    async def _show(self, request: Request) -> Response:
        self.looks += 1
        listed: list[JsonValue] = [public_jwk(key, key_id) for key_id, key in self.keys.items()]
        shown = {"keys": listed} if self.shown is None else self.shown
        return JSONResponse(shown, self.status)

    async def _page(self, request: Request) -> Response:
        """The person signs in at once, or says no."""
        asked = request.query_params
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        code = f"code-{len(self.codes)}"
        self.codes[code] = (asked["code_challenge"], self.token())
        told = {"error": "access_denied"} if self.declines else {"code": code}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({**told, 'state': asked['state']})}", 302)

    async def _token(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        challenge, token = self.codes.pop(form["code"], ("", ""))
        told = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        right = (form["grant_type"], form["client_id"]) == ("authorization_code", CLIENT)
        if self.status != 200 or not right or challenge != told:
            return JSONResponse({"error": "invalid_grant"}, self.status if self.status != 200 else 400)
        return JSONResponse({"access_token": token, "id_token": "x", "token_type": "Bearer", "expires_in": 3600})
