"""This process among those of the gateway: what a process took up is free again once it has not been seen for a while.

A claim names its process. It costs nothing beyond that: one row a process says that all of its claims still hold.
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from string import ascii_lowercase

from services.gateway import store
from shared.background import in_background
from shared.db import Database

log = logging.getLogger("omnilex.gateway")

ID_LENGTH = 16
_SEEN_EVERY = 2.0
_GONE_AFTER = timedelta(seconds=8)
_FORGOTTEN_AFTER = timedelta(hours=1)


class Instance:
    def __init__(self, database: Database) -> None:
        self.id = "".join(secrets.choice(ascii_lowercase) for _ in range(ID_LENGTH))
        self._database = database

    def claim(self) -> str:
        """A mark that no other claim has, and that begins with the process's id."""
        return f"{self.id}.{secrets.token_hex(12)}"

    @staticmethod
    def seen_after(now: datetime) -> datetime:
        """A process that was not seen after this moment is gone."""
        return now - _GONE_AFTER

    @asynccontextmanager
    async def alive(self) -> AsyncIterator[None]:
        """Seen for the life of the block, and gone at once at its end."""
        await self._seen()
        try:
            async with in_background(self._beat()):
                yield
        finally:
            await self._database.at_once(lambda db: store.forget_instance(db, self.id))

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(_SEEN_EVERY)
            try:
                await self._seen()
            except Exception:  # the database is away: others will take over what we hold
                log.exception("instance.unseen")

    async def _seen(self) -> None:
        now = datetime.now(UTC)
        await self._database.at_once(lambda db: store.seen(db, self.id, now))
        await self._database.at_once(lambda db: store.forget_unseen(db, now - _FORGOTTEN_AFTER))
