"""How often one key may do a thing, whichever process of the gateway it asks: counted in the database."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta

from sqlalchemy import Connection

from services.gateway import store
from services.gateway.conversation_rules import utc_now
from services.gateway.limits import too_many
from services.gateway.periodic import periodically
from shared.db import Database

_MINUTE = 60_000
_SWEPT_EVERY = 60.0


class SharedBuckets:
    """As `TokenBuckets`: `per_minute` takes a key has at once, coming back evenly over a minute.

    A key is kept as it is given: one that tells of a person has to be a hash.
    """

    def __init__(self, per_minute: int, now: Callable[[], datetime] = utc_now) -> None:
        self._costs = max(1, _MINUTE // per_minute)
        self._now = now

    def taking(self, key: str) -> Callable[[Connection], None]:
        """One take as a part of the caller's transaction. Raises TooManyRequests, with Retry-After."""

        def take(db: Connection) -> None:
            now = _milliseconds(self._now())
            again_at = store.take_one(db, key, now, costs=self._costs, room=_MINUTE)
            if again_at is not None:
                raise too_many((again_at - now) / 1000)

        return take


class SharedOnce:
    """Whether a key is new, for as long as it is remembered."""

    def __init__(self, remembered: timedelta, now: Callable[[], datetime] = utc_now) -> None:
        self._remembered = remembered // timedelta(milliseconds=1)
        self._now = now

    def taking(self, key: str) -> Callable[[Connection], bool]:
        """Takes the key as a part of the caller's transaction: True once, then False until it is forgotten."""

        def take(db: Connection) -> bool:
            now = _milliseconds(self._now())
            return store.take_one(db, key, now, costs=self._remembered, room=self._remembered) is None

        return take


def sweeping(database: Database, now: Callable[[], datetime] = utc_now) -> AbstractAsyncContextManager[None]:
    """Forgets the keys that may do everything again, every minute for the life of the block."""

    async def sweep() -> None:
        await database.at_once(lambda db: store.forget_empty(db, _milliseconds(now())))

    return periodically(sweep, seconds=_SWEPT_EVERY, failed="limits.unswept")


def _milliseconds(moment: datetime) -> int:
    """Since 1970, by the clock of this process: those of the processes differ by less than matters here."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
