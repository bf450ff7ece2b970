"""How a run without a result ends: its source set aside, its jobs forgotten, its fate in the ledger."""

import logging

from pydantic import TypeAdapter

from services.media import store
from services.media.faults import AWAY, Facts
from services.media.setting_aside import SettingAside
from services.media.settings import MediaSettings
from services.media.store import LedgerRow
from services.media.transcriptions import JobId, Transcriptions
from shared.db import Database
from shared.schemas.ledger import Fate

log = logging.getLogger("omnilex.media.steps")

_FATE: TypeAdapter[Fate] = TypeAdapter(Fate)


class Settling:
    """May be done again; the entry's first fate stays."""

    def __init__(
        self,
        settings: MediaSettings,
        database: Database,
        setting_aside: SettingAside,
        transcriptions: Transcriptions | None,
    ) -> None:
        self._settings = settings
        self._database = database
        self._setting_aside = setting_aside
        self._transcriptions = transcriptions

    async def settle(self, entry_id: str, run: int, facts: Facts) -> None:
        """Gives the run's entry the fate that `facts` tell, once its source lies where it belongs by then."""
        fate = _FATE.validate_python(facts["fate"])
        async with self._database.reading() as session:
            row = await store.entry(session, entry_id)
        if row is None or row.run != run or row.fate not in store.UNFINISHED:
            return
        if fate in ("rejected", "failed"):
            await self._set_aside(row)
        code, reason, first = (_text(facts, name) for name in ("code", "reason", "duplicate_of"))
        await self._database.at_once(
            lambda connection: store.course.finish(
                connection, entry_id, run, fate, code=code, reason=reason, duplicate_of=first
            )
        )
        log.info(
            "object.settled",
            extra={
                "entry_id": entry_id,
                "fate": fate,
                "reason_code": code,
                "workflow": self._settings.step_function_name,
            },
        )

    async def forget_jobs(self, entry_id: str, run: int) -> None:
        """Whatever jobs the run may have started hold no place at the transcriber any more."""
        if self._transcriptions is not None:
            for number in range(1, self._settings.step_attempts + 1):
                await self.forget_job(JobId(entry_id, run, number).name(self._transcriptions.prefix))

    async def forget_job(self, name: str) -> None:
        """A job that cannot be removed now ends nothing: what is left of it goes by the bucket's own rules."""
        if self._transcriptions is None:
            return
        try:
            await self._transcriptions.forget(name)
        except Exception as error:  # noqa: BLE001
            log.warning("job.not-forgotten", extra={"fault": type(error).__name__})

    async def _set_aside(self, row: LedgerRow) -> None:
        """What cannot be moved stays where it is: the ledger's word on it is worth more."""
        try:
            await self._setting_aside.move(row)
        except AWAY:
            raise
        except Exception:
            log.exception("set-aside.failed", extra={"entry_id": row.entry_id})


def _text(facts: Facts, name: str) -> str | None:
    value = facts.get(name)
    return value if isinstance(value, str) else None
