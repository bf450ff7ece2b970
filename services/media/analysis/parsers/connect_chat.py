"""Chats of Amazon Connect: the transcript that Connect writes to S3, and the one that Contact Lens has analysed.

Formats: "Chat transcripts" and "Contact Lens output files for a chat" of the Connect guide; the items are those of the
Participant Service (API_Item). A message is a turn; events (joined, left, typing) are none.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, ValidationError
from pydantic_core import from_json

from services.media.analysis.parsers.participants import Participant, labelled, placeholders, role_of
from services.media.analysis.parsers.values import SpokenAt, Text, check_speakers, in_utc, malformed
from services.media.analysis.source import RejectedSource
from services.media.analysis.transcript import Transcript, Utterance

_INTERACTIVE = "application/vnd.amazonaws.connect.message.interactive"
_MARKS = ("InitialContactId", "ChatTranscriptVersion")
_DEPTH = 6  # of the objects in an interactive message


def _listed(value: object) -> object:
    """A part that is null is a part that is missing."""
    return [] if value is None else value


def _object(value: object) -> object:
    return value if isinstance(value, dict) else None


class _Item(BaseModel):
    moment: SpokenAt | None = Field(None, alias="AbsoluteTime")
    type: Text = Field("", alias="Type")
    id: Text = Field("", alias="Id")
    content: Text = Field("", alias="Content")
    content_type: Text = Field("", alias="ContentType")
    participant: Text = Field("", alias="ParticipantId")
    role: Text = Field("", alias="ParticipantRole")
    name: Text = Field("", alias="DisplayName")
    sentiment: Text = Field("", alias="Sentiment")


class _Named(Participant):
    id: Text = Field("", alias="ParticipantId")
    role: Text = Field("", alias="ParticipantRole")
    name: Text = Field("", alias="DisplayName")


class _Reference(BaseModel):
    id: Text = Field("", alias="Id")


class _Group(BaseModel):
    sentiment: Text = Field("", alias="Sentiment")
    items: Annotated[list[_Reference], BeforeValidator(_listed)] = Field(default_factory=list, alias="TranscriptItems")


class _Feeling(BaseModel):
    groups: Annotated[list[_Group], BeforeValidator(_listed)] = Field(
        default_factory=list, alias="DetailsByTranscriptItemGroup"
    )


class _Characteristics(BaseModel):
    sentiment: Annotated[_Feeling | None, BeforeValidator(_object)] = Field(None, alias="Sentiment")


class _Contact(BaseModel):
    contact: Text = Field("", alias="ContactId")


class _Content(BaseModel):
    output: Text = Field("", alias="Output")


class _Document(BaseModel):
    items: list[_Item] = Field(alias="Transcript")
    participants: Annotated[list[_Named], BeforeValidator(_listed)] = Field(default_factory=list, alias="Participants")
    contact: Text = Field("", alias="ContactId")
    customer: _Contact | None = Field(None, alias="CustomerMetadata")
    metadata: _Content | None = Field(None, alias="ContentMetadata")
    language: Text = Field("", alias="LanguageCode")
    characteristics: Annotated[_Characteristics | None, BeforeValidator(_object)] = Field(
        None, alias="ConversationCharacteristics"
    )


def is_connect_chat(document: object) -> bool:
    """By shape: a list of items beside the marks of a chat, or items that carry the time of day."""
    if not isinstance(document, dict) or not isinstance(document.get("Transcript"), list):
        return False
    if document.get("Channel") == "CHAT" or any(mark in document for mark in _MARKS):
        return True
    return any(isinstance(item, dict) and "AbsoluteTime" in item for item in document["Transcript"][:5])


def read(documents: list[object]) -> Transcript:
    """Messages in order of their time. Raises `RejectedSource` (`malformed_transcript`) naming what is wrong."""
    try:
        document = _Document.model_validate(documents[0])
    except ValidationError as error:
        raise malformed(error, "chat transcript", "Amazon Connect") from None
    messages = _messages(document)
    origin = messages[0][0] if messages else None
    utterances = list(_utterances(document, messages))
    check_speakers([one.speaker for one in utterances])
    return Transcript(
        kind="chat",
        utterances=utterances,
        separation="participant",
        language=document.language or None,
        channel="connect",
        started_at=origin,
        guid=document.contact or (document.customer.contact if document.customer else "") or None,
        agent=next((item.name for _, item in messages if item.role.upper() == "AGENT" and item.name), None),
        warnings=list(_warnings(document, utterances)),
    )


def _messages(document: _Document) -> list[tuple[datetime, _Item]]:
    """Only what people, bots and the flow wrote, each with its time."""
    written = [item for item in document.items if _is_message(item)]
    if any(item.moment is None for item in written):
        raise RejectedSource("malformed_transcript", "The chat transcript is malformed: a message has no AbsoluteTime.")
    timed = [(in_utc(item.moment), item) for item in written if item.moment is not None]
    return sorted(timed, key=lambda one: one[0])


def _is_message(item: _Item) -> bool:
    return (item.type or "MESSAGE").upper() == "MESSAGE" and bool(item.content.strip())


def _utterances(document: _Document, messages: Iterable[tuple[datetime, _Item]]) -> Iterator[Utterance]:
    """Speakers are numbered as they first write: ids of participants say nothing to anybody."""
    known = {one.id: one for one in document.participants if one.id}
    groups = document.characteristics.sentiment if document.characteristics else None
    labels = {item.id: group.sentiment for group in (groups.groups if groups else []) for item in group.items}
    redacted = document.metadata is not None and document.metadata.output.lower() == "redacted"
    numbers: dict[str, str] = {}
    origin: datetime | None = None
    for moment, item in messages:
        text = placeholders(_text(item), redacted=redacted)
        if not text:
            continue
        origin = origin or moment
        listed = known.get(item.participant)
        role = item.role or (listed.role if listed else "")
        speaker = numbers.setdefault(item.participant or role, f"spk_{len(numbers)}")
        at = round((moment - origin).total_seconds(), 3)
        yield Utterance(
            speaker=speaker,
            start=at,
            end=at,
            text=text,
            role=role_of(role, item.name or (listed.name if listed else "")),
            sentiment=labelled(item.sentiment or labels.get(item.id, "")),
        )


def _text(item: _Item) -> str:
    """An interactive message (a picker, a carousel) reads as its titles, one a line."""
    if not item.content_type.startswith(_INTERACTIVE):
        return item.content.strip()
    try:
        return "\n".join(_titles(from_json(item.content), _DEPTH))
    except ValueError:
        return item.content.strip()


def _titles(value: object, depth: int) -> Iterator[str]:
    if depth == 0:
        return
    if isinstance(value, list):
        for one in value:
            yield from _titles(one, depth)
    if isinstance(value, dict):
        for name, one in value.items():
            if name in ("title", "subtitle") and isinstance(one, str) and one.strip():
                yield one.strip()
            elif name in ("data", "content", "elements", "replyMessage"):
                yield from _titles(one, depth - 1)


def _warnings(document: _Document, utterances: list[Utterance]) -> Iterator[str]:
    attached = sum(item.type.upper() == "ATTACHMENT" for item in document.items)
    if attached:
        yield f"Files were sent in the chat ({attached}); what is in them was not read."
    if not utterances:
        yield "The chat holds no messages."
