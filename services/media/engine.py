"""The life of the workflow engine in one process. Each setting of `_config` is there for a measured trap.

On SQLite one process runs the work of one database: a lock file sees to it. On PostgreSQL there may be many, each with
a lease (`leases`), so that the work of one that dies goes to the others.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer
from sqlalchemy import make_url

from services.media import embedded_workflow
from services.media.leases import Lease, new_executor_id
from services.media.settings import MediaSettings
from services.media.steps import Steps
from services.media.workflow import DurableEngine

_APPLICATION, _VERSION = "omnilex-media", "1"
_POOL_SIZE = 10


@asynccontextmanager
async def open_engine(settings: MediaSettings, steps: Steps, *, works: bool = True) -> AsyncIterator[DurableEngine]:
    """A launched engine for the life of the block. Raises RuntimeError while another process works on the same file."""
    if _is_sqlite(settings):
        alone = DurableEngine(settings, steps, _config(settings, "local"))
        async with embedded_workflow.held(settings.workflow_url()), _launched(alone, works=True):
            yield alone
        return
    if not works:
        idle = DurableEngine(settings, steps, _config(settings, new_executor_id()))
        async with _launched(idle, works=False):
            yield idle
        return
    lease = Lease(
        settings.workflow_url(),
        application=_APPLICATION,
        version=_VERSION,
        requeue=_requeue,
        seconds=settings.worker_lease_seconds,
    )
    steps.guard = lease.guard
    await asyncio.to_thread(lease.register)
    engine = DurableEngine(settings, steps, _config(settings, lease.executor_id))
    try:
        async with _launched(engine, works=True, stopped=lambda: asyncio.to_thread(lease.release)):
            lease.start()
            yield engine
    finally:
        await asyncio.to_thread(lease.release)


@asynccontextmanager
async def _launched(
    engine: DurableEngine, *, works: bool, stopped: Callable[[], Awaitable[object]] | None = None
) -> AsyncIterator[None]:
    """`stopped` is called once nothing is worked on, before all the engine's threads have ended: others may go on."""
    _own_dbos_logs()
    await engine.launch(works=works)
    try:
        yield
    finally:
        await engine.stop()
        if stopped is not None:
            await stopped()
        await engine.close()


def _config(settings: MediaSettings, executor_id: str) -> DBOSConfig:
    url = settings.workflow_url()
    config: DBOSConfig = {
        "name": _APPLICATION,
        "system_database_url": url,
        "executor_id": executor_id,
        "application_version": _VERSION,  # the default is a hash of the code, and each deployment would strand work
        "serializer": DBOSPortableJSONSerializer(),  # the default is pickle
        "log_level": "WARNING",
    }
    if _is_sqlite(settings):
        config["db_engine_kwargs"] = {"module": embedded_workflow.newest_sqlite()}
    else:
        config["sys_db_pool_size"] = _POOL_SIZE
    return config


def _is_sqlite(settings: MediaSettings) -> bool:
    return make_url(settings.workflow_url()).get_backend_name() == "sqlite"


def _requeue(executor_ids: Sequence[str]) -> None:
    """Not in DBOS's documented API, hence its pinned version: it keeps queue and attempts, and fences the old run."""
    DBOS._recover_pending_workflows(list(executor_ids))


def _own_dbos_logs() -> None:
    """A handler that is there already keeps DBOS from adding its console: its records reach ours instead."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
        logger.addFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    """Not what `steps` has told already, nor that a stop interrupts what the next start goes on with."""
    return not record.getMessage().startswith(("Step being automatically retried", "Asyncio task cancelled"))
