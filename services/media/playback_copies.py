"""Copies of recordings for people to listen to, kept under a fixed key of the input bucket."""

import asyncio

from services.media.analysis.source import Identified
from services.media.copies import Copies
from services.media.ports import Analyser
from services.media.recordings import copy_key
from services.media.settings import MediaSettings
from services.media.store import LedgerRow
from shared.blobs import Blobs


class PlaybackCopies:
    """Makes the copy that a result wants, and takes away what an earlier result of the same interaction wanted."""

    def __init__(self, settings: MediaSettings, blobs: Blobs, copies: Copies, analyser: Analyser) -> None:
        self._settings = settings
        self._blobs = blobs
        self._copies = copies
        self._analyser = analyser

    async def make(self, row: LedgerRow, identified: Identified) -> bool:
        """Whether the result in the work folder wants a copy of the recording, which is stored then."""
        part, result = self._copies.part(row, "playback.mp3"), self._copies.folder(row) / "result.json"
        source = await self._copies.source(row)
        if not await self._analyser.copy_for_playback(source, identified, result, part):
            return False
        copy = await self._copies.complete(part)
        await self._copies.keep(self._key(row), copy, bucket=self._settings.input_bucket_name)
        await asyncio.to_thread(copy.unlink)
        return True

    async def clear(self, row: LedgerRow) -> None:
        """After a result is stored that wants no copy."""
        await self._blobs.delete(self._settings.input_bucket_name, self._key(row))

    def _key(self, row: LedgerRow) -> str:
        return copy_key(self._settings, row.interaction_id)
