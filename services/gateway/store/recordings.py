"""Queries on recordings of calls on their way to the media service."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from services.gateway.store.tables import METADATA

_RECORDINGS = METADATA.tables["call_recording"]


class StoredRecording(NamedTuple):
    """A row of `RecordingRow`."""

    recording_id: str
    session_id: str
    status: str
    language: str
    started_at: datetime | None
    created_at: datetime
    due_at: datetime
    attempts: int = 0
    error: str | None = None


_ALL = select(*(_RECORDINGS.c[name] for name in StoredRecording._fields))


def add_recording(db: Connection, new: StoredRecording) -> bool:
    """Whether it is a new one."""
    if db.execute(_ALL.where(_RECORDINGS.c.recording_id == new.recording_id)).first() is not None:
        return False
    db.execute(insert(_RECORDINGS), new._asdict())
    return True


def next_recording(db: Connection, now: datetime) -> StoredRecording | None:
    """The one that is due the longest, kept from others until the transaction ends."""
    due = _ALL.where(_RECORDINGS.c.status.in_(("waiting", "taken")), _RECORDINGS.c.due_at <= now)
    row = db.execute(due.order_by(_RECORDINGS.c.due_at).limit(1).with_for_update(skip_locked=True)).one_or_none()
    return StoredRecording(*row) if row is not None else None


def change_recording(db: Connection, recording_id: str, **values: object) -> None:
    db.execute(update(_RECORDINGS).where(_RECORDINGS.c.recording_id == recording_id).values(values))
