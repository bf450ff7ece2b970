"""Erasure of interactions everywhere: ordered, carried out until everything went, and certified."""

import asyncio
import json
import logging
import secrets
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from hashlib import sha256 as hashed

from services.media import store
from services.media.analysis.source import RejectedSource
from services.media.copies import SIDE_CAR, Copies, sha256
from services.media.corrections import roles_key
from services.media.cursors import moment_cursor, moment_of
from services.media.customers import customer_digest
from services.media.faults import TRANSIENT
from services.media.ports import Engine, Index, Transcriber
from services.media.recordings import copy_key
from services.media.settings import MediaSettings
from services.media.store import LedgerRow, digest, erasures, now
from services.media.store.tables import ErasedRow, ErasureRow
from services.media.transcriptions import JobId
from shared.blobs import Blobs
from shared.db import Database
from shared.errors import NotFound
from shared.schemas.base import Page
from shared.schemas.erasures import Certificate, ErasedCount, ErasedPart, Erasure, NewErasure

log = logging.getLogger("omnilex.media.erasure")

_AT_ONCE = 100
_WRITING = ("write", "index")


class Erasures:
    """What admins order and read. `wake` is called when there is an order to carry out."""

    def __init__(self, *, settings: MediaSettings, database: Database, wake: Callable[[], None]) -> None:
        self._settings = settings
        self._database = database
        self._wake = wake

    async def start(self, asked: NewErasure, *, subject: str) -> Erasure:
        """The order; the same again for what was erased and did not come anew. Raises NotFound when there is nothing.

        From the moment this returns, no further step of what is concerned begins.
        """
        scope = "interaction" if asked.interaction_id is not None else "customer"
        row = ErasureRow(
            erasure_id=secrets.token_hex(16),
            scope=scope,
            subject_digest=self._digest(asked),
            state="running",
            asked_by=subject,
            asked_at=now(),
            updated_at=now(),
        )
        async with self._database.transaction() as session:
            if asked.interaction_id is not None:
                await erasures.mark_interaction(session, row, asked.interaction_id)
            else:
                await erasures.mark_customer(session, row)
            if asked.customer is not None or await erasures.count(session, row.erasure_id):
                await erasures.add_erasure(session, row)
                earlier = None
            else:  # nothing is left to do: what was done before is the answer, or there is none
                earlier = await erasures.latest_of(session, row.subject_digest)
                if earlier is None:
                    raise NotFound("There is no such interaction.")
        if earlier is not None:
            return await self._told(earlier)
        log.info("erasure.ordered", extra={"erasure_id": row.erasure_id, "scope": scope})
        self._wake()
        return await self.erasure(row.erasure_id)

    async def erasure(self, erasure_id: str) -> Erasure:
        """Raises NotFound."""
        async with self._database.reading() as session:
            row = await erasures.erasure(session, erasure_id)
        if row is None:
            raise NotFound("There is no such erasure.")
        return await self._told(row)

    async def page(self, *, cursor: str | None, limit: int) -> Page[Erasure]:
        """Newest first. Raises InvalidRequest for a cursor that is none of ours."""
        before = moment_of(cursor) if cursor is not None else None
        async with self._database.reading() as session:
            rows = await erasures.erasure_page(session, before=before, limit=limit + 1)
        shown = rows[:limit]
        following = moment_cursor(shown[-1].asked_at, shown[-1].erasure_id) if len(rows) > limit else None
        return Page(items=[await self._told(row) for row in shown], next_cursor=following)

    def _digest(self, asked: NewErasure) -> str:
        if asked.customer is not None:
            return customer_digest(self._settings.internal_secret.get_secret_value(), asked.customer)
        return digest("interaction", asked.interaction_id or "")

    async def _told(self, row: ErasureRow) -> Erasure:
        async with self._database.reading() as session:
            entries = await erasures.count(session, row.erasure_id)
        certificate = Certificate.model_validate_json(row.certificate) if row.certificate else None
        fields = row.model_dump(exclude={"certificate"})
        return Erasure.model_validate(fields | {"entries": entries, "certificate": certificate})


