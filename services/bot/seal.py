"""What may not be read where it is kept: PINs between two turns, and answers that are kept to be given again."""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12


class Seal:
    """AES-256-GCM under a key of one purpose, derived from the secret. What is sealed at a place opens only there."""

    def __init__(self, secret: str, purpose: str) -> None:
        derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"omnilex bot {purpose} 1".encode())
        self._key = AESGCM(derivation.derive(secret.encode()))

    def seal(self, text: str, place: str) -> str:
        nonce = os.urandom(_NONCE_BYTES)
        return urlsafe_b64encode(nonce + self._key.encrypt(nonce, text.encode(), place.encode())).decode()

    def open(self, sealed: str | None, place: str) -> str | None:
        """The text; None when there is none, or it was sealed elsewhere, with another secret, or altered."""
        if not sealed:
            return None
        try:
            content = urlsafe_b64decode(sealed)
            return self._key.decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], place.encode()).decode()
        except (InvalidTag, ValueError):
            return None
