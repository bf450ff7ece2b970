"""Amazon Transcribe behind the port Transcriber: what a job is asked with, what becomes of it, what it left out."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aioboto3
import pytest

from services.media.analysis.source import RejectedSource
from services.media.aws.transcribe import AmazonTranscribe, open_transcribe
from services.media.ports import JobState, TranscriptionJob
from services.media.settings import MediaSettings
from shared.blobs import FolderBlobs
from shared.errors import NotFound, TooManyRequests, Unavailable, UpstreamFailed
from shared.schemas.ledger import UploadMetadata
from tests.adapters.modelled_server import AwsError
from tests.adapters.transcribe_server import TranscribeServer
from tests.gateway.conftest import listening

ROLE = "arn:aws:iam::123456789012:role/omnilex-call-analytics"
SOURCE, OUTPUT = "omni-lex-sentiment-source-audio", "omni-lex-sentiment-transcribe-output"
JOB = TranscriptionJob("e1.1", SOURCE, "originalAudio/2026/a b+ü.wav", 1, "en-US")
STEREO = TranscriptionJob("e2.1", SOURCE, "originalAudio/stereo.wav", 2, "en-US")
UNKNOWN = TranscriptionJob("e3.1", SOURCE, "originalAudio/who.wav", 1, None)
Opened = Callable[..., Any]


@pytest.fixture(autouse=True)
def aws_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_EC2_METADATA_DISABLED": "true"}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_RETRY_MODE", "standard")


@pytest.fixture
def server() -> TranscribeServer:
    return TranscribeServer()


@pytest.fixture
def blobs(tmp_path: Path) -> FolderBlobs:
    return FolderBlobs(tmp_path / "objects")


@pytest.fixture
def opened(session: aioboto3.Session, server: TranscribeServer, blobs: FolderBlobs, data_dir: Path) -> Opened:
    """The adapter with these settings. Every request and answer keeps to the official model, or the test fails."""

    @asynccontextmanager
    async def opened(**given: object) -> AsyncIterator[AmazonTranscribe]:
        settings = MediaSettings.model_validate(
            {"data_dir": data_dir, "blobs_url": "s3:bank-", "transcriber": "transcribe"} | given
        )
        async with (
            listening(server.app) as url,
            open_transcribe(settings, blobs, session=session, endpoint_url=url) as transcribe,
        ):
            yield transcribe
        assert not server.broken, server.broken

    return opened


async def started(opened: Opened, server: TranscribeServer, job: TranscriptionJob, **given: object) -> dict[str, Any]:
    """The request by which the job was started."""
    async with opened(**given) as transcribe:
        await transcribe.start(job)
    [(_, request)] = [(name, asked) for name, asked in server.requests if name.startswith("Start")]
    return request


async def test_job_of_one_language_is_asked_for_exactly_so(opened: Opened, server: TranscribeServer) -> None:
    assert await started(opened, server, JOB) == {
        "TranscriptionJobName": "e1.1",
        "Media": {"MediaFileUri": "s3://bank-omni-lex-sentiment-source-audio/originalAudio/2026/a b+ü.wav"},
        "LanguageCode": "en-US",
        "OutputBucketName": "bank-omni-lex-sentiment-transcribe-output",
        "OutputKey": "transcribeJobs/e1.1.json",
        "Settings": {"ShowSpeakerLabels": True, "MaxSpeakerLabels": 2},
        "ContentRedaction": {"RedactionType": "PII", "RedactionOutput": "redacted"},
    }


async def test_language_is_found_out_among_those_of_the_settings(opened: Opened, server: TranscribeServer) -> None:
    request = await started(opened, server, UNKNOWN, transcribe_languages="en-US | es-US|fr-CA")
    assert request["IdentifyLanguage"] is True
    assert request["LanguageOptions"] == ["en-US", "es-US", "fr-CA"]
    assert "LanguageCode" not in request
    assert "ContentRedaction" not in request  # not every one of them is a language to redact


@pytest.mark.parametrize(
    ("given", "member", "value"),
    [
        ({"max_speakers": 5}, ("Settings", "MaxSpeakerLabels"), 5),
        ({"content_redaction_languages": "undefined"}, ("ContentRedaction",), None),
        ({"content_redaction_languages": "es-US|en-us"}, ("ContentRedaction", "RedactionOutput"), "redacted"),
        ({"output_bucket_name": "elsewhere"}, ("OutputBucketName",), "bank-elsewhere"),
        ({"output_bucket_transcribe_jobs": "raw"}, ("OutputKey",), "raw/e1.1.json"),
        ({"transcribe_kms_key": "alias/media"}, ("OutputEncryptionKMSKeyId",), "alias/media"),
        (
            {"transcribe_tags": "cost=media | stage=test"},
            ("Tags",),
            [{"Key": "cost", "Value": "media"}, {"Key": "stage", "Value": "test"}],
        ),
    ],
)
async def test_setting_changes_the_request(
    opened: Opened, server: TranscribeServer, given: dict[str, object], member: tuple[str, ...], value: object
) -> None:
    found: Any = await started(opened, server, JOB, **given)
    for name in member:
        found = found.get(name)
    assert found == value


@pytest.mark.parametrize(
    ("separation", "channels", "by_channel"),
    [
        ("auto", 1, False),
        ("auto", 2, True),
        ("auto", 3, False),
        ("channel", 2, True),
        ("Channel", 1, False),
        ("speaker", 2, False),
    ],
)
async def test_speakers_are_told_apart_by_channel_or_voice(
    opened: Opened, server: TranscribeServer, separation: str, channels: int, by_channel: bool
) -> None:
    job = TranscriptionJob("e", SOURCE, "originalAudio/a.wav", channels, "en-US")
    request = await started(opened, server, job, speaker_separation_type=separation)
    voices = {"ShowSpeakerLabels": True, "MaxSpeakerLabels": 2}
    assert request["Settings"] == ({"ChannelIdentification": True} if by_channel else voices)


async def test_word_lists_that_are_ready_are_used(opened: Opened, server: TranscribeServer) -> None:
    server.vocabularies["bank-en-us"] = ("en-US", "READY")
    server.filters["swearing-en-us"] = "en-US"
    lists = {"vocabulary_name": "bank", "vocabulary_filter_name": "swearing", "vocabulary_filter_method": "remove"}
    async with opened(**lists) as transcribe:
        assert await transcribe.start(JOB) == []
    assert server.asked("StartTranscriptionJob")[0]["Settings"] == {
        "ShowSpeakerLabels": True,
        "MaxSpeakerLabels": 2,
        "VocabularyName": "bank-en-us",
        "VocabularyFilterName": "swearing-en-us",
        "VocabularyFilterMethod": "remove",
    }


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (None, "it does not exist"),
        (("en-US", "PENDING"), "it is not ready (PENDING)"),
        (("en-US", "FAILED"), "it is not ready (FAILED)"),
        (("de-DE", "READY"), "it is for de-DE"),
    ],
)
async def test_word_list_that_cannot_be_used_is_left_out_and_told(
    opened: Opened, server: TranscribeServer, state: tuple[str, str] | None, why: str
) -> None:
    if state:
        server.vocabularies["bank-en-us"] = state
    async with opened(vocabulary_name="bank") as transcribe:
        told = await transcribe.start(JOB)
    assert told == [f"The custom vocabulary bank-en-us was not used: {why}."]
    assert server.asked("StartTranscriptionJob")[0]["Settings"] == {"ShowSpeakerLabels": True, "MaxSpeakerLabels": 2}


async def test_word_list_that_may_not_be_read_is_left_out(opened: Opened, server: TranscribeServer) -> None:
    server.faults = [AwsError("AccessDeniedException")]
    async with opened(vocabulary_name="bank") as transcribe:
        assert await transcribe.start(JOB) == ["The custom vocabulary bank-en-us was not used: it may not be read."]


async def test_word_lists_are_asked_for_once_in_a_while(opened: Opened, server: TranscribeServer) -> None:
    server.vocabularies["bank-en-us"] = ("en-US", "READY")
    async with opened(vocabulary_name="bank") as transcribe:
        for number in range(3):
            await transcribe.start(TranscriptionJob(f"e{number}", SOURCE, "a.wav", 1, "en-US"))
    assert len(server.asked("GetVocabulary")) == 1


async def test_each_language_in_question_has_its_own_word_lists(opened: Opened, server: TranscribeServer) -> None:
    languages = ["en-US", "es-US", "fr-CA", "de-DE", "it-IT", "pt-BR", "ja-JP"]
    for language in languages[1:]:
        server.vocabularies[f"bank-{language.lower()}"] = (language, "READY")
    server.filters["swearing-es-us"] = "es-US"
    given = {"vocabulary_name": "bank", "vocabulary_filter_name": "swearing"}
    async with opened(transcribe_languages="|".join(languages), **given) as transcribe:
        told = await transcribe.start(UNKNOWN)
    [request] = server.asked("StartTranscriptionJob")
    named: Any = request["LanguageIdSettings"]
    assert list(named) == languages[1:6]
    assert named["es-US"] == {"VocabularyName": "bank-es-us", "VocabularyFilterName": "swearing-es-us"}
    assert named["fr-CA"] == {"VocabularyName": "bank-fr-ca"}
    assert request["Settings"] == {"ShowSpeakerLabels": True, "MaxSpeakerLabels": 2, "VocabularyFilterMethod": "mask"}
    assert "The custom vocabulary bank-en-us was not used: it does not exist." in told
    assert "The word lists of ja-JP were not used: a job takes those of 5." in told


async def test_undefined_word_list_is_none(opened: Opened, server: TranscribeServer) -> None:
    await started(opened, server, JOB, vocabulary_name="undefined", vocabulary_filter_name=" ")
    assert not server.asked("GetVocabulary")
    assert not server.asked("GetVocabularyFilter")


async def test_call_of_two_channels_goes_to_call_analytics(opened: Opened, server: TranscribeServer) -> None:
    server.vocabularies["bank-en-us"] = ("en-US", "READY")
    given = {"vocabulary_name": "bank", "transcribe_kms_key": "alias/media", "transcribe_tags": "cost=media"}
    analytics = {"transcriber": "call-analytics", "call_analytics_role_arn": ROLE}
    assert await started(opened, server, STEREO, **given, **analytics) == {
        "CallAnalyticsJobName": "e2.1",
        "Media": {"MediaFileUri": "s3://bank-omni-lex-sentiment-source-audio/originalAudio/stereo.wav"},
        "OutputLocation": "s3://bank-omni-lex-sentiment-transcribe-output/transcribeJobs/e2.1.json",
        "OutputEncryptionKMSKeyId": "alias/media",
        "DataAccessRoleArn": ROLE,
        "Settings": {
            "LanguageOptions": ["en-US"],
            "VocabularyName": "bank-en-us",
            "ContentRedaction": {"RedactionType": "PII", "RedactionOutput": "redacted"},
        },
        "ChannelDefinitions": [
            {"ChannelId": 0, "ParticipantRole": "CUSTOMER"},
            {"ChannelId": 1, "ParticipantRole": "AGENT"},
        ],
        "Tags": [{"Key": "cost", "Value": "media"}],
    }


@pytest.mark.parametrize(
    ("roles", "known", "agent"),
    [
        ("undefined", None, 1),
        ("AGENT | CALLER", None, 0),
        ("CALLER | AGENT", None, 1),
        ("CALLER | BOT", None, 1),
        ("CALLER | AGENT", 0, 0),
        ("AGENT | CALLER", 1, 1),
    ],
)
async def test_side_car_and_setting_tell_the_agents_channel(
    opened: Opened, server: TranscribeServer, roles: str, known: int | None, agent: int
) -> None:
    job = TranscriptionJob("e", SOURCE, "a.wav", 2, "en-US", agent_channel=known)
    analytics = {"transcriber": "call-analytics", "call_analytics_role_arn": ROLE, "channel_roles": roles}
    request = await started(opened, server, job, **analytics)
    found = {one["ChannelId"]: one["ParticipantRole"] for one in request["ChannelDefinitions"]}
    assert found == {agent: "AGENT", 1 - agent: "CUSTOMER"}


async def test_call_of_one_channel_goes_to_the_standard_api(opened: Opened, server: TranscribeServer) -> None:
    request = await started(opened, server, JOB, transcriber="call-analytics", call_analytics_role_arn=ROLE)
    assert request["TranscriptionJobName"] == "e1.1"


async def test_languages_of_call_analytics_have_their_own_word_lists(opened: Opened, server: TranscribeServer) -> None:
    server.vocabularies["bank-es-us"] = ("es-US", "READY")
    job = TranscriptionJob("e", SOURCE, "a.wav", 2, None)
    given = {"vocabulary_name": "bank", "transcribe_languages": "en-US|es-US"}
    request = await started(opened, server, job, transcriber="call-analytics", call_analytics_role_arn=ROLE, **given)
    assert request["Settings"] == {
        "LanguageOptions": ["en-US", "es-US"],
        "LanguageIdSettings": {"es-US": {"VocabularyName": "bank-es-us"}},
    }


@pytest.mark.parametrize("job", [JOB, STEREO])
async def test_job_that_is_there_already_is_success(
    opened: Opened, server: TranscribeServer, job: TranscriptionJob
) -> None:
    async with opened(transcriber="call-analytics", call_analytics_role_arn=ROLE) as transcribe:
        await transcribe.start(job)
        await transcribe.start(job)
        assert await transcribe.state(job.name) == JobState("open")
    assert server.names() == [job.name]


@pytest.mark.parametrize("job", [JOB, STEREO])
async def test_what_a_job_heard_is_fetched_and_forgotten(
    opened: Opened, server: TranscribeServer, blobs: FolderBlobs, tmp_path: Path, job: TranscriptionJob
) -> None:
    key = f"transcribeJobs/redacted-{job.name}.json"
    uri = f"https://s3.us-east-1.amazonaws.com/bank-{OUTPUT}/{key}"
    async with opened(transcriber="call-analytics", call_analytics_role_arn=ROLE) as transcribe:
        await transcribe.start(job)
        await blobs.put(OUTPUT, key, b'{"heard": true}')
        server.end(job.name, uri=uri, redacted=True)
        assert await transcribe.state(job.name) == JobState("done")
        await transcribe.fetch(job.name, tmp_path / "heard.json")
        assert (tmp_path / "heard.json").read_bytes() == b'{"heard": true}'
        await transcribe.forget(job.name)
        await transcribe.forget(job.name)
        assert await transcribe.state(job.name) == JobState("unknown")
        with pytest.raises(NotFound):
            await transcribe.fetch(job.name, tmp_path / "heard.json")
    assert await blobs.listing(OUTPUT, "") == []


@pytest.mark.parametrize(
    "uri",
    [
        f"https://s3.amazonaws.com/bank-{OUTPUT}/transcribeJobs/e1.1.json",
        f"https://s3-eu-west-1.amazonaws.com/bank-{OUTPUT}/transcribeJobs/e1.1.json",
        f"https://bank-{OUTPUT}.s3.eu-west-1.amazonaws.com/transcribeJobs/e1.1.json",
        f"s3://bank-{OUTPUT}/transcribeJobs/e1.1.json",
    ],
)
async def test_address_of_the_transcript_is_read_in_every_form(
    opened: Opened, server: TranscribeServer, blobs: FolderBlobs, tmp_path: Path, uri: str
) -> None:
    await blobs.put(OUTPUT, "transcribeJobs/e1.1.json", b"{}")
    async with opened() as transcribe:
        await transcribe.start(JOB)
        server.end("e1.1", uri=uri)
        await transcribe.fetch("e1.1", tmp_path / "heard.json")
    assert (tmp_path / "heard.json").read_bytes() == b"{}"


@pytest.mark.parametrize(
    "uri", [None, "https://s3.amazonaws.com/others/transcribeJobs/e1.1.json", f"s3://bank-{OUTPUT}/parsedFiles/x.json"]
)
async def test_transcript_that_is_elsewhere_is_not_fetched(
    opened: Opened, server: TranscribeServer, tmp_path: Path, uri: str | None
) -> None:
    async with opened() as transcribe:
        await transcribe.start(JOB)
        server.end("e1.1", uri=uri)
        with pytest.raises(UpstreamFailed):
            await transcribe.fetch("e1.1", tmp_path / "heard.json")


@pytest.mark.parametrize(
    ("reason", "passing"),
    [
        ("Internal failure. Please try your request again.", True),
        ("ThrottlingException: rate exceeded", True),
        ("The media format provided does not match the detected media format.", False),
    ],
)
async def test_failed_job_says_why_and_whether_another_may_succeed(
    opened: Opened, server: TranscribeServer, reason: str, passing: bool
) -> None:
    async with opened() as transcribe:
        await transcribe.start(JOB)
        server.end("e1.1", failure=reason)
        state = await transcribe.state("e1.1")
    assert state == JobState("failed", f"Amazon Transcribe could not transcribe the recording: {reason}", passing)


@pytest.mark.parametrize("job", [UNKNOWN, TranscriptionJob("e4.1", SOURCE, "a.wav", 2, None)])
async def test_job_that_did_not_find_the_language_out_names_the_first_one(
    opened: Opened, server: TranscribeServer, job: TranscriptionJob
) -> None:
    analytics = {"transcriber": "call-analytics", "call_analytics_role_arn": ROLE}
    async with opened(transcribe_languages="es-US|en-US", **analytics) as transcribe:
        await transcribe.start(job)
        server.end(job.name, failure="Your audio file must have a longer speech segment.")
        assert (await transcribe.state(job.name)).try_language == "es-US"


async def test_recording_that_is_refused_is_rejected_with_the_reason(opened: Opened, server: TranscribeServer) -> None:
    server.faults = [AwsError("BadRequestException", "The specified sample rate is not supported.")]
    async with opened() as transcribe:
        with pytest.raises(RejectedSource, match="sample rate is not supported") as refused:
            await transcribe.start(JOB)
    assert refused.value.code == "transcriber_refused"


async def test_name_that_no_address_can_hold_is_rejected_unasked(opened: Opened, server: TranscribeServer) -> None:
    job = TranscriptionJob("e", SOURCE, "originalAudio/a\nb.wav", 1, "en-US")
    async with opened() as transcribe:
        with pytest.raises(RejectedSource, match="control letters"):
            await transcribe.start(job)
    assert server.requests == []


@pytest.mark.parametrize(
    ("kind", "status", "raised"),
    [
        ("ThrottlingException", 400, TooManyRequests),
        ("LimitExceededException", 400, TooManyRequests),
        ("InternalFailureException", 500, UpstreamFailed),
        ("ServiceUnavailable", 503, Unavailable),
        ("AccessDeniedException", 400, UpstreamFailed),
        ("UnrecognizedClientException", 400, UpstreamFailed),
    ],
)
async def test_fault_of_the_service_is_nobody_elses(
    opened: Opened, server: TranscribeServer, kind: str, status: int, raised: type[Exception]
) -> None:
    server.faults = [AwsError(kind, status=status)] * 3
    async with opened() as transcribe:
        with pytest.raises(raised) as fault:
            await transcribe.start(JOB)
    assert "telltale" not in str(fault.value)


async def test_whatever_is_asked_may_be_refused(opened: Opened, server: TranscribeServer, tmp_path: Path) -> None:
    async with opened() as transcribe:
        for ask in (transcribe.state, transcribe.forget, lambda name: transcribe.fetch(name, tmp_path / "x")):
            server.faults = [AwsError("AccessDeniedException")]
            with pytest.raises(UpstreamFailed):
                await ask("e1.1")


async def test_one_throttled_request_is_tried_again(opened: Opened, server: TranscribeServer) -> None:
    server.faults = [AwsError("ThrottlingException")]
    async with opened() as transcribe:
        await transcribe.start(JOB)
    assert server.names() == ["e1.1"]


def test_call_analytics_needs_a_role_and_all_need_s3(data_dir: Path) -> None:
    with pytest.raises(ValueError, match="OMNILEX_CALL_ANALYTICS_ROLE_ARN"):
        MediaSettings(data_dir=data_dir, blobs_url="s3:", transcriber="call-analytics")
    with pytest.raises(ValueError, match="OMNILEX_BLOBS_URL"):
        MediaSettings(data_dir=data_dir, transcriber="transcribe")
    with pytest.raises(ValueError, match="transcribe_tags"):
        MediaSettings(data_dir=data_dir, transcribe_tags=("cost",))


@pytest.mark.parametrize(
    ("languages", "given", "watched", "language"),
    [
        ("en-US", None, True, "en-US"),
        ("de-DE", None, True, "de-DE"),
        ("de-DE", None, False, "en-GB"),
        ("de-DE|en-US", None, True, None),
        ("de-DE|en-US", None, False, None),
        ("de-DE|en-US", "fr-CA", True, "fr-CA"),
        ("de-DE|en-US", "en", True, "en-US"),
        ("de-DE", "ja-JP", False, "ja-JP"),
    ],
)
def test_spoken_language(
    data_dir: Path, languages: str, given: str | None, watched: bool, language: str | None
) -> None:
    settings = MediaSettings.model_validate(
        {"data_dir": data_dir, "transcribe_languages": languages, "transcribe_alternate_language": "en-GB"}
    )
    assert settings.spoken_language(UploadMetadata(language=given), watched=watched) == language
