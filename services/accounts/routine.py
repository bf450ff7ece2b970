"""What the bank does by itself, again and again: payments that fall due, interest on loans, what is kept no longer."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.accounts import store
from services.accounts.clock import Clock
from services.accounts.idempotency import KEPT
from services.accounts.mortgages import Mortgages
from services.accounts.standing import StandingPayments
from services.accounts.unknown_numbers import UnknownNumbers
from shared.background import in_background
from shared.db import Database

log = logging.getLogger("omnilex.accounts.routine")


class Routine:
    def __init__(
        self,
        database: Database,
        standing: StandingPayments,
        mortgages: Mortgages,
        unknown_numbers: UnknownNumbers,
        clock: Clock,
    ) -> None:
        self._database = database
        self._standing = standing
        self._mortgages = mortgages
        self._unknown_numbers = unknown_numbers
        self._clock = clock

    async def run(self) -> None:
        """Once. Replicas may do it at the same time."""
        await self._standing.make_due()
        await self._mortgages.charge_due()
        await self._database.write(lambda session: store.forget_requests(session, self._clock() - KEPT))
        await self._unknown_numbers.forget_old()

    @asynccontextmanager
    async def running(self, *, every: float) -> AsyncIterator[None]:
        """Runs it every so many seconds for the life of the block; one that fails is logged, and the next one comes."""
        async with in_background(self._repeat(every)):
            yield

    async def _repeat(self, every: float) -> None:
        while True:
            try:
                await self.run()
            except Exception:
                log.exception("routine.failed")
            await asyncio.sleep(every)
