"""What the runtime needs from outside."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from shared.schemas.lex import CodeHookEvent, CodeHookResponse

Clock = Callable[[], datetime]


class CodeHook(Protocol):
    """The Lambda function of a bot alias and locale, wherever it runs."""

    async def call(self, event: CodeHookEvent) -> CodeHookResponse:
        """The function's answer in its schema. Raises HookFailed, or HookTimedOut past the time it has."""


class LogObjects(Protocol):
    """Where conversation logs are kept; `shared.blobs.Blobs` is one."""

    async def put(self, bucket: str, key: str, data: bytes) -> object: ...

    async def ready(self) -> None:
        """Raises Unavailable when the store does not answer."""
