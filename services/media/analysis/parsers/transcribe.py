"""Amazon Transcribe batch output: speaker labels, channel labels, or neither (one voice); the old and the new shape.

Format: the service's "Data input and output" page. `results.items` holds words and punctuation; who said a word stands
on the item itself (new) or in `speaker_labels.segments[].items[]` by equal times (old), or the items come once more
under `channel_labels.channels[]`.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pydantic import BaseModel, Field, ValidationError

from services.media.analysis.parsers.participants import hidden_type
from services.media.analysis.parsers.values import Number, check_speakers, malformed, misshapen, number_in, seconds_in
from services.media.analysis.transcript import Separation, Transcript, Utterance
from shared.schemas.interaction import Word

_MASKED = "[PII]"
_WRITER = "Amazon Transcribe"
_Object = dict[str, object]


class _Item(NamedTuple):
    """A word or a mark. Made one at a time from the JSON: a call of ten hours has a hundred thousand."""

    text: str
    confidence: float | None
    start: float | None
    end: float | None
    punctuation: bool


class _SpeakerLabels(BaseModel):
    segments: list[object] = Field(default_factory=list)


class _Channel(BaseModel):
    channel_label: str
    items: list[object]


class _ChannelLabels(BaseModel):
    channels: list[_Channel] = Field(default_factory=list)


class _Scored(BaseModel):
    code: str | None = None
    language_code: str | None = None
    score: Number = None
    duration_in_seconds: Number = None


class _Results(BaseModel):
    items: list[object]
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
        raise malformed(error, "transcript", _WRITER) from None
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
    items = [_object(item, f"results.items.{at}") for at, item in enumerate(results.items)]
    channels_of = [_label(item, "channel_label") for item in items]
    if any(channels_of):
        return "channel", _by_label(items, channels_of)
    labels = _speaker_of_each(items, results.speaker_labels)
    if any(labels):
        return "participant", _by_label(items, labels)
    return "single", _voices(items, "spk_0")


def _speaker_of_each(items: Sequence[_Object], listing: _SpeakerLabels | None) -> list[str | None]:
    """The label of each item: its own, else the one listed under its times; words with equal times in listed order."""
    own = [_label(item, "speaker_label") for item in items]
    if listing is None or all(label or _is_mark(item) for item, label in zip(items, own, strict=True)):
        return own
    listed: dict[tuple[float | None, float | None], deque[str | None]] = defaultdict(deque)
    for at, segment in enumerate(listing.segments):
        place = f"results.speaker_labels.segments.{at}"
        known = _object(segment, place)
        for number, entry in enumerate(_list(known.get("items"), f"{place}.items")):
            if isinstance(entry, dict):
                listed[_times(entry)].append(_label(entry, "speaker_label") or _label(known, "speaker_label"))
            elif not isinstance(entry, int):  # the newest shape gives the ids of items, which carry their labels
                raise misshapen("transcript", f"{place}.items.{number}", _WRITER)
    labels: list[str | None] = []
    for item, label in zip(items, own, strict=True):
        waiting = None if _is_mark(item) else listed.get(_times(item))
        labels.append(label or (waiting.popleft() if waiting else None))
    return labels


def _by_label(items: Sequence[_Object], labels: Sequence[str | None]) -> list[Utterance]:
    """Items without a label (punctuation, stray words) stay with the speaker before them."""
    current = next((label for label in labels if label), None) or "spk_0"
    groups: dict[str, list[_Object]] = defaultdict(list)
    for item, label in zip(items, labels, strict=True):
        current = current if _is_mark(item) else label or current
        groups[current].append(item)
    return [one for speaker, own in groups.items() for one in _voices(own, speaker)]


def _voices(items: Iterable[object], speaker: str) -> list[Utterance]:
    words = _words(_item(item, f"item {at} of {speaker}") for at, item in enumerate(items))
    if not words:
        return []
    text = " ".join(word.text for word in words)
    start, end = min(word.start for word in words), max(word.end for word in words)
    return [Utterance(speaker=speaker, start=start, end=end, text=text, words=words)]


def _words(items: Iterable[_Item]) -> list[Word]:
    """Punctuation joins the word before it; a word without times stands at the end of the one before."""
    words: list[Word] = []
    for item in items:
        if not item.text:
            continue
        if item.punctuation and words:
            words[-1] = words[-1].model_copy(update={"text": words[-1].text + item.text})
            continue
        before = words[-1].end if words else 0.0
        start = before if item.start is None else item.start
        end = max(start, start if item.end is None else item.end)
        words.append(Word(text=item.text, start=round(start, 3), end=round(end, 3), confidence=item.confidence))
    return words


def _item(raw: object, place: str) -> _Item:
    known = _object(raw, place)
    text, confidence = _best(_list(known.get("alternatives"), f"{place}.alternatives"), place)
    return _Item(text, confidence, *_times(known), _is_mark(known))


def _best(alternatives: Sequence[object], place: str) -> tuple[str, float | None]:
    """The alternative with the highest confidence as a number; a masked word's type and confidence are those of its
    redaction."""
    known = [_object(one, f"{place}.alternatives") for one in alternatives]
    best = max(known, key=lambda one: number_in(one.get("confidence")) or -1.0, default=None)
    if best is None:
        return "", None
    content = best.get("content")
    text = " ".join(content.split()) if isinstance(content, str) else ""
    confidence = number_in(best.get("confidence"))
    if redactions := _list(best.get("redactions"), f"{place}.alternatives.redactions"):
        hidden = _object(redactions[0], f"{place}.alternatives.redactions")
        confidence = confidence or number_in(hidden.get("confidence"))
        kind = _label(hidden, "type")
        text = f"[PII:{hidden_type(kind)}]" if kind and text == _MASKED else text
    return text, None if confidence is None else min(confidence, 1.0)


def _object(value: object, place: str) -> _Object:
    if not isinstance(value, dict):
        raise misshapen("transcript", place, _WRITER)
    return value


def _list(value: object, place: str) -> list[object]:
    """A part that is null is a part that is missing."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise misshapen("transcript", place, _WRITER)
    return value


def _label(item: _Object, name: str) -> str | None:
    value = item.get(name)
    return value if isinstance(value, str) and value else None


def _times(item: _Object) -> tuple[float | None, float | None]:
    return seconds_in(item.get("start_time")), seconds_in(item.get("end_time"))


def _is_mark(item: _Object) -> bool:
    return item.get("type") == "punctuation"


def _language(results: _Results) -> str | None:
    if results.language_code:
        return results.language_code
    longest = max(results.language_codes, key=lambda one: one.duration_in_seconds or 0, default=None)
    likeliest = max(results.language_identification, key=lambda one: one.score or 0, default=None)
    found = longest or likeliest
    return (found.language_code or found.code) if found else None
