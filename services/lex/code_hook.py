"""The code hook over HTTP: what Amazon Lex does with its Lambda function, signed."""

import hashlib
import hmac
import json
import time
from json import JSONDecodeError

import httpx
from pydantic import ValidationError

from services.lex.errors import HookFailed, HookTimedOut
from shared.context import REQUEST_ID_HEADER, TRACEPARENT_HEADER, current_context
from shared.schemas.lex import CodeHookEvent, CodeHookResponse, wire_dict

_LARGEST_ANSWER = 50 * 1024


class HttpCodeHook:
    """Posts each event to one URL, with `X-Timestamp` and `X-Signature` (HMAC-SHA-256 of timestamp, dot, body)."""

    def __init__(self, http: httpx.AsyncClient, *, url: str, secret: str, timeout: float) -> None:
        self._http = http
        self._url = url
        self._secret = secret.encode()
        self._timeout = httpx.Timeout(timeout, connect=min(timeout, 5.0))

    async def call(self, event: CodeHookEvent) -> CodeHookResponse:
        body = json.dumps(wire_dict(event), ensure_ascii=False, separators=(",", ":")).encode()
        try:
            answer = await self._http.post(self._url, content=body, headers=self._headers(body), timeout=self._timeout)
        except httpx.TimeoutException as error:
            raise HookTimedOut("the code hook did not answer in time") from error
        except httpx.HTTPError as error:
            raise HookFailed(f"the code hook cannot be reached: {type(error).__name__}") from error
        if not answer.is_success:
            raise HookFailed(f"Invalid Lambda Response: Received error response from Lambda: {answer.status_code}")
        return _parsed(answer.content)

    def _headers(self, body: bytes) -> dict[str, str]:
        timestamp = str(int(time.time()))
        signature = hmac.new(self._secret, f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {"content-type": "application/json", "x-timestamp": timestamp, "x-signature": signature}
        if context := current_context():
            headers |= {REQUEST_ID_HEADER: context.request_id, TRACEPARENT_HEADER: context.traceparent}
        return headers


def _parsed(content: bytes) -> CodeHookResponse:
    """The answer in its schema. The reason of a refusal names places, never values."""
    refused = "Invalid Lambda Response: Received invalid response from Lambda: "
    if len(content) > _LARGEST_ANSWER:
        raise HookFailed(f"{refused}larger than {_LARGEST_ANSWER} bytes")
    try:
        return CodeHookResponse.model_validate(json.loads(content))
    except (JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise HookFailed(f"{refused}not JSON") from error
    except ValidationError as error:
        places = ", ".join(".".join(str(part) for part in item["loc"]) for item in error.errors(include_input=False))
        raise HookFailed(f"{refused}{places}") from error
