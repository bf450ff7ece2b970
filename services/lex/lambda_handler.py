"""A code hook in this process: a Python Lambda handler, `handler(event, context)`, as it would run behind Lex."""

import asyncio
import time
from collections.abc import Callable
from importlib import import_module
from typing import Self

from pydantic import JsonValue
from pydantic_core import from_json, to_json

from services.lex.errors import HookTimedOut, function_error
from services.lex.hook_answers import read_answer
from services.lex.hook_events import Version, written_event
from shared.schemas.lex import CodeHookEvent, CodeHookResponse

Handler = Callable[[dict[str, JsonValue], "LambdaContext"], JsonValue]


class LambdaContext:
    """What handlers use of the context object of AWS Lambda for Python."""

    function_version = "$LATEST"

    def __init__(self, name: str, request_id: str, seconds: float) -> None:
        self.function_name = name
        self.aws_request_id = request_id
        self._until = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._until - time.monotonic()) * 1000))


class HandlerHook:
    """Runs the handler in a thread; one that does not end in time is left to itself."""

    def __init__(self, handler: Handler, *, name: str, version: Version, timeout: float) -> None:
        self._handler = handler
        self._name = name
        self._version: Version = version
        self._timeout = timeout

    @classmethod
    def load(cls, url: str, *, version: Version, timeout: float) -> Self:
        """The handler that `python:package.module:function` names. Raises ValueError when it is not there."""
        module, _, name = url.removeprefix("python:").partition(":")
        try:
            handler = getattr(import_module(module), name)
        except (ImportError, AttributeError, ValueError) as error:
            raise ValueError(f"there is no handler {url}") from error
        return cls(handler, name=name, version=version, timeout=timeout)

    async def call(self, event: CodeHookEvent, *, seconds: float | None = None) -> CodeHookResponse:
        document, limit = from_json(written_event(event, self._version)), seconds or self._timeout
        context = LambdaContext(self._name, event.session_state.originating_request_id or "", limit)
        try:
            running = asyncio.to_thread(self._handler, document, context)
            content = to_json(await asyncio.wait_for(running, limit))
        except TimeoutError as error:
            raise HookTimedOut from error
        except Exception as error:
            raise function_error() from error
        return read_answer(content, event, self._version)
