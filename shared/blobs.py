"""Objects by bucket and key. `FolderBlobs` keeps S3's layout in a folder; `shared.aws.S3Blobs` is its twin."""

import asyncio
import heapq
import os
import secrets
import shutil
import stat
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from shared.errors import Conflict, InvalidRequest, NotFound, Unavailable

CHUNK_BYTES = 256 * 1024
KEY_BYTES = 1024
"""What S3 takes."""

_TEMPORARY = ".omnilex-tmp-"
_LEFT_SECONDS = 86_400.0  # after its last write a temporary file is one that a process left when it was killed
_NAME_BYTES = 255  # what file systems take
_MISSING = "There is no such object."
_IN_THE_WAY = "An object and a folder would have the same name."


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """`etag` changes whenever the content does."""

    bucket: str
    key: str
    size: int
    etag: str
    modified: datetime


@dataclass(frozen=True, slots=True)
class FormPost:
    """A form to POST to `url`: these fields, and after them the part `file`."""

    url: str
    fields: dict[str, str]


class Blobs(Protocol):
    """An object is there whole or not at all: a reader never sees half of one being written."""

    async def put(self, bucket: str, key: str, data: bytes) -> BlobInfo: ...

    async def put_new(self, bucket: str, key: str, data: bytes) -> bool:
        """Stores the object unless there is one; whether it did. Of several at once, in any process, one does."""

    async def put_stream(self, bucket: str, key: str, chunks: AsyncIterator[bytes]) -> BlobInfo:
        """Stores what `chunks` yields; nothing is kept when it raises."""

    async def head(self, bucket: str, key: str) -> BlobInfo:
        """Raises NotFound."""

    async def get(self, bucket: str, key: str) -> bytes:
        """The whole object, for small ones. Raises NotFound."""

    async def download(self, bucket: str, key: str, target: Path) -> BlobInfo:
        """Streams the object into the local file `target`. Raises NotFound."""

    def stream(self, info: BlobInfo, first: int, last: int) -> AsyncIterator[bytes]:
        """The bytes `first` to `last` (inclusive, both within the object), in pieces, of this very version.

        Raises NotFound before the first piece when that version is not there any more.
        """

    async def listing(self, bucket: str, prefix: str) -> list[BlobInfo]:
        """The objects whose key begins with `prefix`, by key."""

    async def page(self, bucket: str, prefix: str, *, after: str | None, limit: int) -> list[BlobInfo]:
        """The first `limit` objects whose key begins with `prefix` and comes after the key `after`, by key.

        Fewer when some are removed meanwhile, none when there are no more. Keys are in the order of their UTF-8 bytes.
        Needs memory for `limit` objects, however many there are.
        """

    async def upload_form(self, bucket: str, key: str, *, size: int, seconds: int) -> FormPost | None:
        """What lets anybody who has it upload this one object, of this size, within so many seconds.

        Null where the store takes uploads from nobody but us.
        """

    async def copy(self, bucket: str, key: str, target_key: str) -> BlobInfo:
        """Copies within the bucket. Raises NotFound."""

    async def delete(self, bucket: str, key: str) -> None:
        """Removes the object; one that is not there is no error."""

    async def ready(self) -> None:
        """Raises Unavailable when the store does not answer."""


