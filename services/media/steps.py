"""What each step of an object's way does. Every step may be run again: it gives the same result in the same place."""

import asyncio
import hashlib
import logging
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Literal

from pydantic import JsonValue, TypeAdapter, ValidationError

from services.media import store
from services.media.analysis.source import Identified, RejectedSource, Subject
from services.media.ports import Analyser, AnalysisFailed, Index
from services.media.settings import MediaSettings
from services.media.store import LedgerRow
from shared.blobs import CHUNK_BYTES, Blobs
from shared.db import Database
from shared.errors import NotFound, TooManyRequests, Unavailable, UpstreamFailed, UpstreamTimeout
from shared.processes import ProcessDied, TookTooLong
from shared.schemas.interaction import Interaction
from shared.schemas.ledger import Fate, Step, UploadMetadata

log = logging.getLogger("omnilex.media.steps")

Facts = dict[str, JsonValue]
"""What a step found, kept by the workflow engine: small, and nothing of what a customer said or is called."""

Action = Literal["identify", "transcribe", "analyse", "index", "set-aside", "settle"]
WAY: tuple[Action, ...] = ("identify", "transcribe", "analyse", "index")
_SHOWN: dict[Action, Step] = {
    "identify": "identify",
    "transcribe": "transcribe",
    "analyse": "analyse",
    "index": "index",
}
SIDE_CAR = ".metadata.json"
_SIDE_CAR_BYTES = 64 * 1024

AWAY = (Unavailable, UpstreamTimeout, ConnectionError, *store.DATABASE_AWAY)
"""A part that does not answer: worth waiting for, for as long as `outage_patience_seconds`."""
TRANSIENT = (*AWAY, UpstreamFailed, TooManyRequests, TimeoutError, OSError, ProcessDied)

SENTENCES = {
    "died": "The process that worked on the file ended before it was finished, each time it was tried.",
    "failed": "The step failed each time it was tried.",
    "index": "The search index refused the result each time it was offered.",
    "timeout": "The step was stopped at its time limit.",
    "unexpected": "Something unexpected happened; the log has the details under this entry's id.",
    "unavailable": "A part of the system that the step needs did not answer for too long.",
}
_IDENTIFIED = TypeAdapter(Identified)


class TransientFault(Exception):
    """This attempt failed and another follows. Names the fault's type only: its text may quote a customer."""


class Ended(Exception):
    """The object's way ends here, without a result of its own."""

    def __init__(self, fate: Fate, code: str | None, reason: str | None, duplicate_of: str | None = None) -> None:
        super().__init__(fate, code)
        self.facts: Facts = {"fate": fate, "code": code, "reason": reason, "duplicate_of": duplicate_of}


def failed(code: str) -> Facts:
    return Ended("failed", code, SENTENCES[code]).facts


