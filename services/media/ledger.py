"""The ledger as staff read it, and what they may have done again."""

import logging
from collections.abc import Callable, Collection

from services.media import store
from services.media.cursors import position_cursor, position_of
from services.media.store import LedgerRow, StepRow, finding
from services.media.store.finding import Wanted
from shared.db import Database
from shared.errors import Conflict, NotFound
from shared.schemas.base import Page
from shared.schemas.ledger import Fate, LedgerCounts, LedgerDetail, LedgerEntry, LedgerStep, Retried

log = logging.getLogger("omnilex.media.ledger")

RETRYABLE: frozenset[Fate] = frozenset({"rejected", "failed", "cancelled"})
_AT_ONCE = 200


class Ledger:
    """`wake` is called when there is something new to start."""

    def __init__(self, *, database: Database, wake: Callable[[], None]) -> None:
        self._database = database
        self._wake = wake

    async def page(self, wanted: Wanted, *, cursor: str | None, limit: int) -> Page[LedgerEntry]:
        """Newest first. Raises InvalidRequest for a cursor that is none of ours."""
        before = position_of(cursor) if cursor is not None else None
        async with self._database.reading() as session:
            rows = await finding.page(session, wanted, before=before, limit=limit + 1)
        following = position_cursor(rows[limit - 1].position or 0) if len(rows) > limit else None
        return Page(items=[row.entry() for row in rows[:limit]], next_cursor=following)

    async def entries(self, entry_ids: Collection[str]) -> list[LedgerEntry]:
        """In the order of the ids, all of which the ledger has."""
        async with self._database.reading() as session:
            found = {row.entry_id: row.entry() for row in await store.entries(session, entry_ids)}
        return [found[entry_id] for entry_id in entry_ids]

    async def entry(self, entry_id: str) -> LedgerDetail:
        """With its steps. Raises NotFound."""
        async with self._database.reading() as session:
            row = _there(await store.entry(session, entry_id))
            steps = await store.steps_of(session, entry_id)
            may_be_retried = row.fate in RETRYABLE and not await store.is_replaced(session, row)
        shown = row.entry().model_dump() | {"steps": [_step(step) for step in steps], "retryable": may_be_retried}
        return LedgerDetail.model_validate(shown)

    async def counts(self, wanted: Wanted) -> LedgerCounts:
        async with self._database.reading() as session:
            return LedgerCounts(
                fates=await finding.count_fates(session, wanted),
                stuck=await finding.count_stuck(session, wanted),
                reasons=await finding.count_reasons(session, wanted),
            )

    async def retry(self, entry_id: str, *, subject: str) -> LedgerEntry:
        """The entry at a new run; one that is on its way already stays as it is.

        Raises NotFound, and Conflict for an entry that needs no retry or has a newer version.
        """
        async with self._database.transaction() as session:
            row = _there(await store.entry(session, entry_id))
            if row.fate not in store.UNFINISHED:
                if row.fate not in RETRYABLE:
                    raise Conflict(f"Nothing is to be done again: the entry is {row.fate}.")
                if await store.is_replaced(session, row):
                    raise Conflict("A newer version of the object has a result or is on its way to one.")
                if await store.begin_again(session, row):
                    log.info("entry.retried", extra={"entry_id": entry_id, "by": subject})
        self._wake()
        async with self._database.reading() as session:
            return _there(await store.entry(session, entry_id)).entry()

    async def retry_all(self, reason_code: str, *, bulk_id: str | None, subject: str) -> Retried:
        """A new run of each entry that ended with this reason before now. Raises NotFound when there is none."""
        retried = left = position = 0
        async with self._database.reading() as session:
            newest = await finding.page(session, Wanted(), before=None, limit=1)
        last = newest[0].position if newest and newest[0].position else 0
        while rows := await self._retry_some(reason_code, bulk_id, position, last):
            retried += sum(rows.values())
            left += len(rows) - sum(rows.values())
            position = max(rows)
            self._wake()
        if retried + left == 0:
            raise NotFound("No entry ended with this reason.")
        log.info("entries.retried", extra={"reason_code": reason_code, "entries": retried, "by": subject})
        return Retried(retried=retried, left=left)

    async def _retry_some(self, reason_code: str, bulk_id: str | None, after: int, last: int) -> dict[int, bool]:
        """The positions of the next entries with the reason, and whether each was taken."""
        async with self._database.transaction() as session:
            rows = await finding.retryable(session, reason_code, bulk_id, after=after, limit=_AT_ONCE)
            taken: dict[int, bool] = {}
            for row in rows:
                if row.position is not None and row.position <= last:
                    replaced = await store.is_replaced(session, row)
                    taken[row.position] = not replaced and await store.begin_again(session, row)
        return taken


def _there(row: LedgerRow | None) -> LedgerRow:
    if row is None:
        raise NotFound("The ledger has no such entry.")
    return row


def _step(row: StepRow) -> LedgerStep:
    seconds = (row.ended_at - row.started_at).total_seconds() if row.ended_at else None
    return LedgerStep.model_validate(row.model_dump() | {"seconds": seconds})