class FolderBlobs:
    """Objects as files `root/bucket/key`. Files are written beside their place and moved in, so drops are atomic.

    A folder cannot hold every key that S3 can: names that would leave the bucket, that a file system would change, or
    that are too long raise InvalidRequest; an object where a folder is needed, or the reverse, raises Conflict.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    async def put(self, bucket: str, key: str, data: bytes) -> BlobInfo:
        path = self._path(bucket, key)
        await asyncio.to_thread(_write, path, data)
        return await self.head(bucket, key)

    async def put_new(self, bucket: str, key: str, data: bytes) -> bool:
        return await asyncio.to_thread(_write_new, self._path(bucket, key), data)

    async def put_stream(self, bucket: str, key: str, chunks: AsyncIterator[bytes]) -> BlobInfo:
        path = self._path(bucket, key)
        temporary, file = await asyncio.to_thread(_open_beside, path)
        try:
            with file:
                async for chunk in chunks:
                    await asyncio.to_thread(file.write, chunk)
            await asyncio.to_thread(_move, temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        return await self.head(bucket, key)

    async def head(self, bucket: str, key: str) -> BlobInfo:
        path = self._path(bucket, key)
        info = await asyncio.to_thread(_info, self._root / bucket, path)
        if info is None:
            raise NotFound(_MISSING)
        return info

    async def get(self, bucket: str, key: str) -> bytes:
        return await asyncio.to_thread(_read, self._path(bucket, key))

    async def download(self, bucket: str, key: str, target: Path) -> BlobInfo:
        path = self._path(bucket, key)
        await self.head(bucket, key)
        return _as_info(self._root / bucket, path, await asyncio.to_thread(_copy_file, path, target))

    async def stream(self, info: BlobInfo, first: int, last: int) -> AsyncIterator[bytes]:
        file = await asyncio.to_thread(_open_version, self._path(info.bucket, info.key), info.etag)
        with file:
            await asyncio.to_thread(file.seek, first)
            left = last - first + 1
            while left > 0 and (piece := await asyncio.to_thread(file.read, min(left, CHUNK_BYTES))):
                left -= len(piece)
                yield piece

    async def listing(self, bucket: str, prefix: str) -> list[BlobInfo]:
        folder = self._bucket(bucket)
        within = prefix.rpartition("/")[0]
        if within and not _usable(within):
            return []  # no key begins like this
        return await asyncio.to_thread(lambda: list(_walk(folder, folder / within, prefix)))

    async def page(self, bucket: str, prefix: str, *, after: str | None, limit: int) -> list[BlobInfo]:
        folder = self._bucket(bucket)
        within = prefix.rpartition("/")[0]
        if within and not _usable(within):
            return []
        return await asyncio.to_thread(_page, folder, prefix, _bytes(after or ""), limit)

    async def upload_form(self, bucket: str, key: str, *, size: int, seconds: int) -> FormPost | None:
        return None

    async def copy(self, bucket: str, key: str, target_key: str) -> BlobInfo:
        await asyncio.to_thread(_copy_file, self._path(bucket, key), self._path(bucket, target_key))
        return await self.head(bucket, target_key)

    async def delete(self, bucket: str, key: str) -> None:
        path = self._path(bucket, key)
        await asyncio.to_thread(lambda: path.unlink(missing_ok=True) if _is_object(path) else None)

    async def ready(self) -> None:
        try:
            await asyncio.to_thread(self._root.mkdir, parents=True, exist_ok=True)
        except OSError as error:
            raise Unavailable("The object folder cannot be used.") from error

    def _bucket(self, bucket: str) -> Path:
        if "/" in bucket or not _usable(bucket) or bucket.startswith("."):
            raise InvalidRequest("This is not a usable bucket name.")
        return self._root / bucket

    def _path(self, bucket: str, key: str) -> Path:
        if not _usable(key):
            raise InvalidRequest("This is not a usable object name.")
        return self._bucket(bucket) / key


def _usable(name: str) -> bool:
    """Whether files can have this name, and nothing else than this name."""
    try:
        parts = [part.encode() for part in name.split("/")]
    except UnicodeEncodeError:
        return False
    plain = all(part not in (b"", b".", b"..") and len(part) <= _NAME_BYTES and b"\0" not in part for part in parts)
    return plain and len(name.encode()) <= KEY_BYTES and not any(part.startswith(_TEMPORARY.encode()) for part in parts)


def _is_temporary(entry: os.DirEntry[str]) -> bool:
    """Whether the file is one that is being written. What was left of one is removed: it may hold a recording."""
    if not entry.name.startswith(_TEMPORARY):
        return False
    with suppress(OSError):
        if time.time() - entry.stat(follow_symlinks=False).st_mtime > _LEFT_SECONDS:
            os.unlink(entry.path)
    return True


def _is_object(path: Path) -> bool:
    try:
        return path.is_file()
    except NotADirectoryError:
        return False


def _read(path: Path) -> bytes:
    with _missing_is_not_found():
        return path.read_bytes()


def _move(temporary: Path, path: Path) -> None:
    try:
        temporary.replace(path)
    except IsADirectoryError as error:
        raise Conflict(_IN_THE_WAY) from error


@contextmanager
def _missing_is_not_found() -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise NotFound(_MISSING) from error


def _write(path: Path, data: bytes) -> None:
    temporary, file = _open_beside(path)
    try:
        with file:
            file.write(data)
        _move(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _write_new(path: Path, data: bytes) -> bool:
    """A link, unlike a file that is moved in, takes no other's place."""
    temporary, file = _open_beside(path)
    try:
        with file:
            file.write(data)
        os.link(temporary, path)
    except FileExistsError:
        return False
    finally:
        temporary.unlink(missing_ok=True)
    return True


