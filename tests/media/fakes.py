"""An analyser and an index that stand for the real ones: deterministic, and made to fail as a test wishes."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from services.media.analysis.source import Identified, RejectedSource, Subject
from shared.processes import ProcessDied
from shared.schemas.interaction import Interaction, Source


@dataclass
class FakeAnalyser:
    """Takes JSON documents, and files that begin with RIFF as audio; anything else is refused.

    The next `broken_off` tasks that hear or read break off as if cancelled. The word `crash` in a document makes the
    process that reads it die, `bug` is a fault of ours.
    """

    seconds: float = 0
    at_once: int = 0
    most_at_once: int = 0
    broken_off: int = 0

    async def identify(self, source: Path, name: str) -> Identified:
        return _identify(source)

    async def transcribe(self, source: Path, identified: Identified, language: str, transcript: Path) -> None:
        if self.broken_off:
            self.broken_off -= 1
            raise asyncio.CancelledError
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(self.seconds)
        self.at_once -= 1
        _transcribe(source, language, transcript)

    async def analyse(
        self,
        transcript: Path,
        identified: Identified,
        subject: Subject,
        *,
        audio: Path | None,
        result: Path,
        redacted: Path,
    ) -> None:
        _analyse(transcript, identified, subject, result)
        await asyncio.to_thread(redacted.write_bytes, b"{}")

    async def copy_for_playback(self, source: Path, identified: Identified, result: Path, target: Path) -> bool:
        """Wanted for what says `AMR`."""
        data = await asyncio.to_thread(source.read_bytes)
        if b"AMR" not in data:
            return False
        await asyncio.to_thread(target.write_bytes, b"MP3 of " + data)
        return True


def _identify(source: Path) -> Identified:
    data = source.read_bytes()
    if data.startswith(b"RIFF"):
        return Identified("audio", duration=1.0, channels=1, sample_rate=8000, codec="pcm_s16le")
    try:
        json.loads(data)
    except ValueError:
        raise RejectedSource("not_audio", "The file is neither a recording nor a transcript.") from None
    return Identified("transcribe")


def _transcribe(source: Path, language: str, transcript: Path) -> None:
    data = source.read_bytes()
    if b"crash" in data:
        raise ProcessDied
    if b"bug" in data:
        raise KeyError(data)
    transcript.write_text(json.dumps({"language": language, "bytes": len(data)}))


def _analyse(transcript: Path, identified: Identified, subject: Subject, result: Path) -> None:
    heard = json.loads(transcript.read_text())
    document = Interaction(
        interaction_id=subject.interaction_id,
        kind="call",
        channel="call",
        started_at=subject.modified,
        duration=float(heard["bytes"]),
        language=heard["language"],
        agent=subject.metadata.agent,
        processed_at=datetime.now(UTC),
        source=Source(
            kind=identified.kind,
            bucket=subject.bucket,
            key=subject.key,
            name=subject.name,
            sentiment_engine="fake",
            min_sentiment_negative=0.4,
            min_sentiment_positive=0.4,
        ),
        speakers=[],
        turns=[],
    )
    result.write_text(document.model_dump_json())


@dataclass
class FakeIndex:
    """`faults` are raised one after the other before it answers well."""

    documents: list[Interaction] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    async def index(self, document: Interaction) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self.documents.append(document)

    async def remove(self, interaction_id: str) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self.removed.append(interaction_id)
        self.documents = [one for one in self.documents if one.interaction_id != interaction_id]


def transcript(number: int, *more: str) -> bytes:
    """What Amazon Transcribe gives for the invented call `number` of two speakers; `more` is said after it."""
    texts = ["Good morning", "My card was refused and I am very angry", f"I see case {number}", "Thank you", *more]
    words = [
        (word, line % 2, line * 5 + place * 0.4)
        for line, text in enumerate(texts)
        for place, word in enumerate(text.split())
    ]
    items = [
        {
            "type": "pronunciation",
            "start_time": f"{start:.2f}",
            "end_time": f"{start + 0.3:.2f}",
            "speaker_label": f"spk_{speaker}",
            "alternatives": [{"confidence": "0.99", "content": word}],
        }
        for word, speaker, start in words
    ]
    segments = [
        {
            "start_time": item["start_time"],
            "end_time": item["end_time"],
            "speaker_label": item["speaker_label"],
            "items": [{name: item[name] for name in ("start_time", "end_time", "speaker_label")}],
        }
        for item in items
    ]
    results = {
        "transcripts": [{"transcript": " ".join(texts)}],
        "speaker_labels": {"speakers": 2, "segments": segments},
        "items": items,
        "language_code": "en-US",
    }
    return json.dumps({"jobName": f"job-{number}", "status": "COMPLETED", "results": results}).encode()
