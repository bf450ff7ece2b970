"""Calls that AWS has analysed: Amazon Transcribe Call Analytics and Contact Lens for Amazon Connect.

Formats: "Call analytics output" of the Transcribe guide, batch and streaming (`UtteranceEvent`, as JSON lines), and
"Contact Lens output files for a call" of the Connect guide, original and redacted, version 1.1.0 and
`VOICE-2022-11-30`, and the segments that Contact Lens gives while a call goes on.

Turns are taken as given, with their label of sentiment. Talk time, silences and interruptions are worked out again by
our own definition; categories and issues are those of our own rules; loudness there is on a scale of its own, no dBFS.
None of these is taken over.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AliasChoices, BaseModel, BeforeValidator, Field, ValidationError

from services.media.analysis.parsers.participants import Participant, hidden_type, labelled, placeholders, role_of
from services.media.analysis.parsers.values import Milliseconds, Number, Text, check_speakers, malformed
from services.media.analysis.transcript import Transcript, Utterance
from services.media.analysis.turns import word_separator
from shared.schemas.interaction import Word

_LABELS = ("SessionId", "JobName", "JobStatus", "ConversationCharacteristics", "Participants", "Categories")
_STREAMED = ("Transcript", "UtteranceEvent", "CategoryEvent")
_STARTED = re.compile(r"_(\d{8}T\d\d:\d\d)_UTC\.")
_MASKED = "[PII]"


def _listed(value: object) -> object:
    """A part that is null is a part that is missing."""
    return [] if value is None else value


def _as_list(value: object) -> object:
    """Contact Lens has an object where Call Analytics has a list."""
    return value if isinstance(value, list) else []


class _Redacted(BaseModel):
    type: Text = Field("", alias="Type")
    confidence: Number = Field(None, alias="Confidence")


class _Item(BaseModel):
    type: Text = Field("pronunciation", validation_alias=AliasChoices("Type", "ItemType"))
    content: Text = Field("", alias="Content")
    start: Milliseconds = Field(None, alias="BeginOffsetMillis")
    end: Milliseconds = Field(None, alias="EndOffsetMillis")
    confidence: Number = Field(None, alias="Confidence")
    redaction: Annotated[list[_Redacted], BeforeValidator(_as_list)] = Field(default_factory=list, alias="Redaction")


class _Turn(BaseModel):
    speaker: Text = Field("", alias="ParticipantId")
    role: Text = Field("", alias="ParticipantRole")
    content: Text = Field("", validation_alias=AliasChoices("Content", "Transcript"))
    start: Milliseconds = Field(None, alias="BeginOffsetMillis")
    end: Milliseconds = Field(None, alias="EndOffsetMillis")
    sentiment: Text = Field("", alias="Sentiment")
    items: Annotated[list[_Item], BeforeValidator(_listed)] = Field(default_factory=list, alias="Items")
    partial: bool = Field(False, alias="IsPartial")


class _Named(Participant):
    id: Text = Field("", alias="ParticipantId")
    role: Text = Field("", alias="ParticipantRole")


class _Contact(BaseModel):
    contact: Text = Field("", alias="ContactId")
    recording: Text = Field("", alias="InputS3Uri")


class _Content(BaseModel):
    output: Text = Field("", alias="Output")


class _Scored(BaseModel):
    code: Text = Field("", alias="Code")
    score: Number = Field(None, alias="Score")


class _Document(BaseModel):
    turns: list[_Turn] = Field(alias="Transcript")
    participants: Annotated[list[_Named], BeforeValidator(_listed)] = Field(default_factory=list, alias="Participants")
    language: Text = Field("", alias="LanguageCode")
    likely: Annotated[list[_Scored], BeforeValidator(_listed)] = Field(
        default_factory=list, alias="LanguageIdentification"
    )
    contact: _Contact | None = Field(None, alias="CustomerMetadata")
    metadata: _Content | None = Field(None, alias="ContentMetadata")
    job: Text = Field("", validation_alias=AliasChoices("JobName", "SessionId"))


def is_analysis(document: object) -> bool:
    """By shape: a list of turns beside what an analysis gives."""
    if not isinstance(document, dict) or not isinstance(document.get("Transcript"), list):
        return False
    return any(label in document for label in _LABELS)


def is_stream(documents: list[object]) -> bool:
    """By shape: segments of an analysis as it went on, or the events of a stream."""
    return any(isinstance(segment.get(name), dict) for segment in _segments(documents) for name in _STREAMED)


def read(documents: list[object]) -> Transcript:
    """Linear in the number of words. Raises `RejectedSource` (`malformed_transcript`) naming the part that is wrong."""
    try:
        document = _Document.model_validate(_whole(documents))
    except ValidationError as error:
        raise malformed(error, "call analysis", "Call Analytics or Contact Lens") from None
    language = document.language or max(document.likely, key=lambda one: one.score or 0, default=_Scored()).code or None
    utterances = list(_utterances(document, word_separator(language)))
    check_speakers([one.speaker for one in utterances])
    contact = document.contact
    return Transcript(
        kind="call",
        utterances=utterances,
        separation="participant",
        language=language,
        transcriber="Contact Lens" if contact else "Amazon Transcribe Call Analytics",
        channel="connect" if contact else None,
        started_at=_started(contact.recording) if contact else None,
        guid=(contact.contact if contact else "") or None,
        warnings=[] if utterances else ["The transcript holds no words."],
    )


def _whole(documents: list[object]) -> object:
    """Segments and utterances of a stream in the form of one document."""
    first = documents[0]
    if isinstance(first, dict) and isinstance(first.get("Transcript"), list):
        return first
    turns = [segment.get("Transcript") or segment.get("UtteranceEvent") for segment in _segments(documents)]
    known = [document for document in documents if isinstance(document, dict)]
    contact = next((one["ContactId"] for one in known if "ContactId" in one), None)
    return {
        "Transcript": [turn for turn in turns if turn is not None],
        "LanguageCode": next((one["LanguageCode"] for one in known if "LanguageCode" in one), ""),
        "CustomerMetadata": {"ContactId": contact} if contact else None,
    }


def _segments(documents: Iterable[object]) -> Iterator[dict[str, object]]:
    for document in documents:
        listed = document.get("Segments") if isinstance(document, dict) else document
        for segment in listed if isinstance(listed, list) else [document]:
            if isinstance(segment, dict):
                yield segment


def _utterances(document: _Document, separator: str) -> Iterator[Utterance]:
    """A turn without times begins where the one before ends."""
    roles = {one.id: one.role for one in document.participants}
    redacted = document.metadata is not None and document.metadata.output.lower() == "redacted"
    before = 0.0
    for turn in document.turns:
        speaker = turn.speaker or turn.role or "spk_0"
        start = before if turn.start is None else turn.start
        end = max(start, start if turn.end is None else turn.end)
        words = list(_words(turn.items, start, redacted=redacted))
        text = separator.join(word.text for word in words) if words else " ".join(turn.content.split())
        if turn.partial or not text:
            continue
        yield Utterance(
            speaker=speaker,
            start=min([start, *(word.start for word in words)]),
            end=max([end, *(word.end for word in words)]),
            text=text if words else placeholders(text, redacted=redacted),
            words=words,
            role=role_of(turn.role or roles.get(turn.speaker, "") or turn.speaker),
            sentiment=labelled(turn.sentiment),
        )
        before = end


def _words(items: Iterable[_Item], at: float, *, redacted: bool) -> Iterator[Word]:
    """Punctuation joins the word before it; a word without times stands at the end of the one before."""
    held: Word | None = None
    for item in items:
        text = " ".join(item.content.split())
        if not text:
            continue
        if item.type == "punctuation" and held:
            held = held.model_copy(update={"text": held.text + text})
            continue
        if held:
            yield held
            at = held.end
        start = at if item.start is None else item.start
        confidence = item.confidence
        if item.redaction:
            text = f"[PII:{hidden_type(item.redaction[0].type)}]" if text == _MASKED else text
            confidence = confidence or item.redaction[0].confidence
        held = Word(
            text=placeholders(text, redacted=redacted),
            start=start,
            end=max(start, start if item.end is None else item.end),
            confidence=None if confidence is None else min(confidence, 1.0),
        )
    if held:
        yield held


def _started(recording: str) -> datetime | None:
    """Connect names a recording `<contact>_20260305T14:03_UTC.wav`."""
    found = _STARTED.search(recording)
    try:
        return datetime.strptime(found[1], "%Y%m%dT%H:%M").replace(tzinfo=UTC) if found else None
    except ValueError:
        return None
