"""From the ledger to the engine: whatever waits is enqueued, and nothing is left behind by a crash in between."""

import asyncio
import logging

from services.media import store
from services.media.ports import Engine
from services.media.steps import AWAY
from shared.db import Database

log = logging.getLogger("omnilex.media.dispatch")

_BATCH = 200
_LOST = "The workflow ended without saying how, more than once or beyond repair."


class Dispatcher:
    """The only one who enqueues. Woken when something was seen or settled; looks on its own now and then as well."""

    def __init__(self, database: Database, engine: Engine, *, look_seconds: float = 1.0) -> None:
        self._database = database
        self._engine = engine
        self._look_seconds = look_seconds
        self._woken = asyncio.Event()

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        """For ever."""
        recovered = False
        while True:
            self._woken.clear()
            try:
                if not recovered:
                    await self.recover()
                    recovered = True
                await self.start_waiting()
            except AWAY as error:
                log.warning("dispatch.failed", extra={"fault": type(error).__name__})
            except Exception:
                log.exception("dispatch.failed")
            try:
                await asyncio.wait_for(self._woken.wait(), self._look_seconds)
            except TimeoutError:
                continue

    async def start_waiting(self) -> int:
        """Enqueues what waits and may start; gives how many that were."""
        started = 0
        while True:
            async with self._database.reading() as session:
                rows = await store.startable(session, _BATCH)
            for row in rows:
                await self._engine.enqueue(row.entry_id, row.name)
            async with self._database.transaction() as session:
                await store.mark_queued(session, [row.entry_id for row in rows])
            started += len(rows)
            if len(rows) < _BATCH:
                return started

    async def recover(self) -> None:
        """Unfinished entries whose workflow is unknown are enqueued again; those whose workflow ended have failed."""
        position = 0
        while True:
            async with self._database.reading() as session:
                rows = await store.unfinished_queued(session, after=position, limit=_BATCH)
            if not rows:
                return
            states = await self._engine.states([row.entry_id for row in rows])
            for row in rows:
                state = states.get(row.entry_id)
                if state is None:
                    await self._engine.enqueue(row.entry_id, row.name)
                elif state == "ended":
                    async with self._database.transaction() as session:
                        await store.finish(session, row.entry_id, "failed", code="workflow-lost", reason=_LOST)
                position = row.position or position
