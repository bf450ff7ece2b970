"""The code hook over HTTP: what Amazon Lex does with its Lambda function, signed."""

import asyncio
import hashlib
import hmac
import logging
import time

import httpx

from services.lex.errors import HookTimedOut, function_error
from services.lex.hook_answers import LARGEST_ANSWER, read_answer
from services.lex.hook_bindings import HookBinding, binding_for
from services.lex.hook_events import Version, written_event
from services.lex.lambda_handler import HandlerHook
from services.lex.ports import CodeHook
from shared.context import REQUEST_ID_HEADER, TRACEPARENT_HEADER, current_context
from shared.schemas.lex import CodeHookEvent, CodeHookResponse
from shared.traces import Span, call_span

log = logging.getLogger("omnilex.lex.hooks")


class BoundHooks:
    """The code hooks of all bots: the binding that fits an alias and locale, else the URL that serves all."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        default_url: str,
        bindings: tuple[HookBinding, ...],
        secret: str,
        timeout: float,
    ) -> None:
        """Raises ValueError for a `python:` binding whose function is not there."""
        self._http = http
        self._secret = secret
        self._timeout = timeout
        self._default = HookBinding(bot="*", url=default_url)
        self._hooks = {binding: self._hook(binding) for binding in (self._default, *bindings)}
        self._bindings = bindings

    def bound_to(self, bot_id: str, alias_id: str, locale_id: str) -> CodeHook | None:
        return self._hooks[binding_for(self._bindings, bot_id, alias_id, locale_id) or self._default]

    def _hook(self, binding: HookBinding) -> CodeHook | None:
        if not binding.url:
            return None
        if binding.url.startswith("python:"):
            return HandlerHook.load(binding.url, version=binding.version, timeout=self._timeout)
        return HttpCodeHook(
            self._http, url=binding.url, secret=self._secret, timeout=self._timeout, version=binding.version
        )


class HttpCodeHook:
    """Posts each event to one URL, with `X-Timestamp` and `X-Signature` (HMAC-SHA-256 of timestamp, dot, body)."""

    def __init__(
        self, http: httpx.AsyncClient, *, url: str, secret: str, timeout: float, version: Version = "v2"
    ) -> None:
        self._http = http
        self._url = url
        self._secret = secret.encode()
        self._timeout = timeout
        self._version: Version = version

    async def call(self, event: CodeHookEvent, *, seconds: float | None = None) -> CodeHookResponse:
        body, limit = written_event(event, self._version), seconds or self._timeout
        try:
            with call_span("code-hook", "POST") as span:
                async with asyncio.timeout(limit):
                    content = await self._answer(body, limit, span)
        except (httpx.ReadTimeout, httpx.WriteTimeout, TimeoutError) as error:
            raise HookTimedOut from error
        except httpx.HTTPError as error:  # the transport calls a refused connection a timeout, too
            log.warning("lex.hook_not_reached", extra={"error": type(error).__name__})
            raise function_error(why="it cannot be reached") from error
        return read_answer(content, event, self._version)

    async def _answer(self, body: bytes, seconds: float, span: Span) -> bytes:
        """The answer's body, no more of it than may be. A redirect is an error: it would lead past the binding."""
        limit = httpx.Timeout(seconds, connect=min(seconds, 5.0))
        sending = self._http.stream(
            "POST", self._url, content=body, headers=self._headers(body), timeout=limit, follow_redirects=False
        )
        async with sending as answer:
            span.answered(answer.status_code)
            if not answer.is_success:
                raise function_error()
            content = b""
            async for chunk in answer.aiter_bytes():
                content += chunk
                if len(content) > LARGEST_ANSWER:
                    break
            return content

    def _headers(self, body: bytes) -> dict[str, str]:
        timestamp = str(int(time.time()))
        signature = hmac.new(self._secret, f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {
            "content-type": "application/json",
            "accept-encoding": "identity",
            "x-timestamp": timestamp,
            "x-signature": signature,
        }
        if context := current_context():
            headers |= {REQUEST_ID_HEADER: context.request_id, TRACEPARENT_HEADER: context.traceparent}
        return headers
