"""Who is calling, and the signed tokens that carry it from hop to hop. Framework-free."""

import time
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, get_args

import jwt
from jwt.types import Options

from shared.errors import Unauthenticated

Role = Literal["admin", "supervisor", "analyst", "agent"]
Service = Literal["gateway", "lex", "bot", "accounts", "media", "insights"]
ROLES: frozenset[str] = frozenset(get_args(Role))
INTERNAL_TOKEN_SECONDS = 60
_SHARED_SECONDS = 20
_REMEMBERED = 2048
_ALGORITHM = "HS256"
# The minting host's clock may be a second ahead of ours: only the end of a token's life is checked.
_CHECKS: Options = {"require": ["sub", "aud", "exp"], "verify_iat": False}


@dataclass(frozen=True, slots=True)
class Caller:
    """A customer in a chat session, a member of staff, or a service acting for itself.

    `subject` is the chat session id, the user name, or the service's name.
    """

    kind: Literal["customer", "staff", "service"]
    subject: str
    roles: frozenset[str] = field(default_factory=frozenset)


class Tokens:
    """Signed, expiring tokens of one purpose (`audience`): a token of another purpose or secret is never accepted."""

    def __init__(self, secret: str, audience: str) -> None:
        self._secret = secret
        self._audience = audience
        # A chat or a service shows the same token again and again; one that is refused is not remembered.
        self._remembered = lru_cache(_REMEMBERED)(self._decoded)

    def mint(self, subject: str, *, seconds: float, claims: dict[str, object] | None = None) -> str:
        """A token that says `claims` of `subject` for `seconds` from now (RFC 7519, HMAC-SHA-256)."""
        now = time.time()
        payload = {**(claims or {}), "sub": subject, "aud": self._audience, "iat": int(now), "exp": int(now + seconds)}
        return jwt.encode(payload, self._secret, _ALGORITHM)

    def verify(self, token: str) -> dict[str, object]:
        """The claims. Raises Unauthenticated when the token is expired, altered, or meant for something else."""
        try:
            claims, expires = self._remembered(token)
        except jwt.ExpiredSignatureError as error:
            raise Unauthenticated("The token has expired.") from error
        except jwt.InvalidTokenError as error:
            raise Unauthenticated("The token is not valid.") from error
        if expires <= time.time():
            raise Unauthenticated("The token has expired.")
        return dict(claims)

    def _decoded(self, token: str) -> tuple[dict[str, object], int]:
        """The claims, and when they end. Raises jwt.InvalidTokenError."""
        claims = jwt.decode(token, self._secret, [_ALGORITHM], audience=self._audience, options=_CHECKS)
        return claims, int(claims["exp"])


class InternalTokens:
    """Tokens between services: who calls, for whom, and which one service may accept it."""

    def __init__(self, secret: str) -> None:
        self._audiences = {audience: Tokens(secret, f"internal:{audience}") for audience in get_args(Service)}
        self._minted = lru_cache(_REMEMBERED)(self._mint)

    def mint(self, caller: Caller, audience: Service) -> str:
        """Good for 40 to 60 seconds: calls of the same 20 seconds share a token."""
        return self._minted(caller, audience, int(time.time() // _SHARED_SECONDS))

    def _mint(self, caller: Caller, audience: Service, _share: int) -> str:
        claims: dict[str, object] = {"kind": caller.kind, "roles": sorted(caller.roles)}
        return self._audiences[audience].mint(caller.subject, seconds=INTERNAL_TOKEN_SECONDS, claims=claims)

    def verify(self, token: str, audience: Service) -> Caller:
        """Raises Unauthenticated for a token that is forged, expired or meant for another service."""
        claims = self._audiences[audience].verify(token)
        kind, roles = claims.get("kind"), claims.get("roles")
        if kind not in ("customer", "staff", "service") or not isinstance(roles, list):
            raise Unauthenticated("The token is not valid.")
        return Caller(kind, str(claims["sub"]), frozenset(str(role) for role in roles) & ROLES)
