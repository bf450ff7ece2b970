"""Versions of the FAQ: imported, listed, compared, made the one in use, and picked up by every replica."""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Literal

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from services.bot import store
from services.bot.faq.changes import changes, merged, replaced
from services.bot.faq.entries import FaqEntry, counted
from services.bot.faq.faults import MAX_SHOWN
from services.bot.faq.publications import order_again, told
from services.bot.faq.reading import read_faq
from shared.db import Database
from shared.errors import Conflict, InvalidRequest, NotFound
from shared.schemas.base import Page
from shared.schemas.faq import FaqChanges, FaqImport, FaqVersion

log = logging.getLogger("omnilex.bot.faq")

SHIPPED_BY = "omnilex"
_ENTRIES = TypeAdapter(list[FaqEntry])
_COUNTS = TypeAdapter(dict[str, int])
_TOLD = {"number", "origin", "note", "created_at", "created_by"}
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


class FaqVersions:
    """Which entries are in use. `use` is called with them whenever they change, by this process or by another.

    `index_id` is that of the search service that they are published to, when there is one.
    """

    def __init__(
        self,
        database: Database,
        use: Callable[[Sequence[FaqEntry]], Awaitable[None]],
        clock: Clock = utc_now,
        *,
        index_id: str | None = None,
    ) -> None:
        self._database = database
        self._use = use
        self._clock = clock
        self._index_id = index_id
        self._position = 0
        self._languages: frozenset[str] = frozenset()
        self._refreshing = asyncio.Lock()

    @property
    def languages(self) -> frozenset[str]:
        """Those of the entries in use here."""
        return self._languages

    async def ship(self, files: Sequence[tuple[bytes, str]]) -> None:
        """Makes the files that come with this release a version, once, in use unless staff have imported their own.

        Each file comes with its language. Raises InvalidRequest for files with errors.
        """
        entries: list[FaqEntry] = []
        for content, language in files:
            found, _, faults = read_faq(content, language=language)
            if faults.errors:
                raise faults.refusal()
            entries += found
        async with self._database.transaction() as session:
            await store.lock_faq(session)
            current = await store.active(session)
            row = await store.version(session, current.number) if current else None
            if (row is None or row.origin == "shipped") and not await store.with_digest(session, _digest(entries)):
                await self._add(session, entries, "shipped", "Came with the release.", SHIPPED_BY)
        await self.refresh()

    async def refresh(self) -> bool:
        """Takes over the version in use, if it is another than this process has. Whether it was."""
        async with self._refreshing:
            async with self._database.reading() as session:
                current = await store.active(session)
                if current is None or current.position == self._position:
                    return False
                row = await self._row(session, current.number)
            entries = await asyncio.to_thread(_ENTRIES.validate_json, row.document)
            await self._use(entries)
            self._languages, self._position = frozenset(counted(entries)), current.position
        log.info("faq.in_use", extra={"version": current.number, "entries": len(entries)})
        return True

    async def import_file(
        self,
        content: bytes,
        *,
        language: str,
        mode: Literal["replace", "merge"],
        note: str,
        user: str,
        dry_run: bool = False,
        expected: int | None = None,
    ) -> FaqImport:
        """Takes a file over as a new version, in use at once.

        `replace` leaves only the languages alone that are not in the file; `merge` only adds and changes, by topic.
        Raises InvalidRequest with every fault of the file, and Conflict when `expected` is not the version in use.
        """
        found, rows, faults = await asyncio.to_thread(read_faq, content, language=language)
        if faults.errors:
            raise faults.refusal()
        async with self._database.transaction() as session:
            await store.lock_faq(session)
            number, before = await self._in_use(session)
            if expected is not None and expected != number:
                raise Conflict(
                    f"Version {number} is in use by now.", members={"code": "faq_version_changed", "number": number}
                )
            after = replaced(before, found) if mode == "replace" else merged(before, found)
            told = changes(before, after)
            version = None
            if not dry_run and _digest(after) != _digest(before):
                version = await self._add(session, after, "import", note, user)
        await self.refresh()
        return FaqImport(
            version=version,
            rows=rows,
            entries=counted(after),
            changes=told,
            warnings=faults.warnings[:MAX_SHOWN],
        )

    async def activate(self, number: int, *, user: str) -> FaqVersion:
        """Puts a version to use again. Raises NotFound.

        What is in use already stays so, but is published once more where that has failed.
        """
        async with self._database.transaction() as session:
            await store.lock_faq(session)
            row = await self._row(session, number)
            current = await store.active(session)
            if current is None or current.number != number:
                await self._put_to_use(session, number, user)
            elif self._index_id:
                await order_again(session, self._index_id, current, self._clock())
            version = (await self._told(session, [row]))[0]
        await self.refresh()
        return version

    async def page(self, cursor: str, limit: int) -> Page[FaqVersion]:
        """Newest first. Raises InvalidRequest for a cursor that is none."""
        before = None
        if cursor:
            if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
                raise InvalidRequest("The cursor is not valid.")
            before = int(cursor)
        async with self._database.reading() as session:
            rows = await store.versions_below(session, before, limit + 1)
            items = await self._told(session, rows[:limit])
        return Page(items=items, next_cursor=str(items[-1].number) if len(rows) > limit else None)

    async def difference(self, number: int, against: int | None) -> FaqChanges:
        """What the version changed `against` another; against the one before it when none is named. NotFound."""
        async with self._database.reading() as session:
            row = await self._row(session, number)
            other = number - 1 if against is None else against
            before = [] if other == 0 else _ENTRIES.validate_json((await self._row(session, other)).document)
        return changes(before, _ENTRIES.validate_json(row.document))

    async def entries_of(self, number: int | None) -> tuple[int, list[FaqEntry]]:
        """A version with its number; the one in use when none is named. Raises NotFound."""
        async with self._database.reading() as session:
            if number is None:
                return await self._in_use(session)
            return number, _ENTRIES.validate_json((await self._row(session, number)).document)

    async def languages_of(self, session: AsyncSession, number: int) -> list[str]:
        """Those that the version has entries in. Raises NotFound."""
        return list(_COUNTS.validate_json((await self._row(session, number)).counts))

    async def _in_use(self, session: AsyncSession) -> tuple[int, list[FaqEntry]]:
        current = await store.active(session)
        if current is None:
            return 0, []
        return current.number, _ENTRIES.validate_json((await self._row(session, current.number)).document)

    async def _row(self, session: AsyncSession, number: int) -> store.FaqVersionRow:
        row = await store.version(session, number)
        if row is None:
            raise NotFound("There is no such version of the FAQ.")
        return row

    async def _add(
        self, session: AsyncSession, entries: Sequence[FaqEntry], origin: str, note: str, user: str
    ) -> FaqVersion:
        number = await store.last_number(session) + 1
        row = store.FaqVersionRow(
            number=number,
            digest=_digest(entries),
            origin=origin,
            note=note,
            created_at=self._clock(),
            created_by=user,
            counts=_COUNTS.dump_json(counted(entries)).decode(),
            document=_ENTRIES.dump_json(list(entries)).decode(),
        )
        session.add(row)
        await session.flush()
        await self._put_to_use(session, number, user)
        return (await self._told(session, [row]))[0]

    async def _put_to_use(self, session: AsyncSession, number: int, user: str) -> None:
        current = await store.active(session)
        position = current.position + 1 if current else 1
        session.add(
            store.FaqActivationRow(position=position, number=number, activated_at=self._clock(), activated_by=user)
        )
        await session.flush()
        log.info("faq.activated", extra={"version": number})

    async def _told(self, session: AsyncSession, rows: Sequence[store.FaqVersionRow]) -> list[FaqVersion]:
        current = await store.active(session)
        numbers = [row.number for row in rows]
        published = await store.publications_of(session, self._index_id, numbers) if self._index_id else []

        def version(row: store.FaqVersionRow) -> FaqVersion:
            in_use = current.position if current and current.number == row.number else None
            own = [one for one in published if one.number == row.number]
            return FaqVersion(
                **row.model_dump(include=_TOLD),
                active=in_use is not None,
                entries=_COUNTS.validate_json(row.counts),
                publication=told(own, in_use=in_use) if self._index_id else None,
            )

        return [version(row) for row in rows]


def _digest(entries: Sequence[FaqEntry]) -> str:
    """The same for the same entries in any order."""
    return hashlib.sha256(_ENTRIES.dump_json(sorted(entries, key=lambda entry: entry.key))).hexdigest()