class ErasureWork:
    """Carries out orders, again and again until everything went. Any number of them may work on one database."""

    def __init__(
        self,
        *,
        settings: MediaSettings,
        database: Database,
        blobs: Blobs,
        index: Index,
        engine: Engine,
        transcriber: Transcriber | None = None,
    ) -> None:
        self._settings = settings
        self._database = database
        self._blobs = blobs
        self._index = index
        self._engine = engine
        self._transcriber = transcriber
        self._copies = Copies(settings, blobs)
        self._woken = asyncio.Event()

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        """For ever."""
        while True:
            self._woken.clear()
            try:
                await self.carry_out()
            except TRANSIENT as error:
                log.warning("erasure.failed", extra={"fault": type(error).__name__})
            except Exception:
                log.exception("erasure.failed")
            try:
                await asyncio.wait_for(self._woken.wait(), self._settings.erasure_look_seconds)
            except TimeoutError:
                continue

    async def carry_out(self) -> None:
        """One pass over every order that is not done."""
        async with self._database.reading() as session:
            orders = await erasures.running(session)
        for order in orders:
            try:
                await self._attempt(order)
            except TRANSIENT as error:
                fields = {"erasure_id": order.erasure_id, "fault": type(error).__name__}
                log.warning("erasure.attempt-failed", extra=fields)

    async def _attempt(self, order: ErasureRow) -> None:
        async with self._database.transaction() as session:
            found = await erasures.erasure(session, order.erasure_id)
            if found is None or found.state != "running":
                return
            found.attempts += 1
            found.updated_at = now()
        if order.scope == "customer":
            await self._find_unread(order)
        everything_went = True
        while True:
            async with self._database.reading() as session:
                rows = await erasures.left(session, order.erasure_id, limit=_AT_ONCE)
            went = [await self._erase(order, row) for row in rows]
            everything_went = everything_went and all(went)
            if not any(went) or len(rows) < _AT_ONCE:
                break
        if everything_went:
            await self._certify(order)

    async def _find_unread(self, order: ErasureRow) -> None:
        """Of what was never read, the side-cars say whose it is."""
        position = 0
        secret = self._settings.internal_secret.get_secret_value()
        while True:
            async with self._database.reading() as session:
                rows = await erasures.unread(session, order, after=position, limit=_AT_ONCE)
            if not rows:
                return
            position = rows[-1].position or position
            for row in rows:
                try:
                    customer = (await self._copies.metadata(row)).customer
                except RejectedSource:
                    continue  # it says nothing that can be read
                if customer is not None and customer_digest(secret, customer) == order.subject_digest:
                    async with self._database.transaction() as session:
                        await erasures.mark_entry(session, order, row.entry_id)

    async def _erase(self, order: ErasureRow, row: LedgerRow) -> bool:
        """Whether all of the entry went: not while a run of it is still at work, which could write something yet."""
        runs = [(row.entry_id, run) for run in range(1, row.run + 1)]
        for entry_id, run in runs:
            await self._engine.cancel(entry_id, run)
        await self._forget_jobs(runs)
        busy = await self._is_busy(row) or "alive" in (await self._engine.states(runs)).values()
        for part, bucket, key in await self._objects(row):
            await self._erase_object(order, row, part, bucket, key)
        async with self._database.reading() as session:
            shared = await erasures.newer_with_result(session, row)
        if not shared:
            await self._index.remove(row.interaction_id)
            await self._note(order, "index", row.interaction_id)
        await self._copies.remove(row.entry_id)
        if busy:
            return False
        for entry_id, run in runs:
            await self._engine.forget(entry_id, run)
            await self._note(order, "workflow", f"{entry_id}.{run}")
        async with self._database.transaction() as session:
            await erasures.scrub(session, row)
        await self._note(order, "ledger", row.entry_id)
        return True

    async def _forget_jobs(self, runs: Sequence[tuple[str, int]]) -> None:
        """What transcription jobs wrote, or are about to write, lies in none of the places of a result."""
        if self._transcriber is None:
            return
        for entry_id, run in runs:
            for number in range(1, self._settings.step_attempts + 1):
                await self._transcriber.forget(JobId(entry_id, run, number).name(self._settings.transcribe_job_prefix))

    async def _is_busy(self, row: LedgerRow) -> bool:
        """Whether something that was begun before the order could write yet: a step, or the setting aside of a failure.

        A step that a killed worker left open counts for as long as it could have lasted.
        """
        if not row.queued or row.step is None:
            return False
        if row.updated_at > now() - timedelta(seconds=self._settings.erasure_settle_seconds):
            return True
        since = now() - timedelta(seconds=2 * self._settings.transfer_timeout_seconds)
        async with self._database.reading() as session:
            steps = await store.steps_of(session, row.entry_id)
        return any(one.ended_at is None and one.step in _WRITING and one.started_at > since for one in steps)

    async def _objects(self, row: LedgerRow) -> list[tuple[ErasedPart, str, str]]:
        """Where something of the entry may lie. A version of the object that came since is not of it."""
        found: list[tuple[ErasedPart, str, str]] = []
        if await self._is_there(row):
            found += [("source", row.bucket, row.key), ("side_car", row.bucket, row.key + SIDE_CAR)]
        if row.set_aside_key is not None:
            found += [("source", row.bucket, row.set_aside_key), ("side_car", row.bucket, row.set_aside_key + SIDE_CAR)]
        async with self._database.reading() as session:
            shared = await erasures.newer_with_result(session, row)
        return found if shared else [*found, *self._results(row)]

    def _results(self, row: LedgerRow) -> Iterator[tuple[ErasedPart, str, str]]:
        settings = self._settings
        yield "playback", settings.input_bucket_name, copy_key(settings, row.interaction_id)
        name = f"{row.interaction_id}.json"
        yield "transcript", settings.output_bucket_name, f"{settings.output_bucket_transcripts}/{name}"
        yield "result", settings.output_bucket_name, roles_key(row.interaction_id)
        yield "result", settings.output_bucket_name, f"{settings.output_bucket_parsed_results}/{name}"

    async def _is_there(self, row: LedgerRow) -> bool:
        try:
            return (await self._blobs.head(row.bucket, row.key)).etag == row.etag
        except NotFound:
            # A side-car may have been left alone when its source was removed by hand.
            return True

    async def _erase_object(self, order: ErasureRow, row: LedgerRow, part: ErasedPart, bucket: str, key: str) -> None:
        """Noted with its hash before it goes: whoever tries again after a crash finds the note, or the object."""
        copy = self._copies.part(row, "erasing")
        await asyncio.to_thread(copy.parent.mkdir, mode=0o700, parents=True, exist_ok=True)
        try:
            info = await self._blobs.download(bucket, key, copy)
        except NotFound:
            return
        content = await asyncio.to_thread(sha256, copy)
        await asyncio.to_thread(copy.unlink)
        await self._note(order, part, f"{bucket}/{key}", size=info.size, content=content)
        await self._blobs.delete(bucket, key)

    async def _note(
        self, order: ErasureRow, part: ErasedPart, where: str, *, size: int = 0, content: str | None = None
    ) -> None:
        row = ErasedRow(
            erasure_id=order.erasure_id,
            part_id=digest(part, where, content or ""),
            part=part,
            size=size,
            sha256=content,
            erased_at=now(),
        )
        async with self._database.transaction() as session:
            await erasures.note(session, row)

    async def _certify(self, order: ErasureRow) -> None:
        async with self._database.transaction() as session:
            found = await erasures.erasure(session, order.erasure_id)
            if found is None or found.state != "running":
                return
            noted = await erasures.parts(session, order.erasure_id)
            entries = await erasures.concerned(session, order.erasure_id)
            found.ended_at = found.updated_at = now()
            found.state = "done"
            found.certificate = _certificate(found, entries, noted).model_dump_json()
        log.info("erasure.done", extra={"erasure_id": order.erasure_id, "entries": len(entries)})


def _certificate(order: ErasureRow, entries: list[str], noted: list[ErasedRow]) -> Certificate:
    kinds = sorted({row.part for row in noted})
    fields = {
        "erasure_id": order.erasure_id,
        "scope": order.scope,
        "subject_digest": order.subject_digest,
        "asked_by": order.asked_by,
        "asked_at": order.asked_at,
        "ended_at": order.ended_at,
        "entries": entries,
        "parts": [_counted(kind, [row for row in noted if row.part == kind]) for kind in kinds],
        "digest": "",
    }
    certificate = Certificate.model_validate(fields)
    told = json.dumps(certificate.model_dump(mode="json", exclude={"digest"}), sort_keys=True)
    return certificate.model_copy(update={"digest": hashed(told.encode()).hexdigest()})


def _counted(part: str, rows: list[ErasedRow]) -> ErasedCount:
    hashes = sorted(row.sha256 for row in rows if row.sha256 is not None)
    return ErasedCount.model_validate(
        {"part": part, "count": len(rows), "bytes": sum(row.size for row in rows), "sha256": hashes}
    )
