"""What a customer said, as RecognizeUtterance brings it: text in bytes, or audio for the speech-to-text port.

Source of the content types: API reference of Lex V2, RecognizeUtterance, header `Content-Type`.
"""

from typing import NamedTuple

from services.lex.errors import DependencyFailed, ValidationFailed
from services.lex.ports import InputMode, SpeechToText, Transcript

LONGEST_TEXT = 1024
_AUDIO = ("audio/l16", "audio/x-l16", "audio/lpcm", "audio/x-cbr-opus-with-preamble")


class Utterance(NamedTuple):
    """`confidence` is that of the transcription; typed text is certain."""

    text: str
    mode: InputMode = "Text"
    confidence: float = 1.0


def typed(text: str) -> Utterance:
    """Typed text. Raises ValidationFailed when it is empty or too long."""
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise ValidationFailed(f"The text must have 1 to {LONGEST_TEXT} characters.")
    return Utterance(text)


async def understood(body: bytes, content_type: str, locale_id: str, speech: SpeechToText | None) -> Utterance:
    """The utterance in a request's body. Raises ValidationFailed for content that is not taken, saying why."""
    kind, _, parameters = content_type.partition(";")
    kind = kind.strip().lower()
    if kind == "text/plain":
        return typed(_decoded(body, parameters))
    if kind not in _AUDIO:
        raise ValidationFailed("Content-Type must be text/plain; charset=utf-8, or one of Lex's audio types.")
    if speech is None:
        raise ValidationFailed("No speech to text is configured for this runtime: send text/plain; charset=utf-8.")
    heard = await _heard(speech, body, content_type, locale_id)
    if not heard.text.strip():
        return Utterance("", "Speech", heard.confidence)
    return Utterance(heard.text.strip()[:LONGEST_TEXT], "Speech", heard.confidence)


def _decoded(body: bytes, parameters: str) -> str:
    charset = parameters.partition("charset=")[2].strip(" \"'").lower() or "utf-8"
    if charset not in ("utf-8", "utf8", "us-ascii"):
        raise ValidationFailed("The text must be in UTF-8.")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise ValidationFailed("The text must be in UTF-8.") from error


async def _heard(speech: SpeechToText, audio: bytes, content_type: str, locale_id: str) -> Transcript:
    if not audio:
        raise ValidationFailed("The audio is empty.")
    try:
        return await speech.transcribe(audio, content_type=content_type, locale_id=locale_id)
    except ValueError as error:
        raise ValidationFailed("The audio cannot be decoded.") from error
    except OSError as error:
        raise DependencyFailed("The speech to text service does not answer.") from error
