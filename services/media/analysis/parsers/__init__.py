"""Text sources, one module each."""

from pathlib import Path

from services.media.analysis.transcript import Transcript
from shared.schemas.ledger import SourceKind


def read_transcript(kind: SourceKind, path: Path) -> Transcript:
    """Reads a source of any kind but `audio`. Raises `RejectedSource` naming what is missing."""
    raise NotImplementedError
