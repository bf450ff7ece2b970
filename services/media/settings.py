"""Settings of the media service: the analysis part is inherited, the seed's bucket and folder names are kept."""

import os
from pathlib import Path

from pydantic import Field

from services.media.analysis.settings import AnalysisSettings

MIB = 1024 * 1024


def _spare_cores() -> int:
    return max(1, (os.cpu_count() or 1) - 1)


class MediaSettings(AnalysisSettings):
    """Times in seconds, sizes in bytes."""

    media_database_url: str = "sqlite"
    workflow_database_url: str = "sqlite"
    blobs_url: str = "folder:"
    insights_url: str = "http://127.0.0.1:8085"

    input_bucket_name: str = "omni-lex-sentiment-source-audio"
    input_bucket_raw_audio: str = "originalAudio"
    input_bucket_failed_transcriptions: str = "failedAudio"
    input_bucket_conversation_logs: str = "conversationLogs"
    output_bucket_name: str = "omni-lex-sentiment-transcribe-output"
    output_bucket_parsed_results: str = "parsedFiles"
    output_bucket_transcripts: str = "transcripts"

    max_upload_bytes: int = Field(500 * MIB, gt=0, description="of one file")
    max_upload_request_bytes: int = Field(2048 * MIB, gt=0, description="of all the files of one request")
    watch_seconds: float = Field(1.0, gt=0, description="between two looks at the watched folders")
    watch_settle_seconds: float = Field(
        1.0, ge=0, description="for how long a dropped object must have been left alone"
    )

    transcribe_workers: int = Field(default_factory=_spare_cores, ge=1)
    analysis_workers: int = Field(default_factory=_spare_cores, ge=1)
    workflow_concurrency: int = Field(16, ge=1, description="objects in work at once, of each queue")
    step_attempts: int = Field(5, ge=1)
    step_retry_seconds: float = Field(0.5, gt=0, description="before the second attempt; doubles each time")
    outage_patience_seconds: float = Field(86400, ge=0, description="how long a part that is away is waited for")
    transfer_timeout_seconds: float = Field(900, gt=0)
    analysis_timeout_seconds: float = Field(600, gt=0, description="to identify, to parse, to analyse: each")
    transcribe_timeout_seconds: float = Field(4 * 3600, gt=0)

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
