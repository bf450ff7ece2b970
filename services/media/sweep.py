"""The sweep: objects that nobody told of, because they were there before the queue was, or a message was lost."""

import asyncio
import logging
from collections.abc import Sequence

from services.media.faults import TRANSIENT
from services.media.sources import Seen, is_source, is_text
from shared.blobs import Blobs

log = logging.getLogger("omnilex.media.sweep")

_PAGE = 1000


class Sweep:
    """Looks through the folders once in a while, page by page, and hands on every object: known ones are left alone."""

    def __init__(
        self, blobs: Blobs, *, bucket: str, folders: Sequence[str], seen: Seen, seconds: float, page: int = _PAGE
    ) -> None:
        self._blobs = blobs
        self._bucket = bucket
        self._folders = folders
        self._seen = seen
        self._seconds = seconds
        self._page = page

    async def run(self) -> None:
        """For ever, from the start on."""
        while True:
            try:
                await self.look()
            except TRANSIENT as error:
                log.warning("sweep.failed", extra={"fault": type(error).__name__})
            except Exception:
                log.exception("sweep.failed")
            await asyncio.sleep(self._seconds)

    async def look(self) -> None:
        """One look through every folder."""
        for folder in self._folders:
            after: str | None = None
            while page := await self._blobs.page(self._bucket, f"{folder}/", after=after, limit=self._page):
                after = page[-1].key
                await self._seen([info for info in page if is_source(info.key) and is_text(info.key)])
