"""Encryption of everything stored of a conversation: slots may hold a PIN."""

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
    """AES-256-GCM under a key derived from the secret; what is sealed for one place opens only there."""

    def __init__(self, secret: str) -> None:
        derivation = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=b"omnilex lex sessions 1")
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
