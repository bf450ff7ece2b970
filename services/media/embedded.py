"""The analyser of a single machine: `services.media.analysis` in child processes.

Children write their documents to files, so neither transcripts nor the text of a fault travel between processes.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

from services.media import analysis
from services.media.analysis import collecting
from services.media.analysis.categories import categorised, rules_in_force
from services.media.analysis.quarantine import release
from services.media.analysis.redaction import redact_turns
from services.media.analysis.result import language_in
from services.media.analysis.retelling import conversation_of
from services.media.analysis.settings import AnalysisSettings
from services.media.analysis.source import Identified, RejectedSource, Subject
from services.media.analysis.summary import summed_up
from services.media.analysis.turns import form_turns, word_separator
from services.media.judging import judge
from services.media.ports import AnalysisFailed, Summariser, TextAnalyst
from services.media.progress import ProgressFile, progress_file
from services.media.retelling import put_in, written
from services.media.settings import MediaSettings
from services.media.support_files import SupportFiles
from shared.processes import Processes
from shared.schemas.interaction import Interaction

log = logging.getLogger("omnilex.media.analysis")
T = TypeVar("T")


@dataclass(frozen=True)
class _Given(Generic[T]):
    value: T


@dataclass(frozen=True)
class _Refused:
    code: str
    sentence: str


@dataclass(frozen=True)
class _Failed:
    kind: str


class LocalAnalyser:
    """Recordings are heard in `speech`, everything short is done in `desk`, so that it never waits for a long call."""

    def __init__(
        self,
        settings: MediaSettings,
        *,
        desk: Processes,
        speech: Processes,
        analyst: TextAnalyst | None = None,
        summariser: Summariser | None = None,
        support: SupportFiles | None = None,
    ) -> None:
        self._settings = settings
        self._support = support
        self._analyst = analyst
        self._summariser = summariser
        self._desk = desk
        self._speech = speech

    async def identify(self, source: Path, name: str) -> Identified:
        return await self._at_desk(partial(analysis.identify, source, name))

    async def transcribe(self, source: Path, identified: Identified, language: str, transcript: Path) -> None:
        if identified.kind != "audio":
            await self._at_desk(partial(read, source, identified, transcript))
            return
        task = partial(hear, source, identified, language, transcript, settings=self._settings)
        await _answer(self._speech, self._settings.transcribe_timeout_seconds, task)

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
        if self._analyst is not None:
            transcript = await self._judged(transcript, identified, subject, self._analyst)
        support = await self._support.current() if self._support is not None else None
        task = partial(score, transcript, identified, subject, settings=self._settings, audio=audio, support=support)
        shown = result.with_name("shown.json") if self._summariser is not None else None
        await self._at_desk(partial(task, result=result, redacted=redacted, shown=shown))
        if self._summariser is not None and shown is not None:
            answer = await written(shown, self._summariser)
            engine, most = self._summariser.name, self._settings.summary_most_characters
            await self._at_desk(partial(put_in, result, shown, answer, engine=engine, most=most))

    async def _judged(self, transcript: Path, identified: Identified, subject: Subject, analyst: TextAnalyst) -> Path:
        """The turns without personal data, as the analyst judges them. Only those leave this machine."""
        turns, judged = transcript.with_name("turns.json"), transcript.with_name("judged.json")
        await self._at_desk(partial(write_turns, transcript, identified, subject, turns, settings=self._settings))
        found = await asyncio.to_thread(lambda: analysis.Transcript.model_validate_json(turns.read_bytes()))
        found = await judge(found, analyst)
        await asyncio.to_thread(judged.write_bytes, found.model_dump_json().encode())
        return judged

    async def copy_for_playback(self, source: Path, identified: Identified, result: Path, target: Path) -> bool:
        task = partial(copy_out, source, identified, result, target)
        return await _answer(self._speech, self._settings.transcribe_timeout_seconds, task)

    async def _at_desk(self, task: Callable[[], T]) -> T:
        return await _answer(self._desk, self._settings.analysis_timeout_seconds, task)


@asynccontextmanager
async def open_analyser(
    settings: MediaSettings,
    analyst: TextAnalyst | None = None,
    summariser: Summariser | None = None,
    support: SupportFiles | None = None,
) -> AsyncIterator[LocalAnalyser]:
    """The analyser; its processes start when first needed and end with the block.

    An analyst judges the texts, a summariser writes the summaries; without them both is done here. Without `support`
    the support files are read where a laptop has them.
    """
    level, memory = settings.log_level, settings.analysis_memory_bytes
    desk = Processes(settings.analysis_workers, "media", level, memory_bytes=memory)
    memory = settings.transcribe_memory_bytes
    speech = Processes(settings.transcribe_workers, "media", level, memory_bytes=memory)
    try:
        yield LocalAnalyser(settings, desk=desk, speech=speech, analyst=analyst, summariser=summariser, support=support)
    finally:
        await desk.close()
        await speech.close()


async def _answer(processes: Processes, seconds: float, task: Callable[[], T]) -> T:
    answer = await processes.run(seconds, partial(guarded, task))
    if isinstance(answer, _Refused):
        raise RejectedSource(answer.code, answer.sentence)
    if isinstance(answer, _Failed):
        raise AnalysisFailed(answer.kind)
    return answer.value


def guarded(task: Callable[[], T]) -> "_Given[T] | _Refused | _Failed":
    """In the child: the task's answer, or what became of it in values that are safe to hand over."""
    try:
        return _Given(task())
    except RejectedSource as refusal:
        return _Refused(refusal.code, refusal.sentence)
    except MemoryError:
        raise
    except Exception as error:
        log.exception("analysis.failed")
        return _Failed(type(error).__name__)


