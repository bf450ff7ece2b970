"""Speech to text: a recording becomes words with times, told apart by channel or by voice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from services.media.analysis.activity import FRAMES_PER_SECOND, Stretch, cut_out, joined, speech_stretches
from services.media.analysis.loudness import Levels, measure
from services.media.analysis.recording import decoded
from services.media.analysis.settings import AnalysisSettings
from services.media.analysis.source import Identified
from services.media.analysis.transcript import Separation, Transcript, Utterance
from services.media.analysis.voice_features import Window, windows_of
from services.media.analysis.voices import Voices, tell_apart
from shared.schemas.interaction import Word

_SPEECH_LEVEL = -20.0  # dBFS to which speech is brought: recognisers expect a near microphone
_MOST_GAIN = 30.0  # dB


Progress = Callable[[float, float], None]
"""Called with the seconds of the recording that were listened to and its length."""


def _untold(heard: float, total: float) -> None:
    pass


class Recogniser(Protocol):
    """`caution` is a sentence for people when results are to be read with care; `longest` seconds it likes at once."""

    name: str
    caution: str | None
    longest: float

    def words(self, samples: NDArray[np.int16], language: str) -> list[Word]:
        """Words with times from the start of the samples (16 kHz, one channel). Raises `RejectedSource`."""
        ...


@dataclass(frozen=True)
class Heard:
    """One recognised word and the channel it was heard on; times from the start of the recording."""

    channel: int
    word: Word


def open_recogniser(settings: AnalysisSettings) -> Recogniser:
    """faster-whisper when a model is configured, else PocketSphinx with its own."""
    if settings.whisper_model:
        from services.media.analysis.whisper import open_whisper  # noqa: PLC0415  an extra; seconds to load

        return open_whisper(settings.whisper_model)
    from services.media.analysis.sphinx import Sphinx  # noqa: PLC0415  loads a 30 MB model

    return Sphinx()


def transcribe(
    path: Path,
    identified: Identified,
    language: str,
    settings: AnalysisSettings | None = None,
    progress: Progress = _untold,
) -> Transcript:
    """What is said in a recording. Blocking and CPU-bound; safe in a spawned child process.

    Without `settings` they are read from the environment of this process. Raises `RejectedSource`
    (`language_not_supported`, or what opening the file raises).
    """
    settings = settings or AnalysisSettings()
    return transcribe_with(open_recogniser(settings), path, identified, language, settings=settings, progress=progress)


def transcribe_with(
    recogniser: Recogniser,
    path: Path,
    identified: Identified,
    language: str,
    *,
    settings: AnalysisSettings,
    progress: Progress = _untold,
) -> Transcript:
    """As `transcribe`, with a recogniser that is open already."""
    recogniser.words(np.zeros(0, np.int16), language)  # refuses a language before minutes are spent on decoding
    stereo = identified.channels == 2 and settings.speaker_separation_type != "speaker"
    levels = measure(path, stereo=stereo)
    channels, notes = _channels(levels, identified, settings)
    notes = [*_left_out(identified), *notes]
    stretches = [one for at in channels for one in speech_stretches(levels.decibels[at], at)]
    length = identified.duration or 0.0
    progress(0.0, length)
    heard = _hear(path, levels, stretches, recogniser, language, reached=lambda to: progress(to, length))
    separation, confidence, utterances = _told_apart(
        path, heard, stretches, channels, stereo=stereo, most=settings.max_speakers
    )
    if not heard:
        notes.append("No words were recognised in the recording.")
    return Transcript(
        kind="call",
        utterances=utterances,
        separation=separation,
        separation_confidence=confidence,
        language=language,
        transcriber=recogniser.name,
        duration=identified.duration,
        warnings=[*([recogniser.caution] if recogniser.caution and heard else []), *notes],
    )


def _channels(levels: Levels, identified: Identified, settings: AnalysisSettings) -> tuple[list[int], list[str]]:
    """The channels to listen to, and what there is to say about the choice."""
    if len(levels.power) == 1:
        wanted = settings.speaker_separation_type == "channel"
        return [0], ["The recording has one channel; the speakers cannot be told apart by channel."] if wanted else []
    live = levels.live()
    if len(live) == 1:
        return live, [f"Channel {1 - live[0]} of the recording is silent; only the other one was analysed."]
    if levels.identical():
        return [0], ["Both channels of the recording carry the same sound; it was analysed as mono."]
    if not live and identified.duration:
        return [0], ["Nothing can be heard on either channel."]
    return [0, 1], []


def _left_out(identified: Identified) -> list[str]:
    """What of the file is not told apart, in sentences."""
    notes: list[str] = []
    if identified.tracks > 1:
        notes.append(f"The file has {identified.tracks} audio tracks; only the first was analysed.")
    if (identified.channels or 0) > 2:
        notes.append(f"The recording has {identified.channels} channels; they were mixed into one.")
    return notes


def _hear(
    path: Path,
    levels: Levels,
    stretches: Sequence[Stretch],
    recogniser: Recogniser,
    language: str,
    *,
    reached: Callable[[float], None],
) -> list[Heard]:
    gains = {
        at: _gain(levels, [one for one in stretches if one.channel == at]) for at in {s.channel for s in stretches}
    }
    blocks = joined(stretches, recogniser.longest)
    heard: list[Heard] = []
    for block, samples in cut_out(decoded(path, stereo=len(levels.power) == 2), blocks):
        loud = np.clip(samples * gains[block.channel], -32767, 32767).astype(np.int16)
        shift = block.begin / FRAMES_PER_SECOND
        heard += [Heard(block.channel, _moved(word, shift)) for word in recogniser.words(loud, language)]
        reached(block.end / FRAMES_PER_SECOND)
    return sorted(heard, key=lambda one: (one.word.start, one.channel))


def _gain(levels: Levels, stretches: Sequence[Stretch]) -> float:
    power = np.concatenate([levels.power[one.channel, one.begin : one.end] for one in stretches])
    decibels = min(_MOST_GAIN, _SPEECH_LEVEL - 10 * np.log10(max(float(power.mean()), 1e-10)))
    return float(10 ** (decibels / 20))


def _moved(word: Word, shift: float) -> Word:
    return word.model_copy(update={"start": round(word.start + shift, 3), "end": round(word.end + shift, 3)})


def _told_apart(
    path: Path,
    heard: Sequence[Heard],
    stretches: Sequence[Stretch],
    channels: Sequence[int],
    *,
    stereo: bool,
    most: int,
) -> tuple[Separation, float, list[Utterance]]:
    if len(channels) == 2:
        return "channel", 1.0, _utterances([(f"ch_{one.channel}", one.word) for one in heard])
    if not heard:
        return "single", 1.0, []
    windows = [
        window
        for stretch, samples in cut_out(decoded(path, stereo=stereo), stretches)
        for window in windows_of(samples, stretch.begin / FRAMES_PER_SECOND)
    ]
    voices = tell_apart(windows, most)
    if voices.count == 1:
        return "single", 1.0, _utterances([("spk_0", one.word) for one in heard])
    return "voice", voices.confidence, _utterances(_by_voice([one.word for one in heard], windows, voices))


def _by_voice(words: Sequence[Word], windows: Sequence[Window], voices: Voices) -> list[tuple[str, Word]]:
    """Each word goes to the voice of the window whose middle is nearest to its own."""
    middles = np.array([(window.start + window.end) / 2 for window in windows])
    at = np.array([(word.start + word.end) / 2 for word in words])
    after = np.clip(np.searchsorted(middles, at), 1, len(middles) - 1)
    nearest = np.where(at - middles[after - 1] <= middles[after] - at, after - 1, after)
    return [(f"spk_{voices.labels[one]}", word) for one, word in zip(nearest.tolist(), words, strict=True)]


def _utterances(spoken: Sequence[tuple[str, Word]]) -> list[Utterance]:
    """All words of a speaker as one utterance: turns are formed later, by one rule for every source."""
    speakers = dict.fromkeys(speaker for speaker, _ in spoken)
    return [_utterance(name, [word for speaker, word in spoken if speaker == name]) for name in speakers]


def _utterance(speaker: str, words: list[Word]) -> Utterance:
    text = " ".join(word.text for word in words)
    return Utterance(speaker=speaker, start=words[0].start, end=max(word.end for word in words), text=text, words=words)
