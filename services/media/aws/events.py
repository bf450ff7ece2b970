"""What messages from Amazon SQS say: new objects in S3, ended jobs of Transcribe.

Sources: Amazon S3 user guide, "Event message structure" (key URL-encoded, `eTag`) and "EventBridge event message
structure" (key as it is, `etag`); Amazon Transcribe developer guide, "Using Amazon EventBridge with Amazon Transcribe".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import unquote_plus

from pydantic import AliasChoices, AwareDatetime, BaseModel, Field, JsonValue, TypeAdapter, ValidationError

_CREATED = "ObjectCreated:"
_FINAL = ("COMPLETED", "FAILED")
_JSON: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])


class UnreadableMessage(Exception):
    """Nobody will ever be able to read it; says why without quoting."""


@dataclass(frozen=True)
class ObjectCreated:
    """`size` and `etag` are null where the sender left them out."""

    bucket: str
    key: str
    size: int | None
    etag: str | None
    at: datetime


@dataclass(frozen=True)
class JobEnded:
    name: str


Event = ObjectCreated | JobEnded


class _Bucket(BaseModel):
    name: str = Field(min_length=1)


class _Object(BaseModel):
    key: str = Field(min_length=1)
    size: int | None = Field(None, ge=0)
    etag: str | None = Field(None, validation_alias=AliasChoices("eTag", "etag"))


class _Stored(BaseModel):
    bucket: _Bucket
    object: _Object


class _Record(BaseModel):
    source: Literal["aws:s3", "minio:s3", "ceph:s3"] = Field(alias="eventSource")
    name: str = Field(alias="eventName")
    time: AwareDatetime | None = Field(None, alias="eventTime")
    s3: _Stored


class _Notification(BaseModel):
    records: list[_Record] = Field(alias="Records")


class _BusEvent(BaseModel):
    source: str
    kind: str = Field(alias="detail-type")
    time: AwareDatetime | None = None
    detail: dict[str, JsonValue]


class _Job(BaseModel):
    name: str = Field(validation_alias=AliasChoices("TranscriptionJobName", "JobName"), min_length=1)
    status: str = Field(validation_alias=AliasChoices("TranscriptionJobStatus", "JobStatus"))


def read_events(body: str) -> Sequence[Event]:
    """What the message tells us; nothing for events that need nothing done, as S3's test and deletions.

    Takes S3's own notifications, EventBridge's events of S3 and Transcribe, and either of them within SNS's envelope.
    Raises UnreadableMessage.
    """
    try:
        message = _JSON.validate_json(body)
        if message.get("Type") == "Notification" and isinstance(inner := message.get("Message"), str):
            message = _JSON.validate_json(inner)
        return _read(message)
    except ValidationError as error:
        places = sorted({".".join(str(part) for part in item["loc"]) or "message" for item in error.errors()})
        raise UnreadableMessage(f"not of a known shape, at {', '.join(places[:5])}") from None


def _read(message: dict[str, JsonValue]) -> Sequence[Event]:
    if message.get("Event") == "s3:TestEvent":
        return []
    if "Records" in message:
        return [_created(record) for record in _Notification.model_validate(message).records if _is_creation(record)]
    event = _BusEvent.model_validate(message)
    match event.source, event.kind:
        case "aws.s3", "Object Created":
            stored = _Stored.model_validate(event.detail)
            return [_object(stored, stored.object.key, event.time)]
        case "aws.transcribe", "Transcribe Job State Change" | "Call Analytics Job State Change":
            job = _Job.model_validate(event.detail)
            return [JobEnded(job.name)] if job.status in _FINAL else []
        case (("aws.s3" | "aws.transcribe"), _):
            return []
    raise UnreadableMessage("an event of neither S3 nor Transcribe")


def _is_creation(record: _Record) -> bool:
    return record.name.removeprefix("s3:").startswith(_CREATED)


def _created(record: _Record) -> ObjectCreated:
    try:
        key = unquote_plus(record.s3.object.key, errors="strict")
    except UnicodeDecodeError:
        raise UnreadableMessage("a key that is not UTF-8") from None
    return _object(record.s3, key, record.time)


def _object(stored: _Stored, key: str, at: datetime | None) -> ObjectCreated:
    etag = (stored.object.etag or "").strip('"') or None
    return ObjectCreated(stored.bucket.name, key, stored.object.size, etag, at or datetime.now(UTC))
