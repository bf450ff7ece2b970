"""The signature under a call of the Lex code hook: hex HMAC-SHA-256 of `timestamp + "." + body`."""

import hashlib
import hmac
import time
from collections.abc import Callable

from shared.errors import Unauthenticated

MAX_AGE_SECONDS = 300


class CodeHookSignatures:
    def __init__(self, secret: str, clock: Callable[[], float] = time.time) -> None:
        self._secret = secret.encode()
        self._clock = clock

    def sign(self, timestamp: str, body: bytes) -> str:
        return hmac.new(self._secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()

    def verify(self, *, timestamp: str | None, signature: str | None, body: bytes) -> None:
        """Raises Unauthenticated unless the body was signed with our secret within the last five minutes."""
        if not timestamp or not signature or not timestamp.isascii() or not timestamp.isdigit():
            raise Unauthenticated("The request is not signed.")
        if not hmac.compare_digest(self.sign(timestamp, body).encode(), signature.encode()):
            raise Unauthenticated("The signature is wrong.")
        if abs(self._clock() - int(timestamp)) > MAX_AGE_SECONDS:
            raise Unauthenticated("The signature is too old.")
