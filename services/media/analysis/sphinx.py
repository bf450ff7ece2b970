"""PocketSphinx: recognition without a download, good enough to find a call again, not to quote from it."""

import numpy as np
from numpy.typing import NDArray
from pocketsphinx import Decoder, Segment

from services.media.analysis.recording import SAMPLE_RATE
from services.media.analysis.source import RejectedSource
from shared.schemas.interaction import Word

_FRAMES_PER_SECOND = 100
# Limits on the search: measured on telephone speech, a third of the default's time with hardly more wrong words.
_MOST_STATES, _MOST_WORDS = 3000, 8
_LEAST_SAMPLES = SAMPLE_RATE // 10


class Sphinx:
    """American English only, with the model that comes in the package."""

    name = "PocketSphinx"
    caution: str | None = "The words were recognised by PocketSphinx: expect many wrong words."
    longest = 0.0

    def __init__(self) -> None:
        self._decoder = Decoder(samprate=SAMPLE_RATE, loglevel="FATAL", maxhmmpf=_MOST_STATES, maxwpf=_MOST_WORDS)

    def words(self, samples: NDArray[np.int16], language: str) -> list[Word]:
        """Raises `RejectedSource` (`language_not_supported`) for any language but English."""
        if language.split("-", maxsplit=1)[0].lower() != "en":
            raise RejectedSource(
                "language_not_supported", f"The built-in recogniser knows English only; the language is {language}."
            )
        if len(samples) < _LEAST_SAMPLES:
            return []
        self._decoder.start_utt()
        self._decoder.process_raw(samples.tobytes(), full_utt=True)
        self._decoder.end_utt()
        if self._decoder.hyp() is None:
            return []
        return [self._word(segment) for segment in self._decoder.seg() if _is_word(segment.word)]

    @staticmethod
    def _word(segment: Segment) -> Word:
        """The variant's number is cut off (`read(2)`); the posterior is the confidence."""
        return Word(
            text=segment.word.split("(")[0],
            start=round(segment.start_frame / _FRAMES_PER_SECOND, 3),
            end=round((segment.end_frame + 1) / _FRAMES_PER_SECOND, 3),
            confidence=round(min(1.0, max(0.0, segment.prob)), 4),
        )


def _is_word(text: str) -> bool:
    """Not silence (`<sil>`) or noise (`[NOISE]`, `++UH++`)."""
    return text[:1].isalnum() or text[:1] == "'"
