"""Contact records of Amazon Connect (CTR): what is known of a contact beside its recording or transcript.

Format: "Data model for Amazon Connect contact records" of the Connect guide.
"""

from datetime import datetime

from pydantic import BaseModel, Field, ValidationError

from services.media.analysis.parsers.values import SpokenAt, Text, in_utc
from services.media.analysis.source import RejectedSource
from shared.schemas.ledger import UploadMetadata

_MOST = 128  # letters of a field of metadata


class _Agent(BaseModel):
    username: Text = Field("", alias="Username")


class _Record(BaseModel):
    contact: Text = Field("", alias="ContactId")
    agent: _Agent | None = Field(None, alias="Agent")
    connected: SpokenAt | None = Field(None, alias="ConnectedToSystemTimestamp")
    initiated: SpokenAt | None = Field(None, alias="InitiationTimestamp")


def is_contact_record(document: object) -> bool:
    """By the version of its format, or by the time at which a contact began."""
    if not isinstance(document, dict):
        return False
    return "AWSContactTraceRecordFormatVersion" in document or {"ContactId", "InitiationTimestamp"} <= document.keys()


def is_event(document: object) -> bool:
    """Whether it is an event of EventBridge, such as a rule of Contact Lens that matched."""
    return isinstance(document, dict) and {"detail-type", "detail"} <= document.keys()


def metadata_of(document: object) -> UploadMetadata:
    """The contact as metadata: its id, who took it and when it began. The channel is Connect's.

    The customer's number is not taken over: it is personal data, and no name by which a bank knows anybody.
    Raises `RejectedSource` (`bad_metadata`).
    """
    try:
        record = _Record.model_validate(document)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"]) or "the record"
        sentence = f"The contact record beside the file is malformed: see {place}."
        raise RejectedSource("bad_metadata", sentence) from None
    return UploadMetadata(
        guid=record.contact[:_MOST] or None,
        agent=(record.agent.username[:_MOST] if record.agent else "") or None,
        channel="connect",
        conversation_time=_began(record),
    )


def _began(record: _Record) -> datetime | None:
    moment = record.connected or record.initiated
    return in_utc(moment) if moment else None
