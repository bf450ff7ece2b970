"""Objects by bucket and key. `FolderBlobs` keeps S3's layout in a folder; `shared.aws.S3Blobs` is its twin."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol

from shared.errors import InvalidRequest, NotFound

CHUNK_BYTES = 256 * 1024
_TEMPORARY = ".omnilex-tmp-"


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """`etag` changes whenever the content does."""

    bucket: str
    key: str
    size: int
    etag: str
    modified: datetime


class Blobs(Protocol):
    """An object is there whole or not at all: a reader never sees half of one being written."""

    async def put(self, bucket: str, key: str, data: bytes) -> BlobInfo: ...

    async def put_stream(self, bucket: str, key: str, chunks: AsyncIterator[bytes]) -> BlobInfo:
        """Stores what `chunks` yields; nothing is kept when it raises."""

    async def head(self, bucket: str, key: str) -> BlobInfo:
        """Raises NotFound."""

    async def get(self, bucket: str, key: str) -> bytes:
        """The whole object, for small ones. Raises NotFound."""

    async def download(self, bucket: str, key: str, target: Path) -> BlobInfo:
        """Streams the object into the local file `target`. Raises NotFound."""

    async def listing(self, bucket: str, prefix: str) -> list[BlobInfo]:
        """The objects whose key begins with `prefix`, by key."""

    async def copy(self, bucket: str, key: str, target_key: str) -> BlobInfo:
        """Copies within the bucket. Raises NotFound."""

    async def delete(self, bucket: str, key: str) -> None:
        """Removes the object; one that is not there is no error."""

    async def ready(self) -> None:
        """Raises Unavailable when the store does not answer."""


class FolderBlobs:
    """Objects as files `root/bucket/key`. Files are written beside their place and moved in, so drops are atomic."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    async def put(self, bucket: str, key: str, data: bytes) -> BlobInfo:
        path = self._path(bucket, key)
        await asyncio.to_thread(_write, path, data)
        return await self.head(bucket, key)

    async def put_stream(self, bucket: str, key: str, chunks: AsyncIterator[bytes]) -> BlobInfo:
        path = self._path(bucket, key)
        temporary, file = await asyncio.to_thread(_open_beside, path)
        try:
            with file:
                async for chunk in chunks:
                    await asyncio.to_thread(file.write, chunk)
            await asyncio.to_thread(os.replace, temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        return await self.head(bucket, key)

    async def head(self, bucket: str, key: str) -> BlobInfo:
        path = self._path(bucket, key)
        info = await asyncio.to_thread(_info, self._root / bucket, path)
        if info is None:
            raise NotFound("There is no such object.")
        return info

    async def get(self, bucket: str, key: str) -> bytes:
        await self.head(bucket, key)
        return await asyncio.to_thread(self._path(bucket, key).read_bytes)

    async def download(self, bucket: str, key: str, target: Path) -> BlobInfo:
        info = await self.head(bucket, key)
        await asyncio.to_thread(_copy_file, self._path(bucket, key), target)
        return info

    async def listing(self, bucket: str, prefix: str) -> list[BlobInfo]:
        return await asyncio.to_thread(lambda: list(_walk(self._root / bucket, prefix)))

    async def copy(self, bucket: str, key: str, target_key: str) -> BlobInfo:
        await self.head(bucket, key)
        await asyncio.to_thread(_copy_file, self._path(bucket, key), self._path(bucket, target_key))
        return await self.head(bucket, target_key)

    async def delete(self, bucket: str, key: str) -> None:
        await asyncio.to_thread(self._path(bucket, key).unlink, missing_ok=True)

    async def ready(self) -> None:
        await asyncio.to_thread(self._root.mkdir, parents=True, exist_ok=True)

    def _path(self, bucket: str, key: str) -> Path:
        """Raises InvalidRequest for a name that would leave the bucket or hide among temporary files."""
        parts = PurePosixPath(key).parts
        unsafe = not parts or key.startswith("/") or "\0" in key or any(part == ".." for part in parts)
        if unsafe or not bucket or "/" in bucket or bucket.startswith(".") or parts[-1].startswith(_TEMPORARY):
            raise InvalidRequest("This is not a usable object name.")
        return self._root.joinpath(bucket, *parts)


def _write(path: Path, data: bytes) -> None:
    temporary, file = _open_beside(path)
    try:
        with file:
            file.write(data)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _open_beside(path: Path) -> tuple[Path, BinaryIO]:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(_TEMPORARY + secrets.token_hex(8))
    return temporary, temporary.open("xb")


def _copy_file(source: Path, target: Path) -> None:
    temporary, file = _open_beside(target)
    try:
        with source.open("rb") as reader, file:
            while chunk := reader.read(CHUNK_BYTES):
                file.write(chunk)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _info(bucket: Path, path: Path) -> BlobInfo | None:
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not path.is_file():
        return None
    modified = datetime.fromtimestamp(found.st_mtime, UTC)
    etag = f"{found.st_mtime_ns:x}-{found.st_size:x}-{found.st_ino:x}"
    return BlobInfo(bucket.name, path.relative_to(bucket).as_posix(), found.st_size, etag, modified)


def _walk(bucket: Path, prefix: str) -> Iterator[BlobInfo]:
    """Depth first in key order, entering only folders that can hold the prefix."""
    start = bucket / prefix.rpartition("/")[0]
    pending = [start] if start.is_dir() else []
    found: list[BlobInfo] = []
    while pending:
        for entry in os.scandir(pending.pop()):
            if entry.is_dir():
                pending.append(Path(entry.path))
            elif not entry.name.startswith(_TEMPORARY):
                info = _info(bucket, Path(entry.path))
                if info is not None and info.key.startswith(prefix):
                    found.append(info)
    yield from sorted(found, key=lambda info: info.key)
