"""Identifiers that can be read out and typed: a prefix and ten characters that are hard to mistake."""

import random
import secrets

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_LENGTH = 10
_UNGUESSABLE = secrets.SystemRandom()


def new_id(prefix: str, source: random.Random = _UNGUESSABLE) -> str:
    """`R` → `R-7KQ2M9XWPA`; unguessable unless another `source` is given."""
    return f"{prefix}-{''.join(source.choices(_ALPHABET, k=_LENGTH))}"
