"""What the runtime needs from outside."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

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


class Transcript(NamedTuple):
    """What was heard in a recording; `confidence` from 0 to 1."""

    text: str
    confidence: float


class SpeechToText(Protocol):
    """Hears what a customer says."""

    async def transcribe(self, audio: bytes, *, content_type: str, locale_id: str) -> Transcript:
        """The words of one utterance. `content_type` is as RecognizeUtterance has it: encoding, rate, channels.

        Raises ValueError for audio that cannot be decoded.
        """


class LogObjects(Protocol):
    """Where conversation logs are kept; `shared.blobs.Blobs` is one."""

    async def put(self, bucket: str, key: str, data: bytes) -> object: ...

    async def ready(self) -> None:
        """Raises Unavailable when the store does not answer."""
