"""The proof that an event comes from our Lex runtime, or from the forwarder in front of Amazon Lex."""

import hashlib
import hmac
import re
import time

from shared.errors import Unauthenticated

TOLERANCE_SECONDS = 300
_SECONDS = re.compile(r"[0-9]{1,12}")


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Hex HMAC-SHA-256 of `timestamp + "." + body`."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def verify_signature(secret: str, timestamp: str, signature: str, body: bytes) -> None:
    """Raises Unauthenticated when the signature is not of this body, or is older or newer than 5 minutes."""
    if not hmac.compare_digest(sign(secret, timestamp, body).encode(), signature.encode()):
        raise Unauthenticated("The signature is not valid.")
    if not _SECONDS.fullmatch(timestamp) or abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        raise Unauthenticated("The signature is too old.")
