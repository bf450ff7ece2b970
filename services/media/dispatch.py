"""From the ledger to the engine: whatever waits is enqueued, and nothing is left behind by a crash in between."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from datetime import timedelta

from sqlalchemy import text

from services.media import store
from services.media.faults import AWAY
from services.media.ports import Engine
from services.media.steps import Steps
from shared.db import Database

log = logging.getLogger("omnilex.media.dispatch")

_BATCH = 200
_FROZEN_SECONDS = 30  # in the middle of it, after which another worker may do it
_ENGINE_KEEPS = timedelta(days=7)  # the ledger is what is kept: it also keeps a run from being started again


class Dispatcher:
    """Enqueues what waits. Every worker has one; of those on one database one at a time does anything.

    Woken when something was seen or settled; looks on its own now and then as well. `recover_seconds` lie between two
    looks at runs that ended without a word, `review_seconds` between two at all that ought to have a workflow.
    """

    def __init__(
        self,
        database: Database,
        engine: Engine,
        steps: Steps,
        *,
        look_seconds: float = 1.0,
        recover_seconds: float = 5.0,
        review_seconds: float = 600.0,
    ) -> None:
        self._database = database
        self._engine = engine
        self._steps = steps
        self._look_seconds = look_seconds
        self._duties: list[tuple[Callable[[], Awaitable[object]], float]] = [
            (self.start_waiting, 0.0),
            (self.recover, recover_seconds),
            (self._engine.take_up_stranded, recover_seconds),
            (self.review, review_seconds),
            (self.tidy, review_seconds),
        ]
        self._woken = asyncio.Event()

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        """For ever."""
        clock = asyncio.get_running_loop().time
        due = [clock()] * len(self._duties)
        while True:
            self._woken.clear()
            for number, (duty, seconds) in enumerate(self._duties):
                if clock() >= due[number] and await _carried_out(duty):
                    due[number] = clock() + seconds
            try:
                await asyncio.wait_for(self._woken.wait(), self._look_seconds)
            except TimeoutError:
                continue

    async def start_waiting(self) -> int:
        """Enqueues what waits and may start; gives how many that were."""
        started = 0
        while await self._is_anything_waiting():
            async with self._alone("omnilex_media_dispatch") as alone:
                if not alone:
                    return started
                async with self._database.reading() as session:
                    rows = await store.startable(session, _BATCH)
                await self._enqueue(rows)
                async with self._database.transaction() as session:
                    await store.mark_queued(session, [(row.entry_id, row.run) for row in rows])
            started += len(rows)
        return started

    async def recover(self) -> None:
        """Gives runs that ended without coming to the end of their way their fate."""
        async with self._alone("omnilex_media_recover") as alone:
            while alone and (lost := await self._engine.lost(_BATCH)):
                await self._give_up(lost)

    async def review(self) -> None:
        """Unfinished runs that the engine does not know are enqueued again; those that it has ended have failed."""
        position = 0
        async with self._alone("omnilex_media_recover") as alone:
            while alone:
                async with self._database.reading() as session:
                    rows = await store.unfinished_queued(session, after=position, limit=_BATCH)
                if not rows:
                    return
                states = await self._engine.states([(row.entry_id, row.run) for row in rows])
                await self._enqueue([row for row in rows if (row.entry_id, row.run) not in states])
                await self._give_up([run for run, state in states.items() if state == "ended"])
                position = rows[-1].position or position

    async def tidy(self) -> None:
        """Removes what is left of runs whose way has ended: copies on this machine, and in time the engine's rows."""
        await self._steps.clear_leftovers()
        async with self._alone("omnilex_media_tidy") as alone:
            more = alone
            while more:
                more = await self._engine.forget_ended(store.now() - _ENGINE_KEEPS, _BATCH) == _BATCH

    async def _is_anything_waiting(self) -> bool:
        async with self._database.reading() as session:
            return bool(await store.startable(session, 1))

    async def _enqueue(self, rows: Collection[store.LedgerRow]) -> None:
        for row in rows:
            await self._engine.enqueue(row.entry_id, row.run, row.name, bulk=row.bulk_id is not None)

    async def _give_up(self, runs: Collection[tuple[str, int]]) -> None:
        for entry_id, run in runs:
            await self._steps.give_up(entry_id, run, "workflow-lost")
            await self._engine.forget(entry_id, run)

    @asynccontextmanager
    async def _alone(self, lock: str) -> AsyncIterator[bool]:
        """Whether nobody else on this database is in such a block; on SQLite there is nobody else."""
        if self._database.sqlite:
            yield True
            return
        async with self._database.transaction() as session:
            await session.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = '{_FROZEN_SECONDS}s'"))
            taken = await session.execute(text("SELECT pg_try_advisory_xact_lock(hashtext(:lock))"), {"lock": lock})
            yield bool(taken.scalar_one())


async def _carried_out(duty: Callable[[], Awaitable[object]]) -> bool:
    try:
        await duty()
    except AWAY as error:
        log.warning("dispatch.failed", extra={"fault": type(error).__name__})
        return False
    except Exception:
        log.exception("dispatch.failed")
        return False
    return True
