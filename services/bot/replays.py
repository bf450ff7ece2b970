"""A call that Lex repeats is answered as it was the first time, and does nothing twice."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from services.bot.seal import Seal
from services.bot.store import answers
from shared.db import Database
from shared.errors import Unavailable

log = logging.getLogger("omnilex.bot.replays")

KEPT = timedelta(hours=24)
_ABANDONED = timedelta(seconds=30)  # Lex waits no longer for an answer
_WAIT_SECONDS = 8.0
_LOOK_SECONDS = 0.05
_SWEEP_SECONDS = 600.0

Work = Callable[[], Awaitable[str]]


class Replays:
    """Kept for a day in the bot's database, sealed; several replicas may be asked the same at once."""

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database = database
        self._seal = seal
        self._swept = 0.0

    async def once(self, digest: str, work: Work, *, good_for: timedelta = KEPT) -> str:
        """The answer to the call, worked out by whoever is asked first; others wait for it.

        What was answered longer ago than `good_for` is no repetition: it is answered anew.
        Raises Unavailable when it takes too long; what `work` raises, after which the call may be tried again.
        """
        if not await self._database.write(lambda session: _claim(session, digest, good_for)):
            kept = await self._kept(digest)
            if kept is not None:
                log.info("call.repeated")
                return kept
        try:
            answer = await work()
        except BaseException:
            await asyncio.shield(self._database.write(lambda session: answers.drop_claim(session, digest)))
            raise
        sealed = self._seal.seal(answer, digest)
        await self._database.write(lambda session: self._keep(session, digest, sealed))
        return answer

    async def _kept(self, digest: str) -> str | None:
        """The answer once it is there; None when the call has become ours because nobody else answers it."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < deadline:
            row = await self._database.read(lambda session: answers.answer_of(session, digest))
            if row is not None and row.answer is not None:
                return self._seal.open(row.answer, digest)
            if await self._database.write(lambda session: _take(session, digest)):
                return None
            await asyncio.sleep(_LOOK_SECONDS)
        raise Unavailable("This call is still being answered.")

    def _keep(self, session: Session, digest: str, sealed: str) -> None:
        answers.keep_answer(session, digest, sealed)
        if time.monotonic() - self._swept > _SWEEP_SECONDS:
            self._swept = time.monotonic()
            answers.forget_answers(session, _now() - KEPT)


def _claim(session: Session, digest: str, good_for: timedelta) -> bool:
    now = _now()
    return answers.claim(session, digest, now) or answers.renew(session, digest, now, now - good_for)


def _take(session: Session, digest: str) -> bool:
    now = _now()
    return answers.claim(session, digest, now) or answers.take_over(session, digest, now, now - _ABANDONED)


def _now() -> datetime:
    return datetime.now(UTC)
