"""What the pipeline needs from outside, and the faults that stand for it going wrong."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from services.media.analysis.source import Identified, Subject
from shared.schemas.interaction import EntityMention, Interaction, Sentiment

EngineState = Literal["alive", "ended"]


class AnalysisFailed(Exception):
    """A fault in the analysis itself. Its message names the fault's type only: its own text may quote the customer."""


class NoSummary(Exception):
    """Nobody wrote a summary. Its message is a sentence for people that quotes nothing."""


class Analyser(Protocol):
    """Turns bytes into a scored interaction, off the event loop.

    Every method raises RejectedSource (final), ProcessDied, TookTooLong or AnalysisFailed.
    """

    async def identify(self, source: Path, name: str) -> Identified: ...

    async def transcribe(self, source: Path, identified: Identified, language: str, transcript: Path) -> None:
        """Writes the `Transcript` to the file `transcript`: heard from audio, read from anything else. Not redacted.

        Meanwhile `progress_file(transcript)` says how far it has come with a recording.
        """

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

    async def copy_for_playback(self, source: Path, identified: Identified, result: Path, target: Path) -> bool:
        """Writes an MP3 of the recording to the file `target`, if the `Interaction` in the file `result` wants one."""


@dataclass(frozen=True)
class TranscriptionJob:
    """A recording to transcribe elsewhere. `name` is ours and fixed: starting the same name twice is one job.

    It has at most 128 letters of A-Z, a-z, 0-9, `.`, `_` and `-`. `channels` counts those that hold different speech.
    `language` is null where the transcriber is to find out. `agent_channel` (from 0) is known from the side-car.
    """

    name: str
    bucket: str
    key: str
    channels: int
    language: str | None
    agent_channel: int | None = None


@dataclass(frozen=True)
class JobState:
    """`sentence` says why a job failed; `passing` that the same recording may succeed in a new job.

    `try_language`: so it may in a new job in this language, because the job was to find the language out.
    """

    status: Literal["open", "done", "failed", "unknown"]
    sentence: str | None = None
    passing: bool = False
    try_language: str | None = None


class Transcriber(Protocol):
    """Speech to text by jobs in another system. Raises AWAY and TooManyRequests problems as they come."""

    async def start(self, job: TranscriptionJob) -> Sequence[str]:
        """Starts the job; one of this name that is there already is success. Raises RejectedSource.

        Sentences for the result's warnings: what was asked for by the settings and had to be left out.
        """

    async def state(self, name: str) -> JobState: ...

    async def fetch(self, name: str, target: Path) -> None:
        """Streams what a done job heard, in the transcriber's own JSON, to the file `target`. Raises NotFound."""

    async def forget(self, name: str) -> None:
        """Removes the job and what it wrote; one that is not there is no error."""


class Index(Protocol):
    async def index(self, document: Interaction) -> None:
        """Puts the document in the index in place of an earlier one with the same id."""

    async def remove(self, interaction_id: str) -> None:
        """Takes the document out of the index; one that is not there is no error."""


class Engine(Protocol):
    """Durable execution: what was enqueued runs to its end, over any number of restarts and on any worker.

    A run is one try of an entry from its beginning, counted from 1; each has a workflow of its own.
    """

    async def enqueue(self, entry_id: str, run: int, name: str, *, bulk: bool = False) -> None:
        """Starts the run, once for ever. `name` is the file's own, to choose a queue; `bulk` waits for all else."""

    async def states(self, runs: Collection[tuple[str, int]]) -> Mapping[tuple[str, int], EngineState]:
        """The state of each run; one that the engine does not know is left out."""

    async def lost(self, limit: int) -> list[tuple[str, int]]:
        """Runs that ended without coming to the end of their way."""

    async def take_up_stranded(self) -> int:
        """Goes on with runs of this worker that the engine lost hold of, as it may when its database breaks off.

        Only what was found so in two looks running; gives how many that were.
        """

    async def notify(self, job_name: str) -> None:
        """Wakes whoever waits for this transcription job; for a job that nobody waits for it does nothing."""

    async def cancel(self, entry_id: str, run: int) -> None:
        """Stops the run where it stands, at the latest before its next step."""

    async def forget(self, entry_id: str, run: int) -> None:
        """Removes what the engine keeps of the run; one that it does not know is no error."""

    async def forget_ended(self, before: datetime, limit: int) -> int:
        """Removes what the engine keeps of runs that came to their end before this moment; gives how many it were."""


class IncomingFile(Protocol):
    """A file being uploaded."""

    @property
    def name(self) -> str: ...

    @property
    def size(self) -> int: ...

    def chunks(self) -> AsyncIterator[bytes]: ...


class TextAnalyst(Protocol):
    """Judges texts, redacted already, in another system; answers come in the order of the texts.

    Raises AWAY and TooManyRequests problems as they come.
    """

    async def sentiments(self, texts: Sequence[str], language: str) -> list[Sentiment]: ...

    async def entities(self, texts: Sequence[str], language: str) -> list[list[EntityMention]]: ...

    async def language(self, texts: Sequence[str]) -> str | None: ...


class Summariser(Protocol):
    """Writes what a conversation, redacted already, was about, in another system.

    Raises NoSummary where it declines, and problems for what it was not asked, as they come.
    """

    @property
    def name(self) -> str:
        """What the result says of who made the summary."""

    async def summary(self, conversation: str, language: str) -> str: ...
