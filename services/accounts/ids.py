"""Identifiers that can be read out and typed, and digests in writing."""

import random
import secrets

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_LENGTH = 10
_DIGITS_TO_LETTERS = str.maketrans("0123456789", "ghijklmnop")
_UNGUESSABLE = secrets.SystemRandom()


def new_id(prefix: str, source: random.Random = _UNGUESSABLE) -> str:
    """`R` → `R-7KQ2M9XWPA`: ten characters that are hard to mistake; unguessable unless another `source` is given."""
    return f"{prefix}-{''.join(source.choices(_ALPHABET, k=_LENGTH))}"


def in_letters(digest: bytes) -> str:
    """The digest as letters a to p. Without digits, a search of the stored files for a PIN finds no chance ones."""
    return digest.hex().translate(_DIGITS_TO_LETTERS)


def new_customer_number(source: random.Random = _UNGUESSABLE) -> str:
    """Eight digits, the first of them not zero, so that no reading of the number as a whole number shortens it."""
    return str(source.randrange(10_000_000, 100_000_000))
