"""Settings of the media service: the analysis part is inherited, the seed's bucket and folder names are kept."""

import os
import re
from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator

from services.media.aws_settings import AwsSettings
from shared.settings import BarList

MIB = 1024 * 1024
_RETENTION = re.compile(r"[^=\s/][^=]{0,199}=\s*[1-9][0-9]{0,4}")


def _spare_cores() -> int:
    return max(1, (os.cpu_count() or 1) - 1)


class MediaSettings(AwsSettings):
    """Times in seconds, sizes in bytes."""

    media_database_url: str = "sqlite"
    workflow_database_url: str = "sqlite"
    blobs_url: str = "folder:"
    insights_url: str = "http://127.0.0.1:8085"

    input_bucket_name: str = "omni-lex-sentiment-source-audio"
    input_bucket_raw_audio: str = "originalAudio"
    input_bucket_failed_transcriptions: str = "failedAudio"
    input_bucket_audio_playback: str = "mp3"
    input_bucket_conversation_logs: str = "conversationLogs"
    output_bucket_name: str = "omni-lex-sentiment-transcribe-output"
    output_bucket_parsed_results: str = "parsedFiles"
    output_bucket_transcripts: str = "transcripts"
    output_bucket_transcribe_jobs: str = Field(
        "transcribeJobs", pattern=r"^[a-zA-Z0-9_.!*'()-]{1,200}$", description="where Transcribe writes; emptied again"
    )

    step_function_name: str = Field(
        "PostCallAnalyticsWorkflow",
        pattern=r"^[A-Za-z0-9_-]{1,80}$",
        description="name of the workflow in the log, where several systems share one; there is no Step Functions",
    )

    bulk_upload_bucket: str = "omni-lex-sentiment-bulk-upload"
    bulk_upload_max_drip_rate: int = Field(50, ge=1, description="objects of bulks let in within a minute, in all")
    bulk_upload_max_transcribe_jobs: int = Field(
        250, ge=1, description="recordings in transcription or on the way to it, at which bulks wait"
    )
    ledger_readers: int = Field(200, ge=1, description="who may follow the ledger's events in one process at once")
    ledger_look_seconds: float = Field(0.5, gt=0, description="between two looks for changes, for each of them")
    ledger_quiet_seconds: float = Field(15, gt=0, description="after which a connection without changes says so")
    ledger_stream_seconds: float = Field(300, gt=0, description="after which a reader must come back")
    watchdog_seconds: float = Field(30, gt=0, description="between two looks for entries that do not move")
    waiting_limit_seconds: float = Field(
        3600, gt=0, description="for which an entry may wait to be started without being called stuck"
    )
    erasure_look_seconds: float = Field(10, gt=0, description="between two tries to erase what is left of an order")
    erasure_settle_seconds: float = Field(5, ge=0, description="in which what was begun before an order may still end")
    retention: BarList = Field((), description="`folder=days`, for example `failedAudio=30|originalAudio=400`")
    retention_sweep_seconds: float = Field(86400, gt=0, description="between two looks for what is too old")
    bulk_look_seconds: float = Field(1.0, gt=0, description="between two looks at what of the bulks may be let in")

    max_upload_bytes: int = Field(500 * MIB, gt=0, description="of one file")
    max_upload_request_bytes: int = Field(2048 * MIB, gt=0, description="of all the files of one request")
    presigned_seconds: int = Field(900, ge=60, le=43200, description="in which a direct upload must have begun")
    max_object_bytes: int = Field(4096 * MIB, gt=0, description="of an object found in the bucket; more is rejected")
    watch_seconds: float = Field(1.0, gt=0, description="between two looks at the watched folders")
    watch_settle_seconds: float = Field(
        1.0, ge=0, description="for how long a dropped object must have been left alone"
    )

    sweep_seconds: float = Field(
        6 * 3600, gt=0, description="between two looks through the watched folders where a queue tells of objects"
    )

    analysis_memory_bytes: int = Field(2048 * MIB, ge=512 * MIB, description="of one process that analyses")
    transcribe_memory_bytes: int = Field(4096 * MIB, ge=512 * MIB, description="of one process that hears recordings")
    transcribe_workers: int = Field(default_factory=_spare_cores, ge=1)
    analysis_workers: int = Field(default_factory=_spare_cores, ge=1)
    workflow_concurrency: int = Field(16, ge=1, description="objects in work at once, of each queue")
    step_attempts: int = Field(5, ge=1)
    step_retry_seconds: float = Field(0.5, gt=0, description="before the second attempt; doubles each time")
    outage_patience_seconds: float = Field(86400, ge=0, description="how long a part that is away is waited for")
    transfer_timeout_seconds: float = Field(900, gt=0)
    analysis_timeout_seconds: float = Field(600, gt=0, description="to identify, to parse, to analyse: each")
    transcribe_timeout_seconds: float = Field(4 * 3600, gt=0)
    transcribe_poll_seconds: float = Field(
        60, gt=0, description="between two looks at a job elsewhere, when no notification comes"
    )
    max_recovery_attempts: int = Field(
        5, ge=1, description="workers that may die in one step of an object before it is given up"
    )
    worker_lease_seconds: float = Field(
        12, ge=1, description="after which the work of a worker that says nothing goes to the others (on PostgreSQL)"
    )
    media_works_here: bool = Field(
        True, description="whether the process that serves the API works on objects; on SQLite it must"
    )

    @model_validator(mode="after")
    def _folders_are_apart(self) -> Self:
        """A copy or a failure that came back as a new object would never end."""
        written = (self.input_bucket_audio_playback, self.input_bucket_failed_transcriptions)
        for name in written:
            if any(f"{name}/".startswith(f"{folder}/") for folder in self.watched_folders):
                raise ValueError(f"{name!r} cannot be the folder of what is written: it is one that is watched")
        return self

    @model_validator(mode="after")
    def _parts_have_their_store(self) -> Self:
        if self.transcriber != "local" and not self._on_s3:
            raise ValueError(f"OMNILEX_TRANSCRIBER={self.transcriber} reads from S3: set OMNILEX_BLOBS_URL=s3:")
        if not self.media_works_here and self.workflow_url().startswith("sqlite"):
            raise ValueError("OMNILEX_MEDIA_WORKS_HERE=false needs workers, and so PostgreSQL behind all of them")
        if self.arrivals_queue_url and not self._on_s3:
            raise ValueError("OMNILEX_ARRIVALS_QUEUE_URL tells of objects in S3: set OMNILEX_BLOBS_URL=s3:")
        return self

    @property
    def _on_s3(self) -> bool:
        return self.blobs_url.startswith("s3:")

    @property
    def bucket_prefix(self) -> str:
        """Put before every bucket's name in S3."""
        return self.blobs_url.removeprefix("s3:") if self._on_s3 else ""

    @field_validator("retention")
    @classmethod
    def _retention_is_days_by_folder(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for limit in value:
            if _RETENTION.fullmatch(limit) is None:
                raise ValueError(f"OMNILEX_RETENTION: a folder and days are wanted, as in failedAudio=30, not {limit}")
        return value

    @property
    def retention_limits(self) -> dict[str, int]:
        """Days by folder."""
        split = (limit.rpartition("=") for limit in self.retention)
        return {folder.strip().strip("/"): int(days) for folder, _, days in split}

    @property
    def work_dir(self) -> Path:
        """Where objects in work have their local copies."""
        return self.data_dir.resolve() / "media-work"

    @property
    def watched_folders(self) -> tuple[str, ...]:
        return (self.input_bucket_raw_audio, self.input_bucket_conversation_logs)

    def workflow_url(self) -> str:
        """The workflow engine's own database; plain `sqlite` means a file of its own in the data folder."""
        if self.workflow_database_url == "sqlite":
            return f"sqlite:///{self.data_dir.resolve() / 'workflow.sqlite'}"
        return self.workflow_database_url
