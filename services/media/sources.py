"""The folder watch: objects that appear in the bucket by themselves."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from services.media.copies import SIDE_CAR
from services.media.faults import AWAY
from services.media.store import now
from shared.blobs import BlobInfo, Blobs

log = logging.getLogger("omnilex.media.sources")

Seen = Callable[[Sequence[BlobInfo]], Awaitable[None]]
_LOOKING_SHARE = 0.2  # of the time at most is spent on listings, however many objects there are


class FolderWatch:
    """Looks at the folders again and again and hands on each object version that has settled.

    Settled: the same in two looks running, and not written to for `settle_seconds`.
    """

    def __init__(
        self, blobs: Blobs, *, bucket: str, folders: Sequence[str], seen: Seen, seconds: float, settle_seconds: float
    ) -> None:
        self._blobs = blobs
        self._bucket = bucket
        self._folders = folders
        self._seen = seen
        self._seconds = seconds
        self._settle = timedelta(seconds=settle_seconds)
        self._before: dict[str, str] = {}
        self._handed_on: dict[str, str] = {}
        self._unreadable: dict[str, int] = {}

    async def run(self) -> None:
        """For ever."""
        while True:
            began = time.monotonic()
            try:
                await self.look()
            except AWAY as error:
                log.warning("watch.failed", extra={"fault": type(error).__name__})
            except Exception:
                log.exception("watch.failed")
            spent = time.monotonic() - began
            await asyncio.sleep(max(self._seconds, spent / _LOOKING_SHARE))

    async def look(self) -> None:
        """One look at every folder."""
        present = [info for folder in self._folders for info in await self._list(folder)]
        settled = [info for info in present if self._is_new(info) and self._is_settled(info)]
        if settled:
            await self._seen(settled)
        self._before = {info.key: info.etag for info in present}
        handed_on = {info.key: info.etag for info in settled}
        kept = {key: etag for key, etag in self._handed_on.items() if key in self._before}
        self._handed_on = kept | handed_on

    async def _list(self, folder: str) -> list[BlobInfo]:
        listed = await self._blobs.listing(self._bucket, folder + "/")
        sources = [info for info in listed if is_source(info.key)]
        readable = [info for info in sources if is_text(info.key)]
        unreadable = len(sources) - len(readable)
        if unreadable != self._unreadable.get(folder, 0):
            self._unreadable[folder] = unreadable
            log.warning("watch.names-unreadable", extra={"folder": folder, "objects": unreadable})
        return readable

    def _is_new(self, info: BlobInfo) -> bool:
        return self._handed_on.get(info.key) != info.etag

    def _is_settled(self, info: BlobInfo) -> bool:
        age = now() - info.modified
        just_written = timedelta(0) <= age < self._settle  # a time in the future tells nothing
        return self._before.get(info.key) == info.etag and not just_written


def is_source(key: str) -> bool:
    """Whether an object is there to be processed: side-cars, folder markers and hidden files are not."""
    return not key.endswith(("/", SIDE_CAR)) and not any(part.startswith(".") for part in key.split("/"))


def is_text(key: str) -> bool:
    """Whether the name can be stored: a file system may hold names that are in no encoding."""
    return key.encode("utf-8", "ignore").decode() == key
