"""Local copies of an object in work, and what its side-car says. Any machine can make them again."""

import asyncio
import hashlib
import secrets
import shutil
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from services.media import store
from services.media.analysis.side_car import read_side_car
from services.media.analysis.source import RejectedSource
from services.media.faults import Ended
from services.media.settings import MediaSettings
from services.media.store import LedgerRow
from shared.blobs import CHUNK_BYTES, KEY_BYTES, Blobs
from shared.db import Database
from shared.errors import InvalidRequest, NotFound
from shared.schemas.ledger import UploadMetadata

SIDE_CAR = ".metadata.json"
_SIDE_CAR_BYTES = 64 * 1024


class Copies:
    """A folder for each run in work. Two workers on one machine may share it: files appear in it whole."""

    def __init__(self, settings: MediaSettings, blobs: Blobs) -> None:
        self._settings = settings
        self._blobs = blobs

    def folder(self, row: LedgerRow) -> Path:
        return self._work(row.entry_id, row.run)

    def part(self, row: LedgerRow, name: str) -> Path:
        """Where to write what `complete` then gives the name: nobody else writes there."""
        return self.folder(row) / f"{name}.{secrets.token_hex(4)}.part"

    async def complete(self, *parts: Path) -> Path:
        """Gives the files their names, in place of any that have them, one after the other; where the last is now."""
        return await asyncio.to_thread(lambda: [_complete(part) for part in parts][-1])

    async def source(self, row: LedgerRow) -> Path:
        """A copy of the object version. Ends the way when the object is gone or has a newer version."""
        source, part = self.folder(row) / "source", self.part(row, "source")
        if await asyncio.to_thread(_is_there, source):
            return source
        try:
            async with asyncio.timeout(self._settings.transfer_timeout_seconds):
                found = await self._blobs.download(row.bucket, where(row), part)
        except NotFound:
            raise Ended("rejected", "gone", "The object was removed before it was read.") from None
        if row.set_aside_key is None and found.etag != row.etag:
            raise Ended("duplicate", "superseded", "A newer version of the object came before this one was read.")
        return await self.complete(part)

    async def metadata(self, row: LedgerRow) -> UploadMetadata:
        """What the side-car says; nothing when there is none."""
        key = where(row) + SIDE_CAR
        if len(key.encode()) > KEY_BYTES:
            return UploadMetadata()
        try:
            if (await self._blobs.head(row.bucket, key)).size > _SIDE_CAR_BYTES:
                raise RejectedSource("bad_metadata", "The side-car file is too large to hold metadata.")
            return read_side_car(await self._blobs.get(row.bucket, key))
        except (NotFound, InvalidRequest):  # no file can have a name that is too long
            return UploadMetadata()

    async def keep(self, key: str, file: Path, *, bucket: str | None = None) -> None:
        """Stores the file, in the output bucket where no other is named."""
        bucket = bucket or self._settings.output_bucket_name
        async with asyncio.timeout(self._settings.transfer_timeout_seconds):
            small = await asyncio.to_thread(_read_small, file)
            if small is not None:
                await self._blobs.put(bucket, key, small)
            else:
                await self._blobs.put_stream(bucket, key, _chunks(file))

    async def remove(self, entry_id: str, run: int | None = None) -> None:
        """Removes the copies of the run, of every run where none is named."""
        one = [self._work(entry_id, run)] if run is not None else None
        await asyncio.to_thread(_remove, one or self._settings.work_dir.glob(f"{entry_id}.*"))

    async def clear_leftovers(self, database: Database) -> None:
        """Removes copies that a crash, or another machine's end of the way, left of objects whose way has ended."""
        folders = await asyncio.to_thread(lambda: list(self._settings.work_dir.glob("*")))
        for start in range(0, len(folders), 200):
            some = folders[start : start + 200]
            async with database.reading() as session:
                rows = await store.entries(session, {folder.stem for folder in some})
            working = {self.folder(row) for row in rows if row.fate in store.UNFINISHED}
            for folder in some:
                if folder not in working:
                    await asyncio.to_thread(_remove, [folder])

    def _work(self, entry_id: str, run: int) -> Path:
        return self._settings.work_dir / f"{entry_id}.{run}"


def where(row: LedgerRow) -> str:
    """The key at which the source lies now."""
    return row.set_aside_key or row.key


def _remove(folders: Iterable[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _complete(part: Path) -> Path:
    return part.replace(part.with_name(part.name.rsplit(".", 2)[0]))


def sha256(file: Path) -> str:
    with file.open("rb") as reader:
        return hashlib.file_digest(reader, "sha256").hexdigest()


async def _chunks(file: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(file.open, "rb") as reader:
        while chunk := await asyncio.to_thread(reader.read, CHUNK_BYTES):
            yield chunk


def _is_there(file: Path) -> bool:
    """Whether the file is; its folder is there in any case."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return file.exists()


def _read_small(file: Path) -> bytes | None:
    """What is in the file; null for one that should be read piece by piece."""
    return file.read_bytes() if file.stat().st_size <= CHUNK_BYTES else None
