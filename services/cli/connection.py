"""The connection to the gateway: a request, its answer decoded, and every refusal as a sentence."""

from typing import TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

TIMEOUT = httpx.Timeout(40.0, connect=3.0)  # a turn of the bot may wait 30 s for the code hook
UPLOAD_TIMEOUT = httpx.Timeout(300.0, connect=3.0)
AWAY = (502, 503, 504)

M = TypeVar("M")


class CommandFailed(Exception):
    """What went wrong, in a sentence for the person at the terminal."""


class Unreachable(CommandFailed):
    """The system, or a part of it, does not answer; it may a little later."""


class Refused(CommandFailed):
    """The system said no, with this HTTP status."""

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.status = status


class Connection:
    """What the calls of every part of the API are made of. Every refusal is raised as CommandFailed."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def _call(
        self,
        adapter: TypeAdapter[M],
        method: str,
        path: str,
        *,
        token: str | None = None,
        body: dict[str, object] | dict[str, str] | None = None,
        query: dict[str, str] | None = None,
    ) -> M:
        return decoded(adapter, await self._send(method, path, token=token, body=body, query=query))

    async def _send(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        body: object = None,
        query: dict[str, str] | None = None,
    ) -> bytes:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return await self._answer(self._http.build_request(method, path, json=body, params=query, headers=headers))

    async def _answer(self, request: httpx.Request) -> bytes:
        try:
            answer = await self._http.send(request)
        except httpx.ConnectError as error:
            raise Unreachable(f"Nobody answers at {self._http.base_url}. Is the system up? Try: omnilex up") from error
        except httpx.HTTPError as error:
            raise Unreachable(f"The connection to {self._http.base_url} broke off: {type(error).__name__}.") from error
        if answer.is_success:
            return answer.content
        if answer.status_code in AWAY:
            raise Unreachable(refusal(answer))
        raise Refused(refusal(answer), answer.status_code)


def decoded(adapter: TypeAdapter[M], content: bytes) -> M:
    try:
        return adapter.validate_json(content)
    except ValidationError as error:
        raise CommandFailed("The gateway gave an answer of an unknown shape. Are both of one release?") from error


def refusal(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
        text = problem.get("detail") or problem["title"]
        if faults := [f"{fault['pointer'].strip('/')}: {fault['detail']}" for fault in problem.get("errors", [])]:
            text += f" {'; '.join(faults)}"
        return f"{text} (HTTP {answer.status_code}, request {problem.get('request_id', '-')})"
    except (ValueError, KeyError, AttributeError, TypeError):
        return f"The gateway refused: HTTP {answer.status_code}."
