"""Settings of the parts that are Amazon's: what needs what, and which parts they choose."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from services.media.assembly import open_sources, open_transcriber
from services.media.aws.queues import QueueReader
from services.media.aws.transcribe import AmazonTranscribe
from services.media.settings import MediaSettings
from services.media.sources import FolderWatch
from services.media.sweep import Sweep
from shared.blobs import BlobInfo, FolderBlobs

ROLE = "arn:aws:iam::123456789012:role/omnilex-call-analytics"
QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/"
S3 = {"blobs_url": "s3:bank-"}


def settings_of(folder: Path, **given: object) -> MediaSettings:
    return MediaSettings.model_validate({"data_dir": folder} | given)


@pytest.fixture
def aws_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"transcriber": "transcribe"}, "OMNILEX_BLOBS_URL"),
        ({"transcriber": "call-analytics", "call_analytics_role_arn": ROLE}, "OMNILEX_BLOBS_URL"),
        ({"arrivals_queue_url": QUEUE + "a"}, "OMNILEX_BLOBS_URL"),
        (S3 | {"transcriber": "call-analytics"}, "OMNILEX_CALL_ANALYTICS_ROLE_ARN"),
        (S3 | {"transcriber": "call-analytics", "call_analytics_role_arn": "me"}, "call_analytics_role_arn"),
        (S3 | {"transcriber": "whisper"}, "transcriber"),
        (S3 | {"vocabulary_name": "my words"}, "vocabulary_name"),
        (S3 | {"transcribe_tags": "cost"}, "transcribe_tags"),
        (S3 | {"transcribe_job_prefix": ""}, "transcribe_job_prefix"),
        ({"step_function_name": ""}, "step_function_name"),
        ({"step_function_name": "two words"}, "step_function_name"),
    ],
)
def test_what_cannot_work_is_refused_at_start_by_name(data_dir: Path, given: dict[str, object], names: str) -> None:
    with pytest.raises(ValueError, match=names):
        settings_of(data_dir, **given)


def test_production_wants_a_real_transcriber(data_dir: Path) -> None:
    url = "postgresql+psycopg://db/media"
    production = {
        "environment": "production",
        "internal_secret": "a secret of the bank that nobody knows",
        "media_database_url": url,
        "workflow_database_url": url,
        "text_analysis": "comprehend",
    }
    with pytest.raises(ValueError, match="OMNILEX_TRANSCRIBER=local"):
        settings_of(data_dir, **S3, **production)
    assert settings_of(data_dir, **S3, **production, transcriber="transcribe").transcriber == "transcribe"


@pytest.mark.parametrize(
    ("given", "kind", "analytics"),
    [
        ({}, type(None), None),
        (S3 | {"transcriber": "transcribe"}, AmazonTranscribe, False),
        (S3 | {"transcriber": "call-analytics", "call_analytics_role_arn": ROLE}, AmazonTranscribe, True),
    ],
)
async def test_setting_chooses_the_transcriber(
    aws_region: None, data_dir: Path, given: dict[str, object], kind: type, analytics: bool | None
) -> None:
    async with open_transcriber(settings_of(data_dir, **given), FolderBlobs(data_dir)) as transcriber:
        assert type(transcriber) is kind
        if isinstance(transcriber, AmazonTranscribe):
            assert (transcriber._analytics is not None) is analytics


@pytest.mark.parametrize(
    ("given", "kinds"),
    [
        ({}, [FolderWatch]),
        (S3, [FolderWatch]),
        (S3 | {"arrivals_queue_url": QUEUE + "a"}, [Sweep, QueueReader]),
        (S3 | {"transcription_queue_url": QUEUE + "t"}, [FolderWatch, QueueReader]),
        (
            S3 | {"arrivals_queue_url": QUEUE + "a", "transcription_queue_url": QUEUE + "t"},
            [Sweep, QueueReader, QueueReader],
        ),
        (
            S3 | {"arrivals_queue_url": QUEUE + "a", "transcription_queue_url": QUEUE + "a"},
            [Sweep, QueueReader],
        ),
    ],
)
async def test_queues_take_the_watchs_place(
    aws_region: None, data_dir: Path, given: dict[str, object], kinds: Sequence[type]
) -> None:
    async def seen(infos: Sequence[BlobInfo]) -> None:
        pass

    async def notify(name: str) -> None:
        pass

    settings = settings_of(data_dir, **given)
    async with open_sources(settings, FolderBlobs(data_dir), seen=seen, notify=notify, counts=Counter()) as sources:
        assert [type(source) for source in sources] == list(kinds)
