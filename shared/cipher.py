"""Encryption of what is stored of a conversation: it may hold a PIN, a number to reach a customer at, a token."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12
_KEY_BYTES = 32


class SealedDataError(Exception):
    """The data was written with another secret, for another place, or altered."""


class Cipher:
    """AES-256-GCM under a key of one purpose, derived from the secret. What is sealed for a place opens only there."""

    def __init__(self, secret: str, purpose: str) -> None:
        derivation = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=f"omnilex {purpose} 1".encode())
        self._key = AESGCM(derivation.derive(secret.encode()))

    def seal(self, data: bytes, place: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._key.encrypt(nonce, data, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """Raises SealedDataError."""
        try:
            return self._key.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place.encode())
        except (InvalidTag, ValueError) as error:
            raise SealedDataError("stored conversation data cannot be opened") from error
