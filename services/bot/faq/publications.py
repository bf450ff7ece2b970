"""How far a search service is with the versions of the FAQ: what is ordered from it, and what is told of it."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from services.bot import store
from shared.schemas.faq import FaqPublication

_MOST_TOLD = 2000
Status = Literal["publishing", "published", "failed", "withdrawing", "withdrawn"]


async def order(
    session: AsyncSession, index_id: str, activation: store.FaqActivationRow, languages: Iterable[str], now: datetime
) -> None:
    """Orders each language for the activation, once; the caller has locked the FAQ."""
    for language in languages:
        await store.insert_if_absent(session, _row(index_id, activation, language, 1, now))


async def order_again(session: AsyncSession, index_id: str, activation: store.FaqActivationRow, now: datetime) -> None:
    """Orders anew what has failed for the activation; the caller has locked the FAQ."""
    for row in wanted(await store.publications(session, index_id), activation.position).values():
        if row.status == "failed":
            await store.insert_if_absent(session, _row(index_id, activation, row.language, row.attempt + 1, now))


def _row(
    index_id: str, activation: store.FaqActivationRow, language: str, attempt: int, now: datetime
) -> store.FaqPublicationRow:
    return store.FaqPublicationRow(
        name=f"omnilex-{language}-v{activation.number}-{secrets.token_hex(6)}",
        index_id=index_id,
        position=activation.position,
        number=activation.number,
        language=language,
        attempt=attempt,
        status="waiting",
        updated_at=now,
    )


def wanted(rows: Iterable[store.FaqPublicationRow], position: int) -> dict[str, store.FaqPublicationRow]:
    """The last try for the activation, by language. The rows are in the order of their attempts."""
    return {row.language: row for row in rows if row.position == position}


def told(rows: Sequence[store.FaqPublicationRow], *, in_use: int | None) -> FaqPublication | None:
    """What staff hear of a version, out of its rows in their order; None when it was never ordered.

    `in_use` is the position of the activation when the version is the one in use.
    """
    position = in_use or max((row.position for row in rows), default=0)
    last = list(wanted(rows, position).values())
    if not last:
        return FaqPublication(status="publishing") if in_use else None
    reasons = [f"{row.language}: {row.reason}" for row in last if row.reason]
    return FaqPublication(
        status=_status(last, in_use=in_use is not None),
        reason="; ".join(reasons)[:_MOST_TOLD] or None,
        updated_at=max(row.updated_at for row in last),
    )


def _status(last: Sequence[store.FaqPublicationRow], *, in_use: bool) -> Status:
    statuses = {row.status for row in last}
    if "failed" in statuses:
        return "failed"
    if not in_use:
        return "withdrawn" if all(row.removed_at for row in last) else "withdrawing"
    return "published" if statuses == {"active"} else "publishing"
