"""What may not be read where it is kept: PINs between two turns, and answers that are kept to be given again."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from shared.cipher import Cipher, SealedDataError


class Seal:
    """A cipher of one purpose for text in text. What is sealed at a place opens only there."""

    def __init__(self, secret: str, purpose: str) -> None:
        self._cipher = Cipher(secret, f"bot {purpose}")

    def seal(self, text: str, place: str) -> str:
        return urlsafe_b64encode(self._cipher.seal(text.encode(), place)).decode()

    def open(self, sealed: str | None, place: str) -> str | None:
        """The text; None when there is none, or it was sealed elsewhere, with another secret, or altered."""
        if not sealed:
            return None
        try:
            return self._cipher.open(urlsafe_b64decode(sealed), place).decode()
        except (SealedDataError, ValueError):
            return None
