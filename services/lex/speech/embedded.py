"""Speech to text in child processes of this service."""

import asyncio
import logging
from functools import partial

from services.lex.ports import Phrases, Sound, SpeechFailed, SpeechNotKnown, Transcript
from services.lex.speech.sphinx import hear
from shared.processes import ProcessDied, Processes, TookTooLong

log = logging.getLogger("omnilex.lex.speech")


class PocketSphinxSpeech:
    """American English; good for what the bot's own texts say, poor for anything else.

    An utterance waits for a free process as long as it may then take: `seconds`.
    """

    def __init__(self, processes: Processes, *, seconds: float) -> None:
        self._processes = processes
        self._seconds = seconds

    async def transcribe(self, sound: Sound, *, locale_id: str, phrases: Phrases) -> Transcript:
        if not locale_id.startswith("en"):
            raise SpeechNotKnown(f"PocketSphinx understands English only, not {locale_id}.")
        try:
            async with asyncio.timeout(2 * self._seconds):
                return await self._processes.run(self._seconds, partial(hear, sound, phrases))
        except (ProcessDied, TookTooLong, TimeoutError) as error:
            log.warning("lex.speech_failed", extra={"reason": type(error).__name__})
            raise SpeechFailed from error
