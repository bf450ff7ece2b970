"""Brings the version in use to a search service, and takes the ones before away, step by step and across restarts.

Every step is written down after it is done, and may be done twice: several replicas may take the same one.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from services.bot import store
from services.bot.faq.entries import FaqEntry
from services.bot.faq.ports import FaqRefused, HostedFaqs
from services.bot.faq.publications import order, wanted
from services.bot.faq.versions import Clock, FaqVersions, utc_now
from shared.background import in_background
from shared.db import Database
from shared.errors import Problem

log = logging.getLogger("omnilex.bot.faq")

_MOST_SECONDS = 60.0
Row = store.FaqPublicationRow


class FaqPublisher:
    """One FAQ of the service for each language; the one before goes when the new one is searched."""

    def __init__(
        self, database: Database, versions: FaqVersions, host: HostedFaqs, *, index_id: str, clock: Clock = utc_now
    ) -> None:
        self._database = database
        self._versions = versions
        self._host = host
        self._index_id = index_id
        self._clock = clock
        self._ordered = 0

    async def step(self) -> bool:
        """Does for each FAQ what is next. Whether nothing stood in the way; what did is told on the version."""
        position = await self._order()
        going_well = True
        for row in wanted(await self._rows(), position).values():
            if row.status == "waiting":
                going_well &= await self._tried(row, self._create)
            elif row.status == "creating":
                going_well &= await self._tried(row, self._look)
        rows = await self._rows()
        current = wanted(rows, position)
        # Later ones are not for this replica to judge: it may not know yet that they are wanted.
        for row in (row for row in rows if row.position <= position):
            if row.name not in {kept.name for kept in current.values()} and _replaced(row, current):
                going_well &= await self._tried(row, self._remove)
        return going_well

    async def _order(self) -> int:
        """The position of the activation in use, whose languages are ordered by now; 0 without any."""
        async with self._database.reading() as session:
            current = await store.active(session)
        if current is None or current.position == self._ordered:
            return self._ordered
        async with self._database.transaction() as session:
            await store.lock_faq(session)
            current = await store.active(session)
            if current is None:
                return 0
            languages = await self._versions.languages_of(session, current.number)
            await order(session, self._index_id, current, languages, self._clock())
        self._ordered = current.position
        return current.position

    async def _rows(self) -> Sequence[Row]:
        async with self._database.reading() as session:
            return await store.publications(session, self._index_id)

    async def _tried(self, row: Row, work: Callable[[Row], Awaitable[None]]) -> bool:
        try:
            await work(row)
        except FaqRefused as refusal:
            log.error("faq.refused", extra={"faq": row.name, "version": row.number, "reason": refusal.reason})
            failed = {"status": "failed"} if row.status in ("waiting", "creating") else {}
            await self._record(row, reason=refusal.reason, **failed)
        except Problem as problem:
            log.warning("faq.delayed", extra={"faq": row.name, "slug": problem.slug})
            await self._record(row, reason=problem.detail)
        else:
            return True
        return False

    async def _create(self, row: Row) -> None:
        entries = await self._entries(row)
        faq_id = await self._host.create(row.name, row.language, entries)
        log.info("faq.publishing", extra={"faq": row.name, "version": row.number, "entries": len(entries)})
        # A replica that took the row for abandoned may have taken it away: it is there again, to be taken away.
        await self._record(row, status="creating", faq_id=faq_id, reason=None, removed_at=None)

    async def _entries(self, row: Row) -> list[FaqEntry]:
        _, entries = await self._versions.entries_of(row.number)
        return [entry for entry in entries if entry.language == row.language]

    async def _look(self, row: Row) -> None:
        seen = await self._host.look(row.faq_id or "")
        match seen.state:
            case "active":
                log.info("faq.published", extra={"faq": row.name, "version": row.number})
                await self._record(row, status="active", reason=None)
            case "failed":
                raise FaqRefused(seen.reason or "The search service gives no reason.")
            case "gone" | "deleting":
                raise FaqRefused("The FAQ was deleted from the search service.")

    async def _remove(self, row: Row) -> None:
        if await self._host.remove(row.name, row.faq_id):
            log.info("faq.withdrawn", extra={"faq": row.name, "version": row.number})
            await self._record(row, removed_at=self._clock())

    async def _record(self, row: Row, **values: object) -> None:
        async with self._database.transaction() as session:
            await store.change_publication(session, row.name, {**values, "updated_at": self._clock()})


def _replaced(row: Row, current: dict[str, Row]) -> bool:
    """Whether what takes the row's place is searched: its own language, or all of them when it has none any more."""
    heirs = [current[row.language]] if row.language in current else list(current.values())
    return bool(heirs) and all(heir.status == "active" for heir in heirs)


@asynccontextmanager
async def kept_published(publisher: FaqPublisher, *, seconds: float) -> AsyncIterator[None]:
    """Within the block, takes a step every `seconds`, and less and less often while something stands in the way."""
    async with in_background(_publish(publisher, seconds)):
        yield


async def _publish(publisher: FaqPublisher, seconds: float) -> None:
    pause = seconds
    while True:
        try:
            going_well = await publisher.step()
        except Exception:  # whatever it is, the next version must not wait for a restart
            log.exception("faq.not_published")
            going_well = False
        pause = seconds if going_well else min(pause * 2, max(_MOST_SECONDS, seconds))
        await asyncio.sleep(pause)