class Steps:
    """The actions, free of any engine: each takes the entry and the facts so far, and gives facts to add."""

    def __init__(
        self, *, settings: MediaSettings, database: Database, blobs: Blobs, analyser: Analyser, index: Index
    ) -> None:
        self._settings = settings
        self._database = database
        self._blobs = blobs
        self._analyser = analyser
        self._index = index
        self._actions: dict[Action, Callable[[LedgerRow, Facts], Awaitable[Facts]]] = {
            "identify": self._identify,
            "transcribe": self._transcribe,
            "analyse": self._analyse,
            "index": self._put_in_index,
            "set-aside": self._set_aside,
            "settle": self._settle,
        }

    async def attempt(self, action: Action, entry_id: str, facts: Facts, *, number: int, last: bool) -> Facts:
        """One attempt, counted from 1. With `fate` among the facts given, the way ends; with `away`, a part is away.

        Raises TransientFault when the attempt failed, another may succeed, and this one is not the `last`.
        """
        try:
            return await self._actions[action](await self._entry(action, entry_id, number), facts)
        except Ended as end:
            return end.facts
        except RejectedSource as refusal:
            return Ended("rejected", refusal.code, refusal.sentence).facts
        except TRANSIENT as error:
            fields = {"entry_id": entry_id, "step": action, "attempt": number, "fault": type(error).__name__}
            log.warning("step.attempt-failed", extra=fields)
            if not last:
                raise TransientFault(type(error).__name__) from None
            return {"away": True} if isinstance(error, AWAY) else failed(_code(action, error))
        except (TookTooLong, AnalysisFailed) as error:
            return failed(_code(action, error))
        except Exception:
            log.exception("step.failed", extra={"entry_id": entry_id, "step": action})
            return failed("unexpected")

    async def clear_leftovers(self) -> None:
        """Removes local copies that a crash left of objects whose way has ended. Before anything is started."""
        folders = await asyncio.to_thread(lambda: list(self._settings.work_dir.glob("*")))
        async with self._database.reading() as session:
            rows = [await store.entry(session, folder.name) for folder in folders]
        for folder, row in zip(folders, rows, strict=True):
            if row is None or row.fate not in store.UNFINISHED:
                await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _entry(self, action: Action, entry_id: str, attempt: int) -> LedgerRow:
        async with self._database.transaction() as session:
            if (step := _SHOWN.get(action)) is not None:
                await store.advance(session, entry_id, step, attempt)
            row = await store.entry(session, entry_id)
        if row is None:
            raise LookupError("the ledger has no such entry")
        return row

    async def _identify(self, row: LedgerRow, facts: Facts) -> Facts:
        if row.size == 0:
            raise RejectedSource("empty", "The file is empty.")
        source = await self._source(row)
        await self._metadata(row)
        identified = await self._analyser.identify(source, row.name)
        content = await asyncio.to_thread(_sha256, source)
        async with self._database.transaction() as session:
            await store.set_kind(session, row.entry_id, identified.kind)
            held = await store.entry(session, row.entry_id)
            first = await store.claim_content(session, held or row, content)
        if first is not None:
            raise Ended("duplicate", "same-content", "The same content was seen before.", first)
        return {"identified": _IDENTIFIED.dump_python(identified, mode="json")}

    async def _transcribe(self, row: LedgerRow, facts: Facts) -> Facts:
        """Keeps the transcript in the work folder only: what is stored for good is redacted first."""
        source = await self._source(row)
        language = self._settings.language_for(await self._metadata(row))
        part = self._work(row) / "transcript.part"
        await self._analyser.transcribe(source, _identified(facts), language, part)
        await asyncio.to_thread(part.replace, self._work(row) / "transcript.json")
        return {}

    async def _analyse(self, row: LedgerRow, facts: Facts) -> Facts:
        work, identified = self._work(row), _identified(facts)
        if not await asyncio.to_thread((work / "transcript.json").exists):  # another machine's work folder held it
            await self._transcribe(row, facts)
        await self._analyser.analyse(
            work / "transcript.json",
            identified,
            _subject(row, await self._metadata(row)),
            audio=await self._source(row) if identified.kind == "audio" else None,
            result=work / "result.json",
            redacted=work / "redacted.json",
        )
        async with self._database.transaction() as session:
            await store.advance(session, row.entry_id, "write", 1)
        transcripts = self._settings.output_bucket_transcripts
        await self._store_file(f"{transcripts}/{row.interaction_id}.json", work / "redacted.json")
        await self._store_file(self._result_key(row), work / "result.json")
        return {}

    async def _put_in_index(self, row: LedgerRow, facts: Facts) -> Facts:
        document = await self._blobs.get(self._settings.output_bucket_name, self._result_key(row))
        await self._index.index(await asyncio.to_thread(Interaction.model_validate_json, document))
        return {}

    async def _settle(self, row: LedgerRow, facts: Facts) -> Facts:
        """The last action of every way: the ledger says how it ended."""
        fate = _FATE.validate_python(facts["fate"])
        async with self._database.transaction() as session:
            await store.finish(
                session,
                row.entry_id,
                fate,
                code=_text(facts, "code"),
                reason=_text(facts, "reason"),
                duplicate_of=_text(facts, "duplicate_of"),
            )
        await asyncio.to_thread(shutil.rmtree, self._work(row), ignore_errors=True)
        log.info("object.settled", extra={"entry_id": row.entry_id, "fate": fate, "reason_code": facts.get("code")})
        return {}

    async def _set_aside(self, row: LedgerRow, facts: Facts) -> Facts:
        """Moves the source under its full key to the folder of failures; a version that came since stays."""
        try:
            present = await self._blobs.head(row.bucket, row.key)
        except NotFound:
            return {}
        if present.etag != row.etag:
            return {}
        target = f"{self._settings.input_bucket_failed_transcriptions}/{row.key}"
        if await self._differs(row, target):
            target = f"{self._settings.input_bucket_failed_transcriptions}/{row.entry_id}/{row.key}"
        for ending in ("", SIDE_CAR):
            try:
                await self._blobs.copy(row.bucket, row.key + ending, target + ending)
            except NotFound:
                continue
            await self._blobs.delete(row.bucket, row.key + ending)
        return {}

    async def _differs(self, row: LedgerRow, target: str) -> bool:
        """Whether an object is at `target` that is not a copy of this one."""
        try:
            there = await self._blobs.head(row.bucket, target)
        except NotFound:
            return False
        if there.size != row.size:
            return True
        copy, source = self._work(row) / "set-aside", await self._source(row)
        await asyncio.to_thread(copy.parent.mkdir, parents=True, exist_ok=True)
        await self._blobs.download(row.bucket, target, copy)
        return await asyncio.to_thread(lambda: _sha256(copy) != _sha256(source))

    async def _source(self, row: LedgerRow) -> Path:
        """A local copy of the object version. Ends the way when the object is gone or has a newer version."""
        source = self._work(row) / "source"
        if await asyncio.to_thread(source.exists):
            return source
        part = source.with_name("source.part")
        await asyncio.to_thread(part.parent.mkdir, mode=0o700, parents=True, exist_ok=True)
        try:
            async with asyncio.timeout(self._settings.transfer_timeout_seconds):
                found = await self._blobs.download(row.bucket, row.key, part)
        except NotFound:
            reason = "The object was removed before it was read."
            raise Ended("rejected", "gone", reason) from None
        if found.etag != row.etag:
            raise Ended("duplicate", "superseded", "A newer version of the object came before this one was read.")
        await asyncio.to_thread(part.replace, source)
        return source

    async def _store_file(self, key: str, file: Path) -> None:
        async with asyncio.timeout(self._settings.transfer_timeout_seconds):
            await self._blobs.put_stream(self._settings.output_bucket_name, key, _chunks(file))

    async def _metadata(self, row: LedgerRow) -> UploadMetadata:
        """What the side-car says; nothing when there is none."""
        try:
            if (await self._blobs.head(row.bucket, row.key + SIDE_CAR)).size > _SIDE_CAR_BYTES:
                raise RejectedSource("bad_metadata", "The side-car file is too large to hold metadata.")
            return UploadMetadata.model_validate_json(await self._blobs.get(row.bucket, row.key + SIDE_CAR))
        except NotFound:
            return UploadMetadata()
        except ValidationError as error:
            fields = sorted({".".join(str(part) for part in item["loc"]) or "document" for item in error.errors()})
            sentence = f"The side-car file is not valid metadata (at: {', '.join(fields[:5])})."
            raise RejectedSource("bad_metadata", sentence) from None

    def _work(self, row: LedgerRow) -> Path:
        return self._settings.work_dir / row.entry_id

    def _result_key(self, row: LedgerRow) -> str:
        return f"{self._settings.output_bucket_parsed_results}/{row.interaction_id}.json"


_FATE: TypeAdapter[Fate] = TypeAdapter(Fate)


def _code(action: Action, error: Exception) -> str:
    match error:
        case ProcessDied():
            return "died"
        case TookTooLong():
            return "timeout"
        case AnalysisFailed():
            return "unexpected"
        case _:
            return "index" if action == "index" else "failed"


def _identified(facts: Facts) -> Identified:
    return _IDENTIFIED.validate_python(facts["identified"])


def _subject(row: LedgerRow, metadata: UploadMetadata) -> Subject:
    return Subject(
        interaction_id=row.interaction_id,
        bucket=row.bucket,
        key=row.key,
        name=row.name,
        seen_at=row.seen_at,
        modified=row.modified,
        metadata=metadata,
    )


def _text(facts: Facts, name: str) -> str | None:
    value = facts.get(name)
    return value if isinstance(value, str) else None


def _sha256(file: Path) -> str:
    with file.open("rb") as reader:
        return hashlib.file_digest(reader, "sha256").hexdigest()


async def _chunks(file: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(file.open, "rb") as reader:
        while chunk := await asyncio.to_thread(reader.read, CHUNK_BYTES):
            yield chunk
