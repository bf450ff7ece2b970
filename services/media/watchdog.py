"""Entries that do not move as they should are found and raised: in the ledger, by event, log and metric."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Protocol

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.media.faults import AWAY
from services.media.settings import MediaSettings
from services.media.store import now, stuck
from services.media.store.stuck import StuckCode, Suspects
from shared.db import Database
from shared.schemas.ledger import Step

log = logging.getLogger("omnilex.media.watchdog")

SENTENCES: dict[StuckCode, str] = {
    "step-too-long": "The step lasts longer than it may.",
    "waiting-too-long": "The entry has waited to be started for longer than it should.",
    "queue-too-long": "The entry was handed to the workflow engine long ago and has not begun.",
}


class Watchdog:
    """Any number of them may look at one database. A raised entry is raised once, until it moves again.

    `stuck` is how many there were at the last look.
    """

    def __init__(self, settings: MediaSettings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self.stuck = 0

    async def run(self) -> None:
        """For ever."""
        while True:
            try:
                await self.look()
            except AWAY as error:
                log.warning("watchdog.failed", extra={"fault": type(error).__name__})
            except Exception:
                log.exception("watchdog.failed")
            await asyncio.sleep(self._settings.watchdog_seconds)

    async def look(self, moment: datetime | None = None) -> int:
        """Raises what is stuck at this moment (now, unless told) and was not yet; gives how many that were."""
        moment = moment or now()
        raised = 0
        for suspects in self._suspects(moment):
            async with self._database.transaction() as session:
                found = await stuck.raise_stuck(session, suspects, moment)
            for row in found:
                fields = {"entry_id": row.entry_id, "stuck": suspects.code, "step": row.step, "run": row.run}
                log.warning("entry.stuck", extra=fields)
            raised += len(found)
        async with self._database.reading() as session:
            self.stuck = await stuck.count(session)
        return raised

    def _suspects(self, moment: datetime) -> Iterator[Suspects]:
        settings = self._settings
        for step, seconds in self._longest().items():
            yield Suspects("step-too-long", moment - timedelta(seconds=seconds), step=step)
        waited = moment - timedelta(seconds=settings.waiting_limit_seconds)
        yield Suspects("waiting-too-long", waited, queued=False)
        yield Suspects("queue-too-long", waited, queued=True)

    def _longest(self) -> dict[Step, float]:
        """What a step may take in one attempt with what it moves, and as much again."""
        settings = self._settings
        transfer = settings.transfer_timeout_seconds
        return {
            "identify": 2 * (transfer + settings.analysis_timeout_seconds),
            "transcribe": 2 * (transfer + settings.transcribe_timeout_seconds),
            "analyse": 2 * (transfer + settings.analysis_timeout_seconds),
            "write": 2 * transfer,
            "index": 2 * transfer,
        }


class StuckCounter(Protocol):
    @property
    def watchdog(self) -> Watchdog: ...


class LedgerGauge(Collector):
    """What `/metrics` tells of the ledger; nothing before `service` gives the service."""

    def __init__(self, service: Callable[[], StuckCounter | None]) -> None:
        self._service = service

    def collect(self) -> Iterator[Metric]:
        if (service := self._service()) is not None:
            gauge = GaugeMetricFamily("omnilex_ledger_stuck_entries", "Entries that do not move as they should")
            gauge.add_metric([], service.watchdog.stuck)
            yield gauge
