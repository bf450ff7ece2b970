"""faster-whisper (extra `whisper`), with a model from a folder or from the Hugging Face hub."""

from functools import lru_cache
from pathlib import Path

import numpy as np
from faster_whisper import WhisperModel
from numpy.typing import NDArray

from services.media.analysis.recording import SAMPLE_RATE
from services.media.analysis.source import RejectedSource
from shared.schemas.interaction import Word

_THREADS = 1  # each recording has a process of its own, and there is one for nearly every core


@lru_cache(maxsize=1)
def open_whisper(model: str) -> "Whisper":
    """Kept for the next recording in this process: loading takes seconds. What it heard leaves no trace in it."""
    return Whisper(model)


class Whisper:
    """The model's own languages. It works in windows of 30 s, so stretches of speech are given to it together.

    `model` is a folder, which is all that is read then, or a name on the hub, fetched at its first use.
    """

    caution: str | None = None
    longest = 28.0

    def __init__(self, model: str) -> None:
        local = Path(model).is_dir()
        self.name = f"Whisper ({Path(model).name})"
        self._model = WhisperModel(
            model, device="cpu", compute_type="int8", cpu_threads=_THREADS, local_files_only=local
        )

    def words(self, samples: NDArray[np.int16], language: str) -> list[Word]:
        """Probabilities of the words are their confidences. Raises `RejectedSource` (`language_not_supported`)."""
        code = language.split("-", maxsplit=1)[0].lower()
        if code not in self._model.supported_languages:
            raise RejectedSource("language_not_supported", f"{self.name} does not know the language {language}.")
        if len(samples) < SAMPLE_RATE // 10:
            return []
        segments, _ = self._model.transcribe(
            samples.astype(np.float32) / 32768.0,
            language=code,
            word_timestamps=True,
            vad_filter=True,  # in noise and music it would hear words that nobody said
            condition_on_previous_text=False,  # a wrong guess would be repeated through the rest of the call
        )
        return [
            Word(
                text=word.word.strip(),
                start=round(word.start, 3),
                end=round(max(word.start, word.end), 3),
                confidence=round(min(1.0, max(0.0, word.probability)), 4),
            )
            for segment in segments
            for word in segment.words or []
            if word.word.strip()
        ]
