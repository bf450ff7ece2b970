"""A request that is sent twice takes effect once."""

import hashlib
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from services.accounts import store
from services.accounts.ids import in_letters
from services.accounts.store import RequestRow
from shared.errors import Conflict


@dataclass(frozen=True, slots=True)
class Claim:
    """A customer's request under a key of the sender's choice. Keys of other customers and operations are apart."""

    customer_id: str
    operation: Literal["payment", "application"]
    key: str


async def claimed(session: AsyncSession, claim: Claim, body: BaseModel, result_id: str) -> str:
    """Binds the key to `result_id`, or returns the id it was bound to before; a rival that binds it now is awaited.

    The binding is undone when the transaction fails, so a refused request may be sent again under its key.
    Raises Conflict when the key was used with another body.
    """
    fingerprint = in_letters(hashlib.sha256(body.model_dump_json().encode()).digest())
    row = RequestRow(
        customer_id=claim.customer_id,
        operation=claim.operation,
        key=claim.key,
        fingerprint=fingerprint,
        result_id=result_id,
    )
    if await store.insert_if_absent(session, row):
        return result_id
    earlier = await store.request(session, row)
    if earlier.fingerprint != fingerprint:
        raise Conflict("This request was already made with other details.", members={"code": "idempotency_key_reused"})
    return earlier.result_id
