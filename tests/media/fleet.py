"""Workers as processes, started, killed, frozen and stopped, and what came of their work as it is seen from outside."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from services.media import store
from services.media.settings import MediaSettings
from shared.blobs import BlobInfo, FolderBlobs
from shared.db import open_database
from shared.schemas.interaction import Interaction
from tests.media.one_worker import Parts

SOURCES, RESULTS = "omni-lex-sentiment-source-audio", "omni-lex-sentiment-transcribe-output"


@dataclass(frozen=True)
class Effect:
    at: float
    pid: int
    what: str
    subject: str


@dataclass
class Fleet:
    """Workers on one database and one folder."""

    parts: Parts
    log: Path
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, count: int = 1, *, newer: bool = False) -> list[subprocess.Popen[bytes]]:
        """New workers; each is ready, unless what it found to do has ended it before that."""
        parts = asdict(self.parts) | {"newer": newer}
        command = [sys.executable, "-m", "tests.media.one_worker", json.dumps(parts)]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("OMNILEX_")}
        with self.log.open("ab") as output:
            started = [subprocess.Popen(command, stdout=output, stderr=output, env=environment) for _ in range(count)]
        self.workers += started

        def begun() -> bool:
            ready = {one.pid for one in self.effects("ready")}
            return all(worker.pid in ready or worker.poll() is not None for worker in started)

        self.until(begun, 180)
        return started

    def kill(self, worker: subprocess.Popen[bytes], number: int = signal.SIGKILL) -> None:
        worker.send_signal(number)
        if number == signal.SIGKILL:
            worker.wait()

    @staticmethod
    def now() -> float:
        """By the clock of the effects."""
        return time.time()

    @property
    def alive(self) -> list[subprocess.Popen[bytes]]:
        return [worker for worker in self.workers if worker.poll() is None]

    def effects(self, what: str | None = None) -> list[Effect]:
        file = Path(self.parts.effects)
        lines = file.read_text().splitlines() if file.exists() else []
        split = [line.split(" ", 3) for line in lines]
        found = [Effect(float(at), int(pid), name, subject) for at, pid, name, subject in split]
        return [one for one in found if what in (None, one.what)]

    def rows(self) -> list[dict[str, object]]:
        """The ledger; empty while the database is away."""
        return self._asked("SELECT * FROM media_ledger")

    def _asked(self, statement: str) -> list[dict[str, object]]:
        settings = self.parts.settings_of()
        url = make_url(settings.database_url(settings.media_database_url, "media"))
        plain = url.set(drivername="sqlite" if url.get_backend_name() == "sqlite" else "postgresql+psycopg")
        engine = create_engine(plain)
        try:
            with engine.connect() as connection:
                return [dict(row._mapping) for row in connection.execute(text(statement))]
        except DBAPIError:
            return []
        finally:
            engine.dispose()

    def fates(self) -> Counter[str]:
        found = self._asked("SELECT fate, count(*) AS entries FROM media_ledger GROUP BY fate")
        return Counter({str(row["fate"]): int(str(row["entries"])) for row in found})

    def until(self, check: object, seconds: float, *, every: float = 0.2) -> None:
        """Waits until `check()` is true, looking `every` so many seconds; raises TimeoutError after `seconds`."""
        deadline = time.monotonic() + seconds
        while not check():  # type: ignore[operator]  # any callable
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {seconds} s: {self.fates()}")
            time.sleep(every)

    def until_settled(self, count: int, seconds: float) -> None:
        def settled() -> bool:
            fates = self.fates()
            return fates.total() >= count and not fates["waiting"] + fates["running"]

        self.until(settled, seconds)

    def drop(self, files: Sequence[tuple[str, bytes]]) -> None:
        """Puts the objects there and enters them in the ledger, as a source would."""
        asyncio.run(self._drop(files))

    async def _drop(self, files: Sequence[tuple[str, bytes]]) -> None:
        settings = self.parts.settings_of()
        blobs = FolderBlobs(settings.data_dir.resolve() / "objects")
        infos: list[BlobInfo] = [await blobs.put(SOURCES, f"fleet/{name}", data) for name, data in files]
        url = settings.database_url(settings.media_database_url, "media")
        async with open_database(url, "services.media") as database:
            for start in range(0, len(infos), 500):
                async with database.transaction() as session:
                    await store.add_new(session, [store.new_row(info) for info in infos[start : start + 500]])

    def results(self) -> dict[str, Interaction]:
        return _documents(self.parts.settings_of().data_dir / "objects" / RESULTS / "parsedFiles")

    def indexed(self) -> dict[str, Interaction]:
        return _documents(Path(self.parts.index))

    def stop(self) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                worker.kill()
                worker.wait()


@contextmanager
def fleet_of(folder: Path, database_url: str | None = None, **parts: object) -> Iterator[Fleet]:
    """No workers yet; all are ended with the block."""
    (folder / "index").mkdir(parents=True)
    settings: dict[str, object] = {
        "data_dir": str(folder / "data"),
        "step_retry_seconds": 0.05,
        "log_level": "WARNING",
        **parts.pop("settings", {}),  # type: ignore[dict-item]  # given as a dict
    }
    if database_url is not None:
        settings |= {"media_database_url": database_url, "workflow_database_url": database_url}
    made = Parts(settings=settings, effects=str(folder / "effects"), index=str(folder / "index"), **parts)  # type: ignore[arg-type]
    fleet = Fleet(made, folder / "log")
    try:
        yield fleet
    finally:
        fleet.stop()


def settings_of(fleet: Fleet) -> MediaSettings:
    return fleet.parts.settings_of()


def _documents(folder: Path) -> dict[str, Interaction]:
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    return {file.stem: Interaction.model_validate_json(file.read_bytes()) for file in files}
