"""Bulks: many objects that are let in little by little."""

from typing import Literal

from pydantic import Field

from shared.schemas.base import Moment, Wire

BulkState = Literal["running", "paused", "cancelled", "done"]
BulkSource = Literal["bucket", "upload"]


class NewBulk(Wire):
    """What a bulk is made of: objects that lie in the bulk bucket, or files that are uploaded to it one by one."""

    source: BulkSource = "bucket"
    prefix: str = Field(
        "", max_length=900, pattern=r"^[^\x00]*$", description="of the keys in the bulk bucket; empty for all of them"
    )


class BulkCounts(Wire):
    """Entries of a bulk by fate; those that wait are told apart by whether they were let in."""

    held: int = 0
    waiting: int = 0
    running: int = 0
    done: int = 0
    duplicate: int = 0
    rejected: int = 0
    failed: int = 0
    cancelled: int = 0
    erased: int = 0


class Bulk(Wire):
    bulk_id: str
    source: BulkSource
    bucket: str
    prefix: str
    state: BulkState
    listed: bool = Field(description="all of its objects are known")
    objects: int = Field(description="met so far, with those that the ledger had already")
    unreadable: int = Field(description="whose names no database can keep; they are left where they are")
    counts: BulkCounts
    max_drip_rate: int = Field(description="most that are let in within a minute, of all bulks")
    max_transcribe_jobs: int = Field(description="most recordings in transcription or on the way to it, for one more")
    rate_per_minute: float | None = Field(None, description="that came to their end, of late")
    seconds_left: int | None = Field(None, description="at this rate; null while it cannot be told")
    created_by: str
    created_at: Moment
    updated_at: Moment
    ended_at: Moment | None = None
