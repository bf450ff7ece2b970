"""What a customer said, as RecognizeUtterance brings it: text in bytes, or audio for the speech-to-text port.

Source of the content types: API reference of Lex V2, RecognizeUtterance, header `Content-Type`.
"""

import asyncio
from typing import NamedTuple

from services.lex.bots import ServedLocale
from services.lex.errors import DependencyFailed, ValidationFailed
from services.lex.phrases import phrases_of
from services.lex.ports import InputMode, Phrases, Sound, SpeechFailed, SpeechNotKnown, SpeechToText, Transcript
from services.lex.speech.audio import AudioRefused, decoded, is_audio

LONGEST_TEXT = 1024


class Utterance(NamedTuple):
    """`confidence` is that of the transcription, None where none is known; typed text is certain."""

    text: str
    mode: InputMode = "Text"
    confidence: float | None = 1.0


def typed(text: str) -> Utterance:
    """Typed text. Raises ValidationFailed when it is empty or too long."""
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise ValidationFailed(f"The text must have 1 to {LONGEST_TEXT} characters.")
    return Utterance(text)


class Listener:
    """Makes an utterance of what was sent. What a bot's customers may say is worked out when one first speaks."""

    def __init__(self, speech: SpeechToText | None) -> None:
        self._speech = speech
        self._phrases: dict[tuple[str, str], tuple[ServedLocale, Phrases]] = {}

    async def understood(self, body: bytes, content_type: str, served: ServedLocale) -> Utterance:
        """The utterance in a request's body. Raises ValidationFailed for content that is not taken, saying why, and
        DependencyFailed when the recogniser does not answer.
        """
        kind, _, parameters = content_type.partition(";")
        if kind.strip().lower() == "text/plain":
            return typed(_text(body, parameters))
        if not is_audio(kind):
            raise ValidationFailed("Content-Type must be text/plain; charset=utf-8, or one of Lex's audio types.")
        if self._speech is None:
            raise ValidationFailed("No speech to text is configured for this runtime: send text/plain; charset=utf-8.")
        try:
            sound = decoded(body, content_type)
        except AudioRefused as refusal:
            raise ValidationFailed(str(refusal)) from refusal
        heard = await self._heard(self._speech, sound, served)
        return Utterance(heard.text.strip()[:LONGEST_TEXT], "Speech", heard.confidence)

    async def _heard(self, speech: SpeechToText, sound: Sound, served: ServedLocale) -> Transcript:
        phrases = await self._phrases_of(served)
        try:
            return await speech.transcribe(sound, locale_id=served.locale.identifier, phrases=phrases)
        except SpeechNotKnown as refusal:
            raise ValidationFailed(str(refusal)) from refusal
        except SpeechFailed as error:
            raise DependencyFailed("The speech to text of this runtime does not answer.") from error

    async def _phrases_of(self, served: ServedLocale) -> Phrases:
        key = served.bot.identifier, served.locale.identifier
        known = self._phrases.get(key)
        if known is None or known[0] is not served:
            known = self._phrases[key] = served, await asyncio.to_thread(phrases_of, served)
        return known[1]


def _text(body: bytes, parameters: str) -> str:
    charset = parameters.partition("charset=")[2].strip(" \"'").lower() or "utf-8"
    if charset not in ("utf-8", "utf8", "us-ascii"):
        raise ValidationFailed("The text must be in UTF-8.")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise ValidationFailed("The text must be in UTF-8.") from error
