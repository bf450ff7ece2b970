"""The course of one action: its steps, each tried as often as its faults are worth, with their times in the ledger."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from services.media import store
from services.media.faults import AWAY, SENTENCES, TRANSIENT, Ended, Guard, NotOurs, final, pause
from services.media.settings import MediaSettings
from services.media.store import LedgerRow
from services.media.store.course import DONE, Ending, Suspect
from shared.db import Database
from shared.schemas.ledger import Step

log = logging.getLogger("omnilex.media.steps")
T = TypeVar("T")

_LAST_WORD_SECONDS = 2.0


class Course:
    """One action of one run. What ended is written down with what begins next, or by `close`.

    Attempts in which a worker died are made one at a time in the whole process, by who has `line`: the file that ends
    each worker takes others with it only once, and is told from them.
    """

    def __init__(
        self,
        database: Database,
        settings: MediaSettings,
        *,
        guard: Guard,
        line: asyncio.Lock,
        entry_id: str,
        run: int,
    ) -> None:
        self.entry_id = entry_id
        self.run = run
        self._database = database
        self._settings = settings
        self.guard = guard
        self._line = line
        self._stands_first = False
        self._endings: list[Ending] = []

    async def take(self, step: Step, work: Callable[[LedgerRow], Awaitable[T]]) -> T:
        """What `work` gives, as `_tried` has it; the step is then done."""
        found, attempt = await self._tried(step, work)
        self._ended(step, attempt, DONE)
        return found

    async def start(self, step: Step, work: Callable[[LedgerRow], Awaitable[T]]) -> tuple[T, int]:
        """What `work` gives, which starts the step, and its attempt: another action notes how that ended."""
        return await self._tried(step, work)

    def note(self, ending: Ending) -> None:
        """To be written down with what comes next."""
        self._endings.append(ending)

    async def lasting(self, work: Callable[[], Awaitable[T]], patience: float) -> T:
        """What `work` gives, tried for `patience` seconds while what goes wrong may pass. It is no step of its own."""
        failures, began = 0, _clock()
        while True:
            try:
                await self.guard()
                return await work()
            except TRANSIENT as error:
                failures += 1
                log.warning("action.failed", extra={"entry_id": self.entry_id, "fault": type(error).__name__})
                if _clock() - began >= patience:
                    raise
                await asyncio.sleep(pause(failures, self._settings.step_retry_seconds))

    async def close(self) -> None:
        """Writes down what is not written yet."""
        if self._endings:
            await self.lasting(self._write_endings, self._settings.outage_patience_seconds)

    async def done(self) -> None:
        """The run's last word, when it has a result."""
        await self.lasting(self._write_done, float("inf"))

    async def _tried(self, step: Step, work: Callable[[LedgerRow], Awaitable[T]]) -> tuple[T, int]:
        """What `work` gives, after as many attempts as it takes. Raises Ended when there is no point in another one.

        A part that is away is waited for, within the attempt at which it was found to be. Raises NotOurs when the
        entry is at another run or has its fate.
        """
        try:
            return await self._tries(step, work)
        finally:
            self._leave_line()

    async def _tries(self, step: Step, work: Callable[[LedgerRow], Awaitable[T]]) -> tuple[T, int]:
        began_failing: float | None = None
        failures = 0
        attempt: int | None = None
        while True:
            try:
                if attempt is None or failures < self._settings.step_attempts:
                    attempt = await self._begin(step, anew=failures > 0 and attempt is not None)
                await self.guard()
                found = await work(self._row)
            except asyncio.CancelledError:
                await self._stopped(step, attempt)
                raise
            except NotOurs:
                raise
            except Exception as error:  # noqa: BLE001  what it means is in `final`, and it is told
                failures += 1
                began_failing = began_failing or _clock()
                self._tell(step, attempt, error)
                if not self._is_worth_another(error, failures, _clock() - began_failing):
                    end = final(step, error)
                    self._ended(step, attempt, end.code)
                    raise end from (None if end is error else error)
                if failures < self._settings.step_attempts:
                    self._ended(step, attempt, "unavailable" if isinstance(error, AWAY) else "failed")
                await asyncio.sleep(pause(failures, self._settings.step_retry_seconds))
            else:
                return found, attempt

    async def _begin(self, step: Step, *, anew: bool) -> int:
        entry_id, run, endings = self.entry_id, self.run, list(self._endings)
        begun = await self._database.at_once(
            lambda connection: store.course.begin(
                connection, entry_id, run, step, endings, anew=anew, alone=self._stands_first
            )
        )
        del self._endings[: len(endings)]
        if isinstance(begun, Suspect):
            await self._line.acquire()
            self._stands_first = True
            return await self._begin(step, anew=anew)
        if begun is None:
            raise NotOurs
        self._row = begun.row
        if begun.times > self._settings.max_recovery_attempts + 1:
            self._ended(step, begun.attempt, "poison")
            raise Ended("failed", "poison", SENTENCES["poison"])
        return begun.attempt

    def _leave_line(self) -> None:
        if self._stands_first:
            self._stands_first = False
            self._line.release()

    def _is_worth_another(self, error: Exception, failures: int, seconds: float) -> bool:
        if isinstance(error, AWAY):
            return failures < self._settings.step_attempts or seconds < self._settings.outage_patience_seconds
        return isinstance(error, TRANSIENT) and failures < self._settings.step_attempts

    def _tell(self, step: Step, attempt: int | None, error: Exception) -> None:
        fields = {"entry_id": self.entry_id, "step": step, "attempt": attempt, "fault": type(error).__name__}
        if isinstance(error, TRANSIENT):
            log.warning("step.attempt-failed", extra=fields)
        elif final(step, error).code == "unexpected":
            log.error("step.failed", extra=fields, exc_info=error)

    def _ended(self, step: Step, attempt: int | None, outcome: str) -> None:
        if attempt is not None:
            self._endings.append(Ending(step, attempt, outcome, store.now()))

    async def _stopped(self, step: Step, attempt: int | None) -> None:
        """This worker stops: that is no death of it in the attempt. A worker that cannot say so any more leaves it."""
        self._ended(step, attempt, "stopped")
        try:
            await asyncio.shield(asyncio.wait_for(self._write_endings(), _LAST_WORD_SECONDS))
        except (asyncio.CancelledError, *TRANSIENT):
            log.warning("step.stop-not-noted", extra={"entry_id": self.entry_id, "step": step})

    async def _write_endings(self) -> None:
        entry_id, run, endings = self.entry_id, self.run, list(self._endings)
        await self._database.at_once(lambda connection: store.course.end(connection, entry_id, run, endings))
        del self._endings[: len(endings)]

    async def _write_done(self) -> None:
        entry_id, run, endings = self.entry_id, self.run, list(self._endings)
        await self._database.at_once(lambda connection: store.course.done(connection, entry_id, run, endings))
        self._endings.clear()


def _clock() -> float:
    return asyncio.get_running_loop().time()
