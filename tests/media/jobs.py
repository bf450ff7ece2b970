"""A transcriber elsewhere: it keeps its jobs in a file, for all processes that use it, and records what it sees."""

import asyncio
import fcntl
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from services.media.ports import JobState, TranscriptionJob
from shared.errors import NotFound
from tests.media.fakes import transcript

T = TypeVar("T")
Jobs = dict[str, dict[str, Any]]


@dataclass
class FakeTranscriber:
    """A job is done once it was looked at `looks` times, unless a test ends it with `end`.

    `failures` are the sentences with which jobs fail, one after the other; those that begin with Internal may pass.
    """

    file: Path
    looks: int = 1
    failures: Sequence[str] = ()

    async def start(self, job: TranscriptionJob) -> Sequence[str]:
        await asyncio.to_thread(self.change, lambda jobs: self._start(jobs, job))
        return ["The vocabulary was not ready."] if "warn" in job.key else []

    def _start(self, jobs: Jobs, job: TranscriptionJob) -> None:
        if job.name in jobs:
            jobs[job.name]["starts"] += 1
            return
        made = sum(name.rsplit("-", 1)[0] == job.name.rsplit("-", 1)[0] for name in jobs)
        failure = self.failures[made] if made < len(self.failures) else None
        jobs[job.name] = {"status": "open", "failure": failure, "looks": 0, "starts": 1, "language": job.language}
        jobs[job.name]["open_at_start"] = sum(other["status"] == "open" for other in jobs.values())

    async def state(self, name: str) -> JobState:
        return await asyncio.to_thread(self.change, lambda jobs: self._look(jobs, name))

    def _look(self, jobs: Jobs, name: str) -> JobState:
        if name not in jobs or jobs[name]["status"] == "forgotten":
            return JobState("unknown")
        job = jobs[name]
        job["looks"] += 1
        if job["status"] == "open" and job["looks"] >= self.looks:
            _end(job)
        if job["status"] == "failed":
            return JobState("failed", job["failure"], passing=job["failure"].startswith("Internal"))
        return JobState(job["status"])

    async def fetch(self, name: str, target: Path) -> None:
        if self.jobs.get(name, {}).get("status") != "done":
            raise NotFound
        number = int(name.split("-")[1], 16) % 10**6
        await asyncio.to_thread(target.write_bytes, transcript(number))

    async def forget(self, name: str) -> None:
        await asyncio.to_thread(self.change, lambda jobs: jobs.get(name, {}).update(status="forgotten"))

    def end(self, name: str) -> None:
        self.change(lambda jobs: _end(jobs[name]))

    def remove(self, name: str) -> None:
        self.change(lambda jobs: jobs.pop(name))

    @property
    def jobs(self) -> Jobs:
        return self.change(lambda jobs: jobs)

    @property
    def most_open(self) -> int:
        """Most jobs that were open at any moment, all of them started then."""
        return max((job["open_at_start"] for job in self.jobs.values()), default=0)

    def change(self, work: Callable[[Jobs], T]) -> T:
        with self._held() as jobs:
            return work(jobs)

    @contextmanager
    def _held(self) -> Iterator[Jobs]:
        """Under a lock; a process that is killed in here leaves the file as it was."""
        with self.file.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            jobs: Jobs = json.loads(self.file.read_text() if self.file.exists() else "{}")
            before = json.dumps(jobs)
            yield jobs
            if (after := json.dumps(jobs)) != before:
                part = self.file.with_suffix(".part")
                part.write_text(after)
                part.replace(self.file)


def _end(job: dict[str, Any]) -> None:
    job["status"] = "failed" if job["failure"] else "done"
