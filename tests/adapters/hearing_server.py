"""Amazon Transcribe that hears what a test knows was said: each job ends with the document that the service writes.

Source of the format: "Data input and output", "Redacting PII in your batch job" and "Channel identification" of the
Amazon Transcribe guide.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from tests.adapters.modelled_server import Asked, Operation
from tests.adapters.transcribe_server import TranscribeServer

_Item = dict[str, Any]


@dataclass(frozen=True)
class Said:
    """What one party says in one breath, in seconds from the start. What is `personal` is a number said aloud."""

    channel: int
    start: float
    end: float
    text: str
    personal: str = ""


class HearingServer(TranscribeServer):
    """A job has ended when it is first looked at, unless the service is `busy`.

    `said` is by the recording's own name. `failures` are the reasons with which jobs fail, one after the other.
    """

    def __init__(self, objects: Path, said: Mapping[str, Sequence[Said]]) -> None:
        super().__init__()
        self._objects = objects
        self._said = said
        self.failures: list[str] = []
        self.busy = False
        self.written: list[str] = []

    def answer(self, name: str, asked: Asked, answers: Operation) -> Asked:
        if name == "GetTranscriptionJob" and not self.busy and not self.faults:
            for started in self.asked("StartTranscriptionJob"):
                self._work(started)
        return super().answer(name, asked, answers)

    def _work(self, started: Asked) -> None:
        name = str(started["TranscriptionJobName"])
        job = self.jobs["TranscriptionJob"].get(name)
        if job is None or job["TranscriptionJobStatus"] != "QUEUED":
            return
        if self.failures:
            self.end(name, failure=self.failures.pop(0))
            return
        redacted = "ContentRedaction" in started
        key = PurePosixPath(str(started["OutputKey"]))
        key = key.with_name(f"redacted-{key.name}") if redacted else key
        heard = self._objects / str(started["OutputBucketName"]) / key
        heard.parent.mkdir(parents=True, exist_ok=True)
        self.written.append(json.dumps(document(started, self._said[_file(started)])))
        heard.write_text(self.written[-1])
        uri = f"https://s3.us-east-1.amazonaws.com/{started['OutputBucketName']}/{key}"
        self.end(name, uri=uri, redacted=redacted)


def _file(started: Asked) -> str:
    media = started["Media"]
    assert isinstance(media, dict)
    return PurePosixPath(str(media["MediaFileUri"])).name


def document(started: Asked, said: Sequence[Said]) -> _Item:
    """What the job that was asked for in this way hears: the channels one after the other, or a voice for each."""
    settings = started.get("Settings")
    by_channel = isinstance(settings, dict) and settings.get("ChannelIdentification") is True
    redacted = "ContentRedaction" in started
    spoken = [(f"{'ch' if by_channel else 'spk'}_{one.channel}", _items(one, redacted=redacted)) for one in said]
    label = "channel_label" if by_channel else "speaker_label"
    items = [{"id": 0, **item, label: who} for who, own in spoken for item in own]
    items = [item | {"id": at} for at, item in enumerate(items)]
    text = " ".join(item["alternatives"][0]["content"] for item in items)
    results: _Item = {"language_code": started.get("LanguageCode"), "transcripts": [{"transcript": text}]}
    if by_channel:
        names = sorted({who for who, _ in spoken} | {"ch_0", "ch_1"})
        channels = [{"channel_label": who, "items": [one for one in items if one[label] == who]} for who in names]
        results["channel_labels"] = {"channels": channels, "number_of_channels": len(names)}
    else:
        segments = [
            {
                "start_time": own[0]["start_time"],
                "end_time": own[-1]["end_time"],
                "speaker_label": who,
                "items": [
                    {"start_time": one["start_time"], "end_time": one["end_time"], "speaker_label": who}
                    for one in own
                    if "start_time" in one
                ],
            }
            for who, own in spoken
        ]
        speakers = len({who for who, _ in spoken})
        results["speaker_labels"] = {"segments": segments, "channel_label": "ch_0", "speakers": speakers}
    results["items"] = items
    told: _Item = {"jobName": started["TranscriptionJobName"], "accountId": "123456789012", "status": "COMPLETED"}
    return told | ({"isRedacted": True} if redacted else {}) | {"results": results}


def _items(said: Said, *, redacted: bool) -> list[_Item]:
    """Words of equal length; the number last, which a redacted document has as one `[PII]`."""
    words = [*said.text.split(), *([said.personal] if said.personal else [])]
    length = (said.end - said.start) / len(words)
    items = []
    for at, word in enumerate(words):
        begin = said.start + at * length
        times = {"start_time": f"{begin:.3f}", "end_time": f"{begin + length:.3f}"}
        if said.personal and at == len(words) - 1 and redacted:
            hidden = {"confidence": "0.9988", "type": "PHONE", "category": "PII"}
            alternative: _Item = {"content": "[PII]", "redactions": [hidden]}
        else:
            alternative = {"confidence": "0.987", "content": word}
        items.append({"type": "pronunciation", "alternatives": [alternative], **times})
    return items
