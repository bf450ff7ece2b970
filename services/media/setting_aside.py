"""Where the sources of failures lie: out of the way of what is dropped, and where a retry finds them."""

import asyncio
from contextlib import suppress

from services.media import store
from services.media.copies import SIDE_CAR, Copies, sha256
from services.media.settings import MediaSettings
from services.media.store import LedgerRow
from shared.blobs import Blobs
from shared.db import Database
from shared.errors import InvalidRequest, NotFound


class SettingAside:
    """Moves a source under its full key to the folder of failures, with its side-car.

    It stays there when a retry succeeds: moved back it would look like a new version of its object. The ledger and
    the result say where it lies.
    """

    def __init__(self, settings: MediaSettings, database: Database, blobs: Blobs, copies: Copies) -> None:
        self._settings = settings
        self._database = database
        self._blobs = blobs
        self._copies = copies

    async def move(self, row: LedgerRow) -> None:
        """A version of the object that came since stays, and so does an earlier failure. May be done again."""
        target = row.set_aside_key
        if target is None:
            if not await self._is_there(row):
                return
            target = await self._target(row)
            with suppress(InvalidRequest):  # no file can have a name that is too long
                await self._copy(row, target, SIDE_CAR)
            await self._copy(row, target, "")
            async with self._database.transaction() as session:
                await store.set_aside_at(session, row.entry_id, target)
        if await self._is_there(row):
            await self._blobs.delete(row.bucket, row.key)
            with suppress(InvalidRequest):
                await self._blobs.delete(row.bucket, row.key + SIDE_CAR)

    async def _is_there(self, row: LedgerRow) -> bool:
        try:
            return (await self._blobs.head(row.bucket, row.key)).etag == row.etag
        except NotFound:
            return False

    async def _target(self, row: LedgerRow) -> str:
        folder = self._settings.input_bucket_failed_transcriptions
        target = f"{folder}/{row.key}"
        return f"{folder}/{row.entry_id}/{row.key}" if await self._differs(row, target) else target

    async def _differs(self, row: LedgerRow, target: str) -> bool:
        """Whether an object is at `target` that is not a copy of this one."""
        try:
            there = await self._blobs.head(row.bucket, target)
        except NotFound:
            return False
        if there.size != row.size:
            return True
        source, copy = await self._copies.source(row), self._copies.part(row, "set-aside")
        await self._blobs.download(row.bucket, target, copy)
        return await asyncio.to_thread(lambda: sha256(copy) != sha256(source))

    async def _copy(self, row: LedgerRow, target: str, ending: str) -> None:
        try:
            await self._blobs.copy(row.bucket, row.key + ending, target + ending)
        except NotFound:
            return
