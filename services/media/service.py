"""The rules of what comes in: uploads, what was seen, and what the ledger tells."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

from services.media import store
from services.media.analysis.sentiment import score_text
from services.media.bulk import Bulks
from services.media.category_rules import CategoryBook
from services.media.copies import SIDE_CAR
from services.media.corrections import Corrections
from services.media.direct_uploads import DirectUploads
from services.media.erasure import Erasures
from services.media.ledger import Ledger
from services.media.ledger_events import LedgerEvents
from services.media.names import safe_name
from services.media.ports import IncomingFile, Index
from services.media.reconciliation import Reconciliations
from services.media.recordings import Recordings
from services.media.settings import MediaSettings
from services.media.store import UploadRow, digest
from services.media.watchdog import Watchdog
from shared.blobs import BlobInfo, Blobs
from shared.db import Database
from shared.errors import Conflict, InvalidRequest, NotFound, PayloadTooLarge
from shared.schemas.handoffs import SentimentScores
from shared.schemas.ledger import LedgerEntry, UploadMetadata

_SEEN_AT_ONCE = 200


class MediaService:
    """`wake` is called when there is something new to start. Without an `index` nobody is told of corrections."""

    def __init__(
        self,
        *,
        settings: MediaSettings,
        database: Database,
        blobs: Blobs,
        wake: Callable[[], None],
        index: Index | None = None,
    ) -> None:
        self._settings = settings
        self._database = database
        self._blobs = blobs
        self._wake = wake
        self.ledger = Ledger(database=database, wake=wake)
        self.ledger_events = LedgerEvents(
            database,
            readers=settings.ledger_readers,
            look_seconds=settings.ledger_look_seconds,
            quiet_seconds=settings.ledger_quiet_seconds,
        )
        self.queue_messages: Counter[str] = Counter()
        self.reconciliations = Reconciliations(database)
        self.watchdog = Watchdog(settings, database)
        self.erasures = Erasures(settings=settings, database=database, wake=wake)
        self.bulks = Bulks(settings=settings, database=database, wake=wake)
        self.recordings = Recordings(settings, blobs)
        self.categories = CategoryBook(settings, blobs)
        self.corrections = Corrections(settings, blobs, index)
        self.direct = DirectUploads(settings, blobs, self._take_in)
        self._uploads: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def ready(self) -> None:
        """Raises Unavailable when the ledger or the object store does not answer."""
        await self._database.ready()
        await self._blobs.ready()

    async def upload(
        self,
        files: Sequence[IncomingFile],
        *,
        metadata: UploadMetadata | None,
        subject: str,
        idempotency_key: str | None = None,
        bulk_id: str | None = None,
    ) -> list[LedgerEntry]:
        """Stores the files and starts their way, or has them held for a bulk; the entries come in the files' order.

        With the same key the same caller gets the same entries, and nothing is stored again. Raises InvalidRequest
        without a file, PayloadTooLarge, and Conflict for a key that was used for other files. Raises NotFound and
        Conflict for a bulk that takes none.
        """
        if not files:
            raise InvalidRequest("At least one part named file is needed.")
        if any(file.size > self._settings.max_upload_bytes for file in files):
            raise PayloadTooLarge(f"A file may have at most {self._settings.max_upload_bytes} bytes.")
        place = await self._place(bulk_id)
        if idempotency_key is None:
            return await self.ledger.entries(await self._store(place, files, metadata))
        return await self._upload_once(digest(subject, idempotency_key), place, files, metadata)

    async def seen(self, infos: Sequence[BlobInfo], *, bulk_id: str | None = None) -> None:
        """Enters object versions in the ledger; those that are there already are left alone."""
        for start in range(0, len(infos), _SEEN_AT_ONCE):
            async with self._database.reading() as session:
                new = await store.arrivals(session, infos[start : start + _SEEN_AT_ONCE], bulk_id=bulk_id)
            if new:
                async with self._database.transaction() as session:
                    await store.add_new(session, new)
                self._wake()

    async def sentiment(self, texts: Sequence[str], language: str) -> SentimentScores:
        """How each text feels by the engine and the thresholds of the settings; nothing of it is kept."""
        settings = self._settings
        found = await asyncio.to_thread(lambda: [score_text(text, language, settings).score for text in texts])
        return SentimentScores(scores=found)

    async def _upload_once(
        self, upload_id: str, place: "_Place", files: Sequence[IncomingFile], metadata: UploadMetadata | None
    ) -> list[LedgerEntry]:
        fingerprint = digest(place.bulk_id or "", *(f"{file.name}/{file.size}" for file in files))
        claim = UploadRow(upload_id=upload_id, folder=place.folder, fingerprint=fingerprint, created_at=store.now())
        async with self._uploads.setdefault(upload_id, asyncio.Lock()):
            async with self._database.transaction() as session:
                upload = await store.claim_upload(session, claim)
            if upload.fingerprint != fingerprint:
                raise Conflict("This Idempotency-Key was used for other files.")
            if upload.entry_ids is None:
                entry_ids = await self._store(replace(place, folder=upload.folder), files, metadata)
                async with self._database.transaction() as session:
                    await store.complete_upload(session, upload_id, entry_ids)
            else:
                entry_ids = upload.entry_ids.split()
        return await self.ledger.entries(entry_ids)

    async def _store(
        self, place: "_Place", files: Sequence[IncomingFile], metadata: UploadMetadata | None
    ) -> list[str]:
        """What is there already from an attempt that broke off is kept. The side-car goes first: whoever sees the
        object sees what is known of it."""
        bucket = place.bucket
        entry_ids = []
        for number, file in enumerate(files):
            key = f"{place.folder}-{number}/{safe_name(file.name)}"
            try:
                info = await self._blobs.head(bucket, key)
            except NotFound:
                if metadata is not None:
                    side_car = metadata.model_dump_json(exclude_none=True).encode()
                    await self._blobs.put(bucket, key + SIDE_CAR, side_car)
                info = await self._blobs.put_stream(bucket, key, file.chunks())
            await self.seen([info], bulk_id=place.bulk_id)
            entry_ids.append(store.new_row(info).entry_id)
        return entry_ids

    async def _take_in(self, info: BlobInfo) -> LedgerEntry:
        await self.seen([info])
        return (await self.ledger.entries([store.new_row(info).entry_id]))[0]

    async def _place(self, bulk_id: str | None) -> "_Place":
        """What is uploaded to a bulk lies where nobody else looks for it, so that it cannot come in live."""
        if bulk_id is not None:
            folder = f"{await self.bulks.admit(bulk_id)}/{secrets.token_hex(8)}"
            return _Place(self._settings.bulk_upload_bucket, folder, bulk_id)
        folder = f"{self._settings.input_bucket_raw_audio}/{store.now():%Y/%m/%d}/{secrets.token_hex(8)}"
        return _Place(self._settings.input_bucket_name, folder, None)


@dataclass(frozen=True)
class _Place:
    """Where the files of one upload go: each in a folder of its own whose name begins with `folder`."""

    bucket: str
    folder: str
    bulk_id: str | None
