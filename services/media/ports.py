"""What the pipeline needs from outside, and the faults that stand for it going wrong."""

from collections.abc import AsyncIterator, Collection, Mapping
from pathlib import Path
from typing import Literal, Protocol

from services.media.analysis.source import Identified, Subject
from shared.schemas.interaction import Interaction

EngineState = Literal["alive", "ended"]


class AnalysisFailed(Exception):
    """A fault in the analysis itself. Its message names the fault's type only: its own text may quote the customer."""


class Analyser(Protocol):
    """Turns bytes into a scored interaction, off the event loop.

    Every method raises RejectedSource (final), ProcessDied, TookTooLong or AnalysisFailed.
    """

    async def identify(self, source: Path, name: str) -> Identified: ...

    async def transcribe(self, source: Path, identified: Identified, language: str, transcript: Path) -> None:
        """Writes the `Transcript` to the file `transcript`: heard from audio, read from anything else. Not redacted."""

    async def analyse(
        self,
        transcript: Path,
        identified: Identified,
        subject: Subject,
        *,
        audio: Path | None,
        result: Path,
        redacted: Path,
    ) -> None:
        """Writes the `Interaction` to the file `result` and the transcript as it may be kept to `redacted`.

        `audio` is given for the loudness.
        """


class Index(Protocol):
    async def index(self, document: Interaction) -> None:
        """Puts the document in the index in place of an earlier one with the same id."""


class Engine(Protocol):
    """Durable execution: what was enqueued runs to its end, over any number of restarts."""

    async def enqueue(self, entry_id: str, name: str) -> None:
        """Starts the entry's workflow, once for ever. `name` is the file's own, to choose a queue."""

    async def states(self, entry_ids: Collection[str]) -> Mapping[str, EngineState]:
        """The state of each entry's workflow; an entry without one is left out."""


class IncomingFile(Protocol):
    """A file being uploaded."""

    @property
    def name(self) -> str: ...

    @property
    def size(self) -> int: ...

    def chunks(self) -> AsyncIterator[bytes]: ...
