"""faster-whisper (extra `whisper`) with a model from a local folder; nothing is downloaded."""

from pathlib import Path

import numpy as np
from faster_whisper import WhisperModel
from numpy.typing import NDArray

from services.media.analysis.recording import SAMPLE_RATE
from shared.schemas.interaction import Word


class Whisper:
    """The model's own languages. It works in windows of 30 s, so stretches of speech are given to it together."""

    caution: str | None = None
    longest = 28.0

    def __init__(self, model: Path) -> None:
        self.name = f"Whisper ({model.name})"
        self._model = WhisperModel(str(model), device="cpu", compute_type="int8", local_files_only=True)

    def words(self, samples: NDArray[np.int16], language: str) -> list[Word]:
        """Probabilities of the words are their confidences."""
        if len(samples) < SAMPLE_RATE // 10:
            return []
        segments, _ = self._model.transcribe(
            samples.astype(np.float32) / 32768.0,
            language=language.split("-", maxsplit=1)[0].lower(),
            word_timestamps=True,
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
