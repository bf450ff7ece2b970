"""A transcription job as Amazon Transcribe's two APIs take it.

Sources: the botocore model of `transcribe`; its API reference, StartTranscriptionJob and StartCallAnalyticsJob.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from services.media.ports import TranscriptionJob
from services.media.settings import MediaSettings

if TYPE_CHECKING:
    from types_aiobotocore_transcribe.literals import LanguageCodeType
    from types_aiobotocore_transcribe.type_defs import (
        CallAnalyticsJobSettingsTypeDef,
        ContentRedactionTypeDef,
        LanguageIdSettingsTypeDef,
        SettingsTypeDef,
        StartCallAnalyticsJobRequestTypeDef,
        StartTranscriptionJobRequestTypeDef,
    )

MOST_IDENTIFIED = 5  # languages with word lists of their own, in one job
_STEREO = 2

Lists = Mapping[str, "LanguageIdSettingsTypeDef"]
"""The names of the word lists that a job may use, by language; there is no language without any."""


def languages_of(job: TranscriptionJob, settings: MediaSettings) -> Sequence[str]:
    """The job's own language, or those among which it is to be found out."""
    return [job.language] if job.language else settings.transcribe_languages


def output_keys(name: str, settings: MediaSettings) -> tuple[str, str]:
    """Where a job writes to: the second is of what was redacted, which Transcribe names after the first."""
    folder = settings.output_bucket_transcribe_jobs
    return f"{folder}/{name}.json", f"{folder}/redacted-{name}.json"


def standard_request(
    job: TranscriptionJob, lists: Lists, settings: MediaSettings
) -> "StartTranscriptionJobRequestTypeDef":
    own = _speakers(job, settings)
    request: StartTranscriptionJobRequestTypeDef = {
        "TranscriptionJobName": job.name,
        "Media": {"MediaFileUri": _uri(job.bucket, job.key, settings)},
        "OutputBucketName": settings.bucket_prefix + settings.output_bucket_name,
        "OutputKey": output_keys(job.name, settings)[0],
        "Settings": own,
    }
    if job.language:
        request["LanguageCode"] = _code(job.language)
        if found := lists.get(job.language):
            _name(own, found)
    else:
        request["IdentifyLanguage"] = True
        request["LanguageOptions"] = [_code(language) for language in settings.transcribe_languages]
        if lists:
            request["LanguageIdSettings"] = {_code(language): names for language, names in lists.items()}
    if _filters(lists):
        own["VocabularyFilterMethod"] = settings.vocabulary_filter_method
    if redaction := _redaction(job, settings):
        request["ContentRedaction"] = redaction
    _keep(request, settings)
    return request


def analytics_request(
    job: TranscriptionJob, lists: Lists, settings: MediaSettings
) -> "StartCallAnalyticsJobRequestTypeDef":
    """For a recording of two channels. Call Analytics always finds the language out, if only among one."""
    agent = settings.agent_channel if job.agent_channel is None else job.agent_channel
    own: CallAnalyticsJobSettingsTypeDef = {
        "LanguageOptions": [_code(language) for language in languages_of(job, settings)]
    }
    if job.language and (found := lists.get(job.language)):
        _name(own, found)
    elif lists:
        own["LanguageIdSettings"] = {_code(language): names for language, names in lists.items()}
    if _filters(lists):
        own["VocabularyFilterMethod"] = settings.vocabulary_filter_method
    if redaction := _redaction(job, settings):
        own["ContentRedaction"] = redaction
    output = settings.bucket_prefix + settings.output_bucket_name
    request: StartCallAnalyticsJobRequestTypeDef = {
        "CallAnalyticsJobName": job.name,
        "Media": {"MediaFileUri": _uri(job.bucket, job.key, settings)},
        "OutputLocation": f"s3://{output}/{output_keys(job.name, settings)[0]}",
        "Settings": own,
        "ChannelDefinitions": [
            {"ChannelId": channel, "ParticipantRole": "AGENT" if channel == agent else "CUSTOMER"}
            for channel in range(_STEREO)
        ],
    }
    if settings.call_analytics_role_arn:
        request["DataAccessRoleArn"] = settings.call_analytics_role_arn
    _keep(request, settings)
    return request


def _code(language: str) -> "LanguageCodeType":
    """As it is configured: which codes there are, Transcribe knows best."""
    return cast("LanguageCodeType", language)


def _uri(bucket: str, key: str, settings: MediaSettings) -> str:
    return f"s3://{settings.bucket_prefix}{bucket}/{key}"


def _speakers(job: TranscriptionJob, settings: MediaSettings) -> "SettingsTypeDef":
    """By channel where there are two, unless voices are asked for; Transcribe takes no third channel."""
    if job.channels == _STEREO and settings.speaker_separation_type != "speaker":
        return {"ChannelIdentification": True}
    return {"ShowSpeakerLabels": True, "MaxSpeakerLabels": settings.max_speakers}


def _filters(lists: Lists) -> bool:
    return any("VocabularyFilterName" in names for names in lists.values())


def _redaction(job: TranscriptionJob, settings: MediaSettings) -> "ContentRedactionTypeDef | None":
    """Asked for only where every language in question is one to redact: Transcribe refuses it in most others.

    What it leaves is redacted by the analysis in any case. The unredacted transcript is never asked for.
    """
    redacted = {code.lower() for code in settings.content_redaction_languages}
    if all(language.lower() in redacted for language in languages_of(job, settings)):
        return {"RedactionType": "PII", "RedactionOutput": "redacted"}
    return None


def _name(own: "SettingsTypeDef | CallAnalyticsJobSettingsTypeDef", names: "LanguageIdSettingsTypeDef") -> None:
    if vocabulary := names.get("VocabularyName"):
        own["VocabularyName"] = vocabulary
    if words := names.get("VocabularyFilterName"):
        own["VocabularyFilterName"] = words


def _keep(
    request: "StartTranscriptionJobRequestTypeDef | StartCallAnalyticsJobRequestTypeDef", settings: MediaSettings
) -> None:
    if settings.transcribe_kms_key:
        request["OutputEncryptionKMSKeyId"] = settings.transcribe_kms_key
    if pairs := [tag.partition("=") for tag in settings.transcribe_tags]:
        request["Tags"] = [{"Key": key.strip(), "Value": value.strip()} for key, _, value in pairs]
