"""The result document of one interaction."""

from pathlib import Path

from services.media.analysis.settings import AnalysisSettings
from services.media.analysis.source import Identified, Subject
from services.media.analysis.transcript import Transcript
from shared.schemas.interaction import Interaction


def build_interaction(
    transcript: Transcript, identified: Identified, subject: Subject, settings: AnalysisSettings, *, audio: Path | None
) -> Interaction:
    """Turns, roles, sentiment, times, entities and redaction; `audio` (the recording) adds loudness."""
    raise NotImplementedError
