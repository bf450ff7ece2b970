"""Amazon Transcribe batch output: speaker labels, channel labels, or neither (one voice); the old and the new shape.

Format: the service's "Data input and output" page. `results.items` holds words and punctuation; who said a word stands
on the item itself (new) or in `speaker_labels.segments[].items[]` by equal times (old), or the items come once more
under `channel_labels.channels[]`.
"""

from collections import defaultdict, deque
from collections.abc import Iterable

from pydantic import BaseModel, Field, ValidationError

from services.media.analysis.parsers.participants import hidden_type
from services.media.analysis.parsers.values import Number, Text, check_speakers, malformed
from services.media.analysis.transcript import Separation, Transcript, Utterance
from shared.schemas.interaction import Word

_MASKED = "[PII]"


class _Redaction(BaseModel):
    type: Text = ""
    confidence: Number = None


class _Alternative(BaseModel):
    content: str = ""
    confidence: Number = None
    redactions: list[_Redaction] = Field(default_factory=list)


class _Item(BaseModel):
    type: str = "pronunciation"
    start_time: Number = None
    end_time: Number = None
    alternatives: list[_Alternative] = Field(default_factory=list)
    speaker_label: str | None = None
    channel_label: str | None = None


class _Labelled(BaseModel):
    start_time: Number = None
    end_time: Number = None
    speaker_label: str | None = None


class _Segment(_Labelled):
    items: list[_Labelled] = Field(default_factory=list)


class _SpeakerLabels(BaseModel):
    segments: list[_Segment] = Field(default_factory=list)


class _Channel(BaseModel):
    channel_label: str
    items: list[_Item]


class _ChannelLabels(BaseModel):
    channels: list[_Channel] = Field(default_factory=list)


class _Scored(BaseModel):
    code: str | None = None
    language_code: str | None = None
    score: Number = None
    duration_in_seconds: Number = None


class _Results(BaseModel):
    items: list[_Item]
    speaker_labels: _SpeakerLabels | None = None
    channel_labels: _ChannelLabels | None = None
    language_code: str | None = None
    language_codes: list[_Scored] = Field(default_factory=list)
    language_identification: list[_Scored] = Field(default_factory=list)


class _Document(BaseModel):
    results: _Results


def is_transcribe(document: object) -> bool:
    """By shape: `results` beside a job's fields, or with a transcript or items in it."""
    if not isinstance(document, dict) or not isinstance(document.get("results"), dict):
        return False
    return "jobName" in document or "transcripts" in document["results"] or "items" in document["results"]


def read(documents: list[object]) -> Transcript:
    """Linear in the number of words. Raises `RejectedSource` (`malformed_transcript`) naming the part that is wrong."""
    try:
        results = _Document.model_validate(documents[0]).results
    except ValidationError as error:
        raise malformed(error, "transcript", "Amazon Transcribe") from None
    separation, utterances = _utterances(results)
    check_speakers([one.speaker for one in utterances])
    return Transcript(
        kind="call",
        utterances=utterances,
        separation=separation,
        language=_language(results),
        transcriber="Amazon Transcribe",
        warnings=[] if utterances else ["The transcript holds no words."],
    )


def _utterances(results: _Results) -> tuple[Separation, list[Utterance]]:
    if results.channel_labels and results.channel_labels.channels:
        channels = results.channel_labels.channels
        return "channel", [one for channel in channels for one in _voices(channel.items, channel.channel_label)]
    if any(item.channel_label for item in results.items):
        return "channel", _by_label([(item, item.channel_label) for item in results.items])
    labels = _speaker_of_each(results)
    if any(labels):
        return "participant", _by_label(list(zip(results.items, labels, strict=True)))
    return "single", _voices(results.items, "spk_0")


def _speaker_of_each(results: _Results) -> list[str | None]:
    """The label of each item: its own, else the one listed under its times; words with equal times in listed order."""
    listed: dict[tuple[float | None, float | None], deque[str | None]] = defaultdict(deque)
    for segment in results.speaker_labels.segments if results.speaker_labels else []:
        for entry in segment.items:
            listed[entry.start_time, entry.end_time].append(entry.speaker_label or segment.speaker_label)
    labels: list[str | None] = []
    for item in results.items:
        waiting = listed.get((item.start_time, item.end_time)) if item.type != "punctuation" else None
        labels.append(item.speaker_label or (waiting.popleft() if waiting else None))
    return labels


def _by_label(labelled: list[tuple[_Item, str | None]]) -> list[Utterance]:
    """Items without a label (punctuation, stray words) stay with the speaker before them."""
    current = next((label for _, label in labelled if label), None) or "spk_0"
    groups: dict[str, list[_Item]] = defaultdict(list)
    for item, label in labelled:
        current = current if item.type == "punctuation" else label or current
        groups[current].append(item)
    return [one for speaker, items in groups.items() for one in _voices(items, speaker)]


def _voices(items: Iterable[_Item], speaker: str) -> list[Utterance]:
    words = _words(items)
    if not words:
        return []
    text = " ".join(word.text for word in words)
    start, end = min(word.start for word in words), max(word.end for word in words)
    return [Utterance(speaker=speaker, start=start, end=end, text=text, words=words)]


def _words(items: Iterable[_Item]) -> list[Word]:
    """Punctuation joins the word before it; a word without times stands at the end of the one before."""
    words: list[Word] = []
    for item in items:
        text, confidence = _best(item.alternatives)
        if not text:
            continue
        if item.type == "punctuation" and words:
            words[-1] = words[-1].model_copy(update={"text": words[-1].text + text})
            continue
        before = words[-1].end if words else 0.0
        start = before if item.start_time is None else item.start_time
        end = max(start, start if item.end_time is None else item.end_time)
        words.append(Word(text=text, start=round(start, 3), end=round(end, 3), confidence=confidence))
    return words


def _best(alternatives: list[_Alternative]) -> tuple[str, float | None]:
    """The alternative with the highest confidence as a number; a masked word's type and confidence are those of its
    redaction."""
    if not alternatives:
        return "", None
    best = max(alternatives, key=lambda one: -1.0 if one.confidence is None else one.confidence)
    text, confidence = " ".join(best.content.split()), best.confidence
    if best.redactions:
        confidence = confidence or best.redactions[0].confidence
        kind = best.redactions[0].type
        text = f"[PII:{hidden_type(kind)}]" if kind and text == _MASKED else text
    return text, None if confidence is None else min(confidence, 1.0)


def _language(results: _Results) -> str | None:
    if results.language_code:
        return results.language_code
    longest = max(results.language_codes, key=lambda one: one.duration_in_seconds or 0, default=None)
    likeliest = max(results.language_identification, key=lambda one: one.score or 0, default=None)
    found = longest or likeliest
    return (found.language_code or found.code) if found else None
