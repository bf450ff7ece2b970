"""The sweep by itself: every object is handed on, in pages, whatever goes wrong in between."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from services.media.sweep import Sweep
from shared.blobs import BlobInfo, FolderBlobs
from shared.errors import Unavailable
from tests.conftest import eventually


class Swept:
    def __init__(self, root: Path, *, page: int = 1000) -> None:
        self.blobs = FolderBlobs(root)
        self.pages: list[list[str]] = []
        self.faults: list[Exception] = []
        folders = ["in", "logs"]
        self.sweep = Sweep(self.blobs, bucket="b", folders=folders, seen=self._seen, seconds=0.01, page=page)

    async def _seen(self, infos: Sequence[BlobInfo]) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self.pages.append([info.key for info in infos])

    async def put(self, *keys: str) -> None:
        for key in keys:
            await self.blobs.put("b", key, b"1")


@pytest.fixture
def swept(tmp_path: Path) -> Swept:
    return Swept(tmp_path)


async def test_every_object_of_the_folders_is_handed_on_each_time(swept: Swept) -> None:
    await swept.put("in/a.wav", "in/2026/b.wav", "logs/c.jsonl", "failedAudio/d.wav", "inner/e.wav")
    for _ in range(2):
        swept.pages.clear()
        await swept.sweep.look()
        assert swept.pages == [["in/2026/b.wav", "in/a.wav"], ["logs/c.jsonl"]]


async def test_what_is_no_source_is_passed_over(swept: Swept) -> None:
    await swept.put("in/a.wav", "in/a.wav.metadata.json", "in/.hidden", "in/.folder/b.wav")
    await swept.sweep.look()
    assert swept.pages == [["in/a.wav"]]


async def test_many_objects_come_page_by_page(tmp_path: Path) -> None:
    swept = Swept(tmp_path, page=2)
    await swept.put(*(f"in/{number}.wav" for number in range(5)))
    await swept.sweep.look()
    assert [len(page) for page in swept.pages] == [2, 2, 1]


async def test_it_goes_on_after_a_fault(swept: Swept) -> None:
    await swept.put("in/a.wav")
    swept.faults = [Unavailable("no database"), KeyError("a fault of ours")]
    running = asyncio.create_task(swept.sweep.run())
    await eventually(lambda: len(swept.pages) >= 2)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert swept.pages[0] == ["in/a.wav"]