def hear(source: Path, identified: Identified, language: str, transcript: Path, *, settings: AnalysisSettings) -> None:
    heard = analysis.transcribe(source, identified, language, settings, ProgressFile(progress_file(transcript)))
    transcript.write_text(heard.model_dump_json(), encoding="utf-8")


def read(source: Path, identified: Identified, transcript: Path) -> None:
    found = analysis.read_transcript(identified.kind, source)
    transcript.write_text(found.model_dump_json(), encoding="utf-8")


def score(
    transcript: Path,
    identified: Identified,
    subject: Subject,
    *,
    settings: MediaSettings,
    audio: Path | None,
    result: Path,
    redacted: Path,
    shown: Path | None = None,
    support: Path | None = None,
) -> None:
    """Writes the result and the transcript that may be kept; to `shown` what a summariser is to see."""
    with collecting.put_off():
        found = analysis.Transcript.model_validate_json(transcript.read_bytes())
        language = language_in(found, identified, subject, settings)
        hides = settings.redacts(language)
        found = without_personal_data(found, language, settings)
        kept = found.model_dump_json().encode()
        told = found.model_copy(update={"language": language})  # what is hidden could make it look like another
        interaction = analysis.build_interaction(
            told, identified, subject, settings, audio=audio, support=support, formed=hides
        )
        interaction = summed_up(categorised(interaction, rules_in_force(settings, support)))
        if hides:
            _, leaks = release(kept, interaction.model_dump_json().encode())
            interaction = interaction.model_copy(update={"leaks": leaks.count})
        redacted.write_bytes(kept)
        result.write_bytes(interaction.model_dump_json().encode())
    if shown is not None:
        conversation = conversation_of(interaction, settings, most=settings.summary_most_input)
        shown.write_bytes(conversation.model_dump_json().encode())


def write_turns(
    transcript: Path, identified: Identified, subject: Subject, turns: Path, *, settings: AnalysisSettings
) -> None:
    found = analysis.Transcript.model_validate_json(transcript.read_bytes())
    language = language_in(found, identified, subject, settings)
    kept = without_personal_data(found, language, settings, always_turns=True)
    turns.write_text(kept.model_copy(update={"language": language}).model_dump_json(), encoding="utf-8")


def copy_out(source: Path, identified: Identified, result: Path, target: Path) -> bool:
    recording = Interaction.model_validate_json(result.read_bytes()).recording
    if recording is None or recording.copied is None:
        return False
    analysis.write_copy(source, target, stereo=identified.channels == 2, silenced=recording.silenced)
    return True


def without_personal_data(
    transcript: analysis.Transcript, language: str, settings: AnalysisSettings, *, always_turns: bool = False
) -> analysis.Transcript:
    """The transcript by turns and, in a language that is redacted, redacted as the result is."""
    redacted = settings.redacts(language)
    if not redacted and not always_turns:
        return transcript
    separator = word_separator(language)
    turns = form_turns(transcript.utterances, separator)
    if redacted:
        turns = redact_turns(turns, separator)
    return transcript.model_copy(update={"utterances": turns})
