"""Amazon Transcribe as far as our jobs go: what it is asked and what it answers is checked against the model of the
service; what a job hears is what the test gives it. How well Transcribe hears is not what it is for.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

from tests.adapters.modelled_server import Asked, AwsError, JsonServer

_NOW = 1_700_000_000.0
_MISSING = "The requested {} couldn't be found. Check the {} name and try your request again."


@dataclass(frozen=True)
class _Shape:
    """What the two APIs call the same things."""

    job: str
    name: str
    status: str


_STANDARD = _Shape("TranscriptionJob", "TranscriptionJobName", "TranscriptionJobStatus")
_ANALYTICS = _Shape("CallAnalyticsJob", "CallAnalyticsJobName", "CallAnalyticsJobStatus")
_NOT_TOLD = ("OutputBucketName", "OutputKey", "OutputLocation", "OutputEncryptionKMSKeyId")


class TranscribeServer(JsonServer):
    """Jobs go on when a test says so."""

    def __init__(self) -> None:
        operations: dict[str, Callable[[Asked], Asked]] = {
            "StartTranscriptionJob": lambda asked: self._start(_STANDARD, asked),
            "StartCallAnalyticsJob": lambda asked: self._start(_ANALYTICS, asked),
            "GetTranscriptionJob": lambda asked: self._get(_STANDARD, asked),
            "GetCallAnalyticsJob": lambda asked: self._get(_ANALYTICS, asked),
            "DeleteTranscriptionJob": lambda asked: self._delete(_STANDARD, asked),
            "DeleteCallAnalyticsJob": lambda asked: self._delete(_ANALYTICS, asked),
            "GetVocabulary": self._vocabulary,
            "GetVocabularyFilter": self._filter,
        }
        super().__init__("transcribe", "Transcribe", operations)
        self.jobs: dict[str, dict[str, Asked]] = {_STANDARD.job: {}, _ANALYTICS.job: {}}
        self.vocabularies: dict[str, tuple[str, str]] = {}
        self.filters: dict[str, str] = {}

    def end(self, name: str, *, uri: str | None = None, failure: str | None = None, redacted: bool = False) -> None:
        """Ends the job of this full name, with where its transcript is or with why there is none."""
        shape, job = self._find(name)
        job[shape.status] = "FAILED" if failure else "COMPLETED"
        job["CompletionTime"] = _NOW
        if failure:
            job["FailureReason"] = failure
        elif uri:
            job["Transcript"] = {"RedactedTranscriptFileUri" if redacted else "TranscriptFileUri": uri}

    def names(self) -> list[str]:
        """Of the jobs that there are, of both APIs."""
        return sorted(name for jobs in self.jobs.values() for name in jobs)

    def _start(self, shape: _Shape, asked: Asked) -> Asked:
        name = str(asked[shape.name])
        if name in self.jobs[shape.job]:
            raise AwsError("ConflictException", "The requested job name already exists. Use a different job name.")
        self._refuse_what_contradicts(asked)
        kept = {key: value for key, value in asked.items() if key not in _NOT_TOLD}
        self.jobs[shape.job][name] = kept | {shape.status: "QUEUED", "CreationTime": _NOW}
        return {shape.job: self.jobs[shape.job][name]}

    def _refuse_what_contradicts(self, asked: Asked) -> None:
        """Rules of the API's reference that its model does not hold."""
        own = json.loads(json.dumps(asked.get("Settings", {})))
        if "TranscriptionJobName" in asked and ("LanguageCode" in asked) == ("IdentifyLanguage" in asked):
            raise AwsError("BadRequestException", "Specify exactly one of LanguageCode and IdentifyLanguage.")
        if own.get("ChannelIdentification") and own.get("ShowSpeakerLabels"):
            raise AwsError("BadRequestException", "ChannelIdentification and ShowSpeakerLabels exclude each other.")
        if own.get("ShowSpeakerLabels") and "MaxSpeakerLabels" not in own:
            raise AwsError("BadRequestException", "ShowSpeakerLabels needs MaxSpeakerLabels.")
        if asked.get("IdentifyLanguage") and ("VocabularyName" in own or "VocabularyFilterName" in own):
            raise AwsError("BadRequestException", "Use LanguageIdSettings with IdentifyLanguage.")
        listed = json.loads(json.dumps(asked.get("LanguageIdSettings") or own.get("LanguageIdSettings") or {}))
        filters = [own, *listed.values()]
        if any("VocabularyFilterName" in one for one in filters) != ("VocabularyFilterMethod" in own):
            raise AwsError("BadRequestException", "VocabularyFilterName and VocabularyFilterMethod go together.")

    def _get(self, shape: _Shape, asked: Asked) -> Asked:
        return {shape.job: self._held(shape, asked)}

    def _delete(self, shape: _Shape, asked: Asked) -> Asked:
        self._held(shape, asked)
        del self.jobs[shape.job][str(asked[shape.name])]
        return {}

    def _held(self, shape: _Shape, asked: Asked) -> Asked:
        job = self.jobs[shape.job].get(str(asked[shape.name]))
        if job is None:
            raise AwsError("BadRequestException", _MISSING.format("job", "job"))
        return job

    def _find(self, name: str) -> tuple[_Shape, Asked]:
        for shape in (_STANDARD, _ANALYTICS):
            if job := self.jobs[shape.job].get(name):
                return shape, job
        raise KeyError(name)

    def _vocabulary(self, asked: Asked) -> Asked:
        name = str(asked["VocabularyName"])
        if name not in self.vocabularies:
            raise AwsError("BadRequestException", _MISSING.format("vocabulary", "vocabulary"))
        language, state = self.vocabularies[name]
        return {"VocabularyName": name, "LanguageCode": language, "VocabularyState": state, "LastModifiedTime": _NOW}

    def _filter(self, asked: Asked) -> Asked:
        name = str(asked["VocabularyFilterName"])
        if name not in self.filters:
            raise AwsError("NotFoundException", _MISSING.format("vocabulary filter", "vocabulary filter"))
        return {"VocabularyFilterName": name, "LanguageCode": self.filters[name], "LastModifiedTime": _NOW}
