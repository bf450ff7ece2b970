"""Recordings of calls: fetched from where they were made, given to the media service, then perhaps deleted there.

One is kept in a table until the media service has taken it. It is given under its own id, so that one that is given
twice, after a crash in between, is taken once.
"""

import logging
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Protocol

from sqlalchemy import Connection

from services.gateway import store
from services.gateway.conversation_rules import utc_now
from services.gateway.periodic import periodically
from services.gateway.ports import ProviderBusy, RelayCall, Undeliverable, Upstream
from services.gateway.store import StoredRecording
from shared.db import Database
from shared.errors import Problem
from shared.schemas.ledger import UploadMetadata

log = logging.getLogger("omnilex.gateway")

_ID = re.compile(r"RE[0-9a-f]{32}")
_LOOK_EVERY = 1.0
_HELD = timedelta(minutes=10)  # longer than fetching and giving may take
_BACK_OFF = tuple(timedelta(seconds=seconds) for seconds in (1, 10, 60, 300, 1800, 3600))
_MISSING_FOR = timedelta(days=1)
_TRANSFER = "TransferToAgent"
_BOUNDARY = "omnilex-recording-5b9f1c7e"


class RecordingSource(Protocol):
    """Where recordings are made."""

    def open(self, recording_id: str) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The recording as a WAV file. Raises Undeliverable or ProviderBusy."""

    async def delete(self, recording_id: str) -> None:
        """One that is gone is no error. Raises Undeliverable or ProviderBusy."""


class Recordings:
    """`media` takes them within `seconds` after the last byte; with `delete` their source does not keep them."""

    def __init__(
        self,
        database: Database,
        source: RecordingSource,
        media: Upstream,
        *,
        delete: bool,
        seconds: float,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._source = source
        self._media = media
        self._delete = delete
        self._seconds = seconds
        self._now = now

    async def keep(self, form: Mapping[str, str], session_id: str, language: str) -> bool:
        """Puts a finished recording in line; whether it is a new one. Anything else is let go."""
        recording_id = form.get("RecordingSid", "")
        if form.get("RecordingStatus") != "completed" or not _ID.fullmatch(recording_id):
            return False
        now = self._now()
        started_at = _moment(form.get("RecordingStartTime", ""))
        new = StoredRecording(recording_id, session_id, "waiting", language, started_at, now, now)
        return await self._database.at_once(lambda db: store.add_recording(db, new))

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Carries over what is due, for the life of the block."""
        async with periodically(self.carry_over, seconds=_LOOK_EVERY, failed="recordings.round_failed"):
            yield

    async def carry_over(self) -> None:
        """Everything that is due, one after another."""
        while (found := await self._database.at_once(self._claim)) is not None:
            recording, roles = found
            try:
                if recording.status == "waiting":
                    await self._give(recording, roles)
                else:
                    await self._source.delete(recording.recording_id)
                    await self._change(recording, status="done", error=None)
            except Undeliverable as refusal:
                await self._refused(recording, refusal.code)
            except (ProviderBusy, Problem) as trouble:
                log.warning("recording.put_off", extra={"reason": type(trouble).__name__})
                await self._put_off(recording, type(trouble).__name__)

    async def _give(self, recording: StoredRecording, roles: dict[str, str]) -> None:
        metadata = UploadMetadata.model_validate(
            {
                "guid": recording.session_id,
                "channel": "voice",
                "language": recording.language,
                "conversation_time": recording.started_at or recording.created_at,
                "roles": roles,
            }
        )
        async with self._source.open(recording.recording_id) as chunks:
            call = RelayCall(
                "POST",
                "/objects",
                headers={
                    "content-type": f"multipart/form-data; boundary={_BOUNDARY}",
                    "idempotency-key": recording.recording_id,
                },
                body=_form(recording.recording_id, metadata, chunks),
                seconds=self._seconds,
            )
            answer = await self._media.relay(call)
            async with aclosing(answer.chunks):  # type: ignore[type-var]
                async for _ in answer.chunks:
                    pass
        if answer.status >= 400:
            raise Undeliverable(f"media {answer.status}")
        log.info("recording.taken")
        status = "taken" if self._delete else "done"
        await self._change(recording, status=status, attempts=0, due_at=self._now(), error=None)

    async def _refused(self, recording: StoredRecording, code: str) -> None:
        """A recording may not be there yet, or no more; what the media service refuses it will not take later."""
        if not code.startswith("media") and self._now() - recording.created_at < _MISSING_FOR:
            await self._put_off(recording, code)
            return
        log.error("recording.failed", extra={"code": code})
        await self._change(recording, status="failed", error=code[:64])

    async def _put_off(self, recording: StoredRecording, error: str) -> None:
        wait = _BACK_OFF[min(recording.attempts, len(_BACK_OFF) - 1)]
        await self._change(recording, attempts=recording.attempts + 1, due_at=self._now() + wait, error=error[:64])

    async def _change(self, recording: StoredRecording, **values: object) -> None:
        await self._database.at_once(lambda db: store.change_recording(db, recording.recording_id, **values))

    def _claim(self, db: Connection) -> tuple[StoredRecording, dict[str, str]] | None:
        """The next one, which nobody else takes for a while, and who speaks in it."""
        now = self._now()
        found = store.next_recording(db, now)
        if found is None:
            return None
        store.change_recording(db, found.recording_id, due_at=now + _HELD)
        row = store.conversation(db, found.session_id)
        other = "AGENT" if row is not None and row.intent == _TRANSFER else "BOT"
        if row is not None and row.locale_id is not None:
            found = found._replace(language=row.locale_id.replace("_", "-"))
        return found, {"ch_0": "CALLER", "ch_1": other}


async def _form(recording_id: str, metadata: UploadMetadata, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """A multipart body (RFC 7578) of the metadata and the file, which is passed on as it comes in."""
    field = metadata.model_dump_json(exclude_none=True)
    yield (
        f'--{_BOUNDARY}\r\ncontent-disposition: form-data; name="metadata"\r\n\r\n{field}\r\n'
        f'--{_BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="{recording_id}.wav"\r\n'
        "content-type: audio/wav\r\n\r\n"
    ).encode()
    async for chunk in chunks:
        yield chunk
    yield f"\r\n--{_BOUNDARY}--\r\n".encode()


def _moment(text: str) -> datetime | None:
    """As RFC 2822 says it, which Twilio uses."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo is not None else None
