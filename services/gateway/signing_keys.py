"""The public keys with which an issuer of OpenID Connect signs, kept for a while and looked for again with moderation.

Source of the format: RFC 7517 (JSON Web Key), RFC 7518 (RS256, ES256).
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Protocol

import jwt
from pydantic import JsonValue, TypeAdapter, ValidationError

from shared.errors import Problem, Unavailable

ALGORITHMS = ("RS256", "ES256")
_BETWEEN_LOOKS = 30.0
"""Seconds between two looks for a key that is not among the known ones: tokens of strangers cost the issuer no more."""
_TOO_OLD = 24 * 3600.0
"""Seconds after which keys that cannot be had anew are trusted no more."""
_LEAST_RSA_BITS = 2048
_KEYS: TypeAdapter[list[dict[str, JsonValue]]] = TypeAdapter(list[dict[str, JsonValue]])
log = logging.getLogger(__name__)


class KeySource(Protocol):
    """Where the key set is."""

    async def fetch(self) -> bytes:
        """The JSON Web Key Set. Raises UpstreamFailed, Unavailable or UpstreamTimeout."""


class SigningKeys:
    """`seconds` is how long keys are kept before they are looked at again; one that was taken away is then refused."""

    def __init__(self, source: KeySource, *, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._seconds = seconds
        self._clock = clock
        self._keys: Mapping[tuple[str, str], jwt.PyJWK] = {}
        self._read_at: float | None = None
        self._looked_at: float | None = None
        self._looking = asyncio.Lock()

    async def find(self, key_id: str, algorithm: str) -> jwt.PyJWK | None:
        """The key of this id and algorithm; null when the issuer has none. Raises Unavailable when it cannot be asked.

        Whoever asks at the same time waits for the same look.
        """
        if self._is_due(key_id, algorithm):
            async with self._looking:
                if self._is_due(key_id, algorithm):
                    await self._look()
        if self._age() > max(self._seconds, _TOO_OLD):
            raise Unavailable("The sign-in service does not answer.")
        return self._keys.get((key_id, algorithm))

    def _is_due(self, key_id: str, algorithm: str) -> bool:
        if self._looked_at is not None and self._clock() - self._looked_at < _BETWEEN_LOOKS:
            return False
        return (key_id, algorithm) not in self._keys or self._age() > self._seconds

    def _age(self) -> float:
        return float("inf") if self._read_at is None else self._clock() - self._read_at

    async def _look(self) -> None:
        self._looked_at = self._clock()
        try:
            self._keys = read_keys(await self._source.fetch())
        except (Problem, ValueError) as error:
            log.warning("staff.keys_unread", extra={"reason": type(error).__name__})
            return
        self._read_at = self._clock()


def read_keys(document: bytes) -> Mapping[tuple[str, str], jwt.PyJWK]:
    """The keys of a JSON Web Key Set that sign with one of our algorithms, by id and algorithm; others are left out.

    Raises ValueError for what is no key set.
    """
    try:
        parsed = TypeAdapter(dict[str, JsonValue]).validate_json(document)
        listed = _KEYS.validate_python(parsed.get("keys"))
    except ValidationError as error:
        raise ValueError("no key set") from error
    found: dict[tuple[str, str], jwt.PyJWK] = {}
    for entry in listed:
        key_id = entry.get("kid")
        if not isinstance(key_id, str) or entry.get("use", "sig") != "sig":
            continue
        algorithm = {"RSA": "RS256", "EC": "ES256"}.get(str(entry.get("kty")))
        if algorithm is None or entry.get("alg", algorithm) != algorithm or not _is_strong(entry):
            continue
        try:
            found[key_id, algorithm] = jwt.PyJWK(entry, algorithm)
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            log.warning("staff.key_unreadable")
    return found


def _is_strong(entry: Mapping[str, JsonValue]) -> bool:
    """ES256 is P-256 alone (RFC 7518 §3.4), RS256 has 2048 bits at least (§3.3). A private key is no public one."""
    if "d" in entry:
        return False
    if entry["kty"] == "EC":
        return entry.get("crv") == "P-256"
    return len(str(entry.get("n", ""))) * 6 >= _LEAST_RSA_BITS
