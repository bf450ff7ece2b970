"""A running pipeline with a fake analyser and a fake index, one at a time: a process holds one workflow engine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from services.media.main import create_app, open_media
from services.media.ports import Analyser, Engine, Transcriber
from services.media.settings import MediaSettings
from shared.blobs import FolderBlobs
from shared.schemas.ledger import LedgerEntry
from tests.conftest import eventually, internal_headers, served, staff
from tests.media.fakes import FakeAnalyser, FakeIndex

SOURCES = "omni-lex-sentiment-source-audio"
RESULTS = "omni-lex-sentiment-transcribe-output"
Upload = tuple[str, bytes]


@dataclass
class Pipeline:
    """The running service as its callers and its folders see it."""

    client: httpx.AsyncClient
    blobs: FolderBlobs
    root: Path
    analyser: FakeAnalyser
    index: FakeIndex
    engine: Engine

    async def upload(self, *files: Upload, metadata: str | None = None, key: str | None = None) -> httpx.Response:
        return await self.client.post(
            "/objects",
            files=[("file", file) for file in files],
            data={"metadata": metadata} if metadata is not None else None,
            headers={"idempotency-key": key} if key else None,
        )

    async def entries(self, **query: str) -> list[LedgerEntry]:
        answer = await self.client.get("/ledger", params={"limit": "200", **query})
        return [LedgerEntry.model_validate(item) for item in answer.json()["items"]]

    async def settled(self, count: int, seconds: float = 20) -> list[LedgerEntry]:
        """The ledger once `count` entries have their last fate, oldest first."""

        async def all_settled() -> bool:
            fates = [entry.fate for entry in await self.entries()]
            return len(fates) >= count and not {"waiting", "running"} & set(fates)

        await eventually(all_settled, seconds)
        return (await self.entries())[::-1]

    async def sent(self, *files: Upload, metadata: str | None = None) -> list[LedgerEntry]:
        """The fates of these files, in their order."""
        before = len(await self.entries())
        assert (await self.upload(*files, metadata=metadata)).status_code == 202
        return (await self.settled(before + len(files)))[before:]

    def drop(self, key: str, data: bytes) -> Path:
        path = self.root / SOURCES / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def files(self, bucket: str, folder: str) -> list[str]:
        """Keys under the folder."""
        root = self.root / bucket
        return sorted(path.relative_to(root).as_posix() for path in (root / folder).rglob("*") if path.is_file())


@pytest.fixture
def settings(data_dir: Path) -> MediaSettings:
    return MediaSettings(
        data_dir=data_dir, watch_seconds=0.1, watch_settle_seconds=0.2, step_attempts=3, step_retry_seconds=0.01
    )


@asynccontextmanager
async def pipeline_of(
    settings: MediaSettings,
    *,
    real: bool = False,
    transcriber: Transcriber | None = None,
    given: Analyser | None = None,
    index: FakeIndex | None = None,
) -> AsyncIterator[Pipeline]:
    """The running service, with the analyser that is `given`, a `real` one or a fake one; opened again it finds its
    data."""
    analyser, index = FakeAnalyser(), index or FakeIndex()
    headers = internal_headers("media", staff("analyst"))
    used = given or (None if real else analyser)
    async with (
        open_media(settings, analyser=used, index=index, transcriber=transcriber) as media,
        served(create_app(settings, media.service), headers=headers) as client,
    ):
        root = settings.data_dir.resolve() / "objects"
        yield Pipeline(client, FolderBlobs(root), root, analyser, index, media.engine)


@pytest.fixture
async def pipeline(settings: MediaSettings) -> AsyncIterator[Pipeline]:
    async with pipeline_of(settings) as pipeline:
        yield pipeline