def _open_beside(path: Path) -> tuple[Path, BinaryIO]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise Conflict(_IN_THE_WAY) from error
    temporary = path.with_name(_TEMPORARY + secrets.token_hex(8))
    return temporary, temporary.open("xb")


def _copy_file(source: Path, target: Path) -> os.stat_result:
    """What the copied file is: another may have its name by now."""
    with _missing_is_not_found():
        reader = source.open("rb")
    with reader:
        copied = os.fstat(reader.fileno())
        temporary, file = _open_beside(target)
        try:
            with file:
                shutil.copyfileobj(reader, file, CHUNK_BYTES)
            _move(temporary, target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    return copied


def _info(bucket: Path, path: Path) -> BlobInfo | None:
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return _as_info(bucket, path, found) if stat.S_ISREG(found.st_mode) else None


def _as_info(bucket: Path, path: Path, found: os.stat_result) -> BlobInfo:
    modified = datetime.fromtimestamp(found.st_mtime, UTC)
    return BlobInfo(bucket.name, path.relative_to(bucket).as_posix(), found.st_size, _etag(found), modified)


def _etag(found: os.stat_result) -> str:
    return f"{found.st_mtime_ns:x}-{found.st_size:x}-{found.st_ino:x}"


def _open_version(path: Path, etag: str) -> BinaryIO:
    """The open file keeps its content when another takes its name."""
    with _missing_is_not_found():
        file = path.open("rb")
    if _etag(os.fstat(file.fileno())) != etag:
        file.close()
        raise NotFound(_MISSING)
    return file


def _walk(bucket: Path, start: Path, prefix: str) -> Iterator[BlobInfo]:
    """Everything under `start` whose key begins with `prefix`, in key order; folders behind links are not entered."""
    pending = [start]
    found: list[BlobInfo] = []
    while pending:
        for entry in _entries(pending.pop()):
            if _is_temporary(entry):
                continue
            if entry.is_dir(follow_symlinks=False):
                pending.append(Path(entry.path))
            else:
                info = _info(bucket, Path(entry.path))
                if info is not None and info.key.startswith(prefix):
                    found.append(info)
    yield from sorted(found, key=lambda info: info.key)


def _page(bucket: Path, prefix: str, after: bytes, limit: int) -> list[BlobInfo]:
    within = prefix.rpartition("/")[0]
    while True:
        keys = _keys_after(str(bucket / within), within + "/" if within else "", prefix, after)
        chosen = heapq.nsmallest(limit, keys, key=_bytes)
        found = [info for key in chosen if (info := _info(bucket, bucket / key)) is not None]
        if found or not chosen:
            return found
        after = _bytes(chosen[-1])  # all of them were removed meanwhile


def _keys_after(folder: str, path: str, prefix: str, after: bytes) -> Iterator[str]:
    """Keys of the folder, whose own key is `path`, in no order; what comes before `after` as a whole is not entered."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if _is_temporary(entry):
                    continue
                key = path + entry.name
                if entry.is_dir(follow_symlinks=False):
                    start = _bytes(key + "/")
                    if start > after or after.startswith(start):
                        yield from _keys_after(entry.path, key + "/", prefix, after)
                elif key.startswith(prefix) and _bytes(key) > after and entry.is_file():
                    yield key
    except (FileNotFoundError, NotADirectoryError):
        return  # it was never there, or has just been removed


def _bytes(key: str) -> bytes:
    """The key as the file system has it: also of a name that is in no encoding."""
    return key.encode("utf-8", "surrogateescape")


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return []  # it was never there, or has just been removed
