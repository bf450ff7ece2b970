"""How long objects are kept: a limit in days for each folder, seen to once a day."""

import asyncio
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from services.media import store
from services.media.faults import TRANSIENT
from services.media.ports import Index
from services.media.settings import MediaSettings
from services.media.store import now
from shared.blobs import BlobInfo, Blobs
from shared.db import Database

log = logging.getLogger("omnilex.media.retention")

_PAGE = 1000


class Retention:
    """Removes objects that are older than their folder's limit, but none that is still on its way.

    With a result goes its entry in the index. The ledger keeps its entries: they say what there was.
    """

    def __init__(self, *, settings: MediaSettings, database: Database, blobs: Blobs, index: Index) -> None:
        self._settings = settings
        self._database = database
        self._blobs = blobs
        self._index = index

    async def run(self) -> None:
        """For ever."""
        while True:
            try:
                await self.sweep()
            except TRANSIENT as error:
                log.warning("retention.failed", extra={"fault": type(error).__name__})
            except Exception:
                log.exception("retention.failed")
            await asyncio.sleep(self._settings.retention_sweep_seconds)

    async def sweep(self, moment: datetime | None = None) -> int:
        """Removes what is too old at this moment (now, unless told); gives how many objects that were."""
        removed = 0
        for bucket, folder, days in self._limits():
            gone = await self._sweep(bucket, folder + "/", (moment or now()) - timedelta(days=days))
            if gone:
                log.info("retention.swept", extra={"bucket": bucket, "folder": folder, "objects": gone})
            removed += gone
        return removed

    def _limits(self) -> Iterator[tuple[str, str, int]]:
        settings = self._settings
        for bucket in (settings.input_bucket_name, settings.output_bucket_name, settings.bulk_upload_bucket):
            for folder, days in settings.retention_limits.items():
                yield bucket, folder, days

    async def _sweep(self, bucket: str, prefix: str, limit: datetime) -> int:
        removed = 0
        after: str | None = None
        while page := await self._blobs.page(bucket, prefix, after=after, limit=_PAGE):
            after = page[-1].key
            old = [info for info in page if info.modified < limit]
            for info in await self._not_in_work(old):
                await self._remove(info)
                removed += 1
        return removed

    async def _not_in_work(self, infos: list[BlobInfo]) -> list[BlobInfo]:
        """A source that waits, and one that was set aside and is tried again, stay until they have their fate."""
        keys = [info.key for info in infos]
        if not keys:
            return []
        async with self._database.reading() as session:
            working = await store.in_work(session, infos[0].bucket, keys)
        return [info for info in infos if not any(info.key.startswith(key) for key in working)]

    async def _remove(self, info: BlobInfo) -> None:
        results = self._settings.output_bucket_parsed_results + "/"
        if info.bucket == self._settings.output_bucket_name and info.key.startswith(results):
            await self._index.remove(info.key.removeprefix(results).removesuffix(".json"))
        await self._blobs.delete(info.bucket, info.key)
