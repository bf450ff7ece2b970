"""A request that is sent twice takes effect once, and gets the same answer."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from pydantic import BaseModel
from sqlalchemy.orm import Session

from services.accounts import store
from services.accounts.ids import in_letters
from services.accounts.store import NewRequest
from shared.errors import Conflict

KEPT = timedelta(hours=24)
T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Claim:
    """A request under a key of the sender's choice. Keys of other owners (customers) and operations are apart.

    `target` is what the request's path names beyond the owner, such as the receipt that is cancelled.
    """

    owner: str
    operation: str
    key: str
    target: str = ""


def once(session: Session, claim: Claim, body: BaseModel, kind: type[T], make: Callable[[], T], *, now: datetime) -> T:
    """What `make` gives the first time, and the same again for 24 hours; a rival that makes it now is awaited.

    All of it is undone when the transaction fails, so a refused request may be sent again under its key. `body` must
    not hold a secret in the clear, nor stars in its place: a keyed hash of it does. Raises Conflict
    (`idempotency_key_reused`) when the key was used with another body or target.
    """
    row = NewRequest(
        owner=claim.owner,
        operation=claim.operation,
        key=claim.key,
        fingerprint=_fingerprint(claim, body),
        made_at=now,
    )
    if store.claim_key(session, row, expired=now - KEPT):
        answer = make()
        store.keep_answer(session, row, answer.model_dump_json())
        return answer
    earlier = store.request(session, row)
    if earlier.fingerprint != row.fingerprint or earlier.answer is None:
        raise Conflict("This request was already made with other details.", members={"code": "idempotency_key_reused"})
    return kind.model_validate_json(earlier.answer)


def _fingerprint(claim: Claim, body: BaseModel) -> str:
    said = f"{claim.target}\n{body.model_dump_json()}"
    return in_letters(hashlib.sha256(said.encode()).digest())
