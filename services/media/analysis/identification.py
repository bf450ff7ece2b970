"""What a file is, told from its bytes."""

from pathlib import Path

from services.media.analysis.source import Identified


def identify(path: Path, name: str) -> Identified:
    """Probes the bytes at `path`; `name` (the file's own name) only words the sentence. Raises `RejectedSource`."""
    raise NotImplementedError
