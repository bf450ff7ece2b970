"""A worker as a process of its own, with parts that stand for analysis, index and transcriber.

Run with one argument, JSON of `Parts`. What it does that is seen outside goes, a line each, to a file that all share.
"""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dbos import DBOS

from services.media import engine
from services.media.analysis.source import Identified
from services.media.main import open_media
from services.media.ports import JobState, TranscriptionJob
from services.media.settings import MediaSettings
from services.media.workflow import DurableEngine
from shared.logs import configure_logging
from shared.schemas.interaction import Interaction
from tests.media.fakes import FakeAnalyser
from tests.media.jobs import FakeTranscriber


@dataclass(frozen=True)
class Parts:
    """`seconds` is how long a recording is heard or a document read; `jobs` a file when recordings are heard elsewhere.

    `newer` is a version of the workflow that does one thing more, and says so with DBOS's `patch`.
    """

    settings: dict[str, object]
    effects: str
    index: str
    seconds: float = 0
    jobs: str | None = None
    looks: int = 1
    newer: bool = False

    def settings_of(self) -> MediaSettings:
        return MediaSettings.model_validate(self.settings)


class Effects:
    def __init__(self, file: Path) -> None:
        self._file = os.open(file, os.O_CREAT | os.O_APPEND | os.O_WRONLY)

    def note(self, what: str, subject: str) -> None:
        os.write(self._file, f"{time.time():.3f} {os.getpid()} {what} {subject}\n".encode())


class Analyser(FakeAnalyser):
    """`poison` in a recording or document ends the whole process."""

    effects: Effects

    async def transcribe(self, source: Path, identified: Identified, language: str, transcript: Path) -> None:
        self.effects.note("hear", source.parent.name.partition(".")[0])
        if b"poison" in await asyncio.to_thread(source.read_bytes):
            os.kill(os.getpid(), signal.SIGKILL)
        await super().transcribe(source, identified, language, transcript)


class FolderIndex:
    """A file for each document, in place of an earlier one with the same id."""

    def __init__(self, folder: Path, effects: Effects) -> None:
        self._folder = folder
        self._effects = effects

    async def index(self, document: Interaction) -> None:
        self._effects.note("index", document.interaction_id)
        part = self._folder / f".{document.interaction_id}.{os.getpid()}"
        part.write_text(document.model_dump_json())
        part.replace(self._folder / f"{document.interaction_id}.json")

    async def remove(self, interaction_id: str) -> None:
        (self._folder / f"{interaction_id}.json").unlink(missing_ok=True)


class Transcriber:
    """Notes what the fake one is asked to do."""

    def __init__(self, fake: FakeTranscriber, effects: Effects) -> None:
        self._fake = fake
        self._effects = effects

    async def start(self, job: TranscriptionJob) -> Sequence[str]:
        self._effects.note("start", job.name)
        return await self._fake.start(job)

    async def state(self, name: str) -> JobState:
        return await self._fake.state(name)

    async def fetch(self, name: str, target: Path) -> None:
        await self._fake.fetch(name, target)

    async def forget(self, name: str) -> None:
        await self._fake.forget(name)


class NewerEngine(DurableEngine):
    async def _walk(self, entry_id: str, run: int) -> str:
        if await DBOS.patch_async("one-more"):
            await DBOS.run_step_async({"name": "one-more"}, _one_more)
        return await super()._walk(entry_id, run)


async def _one_more() -> None: ...


async def work(parts: Parts) -> None:
    settings = parts.settings_of()
    if parts.newer:
        engine.DurableEngine = NewerEngine  # type: ignore[misc]  # as a deployment would
    configure_logging("media", settings.log_level)
    effects = Effects(Path(parts.effects))
    analyser = Analyser(seconds=parts.seconds)
    analyser.effects = effects
    jobs = FakeTranscriber(Path(parts.jobs), looks=parts.looks) if parts.jobs else None
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with open_media(
        settings,
        analyser=analyser,
        index=FolderIndex(Path(parts.index), effects),
        transcriber=Transcriber(jobs, effects) if jobs else None,
    ):
        effects.note("ready", str(os.getpid()))
        await stop.wait()
    effects.note("stopped", str(os.getpid()))


if __name__ == "__main__":
    asyncio.run(work(Parts(**json.loads(sys.argv[1]))))
