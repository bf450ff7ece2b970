"""Transcriptions by jobs in another system: started under a name of ours, looked at, fetched, forgotten."""

import asyncio
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydantic import JsonValue

from services.media import store
from services.media.analysis.source import Identified, RejectedSource
from services.media.copies import Copies, where
from services.media.course import Course
from services.media.faults import SENTENCES, Ended, Facts
from services.media.ports import Analyser, JobState, Transcriber, TranscriptionJob
from services.media.settings import MediaSettings
from services.media.store import LedgerRow
from services.media.store.course import DONE, Ending
from shared.errors import NotFound
from shared.schemas.ledger import UploadMetadata

_NAME = re.compile(r"([0-9a-f]{32})-([1-9][0-9]{0,8})-([1-9][0-9]{0,3})")
_REMOVED = "What the transcriber wrote was removed before it was read."
_REFUSED = "The transcriber could not work on the recording."


@dataclass(frozen=True)
class JobId:
    """One try of a run at having its recording transcribed."""

    entry_id: str
    run: int
    number: int

    def name(self, prefix: str) -> str:
        return f"{prefix}{self.entry_id}-{self.run}-{self.number}"

    @classmethod
    def read(cls, name: str, prefix: str) -> Self | None:
        """Null for a job that is none of ours."""
        found = _NAME.fullmatch(name[len(prefix) :]) if name.startswith(prefix) else None
        return cls(found[1], int(found[2]), int(found[3])) if found else None


class Transcriptions:
    """What the workflow does about jobs. All of it may be done again: a name is one job however often it is started."""

    def __init__(
        self,
        settings: MediaSettings,
        copies: Copies,
        analyser: Analyser,
        transcriber: Transcriber,
    ) -> None:
        self._settings = settings
        self._copies = copies
        self._analyser = analyser
        self._transcriber = transcriber
        self.prefix = settings.transcribe_job_prefix

    async def start(self, course: Course, number: int, identified: Identified, language: str | None) -> Facts:
        """The job's name, and the attempt of the step that lasts until the job has ended. Raises Ended.

        `language` is given where an earlier job found out that it has to be told.
        """
        name = JobId(course.entry_id, course.run, number).name(self.prefix)

        async def start(row: LedgerRow) -> Sequence[str]:
            metadata = await self._copies.metadata(row)
            watched = row.bucket in (self._settings.input_bucket_name, self._settings.bulk_upload_bucket)
            await course.guard()
            return await self._transcriber.start(
                TranscriptionJob(
                    name=name,
                    bucket=row.bucket,
                    key=where(row),
                    channels=identified.channels or 1,
                    language=language or self._settings.spoken_language(metadata, watched=watched),
                    agent_channel=_agent_channel(metadata),
                )
            )

        warnings, attempt = await course.start("transcribe", start)
        return {"job": name, "attempt": attempt, "warnings": list(warnings)}

    async def look(self, course: Course, job: Facts, *, times_unknown: int, last: bool) -> Facts:
        """`status`: `open`, `done`, or `again` when a new job may succeed. Raises Ended when none can.

        A job that is not known twice running was removed by somebody: it counts as one that failed in passing.
        """
        name = str(job["job"])
        patience = self._settings.outage_patience_seconds
        state = await course.lasting(lambda: self._transcriber.state(name), patience)
        if state.status == "unknown":
            if times_unknown == 0:
                return {"status": "unknown"}
            state = JobState("failed", "The transcription job was removed before it had ended.", passing=True)
        if state.status == "open":
            return {"status": "open"}
        again = not last and (state.passing or state.try_language is not None)
        outcome = DONE if state.status == "done" else "transcription-failed"
        await self.close(course, job, outcome)
        if state.status == "done":
            return {"status": "done"}
        if again:
            return {"status": "again", "language": state.try_language}
        raise Ended("failed" if state.passing else "rejected", "transcription-failed", state.sentence or _REFUSED)

    async def give_up(self, course: Course, job: Facts) -> Facts:
        """The job took longer than any may."""
        await self.close(course, job, "timeout")
        await course.lasting(lambda: self.forget(str(job["job"])), self._settings.outage_patience_seconds)
        raise Ended("failed", "timeout", SENTENCES["timeout"])

    async def close(self, course: Course, job: Facts, outcome: str) -> None:
        """Writes down how the step ended, at another action than the one that began it."""
        attempt = job["attempt"]
        if isinstance(attempt, int):
            course.note(Ending("transcribe", attempt, outcome, store.now()))
            await course.close()

    async def fetch(self, row: LedgerRow, job: Facts, transcript: Path) -> None:
        """Writes what the done job heard to `transcript`. Raises RejectedSource for what cannot be read."""
        heard = self._copies.part(row, "job")
        try:
            await self._transcriber.fetch(str(job["job"]), heard)
        except NotFound:
            raise Ended("failed", "transcription-removed", _REMOVED) from None
        found = await self._analyser.identify(heard, "job.json")
        if found.kind == "audio":
            raise RejectedSource("transcription-unreadable", "What the transcriber wrote is no transcript.")
        await self._analyser.transcribe(heard, found, self._settings.transcribe_languages[0], transcript)
        if warnings := job.get("warnings"):
            await asyncio.to_thread(_warn, transcript, warnings)

    async def forget(self, name: str) -> None:
        await self._transcriber.forget(name)


def _agent_channel(metadata: UploadMetadata) -> int | None:
    """From the side-car's `{"ch_1": "AGENT"}`."""
    agents = [label for label, role in (metadata.roles or {}).items() if role == "AGENT"]
    found = re.fullmatch(r"ch_([0-9])", agents[0]) if len(agents) == 1 else None
    return int(found[1]) if found else None


def _warn(transcript: Path, warnings: JsonValue) -> None:
    """Adds to the warnings that the result will show."""
    document = json.loads(transcript.read_bytes())
    document["warnings"] = [*document.get("warnings", []), *warnings] if isinstance(warnings, list) else []
    transcript.write_text(json.dumps(document), encoding="utf-8")
