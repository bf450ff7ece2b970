"""Numbers that nobody has: their tries and lock-outs are kept for a while, and then forgotten."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from services.accounts import store
from services.accounts.clock import Clock
from shared.db import Database

log = logging.getLogger("omnilex.accounts.identity")

_AT_ONCE = 200


class UnknownNumbers:
    """`kept` is how long a try counts; after that it may go. The audit trail keeps what it says of them."""

    def __init__(self, database: Database, clock: Clock, *, kept: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._kept = kept

    async def forget_old(self) -> int:
        """Deletes what no longer counts, a stretch at a time, and returns of how many numbers. Customers' rows stay."""
        before, forgotten, last = self._clock() - self._kept, 0, ""
        while subjects := await self._stale(before, last):
            await self._forget(subjects, before)
            forgotten, last = forgotten + len(subjects), subjects[-1]
        if forgotten:
            log.info("identity.forgotten", extra={"numbers": forgotten})
        return forgotten

    async def _stale(self, before: datetime, after: str) -> Sequence[str]:
        return await self._database.read(
            lambda session: store.stale_subjects(session, before, after=after, limit=_AT_ONCE)
        )

    async def _forget(self, subjects: Sequence[str], before: datetime) -> None:
        await self._database.write(lambda session: store.forget_subjects(session, subjects, before))
