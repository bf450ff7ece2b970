"""What was read back to the customer: only that is done when they confirm it, and it is done once.

The reference is made with the read-back and kept in the session until the work is known to be done. Lex may send a
confirmation twice, or the customer may ask again after a broken connection: both carry the same reference. Between two
turns it is sealed to its session: whoever can write session attributes cannot make one.
"""

import contextlib
import hashlib
import secrets

from pydantic import BaseModel, TypeAdapter, ValidationError

from services.bot.dialog import Turn
from shared.callers import Tokens
from shared.errors import Unauthenticated
from shared.schemas.base import Wire

READ_BACK = "readBack"
_MOST_UNCLEAR = 4  # session attributes are small
_SEALED_SECONDS = 24 * 3600  # the longest life of a Lex session


class ReadBack(Wire):
    """`order` is a digest of what was read back; `tried` says that an attempt ended without a clear answer."""

    reference: str
    order: str
    tried: bool = False


class ReadBackSeal:
    """Seals what was read back between two turns of a session."""

    def __init__(self, secret: str) -> None:
        self._tokens = Tokens(secret, "read-back")

    def open(self, turn: Turn) -> None:
        """Makes the attribute readable, or drops it: forged, expired, or of another session."""
        sealed = turn.attributes.pop(READ_BACK, None)
        if sealed is None:
            return
        with contextlib.suppress(Unauthenticated):
            claims = self._tokens.verify(sealed)
            if claims["sub"] == turn.session_id:
                turn.attributes[READ_BACK] = str(claims.get("kept", ""))

    def seal(self, turn: Turn) -> None:
        kept = turn.attributes.get(READ_BACK)
        if kept is not None:
            claims: dict[str, object] = {"kept": kept}
            turn.attributes[READ_BACK] = self._tokens.mint(turn.session_id, seconds=_SEALED_SECONDS, claims=claims)


_KEPT = TypeAdapter(list[ReadBack])


def remember_read_back(turn: Turn, order: BaseModel, *, tried: bool = False) -> ReadBack:
    """Keeps what the customer is asked to confirm. The same order, not known to be done, keeps its reference."""
    digest = _digest(turn, order)
    kept = _kept(turn)
    earlier = next((one for one in kept if one.order == digest), None)
    given = earlier or ReadBack(reference=secrets.token_hex(16), order=digest)
    if tried:
        given = given.model_copy(update={"tried": True})
    _keep(turn, [*(one for one in kept if one.tried and one.order != digest), given])
    return given


def confirmed_key(turn: Turn, order: BaseModel) -> str | None:
    """The idempotency key, when the customer confirmed exactly what was read back last; else None."""
    kept = _kept(turn)
    if turn.confirmation != "Confirmed" or not kept or kept[-1].order != _digest(turn, order):
        return None
    return hashlib.sha256(f"{turn.session_id}\n{kept[-1].reference}".encode()).hexdigest()


def forget_done(turn: Turn, order: BaseModel) -> None:
    """Lets the same order be given anew: this one is done, or was refused."""
    digest = _digest(turn, order)
    _keep(turn, [one for one in _kept(turn) if one.tried and one.order != digest])


def drop_read_back(turn: Turn) -> ReadBack | None:
    """Forgets what was read back last, and gives it; but what may have been done already is never forgotten."""
    kept = _kept(turn)
    _keep(turn, [one for one in kept if one.tried])
    return kept[-1] if kept else None


def _kept(turn: Turn) -> list[ReadBack]:
    try:
        return _KEPT.validate_json(turn.attributes.get(READ_BACK, "[]"))
    except ValidationError:
        return []


def _keep(turn: Turn, kept: list[ReadBack]) -> None:
    turn.attributes.pop(READ_BACK, None)
    if kept:
        turn.attributes[READ_BACK] = _KEPT.dump_json(kept[-_MOST_UNCLEAR:]).decode()


def _digest(turn: Turn, order: BaseModel) -> str:
    parts = (turn.verified().customer_id, type(order).__name__, order.model_dump_json())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
