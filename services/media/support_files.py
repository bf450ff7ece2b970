"""Entity lists and rules of categories, as they lie among the support files, for the processes that analyse.

Those read files. Before each analysis what has changed in the bucket, by its etag, is copied to a folder of this
machine; of a file that cannot be used the last good copy stays.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from services.media.analysis.categories import FOLDER, checked_rules
from services.media.analysis.entities import checked_terms
from services.media.analysis.support import UnusableFile
from services.media.settings import MediaSettings
from shared.blobs import BlobInfo, Blobs
from shared.errors import Forbidden, NotFound

log = logging.getLogger("omnilex.media.support-files")

MOST_BYTES = 16 * 1024 * 1024


class SupportFiles:
    """`faults` says of each object that cannot be used why, in a sentence that quotes nothing of it."""

    def __init__(self, settings: MediaSettings, blobs: Blobs) -> None:
        self._settings = settings
        self._blobs = blobs
        self._copied: dict[str, str] = {}
        self._refused: dict[str, str] = {}
        self._looking = asyncio.Lock()
        self.faults: dict[str, str] = {}

    @property
    def folder(self) -> Path:
        return self._settings.data_dir.resolve() / "media-support" / self._settings.support_files_bucket_name

    async def current(self) -> Path:
        """The folder, in step with the bucket; laid out as that is.

        Raises AWAY problems. A bucket that is not there or may not be read is as good as an empty one, and said once.
        """
        async with self._looking:
            await self._copy_lists()
            await self._copy_rules()
        return self.folder

    async def _copy_lists(self) -> None:
        names = self._settings.entity_lists()
        if not names:
            return
        prefix = f"{PurePosixPath(self._settings.entity_string_map).with_suffix('')}-"
        found = {info.key: info for info in await self._listed(prefix)}
        for name in names:
            if name not in found:
                await self._drop(name)
            else:
                await self._take(found[name], checked_terms)

    async def _copy_rules(self) -> None:
        """Only the newest version that can be used: it is the one in force."""
        found = await self._listed(f"{FOLDER}/")
        wanted = None
        for info in reversed(found):
            if await self._take(info, checked_rules):
                wanted = info.key
                break
        listed = {info.key for info in found}
        for path in await asyncio.to_thread(lambda: list((self.folder / FOLDER).glob("*.json"))):
            key = f"{FOLDER}/{path.name}"
            if key != wanted and (wanted or key not in listed):
                await self._drop(key)

    async def _take(self, info: BlobInfo, check: Callable[[bytes], object]) -> bool:
        """Whether there is a copy of this very version."""
        if self._copied.get(info.key) == info.etag:
            return True
        if self._refused.get(info.key) == info.etag:
            return False
        try:
            if info.size > MOST_BYTES:
                raise UnusableFile(f"it has more than {MOST_BYTES // 1024**2} MB")
            content = await self._blobs.get(info.bucket, info.key)
            await asyncio.to_thread(check, content)
        except NotFound:  # removed a moment ago
            return False
        except UnusableFile as fault:
            self._refused[info.key] = info.etag
            self._say(info.key, str(fault))
            return False
        await asyncio.to_thread(_put, self.folder / info.key, content)
        self._copied[info.key] = info.etag
        self._refused.pop(info.key, None)
        self.faults.pop(info.key, None)
        log.info("support_file.taken", extra={"object": info.key, "etag": info.etag})
        return True

    async def _drop(self, key: str) -> None:
        for known in (self._copied, self._refused, self.faults):
            known.pop(key, None)
        await asyncio.to_thread((self.folder / key).unlink, missing_ok=True)

    async def _listed(self, prefix: str) -> list[BlobInfo]:
        bucket = self._settings.support_files_bucket_name
        try:
            found = await self._blobs.listing(bucket, prefix)
        except (NotFound, Forbidden) as problem:
            if bucket not in self.faults:
                self._say(bucket, problem.detail)
            return []
        self.faults.pop(bucket, None)
        return [info for info in found if not info.key.endswith("/")]

    def _say(self, key: str, fault: str) -> None:
        self.faults[key] = fault
        log.warning("support_file.refused", extra={"object": key, "fault": fault})


def _put(path: Path, content: bytes) -> None:
    """Whole or not at all: others read it meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    part.write_bytes(content)
    part.replace(path)
