"""What changes in the ledger, as it changes: from any process, whichever process changed it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.media.store import LedgerRow, finding, now
from shared.db import Database
from shared.errors import InvalidRequest, Unavailable

_AT_ONCE = 200
_OVERLAP = timedelta(seconds=5)


@dataclass(frozen=True)
class Moment:
    """A place in the stream of changes, on the wire as microseconds since 1970 and the entry's position."""

    at: datetime
    position: int

    def __str__(self) -> str:
        return f"{round((self.at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))}-{self.position}"

    @classmethod
    def parse(cls, text: str) -> "Moment":
        """Raises InvalidRequest."""
        microseconds, _, position = text.partition("-")
        try:
            moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(microseconds))
            return cls(moment, int(position))
        except (ValueError, OverflowError) as error:
            raise InvalidRequest("This event id was not given by the ledger.") from error


@dataclass(frozen=True)
class Change:
    moment: Moment
    row: LedgerRow


class LedgerEvents:
    """Each reader reads the database at its own pace, a page at a time: nothing is kept for one that does not read.

    At most `readers` at once in this process. An entry that changed more than once between two looks is told once, as
    it is then. A change may be told twice: those of the last seconds are looked at again, because what is committed
    last need not be the latest by the clocks of several machines.
    """

    def __init__(self, database: Database, *, readers: int, look_seconds: float, quiet_seconds: float) -> None:
        self._database = database
        self._readers = readers
        self._look_seconds = look_seconds
        self._quiet_seconds = quiet_seconds
        self._reading = 0

    async def follow(self, after: str | None, *, seconds: float) -> AsyncIterator[Sequence[Change]]:
        """Changes from after this event id (from now on without one), for `seconds`; nothing now and then, to keep
        the connection open. Raises InvalidRequest and Unavailable before the first."""
        mark = Moment.parse(after) if after else Moment(now(), 0)
        if self._reading >= self._readers:
            raise Unavailable("Too many follow the ledger's events here.")
        return self._changes(mark, seconds)

    async def _changes(self, mark: Moment, seconds: float) -> AsyncIterator[Sequence[Change]]:
        clock = asyncio.get_running_loop().time
        until, spoke = clock() + seconds, clock()
        told: dict[str, datetime] = {}
        start = mark.at - _OVERLAP
        self._reading += 1
        try:
            yield ()
            while clock() < until:
                new, start = await self._look(mark, start, told)
                if new:
                    yield new
                    spoke = clock()
                    continue
                if clock() - spoke >= self._quiet_seconds:
                    yield ()
                    spoke = clock()
                await asyncio.sleep(self._look_seconds)
        finally:
            self._reading -= 1

    async def _look(self, mark: Moment, start: datetime, told: dict[str, datetime]) -> tuple[list[Change], datetime]:
        """What is new since `start`, and from where to look next time."""
        place = (start, 0)
        new: list[Change] = []
        async with self._database.reading() as session:
            while len(new) < _AT_ONCE:
                rows = await finding.changed(session, after=place, limit=_AT_ONCE)
                for row in rows:
                    place = (row.updated_at, row.position or 0)
                    if told.get(row.entry_id) != row.updated_at and self._is_after(row, mark):
                        told[row.entry_id] = row.updated_at
                        new.append(Change(Moment(row.updated_at, row.position or 0), row))
                if len(rows) < _AT_ONCE:
                    break
        start = max(start, min(place[0], now()) - _OVERLAP)
        for entry_id in [entry_id for entry_id, at in told.items() if at < start - _OVERLAP]:
            del told[entry_id]
        return new, start

    @staticmethod
    def _is_after(row: LedgerRow, mark: Moment) -> bool:
        """What lies just before the mark is told again: it may have been committed after the mark was."""
        return row.updated_at > mark.at - _OVERLAP and (row.updated_at, row.position or 0) != (mark.at, mark.position)
