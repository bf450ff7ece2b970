"""What was read back to the customer: only that is done when they confirm it, and it is done once.

The reference is made with the read-back and kept in the session until the work is known to be done. Lex may send a
confirmation twice, or the customer may give it twice after a broken connection: both carry the same reference.
"""

import hashlib
import secrets

from pydantic import BaseModel, ValidationError

from services.bot.dialog import Turn
from shared.schemas.base import Wire

READ_BACK = "readBack"


class ReadBack(Wire):
    """`order` is a digest of what was read back; `tried` says that an attempt ended without a clear answer."""

    reference: str
    order: str
    tried: bool = False


def remember_read_back(turn: Turn, order: BaseModel, *, tried: bool = False) -> ReadBack:
    """Keeps what the customer is asked to confirm. The same order, not known to be done, keeps its reference."""
    earlier, digest = _kept(turn), _digest(turn, order)
    if earlier is None or earlier.order != digest:
        earlier = ReadBack(reference=secrets.token_hex(16), order=digest)
    kept = earlier.model_copy(update={"tried": earlier.tried or tried})
    turn.attributes[READ_BACK] = kept.model_dump_json()
    return kept


def confirmed_key(turn: Turn, order: BaseModel) -> str | None:
    """The idempotency key, when the customer confirmed exactly this order; else None."""
    kept = _kept(turn)
    if turn.confirmation != "Confirmed" or kept is None or kept.order != _digest(turn, order):
        return None
    return hashlib.sha256(f"{turn.session_id}\n{kept.reference}".encode()).hexdigest()


def drop_read_back(turn: Turn) -> ReadBack | None:
    kept = _kept(turn)
    turn.attributes.pop(READ_BACK, None)
    return kept


def _kept(turn: Turn) -> ReadBack | None:
    try:
        return ReadBack.model_validate_json(turn.attributes.get(READ_BACK, ""))
    except ValidationError:
        return None


def _digest(turn: Turn, order: BaseModel) -> str:
    parts = (turn.verified().customer_id, type(order).__name__, order.model_dump_json())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
