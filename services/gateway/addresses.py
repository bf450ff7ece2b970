"""Names for who is at the other end of a channel: keyed hashes, which say nothing to who has not the key."""

import hmac
from hashlib import sha256

_BYTES = 16
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")


class Addresses:
    def __init__(self, secret: str) -> None:
        self._key = secret.encode()

    def session(self, channel: str, *parts: str) -> str:
        """The id of the conversation that belongs to these parts, the same each time: `sms:` and 32 letters."""
        return f"{channel}:{self._hashed('session', channel, *parts)}"

    def address(self, channel: str, *parts: str) -> str:
        """The address that is linked to a customer: 32 letters."""
        return self._hashed("address", channel, *parts)

    def proof(self, *parts: str) -> str:
        """What shows, when it comes back with these parts, that they are our own: 32 letters."""
        return self._hashed("proof", *parts)

    def is_proof(self, proof: str, *parts: str) -> bool:
        return hmac.compare_digest(proof.encode(), self.proof(*parts).encode())

    def _hashed(self, *parts: str) -> str:
        """Letters only, so that a search of what is stored for a PIN finds PINs only."""
        digest = hmac.new(self._key, "\x00".join(parts).encode(), sha256).digest()
        return digest[:_BYTES].hex().translate(_LETTERS)
