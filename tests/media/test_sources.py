"""The folder watch by itself, look by look."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from services.media.sources import FolderWatch, is_source, is_text
from shared.blobs import BlobInfo, FolderBlobs


class Watched:
    """A folder, a watch on it, and what it handed on."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.handed_on: list[str] = []
        self.watch = FolderWatch(
            FolderBlobs(root), bucket="b", folders=["in"], seen=self._seen, seconds=1, settle_seconds=0
        )

    async def _seen(self, infos: Sequence[BlobInfo]) -> None:
        self.handed_on += [info.key for info in infos]

    def drop(self, name: str, data: bytes = b"1") -> Path:
        path = self.root / "b" / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    async def look(self) -> list[str]:
        self.handed_on.clear()
        await self.watch.look()
        return list(self.handed_on)


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


async def test_object_is_handed_on_once_at_the_second_look(watched: Watched) -> None:
    assert await watched.look() == []
    watched.drop("a.wav")
    assert await watched.look() == []
    assert await watched.look() == ["in/a.wav"]
    assert await watched.look() == []


async def test_object_that_changes_between_looks_is_left_alone(watched: Watched) -> None:
    for size in (1, 2, 3):
        watched.drop("a.wav", b"1" * size)
        assert await watched.look() == []
    assert await watched.look() == ["in/a.wav"]


async def test_new_version_and_object_that_returns_are_handed_on_again(watched: Watched) -> None:
    path = watched.drop("a.wav")
    await watched.look()
    assert await watched.look() == ["in/a.wav"]
    os.utime(path, (5, 5))
    await watched.look()
    assert await watched.look() == ["in/a.wav"]
    path.unlink()
    await watched.look()
    watched.drop("a.wav")
    await watched.look()
    assert await watched.look() == ["in/a.wav"]


async def test_object_just_written_is_left_to_settle(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    watched.watch = FolderWatch(
        FolderBlobs(tmp_path), bucket="b", folders=["in"], seen=watched._seen, seconds=1, settle_seconds=60
    )
    fresh, old, future = watched.drop("fresh"), watched.drop("old"), watched.drop("future")
    os.utime(old, (5, 5))
    os.utime(future, (fresh.stat().st_mtime + 9999,) * 2)
    await watched.look()
    assert await watched.look() == ["in/future", "in/old"]


async def test_name_in_no_encoding_is_passed_over_and_told_once(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    folder = watched.drop("good.wav").parent
    (folder / os.fsdecode(b"bad\xff.wav")).write_bytes(b"1")
    for _ in range(3):
        await watched.look()
    assert [record.message for record in caplog.records] == ["watch.names-unreadable"]


async def test_missing_folder_is_an_empty_one(tmp_path: Path) -> None:
    assert await Watched(tmp_path / "none").look() == []


@pytest.mark.parametrize("key", ["a/b.wav.metadata.json", "a/", "a/.hidden", "a/.folder/b.wav"])
def test_what_is_no_source(key: str) -> None:
    assert not is_source(key)


def test_what_is_a_source() -> None:
    assert is_source("a/b c\n.metadata.json.wav")
    assert is_text("a/😀")
    assert not is_text("a/\udcff")
