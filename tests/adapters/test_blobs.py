"""One contract for objects, run on the folder and on Amazon S3's API; then what is the folder's own."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)

from shared.aws import ERRORS, S3Blobs, open_s3, translated_errors
from shared.blob_urls import open_blobs
from shared.blobs import CHUNK_BYTES, BlobInfo, Blobs, FolderBlobs
from shared.errors import (
    Conflict,
    Forbidden,
    InvalidRequest,
    NotFound,
    Problem,
    TooManyRequests,
    Unavailable,
    UpstreamFailed,
    UpstreamTimeout,
)

BUCKET = "omni-lex-sentiment-source-audio"
MIB = 1024 * 1024


async def chunked(data: bytes, size: int = 300_000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def breaking(data: bytes) -> AsyncIterator[bytes]:
    async for chunk in chunked(data):
        yield chunk
    raise ConnectionResetError("the client left")


# The contract.


async def test_object_is_read_back(blobs: Blobs) -> None:
    written = await blobs.put(BUCKET, "originalAudio/a b+c%20é.wav", b"\x00\xffdata")
    assert await blobs.get(BUCKET, written.key) == b"\x00\xffdata"
    assert (written.bucket, written.key, written.size) == (BUCKET, "originalAudio/a b+c%20é.wav", 6)
    assert written.etag
    assert abs(written.modified - datetime.now(UTC)) < timedelta(minutes=1)


async def test_head_tells_what_put_told(blobs: Blobs) -> None:
    written = await blobs.put(BUCKET, "a", b"1")
    assert await blobs.head(BUCKET, "a") == written
    assert await blobs.listing(BUCKET, "") == [written]


async def test_put_replaces_and_the_etag_tells(blobs: Blobs) -> None:
    first = await blobs.put(BUCKET, "a", b"one")
    second = await blobs.put(BUCKET, "a", b"two")
    assert await blobs.get(BUCKET, "a") == b"two"
    assert first.etag != second.etag


async def test_only_what_is_new_is_put_as_new(blobs: Blobs) -> None:
    assert await blobs.put_new(BUCKET, "rules/000001.json", b"one")
    assert not await blobs.put_new(BUCKET, "rules/000001.json", b"two")
    assert await blobs.get(BUCKET, "rules/000001.json") == b"one"
    assert [info.key for info in await blobs.listing(BUCKET, "")] == ["rules/000001.json"]


async def test_of_many_at_once_one_is_new(folder: FolderBlobs) -> None:
    """In a folder; the emulator of S3 looks first and stores then."""
    made = await asyncio.gather(*(folder.put_new(BUCKET, "a", f"{number}".encode()) for number in range(40)))
    assert sum(made) == 1
    assert await folder.get(BUCKET, "a") == f"{made.index(True)}".encode()


class BusyClient:
    """Answers each try to put with the next of these codes, and keeps what it was asked."""

    def __init__(self, *codes: str) -> None:
        self.codes = list(codes)
        self.asked: list[dict[str, object]] = []

    async def put_object(self, **asked: object) -> dict[str, object]:
        self.asked.append(asked)
        code = self.codes.pop(0)
        if code != "stored":
            raise ClientError({"Error": {"Code": code, "Message": ""}}, "PutObject")
        return {}


async def test_s3_that_stores_another_at_the_moment_is_asked_again() -> None:
    client = BusyClient("ConditionalRequestConflict", "stored")
    assert await S3Blobs(client).put_new(BUCKET, "a", b"1")  # type: ignore[arg-type]  answers one call
    assert client.asked == [{"Bucket": BUCKET, "Key": "a", "Body": b"1", "IfNoneMatch": "*"}] * 2
    with pytest.raises(Conflict):
        await S3Blobs(BusyClient(*["ConditionalRequestConflict"] * 9)).put_new(BUCKET, "a", b"1")  # type: ignore[arg-type]  as above
    with pytest.raises(Forbidden):
        await S3Blobs(BusyClient("AccessDenied")).put_new(BUCKET, "a", b"1")  # type: ignore[arg-type]  as above


async def test_what_s3_has_from_a_try_whose_answer_was_lost_is_ours(s3: S3Blobs) -> None:
    await s3.put(BUCKET, "a", b"ours")
    assert await s3.put_new(BUCKET, "a", b"ours")
    assert not await s3.put_new(BUCKET, "a", b"theirs")


async def test_empty_object_is_one(blobs: Blobs) -> None:
    assert (await blobs.put(BUCKET, "empty", b"")).size == 0
    assert (await blobs.put_stream(BUCKET, "empty-stream", chunked(b""))).size == 0
    assert await blobs.get(BUCKET, "empty") == b""
    assert await blobs.get(BUCKET, "empty-stream") == b""


@pytest.mark.parametrize(("first", "last"), [(0, 0), (0, 1_234_566), (1_234_566, 1_234_566), (250_000, 900_000)])
async def test_part_of_an_object_is_streamed(blobs: Blobs, first: int, last: int) -> None:
    data = os.urandom(1_234_567)
    written = await blobs.put(BUCKET, "mp3/a b.mp3", data)
    pieces = [piece async for piece in blobs.stream(written, first, last)]
    assert b"".join(pieces) == data[first : last + 1]
    assert max(map(len, pieces)) <= CHUNK_BYTES


async def test_only_the_version_that_was_meant_is_streamed(blobs: Blobs) -> None:
    written = await blobs.put(BUCKET, "a", b"one")
    await blobs.put(BUCKET, "a", b"another")
    with pytest.raises(NotFound):
        await anext(blobs.stream(written, 0, 2))
    await blobs.delete(BUCKET, "a")
    with pytest.raises(NotFound):
        await anext(blobs.stream(written, 0, 2))


class ReplacedFolder(FolderBlobs):
    """Between the question what an object is and its reading another takes its place."""

    async def head(self, bucket: str, key: str) -> BlobInfo:
        found = await super().head(bucket, key)
        path = self._path(bucket, key)
        path.unlink()
        path.write_bytes(b"newer")
        return found


class ReplacedS3(S3Blobs):
    async def head(self, bucket: str, key: str) -> BlobInfo:
        found = await super().head(bucket, key)
        await self._client.put_object(Bucket=self._prefix + bucket, Key=key, Body=b"newer")
        return found


async def test_download_tells_of_the_version_that_it_brought(blobs: Blobs, tmp_path: Path) -> None:
    await blobs.put(BUCKET, "a", b"older")
    if isinstance(blobs, S3Blobs):
        told = await ReplacedS3(blobs._client, blobs._prefix).download(BUCKET, "a", tmp_path / "target")
    else:
        told = await ReplacedFolder(tmp_path / "objects").download(BUCKET, "a", tmp_path / "target")
    brought = (tmp_path / "target").read_bytes()
    now = await blobs.head(BUCKET, "a")
    assert (told == now) is (brought == await blobs.get(BUCKET, "a"))


async def test_listing_is_by_key_and_by_prefix(blobs: Blobs) -> None:
    keys = ["b", "a/2", "a/10", "a-b", "a", "mp3/x", "mp3/y/z", "mp3x", "É", "é/1", "Z"]
    stored = [key for key in keys if key != "a"]  # a folder cannot hold both `a` and `a/2`
    for key in stored:
        await blobs.put(BUCKET, key, b"1")

    async def listed(prefix: str) -> list[str]:
        return [info.key for info in await blobs.listing(BUCKET, prefix)]

    assert await listed("") == sorted(stored)
    assert await listed("a") == ["a-b", "a/10", "a/2"]
    assert await listed("a/") == ["a/10", "a/2"]
    assert await listed("mp3/") == ["mp3/x", "mp3/y/z"]
    assert await listed("mp3") == ["mp3/x", "mp3/y/z", "mp3x"]
    assert await listed("mp3/y/z") == ["mp3/y/z"]
    assert await listed("mp3/y/z/") == []
    assert await listed("none/") == []


async def test_listing_has_no_limit(blobs: Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "10")  # instead of the thousand that S3 lists at a time
    keys = [f"many/{number:04}" for number in range(25)]
    await asyncio.gather(*(blobs.put(BUCKET, key, b"") for key in keys))
    assert [info.key for info in await blobs.listing(BUCKET, "many/")] == keys


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
async def test_pages_together_are_the_listing(blobs: Blobs, monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "2")
    stored = [
        "a",
        "a-b",
        "a.c",
        "a0",
        "b/1",
        "b/10",
        "b/2",
        "b-",
        "b/c/d",
        "b/c.d",
        "é",
        "z/\ue000",
        "z/\U0001f600",
        "zz",
    ]
    for key in stored:
        await blobs.put(BUCKET, key, b"1")
    for prefix in ("", "b", "b/", "b/c", "z/", "none/"):
        paged: list[BlobInfo] = []
        while page := await blobs.page(BUCKET, prefix, after=paged[-1].key if paged else None, limit=limit):
            assert len(page) <= limit
            paged += page
        keys = [info.key for info in paged]
        assert keys == sorted(keys, key=str.encode)
        assert sorted(paged, key=lambda info: info.key) == await blobs.listing(BUCKET, prefix)


async def test_page_after_a_key_that_is_gone(blobs: Blobs) -> None:
    for key in ("b/1", "b/3", "c"):
        await blobs.put(BUCKET, key, b"1")
    assert [info.key for info in await blobs.page(BUCKET, "b/", after="b/2", limit=9)] == ["b/3"]
    assert [info.key for info in await blobs.page(BUCKET, "", after="b/2/x", limit=9)] == ["b/3", "c"]
    assert [info.key for info in await blobs.page(BUCKET, "c", after="b/2", limit=9)] == ["c"]
    assert (
        await blobs.page("no-such-bucket" if isinstance(blobs, FolderBlobs) else BUCKET, "x", after="", limit=9) == []
    )


async def test_page_holds_names_in_no_encoding(folder: FolderBlobs, tmp_path: Path) -> None:
    await folder.put(BUCKET, "a", b"1")
    (tmp_path / "objects" / BUCKET / os.fsdecode(b"caf\xe9")).write_bytes(b"1")
    [first] = await folder.page(BUCKET, "", after=None, limit=1)
    [second] = await folder.page(BUCKET, "", after=first.key, limit=1)
    assert os.fsencode(second.key) == b"caf\xe9"
    assert await folder.page(BUCKET, "", after=second.key, limit=1) == []


async def test_copy_leaves_the_original(blobs: Blobs) -> None:
    await blobs.put(BUCKET, "originalAudio/a b.wav", b"sound")
    copied = await blobs.copy(BUCKET, "originalAudio/a b.wav", "failedAudio/originalAudio/a b.wav")
    assert (copied.key, copied.size) == ("failedAudio/originalAudio/a b.wav", 5)
    assert await blobs.get(BUCKET, copied.key) == await blobs.get(BUCKET, "originalAudio/a b.wav") == b"sound"


async def test_deleted_object_is_gone(blobs: Blobs) -> None:
    await blobs.put(BUCKET, "a/b", b"1")
    await blobs.delete(BUCKET, "a/b")
    assert await blobs.listing(BUCKET, "") == []
    await blobs.put(BUCKET, "a/b", b"2")
    assert await blobs.get(BUCKET, "a/b") == b"2"


async def test_deleting_what_is_not_there_is_no_error(blobs: Blobs) -> None:
    await blobs.put(BUCKET, "a/b", b"1")
    for key in ("none", "none/none", "a", "a/b/c"):
        await blobs.delete(BUCKET, key)
    assert await blobs.get(BUCKET, "a/b") == b"1"


@pytest.mark.parametrize("key", ["none", "a", "a/b/c", "none/none"])
async def test_missing_object_is_not_found(blobs: Blobs, tmp_path: Path, key: str) -> None:
    await blobs.put(BUCKET, "a/b", b"1")
    with pytest.raises(NotFound):
        await blobs.get(BUCKET, key)
    with pytest.raises(NotFound):
        await blobs.head(BUCKET, key)
    with pytest.raises(NotFound):
        await blobs.download(BUCKET, key, tmp_path / "target")
    with pytest.raises(NotFound):
        await blobs.copy(BUCKET, key, "copied")
    assert not (tmp_path / "target").exists()
    assert [info.key for info in await blobs.listing(BUCKET, "")] == ["a/b"]


@pytest.mark.parametrize("size", [1, 8 * MIB - 1, 8 * MIB, 8 * MIB + 1, 17 * MIB])
async def test_stream_of_any_size_is_stored_whole(blobs: Blobs, tmp_path: Path, size: int) -> None:
    data = os.urandom(1024) * (size // 1024 + 1)
    written = await blobs.put_stream(BUCKET, "streamed", chunked(data[:size]))
    assert written.size == size
    assert await blobs.get(BUCKET, "streamed") == data[:size]
    target = tmp_path / "downloads" / "target"
    target.parent.mkdir()
    assert await blobs.download(BUCKET, "streamed", target) == written
    assert target.read_bytes() == data[:size]
    assert [path.name for path in target.parent.iterdir()] == ["target"]


@pytest.mark.parametrize("size", [0, 1, 9 * MIB])
async def test_stream_that_breaks_leaves_nothing(blobs: Blobs, size: int) -> None:
    with pytest.raises(ConnectionResetError):
        await blobs.put_stream(BUCKET, "broken", breaking(b"x" * size))
    assert await blobs.listing(BUCKET, "") == []
    if isinstance(blobs, S3Blobs):
        uploads = await blobs._client.list_multipart_uploads(Bucket=blobs._prefix + BUCKET)
        assert uploads.get("Uploads", []) == []


async def test_stream_that_breaks_leaves_the_earlier_object(blobs: Blobs) -> None:
    await blobs.put(BUCKET, "a", b"earlier")
    with pytest.raises(ConnectionResetError):
        await blobs.put_stream(BUCKET, "a", breaking(b"x" * 9 * MIB))
    assert await blobs.get(BUCKET, "a") == b"earlier"


async def test_stream_that_is_cancelled_leaves_nothing(blobs: Blobs) -> None:
    begun = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * MIB
            begun.set()
            await asyncio.sleep(0.01)

    task = asyncio.create_task(blobs.put_stream(BUCKET, "endless", endless()))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await blobs.listing(BUCKET, "") == []


async def test_half_written_object_is_not_seen(blobs: Blobs) -> None:
    seen: list[list[str]] = []

    async def watched() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x" * MIB
            seen.append([info.key for info in await blobs.listing(BUCKET, "")])
            with pytest.raises(NotFound):
                await blobs.head(BUCKET, "slow/object")

    await blobs.put_stream(BUCKET, "slow/object", watched())
    assert seen == [[]] * 10
    assert (await blobs.head(BUCKET, "slow/object")).size == 10 * MIB


async def test_readers_see_one_version_or_the_other(blobs: Blobs) -> None:
    versions = [bytes([number]) * 200_000 for number in range(4)]
    await blobs.put(BUCKET, "a", versions[0])
    writing = asyncio.gather(*(blobs.put_stream(BUCKET, "a", chunked(version, 10_000)) for version in versions))
    while not writing.done():
        assert await blobs.get(BUCKET, "a") in versions
    await writing


async def test_store_is_ready(blobs: Blobs) -> None:
    await blobs.ready()


# The folder alone.

TRAVERSALS = [
    "",
    "/",
    "..",
    ".",
    "../x",
    "/x",
    "a/../../b",
    "a/..",
    "a/./b",
    "./a",
    "a//b",
    "a/",
    "a\0b",
    "\0",
    "a/\udcff",
    "x" * 256,
    "x/" * 512 + "x",
    ".omnilex-tmp-0123",
    ".omnilex-tmp-0123/a",
]


@pytest.mark.parametrize("key", TRAVERSALS)
async def test_name_that_files_cannot_have_is_refused(folder: FolderBlobs, tmp_path: Path, key: str) -> None:
    await folder.put(BUCKET, "inside", b"1")
    (tmp_path / "x").write_bytes(b"outside")
    calls = [
        folder.put(BUCKET, key, b"1"),
        folder.put_stream(BUCKET, key, chunked(b"1")),
        folder.get(BUCKET, key),
        folder.head(BUCKET, key),
        folder.download(BUCKET, key, tmp_path / "target"),
        folder.copy(BUCKET, key, "target"),
        folder.copy(BUCKET, "inside", key),
        folder.delete(BUCKET, key),
    ]
    for call in calls:
        with pytest.raises(InvalidRequest):
            await call
    assert sorted(os.listdir(tmp_path)) == ["objects", "x"]
    assert [info.key for info in await folder.listing(BUCKET, "")] == ["inside"]


@pytest.mark.parametrize("bucket", ["", ".", "..", "../x", "/etc", "a/b", ".hidden", "a\0b", "x" * 300])
async def test_bucket_that_is_none_is_refused(folder: FolderBlobs, bucket: str) -> None:
    for call in (folder.put(bucket, "a", b"1"), folder.get(bucket, "a"), folder.delete(bucket, "a")):
        with pytest.raises(InvalidRequest):
            await call
    with pytest.raises(InvalidRequest):
        await folder.listing(bucket, "")


@pytest.mark.parametrize("prefix", ["../", "../other/", "/", "/etc/", "a/../../other/", "a//", "./", "\0/", "a\0b"])
async def test_listing_stays_in_its_bucket(folder: FolderBlobs, prefix: str) -> None:
    await folder.put("other", "x", b"1")
    await folder.put(BUCKET, "a/x", b"1")
    assert await folder.listing(BUCKET, prefix) == []


async def test_link_out_of_the_bucket_is_not_walked(folder: FolderBlobs, tmp_path: Path) -> None:
    await folder.put(BUCKET, "a/x", b"1")
    (tmp_path / "objects" / BUCKET / "loop").symlink_to(tmp_path / "objects" / BUCKET)
    assert [info.key for info in await folder.listing(BUCKET, "")] == ["a/x"]


async def test_temporary_files_are_never_listed(folder: FolderBlobs, tmp_path: Path) -> None:
    await folder.put(BUCKET, "a/x", b"1")
    (tmp_path / "objects" / BUCKET / "a" / ".omnilex-tmp-left-by-a-crash").write_bytes(b"half")
    assert [info.key for info in await folder.listing(BUCKET, "a/")] == ["a/x"]
    assert await folder.listing(BUCKET, "a/.omnilex-tmp-") == []


@pytest.mark.parametrize("hours", [1, 25])
async def test_temporary_file_that_nobody_writes_any_more_is_removed(
    folder: FolderBlobs, tmp_path: Path, hours: int
) -> None:
    """Listing or paging: a process killed while it wrote leaves it, and it may hold a recording."""
    await folder.put(BUCKET, "a/x", b"1")
    moment = datetime.now(UTC).timestamp() - hours * 3600
    for look in (folder.listing(BUCKET, "a/"), folder.page(BUCKET, "a/", after=None, limit=9)):
        left = tmp_path / "objects" / BUCKET / "a" / ".omnilex-tmp-0123456789abcdef"
        left.write_bytes(b"half")
        os.utime(left, (moment, moment))
        assert [info.key for info in await look] == ["a/x"]
        assert left.exists() == (hours < 24)


async def test_nothing_is_left_beside_an_object(folder: FolderBlobs, tmp_path: Path) -> None:
    await folder.put(BUCKET, "a", b"1")
    await folder.put_stream(BUCKET, "b", chunked(b"1"))
    await folder.copy(BUCKET, "a", "c")
    with pytest.raises(ConnectionResetError):
        await folder.put_stream(BUCKET, "d", breaking(b"1"))
    assert sorted(path.name for path in (tmp_path / "objects" / BUCKET).iterdir()) == ["a", "b", "c"]


async def test_object_where_a_folder_is_needed_is_a_conflict(folder: FolderBlobs, tmp_path: Path) -> None:
    await folder.put(BUCKET, "a", b"1")
    await folder.put(BUCKET, "b/c", b"1")
    for call in (
        folder.put(BUCKET, "a/x", b"1"),
        folder.put(BUCKET, "a/x/y", b"1"),
        folder.put(BUCKET, "b", b"1"),
        folder.put_stream(BUCKET, "b", chunked(b"1")),
        folder.copy(BUCKET, "a", "b"),
        folder.copy(BUCKET, "a", "a/x"),
    ):
        with pytest.raises(Conflict):
            await call
    assert sorted(path.name for path in (tmp_path / "objects" / BUCKET).iterdir()) == ["a", "b"]


async def test_file_dropped_by_hand_is_an_object(folder: FolderBlobs, tmp_path: Path) -> None:
    place = tmp_path / "objects" / BUCKET / "originalAudio"
    place.mkdir(parents=True)
    (place / "call.wav").write_bytes(b"sound")
    assert [info.key for info in await folder.listing(BUCKET, "originalAudio/")] == ["originalAudio/call.wav"]
    assert await folder.get(BUCKET, "originalAudio/call.wav") == b"sound"


async def test_folder_that_cannot_be_made_is_not_ready(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unavailable):
        await FolderBlobs(tmp_path / "file").ready()


# Which store an address means, and what Amazon's errors mean.


async def test_address_means_a_folder(tmp_path: Path) -> None:
    async with open_blobs(f"folder:{tmp_path}/objects") as blobs:
        assert isinstance(blobs, FolderBlobs)
        await blobs.put(BUCKET, "a", b"1")
    assert stat.S_ISREG((tmp_path / "objects" / BUCKET / "a").stat().st_mode)


async def test_address_means_s3_with_a_prefix(aws_environment: None) -> None:
    async with open_blobs("s3:prefixed-") as blobs:
        assert isinstance(blobs, S3Blobs)
        await blobs._client.create_bucket(Bucket="prefixed-" + BUCKET)
        await blobs.put(BUCKET, "a", b"1")
        await blobs._client.get_object(Bucket="prefixed-" + BUCKET, Key="a")
        assert (await blobs.head(BUCKET, "a")).bucket == BUCKET


async def test_unknown_address_is_refused() -> None:
    with pytest.raises(ValueError, match="folder: or s3:"):
        async with open_blobs("ftp:somewhere"):
            pass


async def test_missing_bucket_of_s3_is_not_found(s3: S3Blobs) -> None:
    for call in (s3.put("none", "a", b"1"), s3.get("none", "a"), s3.delete("none", "a")):
        with pytest.raises(NotFound):
            await call
    with pytest.raises(NotFound):
        await s3.listing("none", "")


async def test_s3_that_nobody_serves_is_unavailable(monkeypatch: pytest.MonkeyPatch, aws_environment: None) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    async with open_s3() as blobs:
        with pytest.raises(Unavailable):
            await blobs.ready()


EXPECTED = {
    "AccessDenied": Forbidden,
    "AccessDeniedException": Forbidden,
    "NoSuchKey": NotFound,
    "NoSuchBucket": NotFound,
    "PreconditionFailed": NotFound,
    "404": NotFound,
    "NotFound": NotFound,
    "ResourceNotFoundException": NotFound,
    "ConflictException": Conflict,
    "ThrottlingException": TooManyRequests,
    "TooManyRequestsException": TooManyRequests,
    "SlowDown": TooManyRequests,
    "Throttling": TooManyRequests,
    "RequestThrottled": TooManyRequests,
    "RequestLimitExceeded": TooManyRequests,
    "ServiceUnavailable": Unavailable,
    "ServiceUnavailableException": Unavailable,
    "InternalError": UpstreamFailed,
    "": UpstreamFailed,
}


def test_every_code_of_the_table_is_expected() -> None:
    assert set(ERRORS) == {code for code, kind in EXPECTED.items() if kind is not UpstreamFailed}


@pytest.mark.parametrize(("code", "kind"), EXPECTED.items())
def test_code_of_aws_means_a_problem(code: str, kind: type[Problem]) -> None:
    with pytest.raises(kind) as caught, translated_errors("Amazon S3"):
        raise ClientError({"Error": {"Code": code, "Message": "telltale of the vendor"}}, "GetObject")
    assert type(caught.value) is kind
    assert caught.value.detail == "Amazon S3 refused the request."


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (EndpointConnectionError(endpoint_url="http://x"), Unavailable),
        (ConnectTimeoutError(endpoint_url="http://x"), Unavailable),
        (ReadTimeoutError(endpoint_url="http://x"), UpstreamTimeout),
        (aiohttp.ClientPayloadError("telltale"), Unavailable),
        (NoCredentialsError(), UpstreamFailed),
        (ParamValidationError(report="telltale"), UpstreamFailed),
    ],
)
def test_error_without_an_answer_means_a_problem(error: Exception, kind: type[Problem]) -> None:
    with pytest.raises(kind) as caught, translated_errors("Amazon S3"):
        raise error
    assert type(caught.value) is kind
    assert "telltale" not in caught.value.detail


def test_problem_passes_as_it_is() -> None:
    with pytest.raises(Conflict), translated_errors("Amazon S3"):
        raise Conflict("ours")
