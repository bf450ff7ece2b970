"""The file under analysis: what it was found to be, what is known of it, and why it may be refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shared.schemas.interaction import RoleName
from shared.schemas.ledger import SourceKind, UploadMetadata


class RejectedSource(Exception):
    """Final: this file can never be processed as it is. `sentence` is for people and quotes nothing of the content."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(code, sentence)  # both in `args`: it is pickled on its way out of a child process
        self.code = code
        self.sentence = sentence

    def __str__(self) -> str:
        return f"{self.code}: {self.sentence}"


@dataclass(frozen=True)
class Identified:
    """What probing the bytes showed. `duration` in seconds and the audio fields are null for text sources.

    Of several audio `tracks` the first that can be decoded is meant. `media_type` is what a browser plays the file as,
    null when not every one plays it.
    """

    kind: SourceKind
    duration: float | None = None
    channels: int | None = None
    sample_rate: int | None = None
    codec: str | None = None
    language: str | None = None
    tracks: int = 1
    media_type: str | None = None


@dataclass(frozen=True)
class Subject:
    """The interaction that the file becomes. `modified` is the object's own time, used when nothing better is known.

    `corrected_roles` is what people have said of its speakers after an earlier analysis.
    """

    interaction_id: str
    bucket: str
    key: str
    name: str
    seen_at: datetime
    modified: datetime
    metadata: UploadMetadata
    corrected_roles: Mapping[str, RoleName] = field(default_factory=dict)
