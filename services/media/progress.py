"""How far a long recognition has come: told by the child process in a small file, followed by whoever waits for it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from shared.background import in_background

_SECONDS = 1.0  # between two reports


@dataclass(frozen=True)
class Progress:
    """Seconds of the recording."""

    heard: float
    total: float


Tell = Callable[[Progress], Awaitable[None]]


def progress_file(transcript: Path) -> Path:
    """Where the progress of the recognition stands that writes this transcript."""
    return transcript.with_suffix(".progress")


class ProgressFile:
    """Writes what it is called with to a file, once a second at most; a reader sees a whole report or an older one."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._next = float("-inf")

    def __call__(self, heard: float, total: float) -> None:
        if self._clock() < self._next:
            return
        part = self._path.with_name(self._path.name + ".part")
        part.write_text(f"{heard:.1f} {total:.1f}", encoding="ascii")
        part.replace(self._path)
        self._next = self._clock() + _SECONDS


def read_progress(path: Path) -> Progress | None:
    """The last report; null when there is none, or none that can be read."""
    try:
        heard, total = path.read_text(encoding="ascii").split()
        return Progress(float(heard), float(total))
    except (OSError, ValueError):
        return None


@asynccontextmanager
async def followed(path: Path, tell: Tell, seconds: float = _SECONDS) -> AsyncIterator[None]:
    """During the block `tell` is called with each new report, looked for every `seconds` and once at the end.

    Its faults end nothing.
    """
    follower = _Follower(path, tell)
    async with in_background(follower.look_every(seconds)):
        yield
    await follower.look()


class _Follower:
    def __init__(self, path: Path, tell: Tell) -> None:
        self._path = path
        self._tell = tell
        self._told: Progress | None = None

    async def look_every(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            await self.look()

    async def look(self) -> None:
        found = await asyncio.to_thread(read_progress, self._path)
        if found is None or found == self._told:
            return
        with suppress(Exception):
            await self._tell(found)
            self._told = found
