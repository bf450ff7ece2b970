"""The signature under a call of the Lex code hook: hex HMAC-SHA-256 of `timestamp + "." + body`; good for one call."""

import hashlib
import hmac
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from services.gateway.conversation_rules import utc_now
from services.gateway.shared_limits import SharedOnce
from shared.db import Database
from shared.errors import Unauthenticated

MAX_AGE_SECONDS = 300
# A signature may be dated as far ahead as behind; a minute more for processes whose clocks differ.
_REMEMBERED = timedelta(seconds=2 * MAX_AGE_SECONDS + 60)


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


class CodeHookCalls:
    """Who asks as Lex: signed, lately, and not heard before by any process of the gateway.

    What Lex itself repeats is signed anew by the forwarder, and is answered by the bot as it was the first time.
    """

    def __init__(
        self, database: Database, signatures: CodeHookSignatures, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._database = database
        self._signatures = signatures
        self._once = SharedOnce(_REMEMBERED, now)

    async def admit(self, *, timestamp: str | None, signature: str | None, body: bytes) -> None:
        """Raises Unauthenticated for a bad signature, and for a good one that was used before."""
        self._signatures.verify(timestamp=timestamp, signature=signature, body=body)
        used = hashlib.sha256(f"code hook {signature}".encode()).hexdigest()
        if not await self._database.at_once(self._once.taking(used)):
            raise Unauthenticated("The request was received before.")
