"""Speech to text behind HTTP, in the form of OpenAI's `POST /v1/audio/transcriptions`, which open servers of Whisper
models answer as well (OpenAI API reference, "Create transcription").
"""

import io
import logging
import math
import wave

import httpx
from pydantic import BaseModel, Field, ValidationError

from services.lex.ports import Phrases, Sound, SpeechFailed, Transcript

log = logging.getLogger("omnilex.lex.speech")


class _Segment(BaseModel):
    avg_logprob: float | None = None


class _Transcription(BaseModel):
    text: str
    segments: list[_Segment] = Field(default_factory=list)


class RemoteSpeech:
    """Sends each utterance as a WAV file to one URL; knows the languages that the model there knows."""

    def __init__(self, http: httpx.AsyncClient, *, url: str, model: str, key: str | None, seconds: float) -> None:
        self._http = http
        self._url = url
        self._model = model
        self._headers = {"authorization": f"Bearer {key}"} if key else {}
        self._timeout = httpx.Timeout(seconds, connect=min(seconds, 5.0))

    async def transcribe(self, sound: Sound, *, locale_id: str, phrases: Phrases) -> Transcript:
        fields = {"model": self._model, "language": locale_id.partition("_")[0], "response_format": "verbose_json"}
        files = {"file": ("utterance.wav", wav(sound), "audio/wav")}
        try:
            answer = await self._http.post(
                self._url, data=fields, files=files, headers=self._headers, timeout=self._timeout
            )
            answer.raise_for_status()
            heard = _Transcription.model_validate_json(answer.content)
        except (httpx.HTTPError, ValidationError) as error:
            log.warning("lex.speech_failed", extra={"reason": type(error).__name__})
            raise SpeechFailed from error
        return Transcript(heard.text, _sure(heard.segments))


def wav(sound: Sound) -> bytes:
    """The sound as a WAV file."""
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sound.rate)
        file.writeframes(sound.samples.astype("<i2").tobytes())
    return content.getvalue()


def _sure(segments: list[_Segment]) -> float | None:
    """The mean probability of a token, which is how sure the model is of its words; None where it does not say."""
    logarithms = [segment.avg_logprob for segment in segments if segment.avg_logprob is not None]
    if not logarithms:
        return None
    return round(min(1.0, math.exp(sum(logarithms) / len(logarithms))), 4)
