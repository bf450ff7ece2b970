"""Durable execution of the steps with DBOS. Each setting of `DurableEngine._config` is there for a measured trap.

One process runs the work of one database for now: on SQLite a lock file sees to it. On PostgreSQL the same code runs,
still with one worker: the lease that lets several take over from each other comes with the worker process.
"""

import asyncio
import fcntl
import logging
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TextIO

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID
from sqlalchemy import make_url

from services.media.ports import EngineState
from services.media.settings import MediaSettings
from services.media.steps import WAY, Action, Facts, Steps, failed

DOCUMENTS, RECORDINGS = "media-documents", "media-recordings"
_DOCUMENT_ENDINGS = (".json", ".jsonl", ".gz", ".log", ".txt")
_POLL_SECONDS = 0.2
_LONGEST_PAUSE = 30.0
_LOCK_PATIENCE = 15.0
_ALIVE = ("PENDING", "ENQUEUED", "DELAYED")


class DurableEngine:
    """Runs each entry's workflow once, from the step it had reached, over any number of restarts."""

    def __init__(self, settings: MediaSettings, steps: Steps) -> None:
        self._settings = settings
        self._steps = steps
        self._running: set[asyncio.Task[object]] = set()
        self._closing = False
        self._process: Callable[[str], Coroutine[object, object, str]]

    async def enqueue(self, entry_id: str, name: str) -> None:
        # Only the queue is guessed by the name, so that documents need not wait behind hours of recordings.
        queue = DOCUMENTS if name.lower().endswith(_DOCUMENT_ENDINGS) else RECORDINGS
        with SetWorkflowID(entry_id):
            await DBOS.enqueue_workflow_async(queue, self._process, entry_id)

    async def states(self, entry_ids: Collection[str]) -> Mapping[str, EngineState]:
        found = await DBOS.list_workflows_async(workflow_ids=list(entry_ids), load_input=False, load_output=False)
        return {one.workflow_id: "alive" if one.status in _ALIVE else "ended" for one in found}

    async def launch(self) -> None:
        """Registers, recovers and starts. Runs in the service's own loop, where what the steps use lives."""
        _own_dbos_logs()
        DBOS(config=self._config())

        @DBOS.workflow(name="process-object")
        async def process(entry_id: str) -> str:
            return await self._way(entry_id)

        self._process = process
        DBOS.launch()
        for queue in (DOCUMENTS, RECORDINGS):
            await DBOS.register_queue_async(
                queue,
                worker_concurrency=self._settings.workflow_concurrency,
                polling_interval_sec=_POLL_SECONDS,
                on_conflict="always_update",
            )

    async def close(self) -> None:
        """Stops where each workflow stands; the next launch goes on from there."""
        self._closing = True
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        # Not `to_thread`: DBOS made its own threads the loop's default, and they end here.
        with ThreadPoolExecutor(1) as thread:
            await asyncio.wrap_future(thread.submit(lambda: DBOS.destroy(destroy_registry=True)))
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())

    async def _way(self, entry_id: str) -> str:
        """The workflow: no clock, no chance, no input of its own, so that running it again takes the same turns."""
        task = asyncio.current_task()
        if task is None or self._closing:
            raise asyncio.CancelledError
        self._running.add(task)
        try:
            return await self._walk(entry_id)
        finally:
            self._running.discard(task)

    async def _walk(self, entry_id: str) -> str:
        facts: Facts = {}
        for step in WAY:
            facts |= await self._patiently(step, entry_id, facts, self._settings.outage_patience_seconds)
            if "fate" in facts:
                break
        facts.setdefault("fate", "done")
        if facts["fate"] in ("rejected", "failed"):
            await self._patiently("set-aside", entry_id, facts, self._settings.outage_patience_seconds)
        await self._patiently("settle", entry_id, facts, float("inf"))
        return str(facts["fate"])

    async def _patiently(self, action: Action, entry_id: str, facts: Facts, patience: float) -> Facts:
        """The action's facts, after waiting while a part of the system is away, `patience` seconds at most."""
        waited, pause = 0.0, 1.0
        while True:
            found = await self._attempts(action, entry_id, facts)
            if "away" not in found:
                return found
            if waited >= patience:
                return failed("unavailable")
            await DBOS.sleep_async(pause)
            waited += pause
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _attempts(self, action: Action, entry_id: str, facts: Facts) -> Facts:
        attempts = self._settings.step_attempts

        async def attempt() -> Facts:
            status = DBOS.step_status
            number = (status.current_attempt or 0) + 1 if status else 1
            return await self._steps.attempt(action, entry_id, facts, number=number, last=number >= attempts)

        return await DBOS.run_step_async(
            {
                "name": action,
                "retries_allowed": attempts > 1,
                "max_attempts": attempts,
                "interval_seconds": self._settings.step_retry_seconds,
                "backoff_rate": 2.0,
            },
            attempt,
        )

    def _config(self) -> DBOSConfig:
        url = self._settings.workflow_url()
        config: DBOSConfig = {
            "name": "omnilex-media",
            "system_database_url": url,
            "executor_id": "local",
            "application_version": "1",  # the default is a hash of the code, and each deployment would strand work
            "serializer": DBOSPortableJSONSerializer(),  # the default is pickle
            "log_level": "WARNING",
        }
        if url.startswith("sqlite"):
            config["db_engine_kwargs"] = {"module": _sqlite()}
        return config


@asynccontextmanager
async def open_engine(settings: MediaSettings, steps: Steps) -> AsyncIterator[DurableEngine]:
    """A launched engine for the life of the block. Raises RuntimeError while another process works on the same file."""
    engine = DurableEngine(settings, steps)
    url = make_url(settings.workflow_url())
    if url.get_backend_name() != "sqlite":
        async with _launched(engine):
            yield engine
        return
    file = Path(url.database or "workflow.sqlite")
    await asyncio.to_thread(file.parent.mkdir, parents=True, exist_ok=True)
    with await asyncio.to_thread(_hold, file.with_suffix(".lock")):
        await asyncio.to_thread(_set_wal, file)
        async with _launched(engine):
            yield engine


@asynccontextmanager
async def _launched(engine: DurableEngine) -> AsyncIterator[None]:
    await engine.launch()
    try:
        yield
    finally:
        await engine.close()


def _hold(lock: Path) -> TextIO:
    """The lock file, locked. A second process with the same executor id would do the first one's work again."""
    file = lock.open("a")
    until = time.monotonic() + _LOCK_PATIENCE
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                file.close()
                raise RuntimeError("another media process works on the same data folder") from None
            time.sleep(0.1)
        else:
            return file


def _set_wal(file: Path) -> None:
    """Kept in the file. With the same library as DBOS: two of them must never have one file open."""
    connection = _sqlite().connect(file)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


def _sqlite() -> ModuleType:
    """The newest SQLite there is. Raises RuntimeError for one on which DBOS cannot tell the time."""
    if find_spec("pysqlite3") is not None:
        return import_module("pysqlite3.dbapi2")
    if sys.version_info >= (3, 12) and sqlite3.sqlite_version_info < (3, 42):
        raise RuntimeError("SQLite 3.42 or newer is needed: install pysqlite3-binary")
    return import_module("sqlite3.dbapi2")


def _own_dbos_logs() -> None:
    """A handler that is there already keeps DBOS from adding its console: its records reach ours instead."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
        logger.addFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    """Not what `steps` has told already, nor that a stop interrupts what the next start goes on with."""
    return not record.getMessage().startswith(("Step being automatically retried", "Asyncio task cancelled"))
