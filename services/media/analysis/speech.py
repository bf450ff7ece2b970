"""Speech to text."""

from pathlib import Path

from services.media.analysis.settings import AnalysisSettings
from services.media.analysis.source import Identified
from services.media.analysis.transcript import Transcript


def transcribe(
    path: Path, identified: Identified, language: str, settings: AnalysisSettings | None = None
) -> Transcript:
    """Blocking and CPU-bound; safe in a spawned child process. Raises `RejectedSource`.

    Without `settings` they are read from the environment of this process.
    """
    raise NotImplementedError
