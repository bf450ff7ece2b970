"""What each action of an object's way does. It may be done again: the same result comes in the same place."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

from pydantic import TypeAdapter

from services.media import store
from services.media.analysis.source import Identified, RejectedSource, Subject
from services.media.copies import Copies, sha256, where
from services.media.corrections import Corrections
from services.media.course import Course
from services.media.customers import customer_digest
from services.media.faults import TRANSIENT, Ended, Facts, Guard, NotOurs, failed
from services.media.playback_copies import PlaybackCopies
from services.media.ports import Analyser, Index, Transcriber
from services.media.progress import Progress, followed, progress_file
from services.media.setting_aside import SettingAside
from services.media.settings import MediaSettings
from services.media.settling import Settling
from services.media.store import LedgerRow
from services.media.transcriptions import Transcriptions
from shared.blobs import Blobs
from shared.db import Database
from shared.schemas.interaction import Interaction, RoleName
from shared.schemas.ledger import UploadMetadata
from shared.traces import Traces, work_span

log = logging.getLogger("omnilex.media.steps")

Action = Literal["identify", "transcribe", "start-job", "look-at-job", "give-up-job", "analyse", "index", "settle"]
"""What the workflow engine keeps the outcome of: one action, or more, for each step that the ledger shows."""

_IDENTIFIED = TypeAdapter(Identified)


class Steps:
    """The actions, free of any engine: each takes the run and the facts so far, and gives facts to add."""

    def __init__(
        self,
        *,
        settings: MediaSettings,
        database: Database,
        blobs: Blobs,
        analyser: Analyser,
        index: Index,
        transcriber: Transcriber | None = None,
        traces: Traces | None = None,
    ) -> None:
        self._settings = settings
        self._traces = traces
        self._database = database
        self._blobs = blobs
        self._analyser = analyser
        self._index = index
        self._copies = Copies(settings, blobs)
        self._corrections = Corrections(settings, blobs, index)
        self._playback_copies = PlaybackCopies(settings, blobs, self._copies, analyser)
        self.transcriptions: Transcriptions | None = None
        if transcriber is not None:
            self.transcriptions = Transcriptions(settings, self._copies, analyser, transcriber)
        setting_aside = SettingAside(settings, database, blobs, self._copies)
        self._settling = Settling(settings, database, setting_aside, self.transcriptions)
        self.guard: Guard = _at_once
        self._line = asyncio.Lock()
        self._actions: dict[Action, Callable[[Course, Facts], Awaitable[Facts]]] = {
            "identify": self._identify,
            "transcribe": self._transcribe,
            "start-job": self._start_job,
            "look-at-job": self._look_at_job,
            "give-up-job": self._give_up_job,
            "analyse": self._analyse,
            "index": self._put_in_index,
            "settle": self._settle,
        }

    async def carry_out(self, action: Action, entry_id: str, run: int, facts: Facts) -> Facts:
        """Facts to add. With `fate` among them the way ends; it is `stopped` when others have ended it already."""
        with work_span(self._traces, f"{entry_id}.{run}", f"media {action}") as span:
            found = await self._carried_out(action, entry_id, run, facts)
            if found.get("fate") == "failed":
                span.failed(str(found["code"]))
            return found

    async def _carried_out(self, action: Action, entry_id: str, run: int, facts: Facts) -> Facts:
        course = Course(self._database, self._settings, guard=self.guard, line=self._line, entry_id=entry_id, run=run)
        try:
            found = await self._actions[action](course, facts)
        except NotOurs:
            return {"fate": "stopped"}
        except Ended as end:
            found = end.facts
        except RejectedSource as refusal:
            found = Ended("rejected", refusal.code, refusal.sentence).facts
        except Exception as error:
            log.exception("action.failed", extra={"entry_id": entry_id, "action": action})
            found = failed("unavailable" if isinstance(error, TRANSIENT) else "unexpected")
        await course.close()
        return found

    async def give_up(self, entry_id: str, run: int, code: str) -> None:
        """Ends a run that nothing works on any more; the fate of one whose entry has it is left alone."""
        await self._settling.forget_jobs(entry_id, run)
        await self.carry_out("settle", entry_id, run, failed(code))

    async def clear_leftovers(self) -> None:
        """Removes what is left on this machine of objects whose way has ended."""
        await self._copies.clear_leftovers(self._database)

    async def _identify(self, course: Course, facts: Facts) -> Facts:
        identified = await course.take("identify", self._identified_once)
        elsewhere = identified.kind == "audio" and self.transcriptions is not None
        return {"identified": _IDENTIFIED.dump_python(identified, mode="json"), "elsewhere": elsewhere}

    async def _identified_once(self, row: LedgerRow) -> Identified:
        if row.size == 0:
            raise RejectedSource("empty", "The file is empty.")
        if row.size > (most := self._settings.max_object_bytes):
            raise RejectedSource("too_large", f"The file has {row.size} bytes; {most} are the most that are read.")
        source = await self._copies.source(row)
        metadata = await self._copies.metadata(row)
        identified = await self._analyser.identify(source, row.name)
        content = await asyncio.to_thread(sha256, source)
        async with self._database.transaction() as session:
            held = await store.entry(session, row.entry_id) or row
            held.kind = identified.kind
            held.customer_digest = self._customer(metadata.customer) or held.customer_digest
            first = await store.claim_content(session, held, content)
        if first is not None:
            raise Ended("duplicate", "same-content", "The same content was seen before.", first)
        return identified

    async def _transcribe(self, course: Course, facts: Facts) -> Facts:
        """Keeps the transcript in the work folder only: what is stored for good is redacted first."""
        identified = _identified(facts)

        async def hear(row: LedgerRow) -> None:
            await self._hear(row, identified, await self._copies.metadata(row), facts)

        await course.take("transcribe", hear)
        return {}

    async def _start_job(self, course: Course, facts: Facts) -> Facts:
        language = _text(facts, "language")
        return await self._elsewhere().start(course, _number(facts, "number"), _identified(facts), language)

    async def _look_at_job(self, course: Course, facts: Facts) -> Facts:
        last = _number(facts, "number") >= self._settings.step_attempts
        return await self._elsewhere().look(course, facts, times_unknown=_number(facts, "unknown"), last=last)

    async def _give_up_job(self, course: Course, facts: Facts) -> Facts:
        return await self._elsewhere().give_up(course, facts)

    async def _analyse(self, course: Course, facts: Facts) -> Facts:
        identified = _identified(facts)

        async def hear(row: LedgerRow) -> UploadMetadata:
            metadata = await self._copies.metadata(row)
            if not await asyncio.to_thread((self._copies.folder(row) / "transcript.json").exists):
                await self._hear(row, identified, metadata, facts)
            return metadata

        async def analyse(row: LedgerRow) -> None:
            metadata = await hear(row)
            result, redacted = (self._copies.part(row, name) for name in ("result.json", "redacted.json"))
            await self._analyser.analyse(
                self._copies.folder(row) / "transcript.json",
                identified,
                _subject(row, metadata, await self._corrections.roles(row.interaction_id)),
                audio=await self._copies.source(row) if identified.kind == "audio" else None,
                result=result,
                redacted=redacted,
            )
            await self._copies.complete(redacted, result)

        async def write(row: LedgerRow) -> None:
            transcripts, work = self._settings.output_bucket_transcripts, self._copies.folder(row)
            await self.guard()
            await self._copies.keep(f"{transcripts}/{row.interaction_id}.json", work / "redacted.json")
            copied = identified.kind != "audio" or await self._playback_copies.make(row, identified)
            await self.guard()
            await self._copies.keep(self._result_key(row), work / "result.json")
            if not copied:
                await self._playback_copies.clear(row)

        if identified.kind != "audio":
            await course.take("transcribe", hear)
        await course.take("analyse", analyse)
        await course.take("write", write)
        return {}

    async def _hear(self, row: LedgerRow, identified: Identified, metadata: UploadMetadata, facts: Facts) -> None:
        part = self._copies.part(row, "transcript.json")
        source = await self._copies.source(row)
        if "job" in facts:
            await self._elsewhere().fetch(row, facts, part)
        else:
            async with followed(progress_file(part), lambda found: self._tell(row, found)):
                await self._analyser.transcribe(source, identified, self._settings.language_for(metadata), part)
        await self._copies.complete(part)

    async def _tell(self, row: LedgerRow, progress: Progress) -> None:
        async with self._database.transaction() as session:
            await store.progress(session, row.entry_id, progress.heard, progress.total)

    async def _put_in_index(self, course: Course, facts: Facts) -> Facts:
        """The last action of a way that gives a result: the ledger says so with it."""

        async def put(row: LedgerRow) -> None:
            document = await self._blobs.get(self._settings.output_bucket_name, self._result_key(row))
            interaction = await asyncio.to_thread(Interaction.model_validate_json, document)
            await self._know_customer(row, self._customer(interaction.customer))
            corrected = await self._corrections.applied(interaction)
            await self.guard()
            await self._index.index(corrected)

        await course.take("index", put)
        if job := facts.get("job"):
            await self._settling.forget_job(str(job))
        await course.done()
        await self._copies.remove(course.entry_id, course.run)
        log.info(
            "object.settled",
            extra={
                "entry_id": course.entry_id,
                "fate": "done",
                "reason_code": None,
                "workflow": self._settings.step_function_name,
            },
        )
        return {"fate": "done"}

    async def _settle(self, course: Course, facts: Facts) -> Facts:
        """The last action of every other way: the source is set aside, the ledger says how it ended."""
        if job := facts.get("job"):
            await self._settling.forget_job(str(job))
        await course.lasting(lambda: self._settling.settle(course.entry_id, course.run, facts), float("inf"))
        await self._copies.remove(course.entry_id, course.run)
        return {}

    def _customer(self, customer: str | None) -> str | None:
        secret = self._settings.internal_secret.get_secret_value()
        return customer_digest(secret, customer) if customer else None

    async def _know_customer(self, row: LedgerRow, customer: str | None) -> None:
        """Before the index knows it: whoever erases a customer finds all that may be there."""
        if customer is not None and customer != row.customer_digest:
            async with self._database.transaction() as session:
                await store.set_customer(session, row.entry_id, customer)

    def _elsewhere(self) -> Transcriptions:
        if self.transcriptions is None:
            raise LookupError("the transcriber that this run began with is not configured any more")
        return self.transcriptions

    def _result_key(self, row: LedgerRow) -> str:
        return f"{self._settings.output_bucket_parsed_results}/{row.interaction_id}.json"


async def _at_once() -> None:
    """The guard of a worker that is alone."""


def _identified(facts: Facts) -> Identified:
    return _IDENTIFIED.validate_python(facts["identified"])


def _subject(row: LedgerRow, metadata: UploadMetadata, corrected: Mapping[str, RoleName]) -> Subject:
    return Subject(
        interaction_id=row.interaction_id,
        bucket=row.bucket,
        key=where(row),
        name=row.name,
        seen_at=row.seen_at,
        modified=row.modified,
        metadata=metadata,
        corrected_roles=corrected,
    )


def _text(facts: Facts, name: str) -> str | None:
    value = facts.get(name)
    return value if isinstance(value, str) else None


def _number(facts: Facts, name: str) -> int:
    value = facts.get(name, 0)
    return value if isinstance(value, int) else 0
