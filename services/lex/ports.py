"""What the runtime needs from outside."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from shared.schemas.lex import CodeHookEvent, CodeHookResponse

Clock = Callable[[], datetime]
InputMode = Literal["Text", "Speech", "DTMF"]


class CodeHook(Protocol):
    """The Lambda function of a bot alias and locale, wherever it runs."""

    async def call(self, event: CodeHookEvent, *, seconds: float | None = None) -> CodeHookResponse:
        """The function's answer in its schema. `seconds` is the time that the definition gives it, if any.

        Raises HookFailed, or HookTimedOut past the time it has.
        """


class CodeHooks(Protocol):
    """Which code hook is bound to which bot alias and locale."""

    def bound_to(self, bot_id: str, alias_id: str, locale_id: str) -> CodeHook | None: ...


class Sound(NamedTuple):
    """One channel of 16-bit samples, `rate` of them a second."""

    samples: NDArray[np.int16]
    rate: int

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate


class Phrases(NamedTuple):
    """What a bot's customers may say, for a recogniser that can expect it; `key` is another when the texts are."""

    key: str
    texts: tuple[str, ...]


class Transcript(NamedTuple):
    """What was heard in a recording, empty for nothing; `confidence` from 0 to 1, None where none is known."""

    text: str
    confidence: float | None


class SpeechFailed(Exception):
    """The recogniser does not answer, or answers with an error."""


class SpeechNotKnown(Exception):
    """The recogniser does not know the language; the message says which it knows."""


class SpeechToText(Protocol):
    """Hears what a customer says."""

    async def transcribe(self, sound: Sound, *, locale_id: str, phrases: Phrases) -> Transcript:
        """The words of one utterance. Raises SpeechFailed or SpeechNotKnown."""


class LogObjects(Protocol):
    """Where conversation logs are kept; `shared.blobs.Blobs` is one."""

    async def put(self, bucket: str, key: str, data: bytes) -> object: ...

    async def ready(self) -> None:
        """Raises Unavailable when the store does not answer."""
