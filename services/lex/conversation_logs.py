"""Conversation logs: entries wait sealed in the database until their object is written whole."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

from pydantic import JsonValue
from pydantic_core import to_json
from sqlalchemy import Connection

from services.lex import store
from services.lex.ports import Clock, LogObjects
from services.lex.sessions import Address, Session
from shared.cipher import Cipher
from shared.db import Database

log = logging.getLogger("omnilex.lex.logs")

BUCKET = "omni-lex-sentiment-source-audio"
PREFIX = "conversationLogs"
# Longer than a session can live (a day), so that no log of a session that goes on is forgotten.
_KEPT = timedelta(days=3)
_LEASE = timedelta(seconds=60)
_BATCH = 20
_TIDY_EVERY = timedelta(minutes=1)


class ConversationLogs:
    """One object per session: `conversationLogs/<botId>/<day it began>/<sessionId>.jsonl`, JSON lines.

    It is written when the session ends or after `quiet` without a turn, and again under the same key when the session
    goes on. A session id used again on the same day continues the object.
    """

    def __init__(
        self, database: Database, cipher: Cipher, objects: LogObjects, clock: Clock, *, quiet_seconds: float
    ) -> None:
        self._database = database
        self._cipher = cipher
        self._objects = objects
        self._clock = clock
        self._quiet = timedelta(seconds=quiet_seconds)
        self._tidied: datetime | None = None

    def adding(
        self, address: Address, session: Session, entry: Mapping[str, JsonValue], *, ttl: int
    ) -> Callable[[Connection], None]:
        """What appends an entry, to be carried out in the transaction that stores the turn."""
        now = self._clock()
        place = _place(address.bot_id, address.session_id)
        return partial(
            store.add_log_entry,
            bot_id=address.bot_id,
            session_id=address.session_id,
            day=session.started_at.date(),
            entry=self._cipher.seal(to_json(entry), place),
            now=now,
            due_at=now + min(self._quiet, timedelta(seconds=ttl)),
        )

    def ending(self, address: Address, session: Session) -> Callable[[Connection], None]:
        """What has the log of a session that is over written at the next opportunity."""
        day = session.started_at.date()
        return partial(
            store.hasten_log, bot_id=address.bot_id, session_id=address.session_id, day=day, now=self._clock()
        )

    async def write_due(self) -> int:
        """Writes every log that is due; how many. A log that cannot be written stays due and is tried again."""
        async with self._database.reading() as db:
            due = await store.due_logs(db, self._clock(), _BATCH)
        written = 0
        for row in due:
            written += await self._write(row)
        return written

    async def _write(self, row: store.LogRow) -> bool:
        lease = self._clock() + _LEASE
        async with self._database.transaction() as db:
            if not await store.move_due(db, row, lease):
                return False
        row.due_at = lease
        async with self._database.reading() as db:
            sealed = await store.log_entries(db, row)
        place = _place(row.bot_id, row.session_id)
        lines = [self._cipher.open(entry, place) + b"\n" for entry in sealed]
        await self._objects.put(BUCKET, object_key(row.bot_id, row.day.isoformat(), row.session_id), b"".join(lines))
        async with self._database.transaction() as db:
            await store.move_due(db, row, None)
        log.info("lex.log_written", extra={"bot_id": row.bot_id, "entries": len(lines)})
        return True

    async def tidy(self) -> None:
        """Forgets expired sessions, and log entries that can no longer be needed."""
        now = self._clock()
        if self._tidied is not None and now < self._tidied + _TIDY_EVERY:
            return
        self._tidied = now
        async with self._database.transaction() as db:
            await store.drop_expired(db, now)
            await store.drop_written_logs(db, now - _KEPT)

    async def run(self, every: float) -> None:
        """Writes and tidies at intervals until it is cancelled; a fault is logged and does not end it."""
        while True:
            await asyncio.sleep(every)
            try:
                await self.write_due()
                await self.tidy()
            except Exception:
                log.exception("lex.log_writing_failed")


def object_key(bot_id: str, day: str, session_id: str) -> str:
    return f"{PREFIX}/{bot_id}/{day}/{session_id}.jsonl"


def _place(bot_id: str, session_id: str) -> str:
    return f"log:{bot_id}/{session_id}"
