"""Staff tokens of an issuer of OpenID Connect: who it is, and in which of our roles.

Sources: RFC 7519 (JWT), RFC 8725 (best practice), RFC 9068 (access tokens), and Amazon Cognito's own access tokens,
which name their client in `client_id` and have no `aud`.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import jwt

from services.gateway.signing_keys import ALGORITHMS, SigningKeys
from shared.callers import ROLES, Role
from shared.errors import Forbidden, Unauthenticated

_LONGEST = 16 * 1024
_END_OF_TIME = 253_402_300_799  # the last second that a datetime knows
_NAME = re.compile(r"[^\s\x00-\x1f\x7f]{1,64}")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Issuer:
    """What its tokens must say, and how they say it."""

    name: str
    client_id: str
    name_claim: str
    groups_claim: str
    roles: Mapping[str, Role]
    leeway_seconds: int


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whom a token is for, until when."""

    username: str
    roles: frozenset[str]
    expires_at: datetime


class IssuedTokens:
    def __init__(self, issuer: Issuer, keys: SigningKeys) -> None:
        self._issuer = issuer
        self._keys = keys

    async def verify(self, token: str) -> SignedIn:
        """Raises Unauthenticated, in the same words whatever is wrong; Forbidden for who has no role with us;
        Unavailable when the issuer's keys cannot be had.
        """
        claims = await self._claims(token)
        username = claims.get(self._issuer.name_claim)
        if not isinstance(username, str) or not _NAME.fullmatch(username):
            log.warning("staff.token_names_nobody")
            raise refused()
        roles = frozenset(role for group in self._groups(claims) if (role := self._issuer.roles.get(group))) & ROLES
        if not roles:
            raise Forbidden("You are in none of the groups that work with this system.")
        return SignedIn(username, roles, datetime.fromtimestamp(min(int(str(claims["exp"])), _END_OF_TIME), UTC))

    async def _claims(self, token: str) -> dict[str, object]:
        key_id, algorithm = _header(token)
        key = await self._keys.find(key_id, algorithm)
        if key is None:
            raise refused()
        try:
            claims: dict[str, object] = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                issuer=self._issuer.name,
                leeway=self._issuer.leeway_seconds,
                options={"require": ["exp", "iss", "sub"], "verify_aud": False},
            )
        except (jwt.InvalidTokenError, ValueError) as error:
            raise refused() from error
        if not self._is_for_us(claims):
            raise refused()
        return claims

    def _is_for_us(self, claims: Mapping[str, object]) -> bool:
        audience = claims.get("aud", claims.get("client_id"))
        return self._issuer.client_id in (audience if isinstance(audience, list) else [audience])

    def _groups(self, claims: Mapping[str, object]) -> list[str]:
        found = claims.get(self._issuer.groups_claim)
        return [group for group in (found if isinstance(found, list) else [found]) if isinstance(group, str)]


def _header(token: str) -> tuple[str, str]:
    """Key id and algorithm. What a token says of where its key is (`jku`, `jwk`, `x5u`) is not read."""
    try:
        header = jwt.get_unverified_header(token) if len(token) <= _LONGEST else {}
    except (jwt.InvalidTokenError, ValueError) as error:
        raise refused() from error
    key_id, algorithm = header.get("kid"), header.get("alg")
    if not isinstance(key_id, str) or algorithm not in ALGORITHMS or "crit" in header:
        raise refused()
    return key_id, str(algorithm)


def refused() -> Unauthenticated:
    """Whatever is wrong with a token: who tries is not told how near it was."""
    return Unauthenticated("The token is not valid.", headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
