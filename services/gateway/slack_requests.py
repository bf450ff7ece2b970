"""Whether a request is Slack's: the signature over its body, or else the token that older apps are told apart by.

Source: "Verifying requests from Slack"; the signature is checked by slack_sdk.
"""

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass

from slack_sdk.signature import Clock, SignatureVerifier

from shared.errors import Unauthenticated

_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class SlackRequest:
    """A request as it came in: the body, and the two headers of its signature."""

    body: bytes
    timestamp: str | None
    signature: str | None


class SlackRequests:
    """The signing secret if there is one, else the verification token: a token alone proves neither age nor body."""

    def __init__(
        self, *, signing_secret: str | None, verification_token: str | None, clock: Callable[[], float] | None = None
    ) -> None:
        if not signing_secret and not verification_token:
            raise ValueError("neither a signing secret nor a verification token")
        self._verifier = SignatureVerifier(signing_secret, _Clock(clock)) if signing_secret else None
        self._token = (verification_token or "").encode()

    def check_signature(self, request: SlackRequest) -> None:
        """Raises Unauthenticated unless Slack signed the body within five minutes of now; of a token see the other."""
        if self._verifier is None:
            return
        timestamp, signature = request.timestamp or "", request.signature or ""
        if not _TIMESTAMP.fullmatch(timestamp) or not _SIGNATURE.fullmatch(signature):
            raise Unauthenticated("The request is not signed.")
        try:
            valid = self._verifier.is_valid(request.body, timestamp, signature)
        except UnicodeDecodeError:
            valid = False
        if not valid:
            raise Unauthenticated("The signature is wrong or too old.")

    def check_token(self, token: str) -> None:
        """Raises Unauthenticated for a wrong token of the body, where there is no signing secret."""
        if self._verifier is None and not hmac.compare_digest(token.encode(), self._token):
            raise Unauthenticated("The verification token is wrong.")


class _Clock(Clock):
    def __init__(self, clock: Callable[[], float] | None) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock() if self._clock is not None else super().now()
