"""The only place that sends a request to another of our services."""

import re
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import NamedTuple, TypeVar

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from pydantic import BaseModel, JsonValue, TypeAdapter, ValidationError
from yarl import URL

from shared.callers import Caller, InternalTokens, Service
from shared.context import REQUEST_ID_HEADER, TRACEPARENT_HEADER, current_context
from shared.errors import PROBLEM_BASE, InvalidRequest, Problem, Unavailable, UpstreamFailed, UpstreamTimeout
from shared.traces import call_span

TIMEOUT = httpx.Timeout(3.0, connect=1.0)
# Less than the 5 s after which uvicorn closes an idle connection, lest we send on one that is just being closed.
_IDLE_SECONDS = 3.0
_LIMITS = httpx.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=_IDLE_SECONDS)
_HEADER_VALUE = re.compile(r"[\x21-\x7e]{1,255}")
T = TypeVar("T")


@asynccontextmanager
async def open_http(limits: httpx.Limits | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """One pooled client for all the services a process calls; closed at the end of the block."""
    limits = limits or _LIMITS
    connector = aiohttp.TCPConnector(
        limit=limits.max_connections or 0, keepalive_timeout=limits.keepalive_expiry, ssl=httpx.create_ssl_context()
    )
    async with (
        aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as pool,
        PooledClient(pool) as client,
    ):
        yield client


class PooledClient(httpx.AsyncClient):
    """`pool` lies beneath it: a call that needs nothing of what httpx adds costs a third when it is made there."""

    def __init__(self, pool: aiohttp.ClientSession) -> None:
        super().__init__(transport=AiohttpTransport(client=pool), timeout=TIMEOUT, follow_redirects=False)
        self.pool = pool


class _ConnectionLost(UpstreamFailed):
    """The connection broke before an answer came: the call may have been carried out, or not."""


def pool_timeout(limits: httpx.Timeout) -> aiohttp.ClientTimeout:
    """The same limits for the pool beneath."""
    return aiohttp.ClientTimeout(sock_connect=limits.connect, sock_read=limits.read, connect=limits.pool)


class _Call(NamedTuple):
    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes | None
    timeout: httpx.Timeout


class _Answer(NamedTuple):
    status: int
    content: bytes


class ServiceClient:
    """Sends as one service to another: stamps the request id, the trace and a fresh internal token on each request."""

    def __init__(
        self, http: httpx.AsyncClient, *, base_url: str, audience: Service, tokens: InternalTokens, sender: Service
    ) -> None:
        self._http = http
        self._pool = http.pool if isinstance(http, PooledClient) else None
        self._base_url = base_url.rstrip("/")
        self._audience = audience
        self._tokens = tokens
        self._self = Caller("service", sender)

    def headers(self, caller: Caller | None = None) -> dict[str, str]:
        """The headers every request carries; `caller` is the person it is made for, else the sending service."""
        headers = {"authorization": "Bearer " + self._tokens.mint(caller or self._self, self._audience)}
        if context := current_context():
            headers |= {REQUEST_ID_HEADER: context.request_id, TRACEPARENT_HEADER: context.traceparent}
        return headers

    async def send(
        self,
        method: str,
        path: str,
        *,
        body: BaseModel | None = None,
        query: Mapping[str, str | Sequence[str]] | None = None,
        caller: Caller | None = None,
        idempotency_key: str | None = None,
        expects: Collection[type[Problem]] = (),
        timeout: httpx.Timeout = TIMEOUT,  # noqa: ASYNC109  httpx's own kind, handed on to it
    ) -> bytes:
        """The body of a good answer.

        Raises the Problem among `expects` that the service answered with; UpstreamFailed for any other refusal (a 401
        or 422 from behind us is our fault, not our caller's), UpstreamTimeout, or Unavailable when nobody listens;
        InvalidRequest for an idempotency key that no header can carry.
        Only a call without an answer is tried again, once, and only when it may be repeated.
        """
        with call_span(self._audience, method) as span:
            headers = self.headers(caller)
            if idempotency_key is not None:
                headers["idempotency-key"] = _header_value(idempotency_key)
            content = body.model_dump_json(by_alias=True).encode() if body is not None else None
            if content is not None:
                headers["content-type"] = "application/json"
            url = f"{self._base_url}{path}?{httpx.QueryParams(query)}" if query else self._base_url + path
            call = _Call(method, url, headers, content, timeout)
            send = partial(self._by_pool, self._pool) if self._pool is not None else self._by_http
            try:
                answer = await send(call)
            except (Unavailable, _ConnectionLost):
                if idempotency_key is None and method not in ("GET", "PUT", "DELETE"):
                    raise
                answer = await send(call)
            span.answered(answer.status)
            if 200 <= answer.status < 300:
                return answer.content
            raise self._problem(answer, expects)

    async def _by_pool(self, pool: aiohttp.ClientSession, call: _Call) -> _Answer:
        timeout = pool_timeout(call.timeout)
        try:
            async with pool.request(
                call.method,
                URL(call.url, encoded=True),  # as our callers encoded it: a colon or a slash within a part stays one
                data=call.content,
                headers=call.headers,
                timeout=timeout,
                allow_redirects=False,
            ) as answer:
                return _Answer(answer.status, await answer.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Unavailable(f"The {self._audience} service does not answer.") from error
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
            raise _ConnectionLost(f"The connection to the {self._audience} service broke.") from error
        except TimeoutError as error:
            raise UpstreamTimeout(f"The {self._audience} service took too long.") from error
        except aiohttp.ClientError as error:
            raise UpstreamFailed(f"The connection to the {self._audience} service broke.") from error

    async def _by_http(self, call: _Call) -> _Answer:
        """By a client that is not ours: an application in the same process, in a test."""
        request = self._http.build_request(
            call.method, call.url, content=call.content, headers=call.headers, timeout=call.timeout
        )
        try:
            answer = await self._http.send(request)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            if _was_connected(error):
                raise _ConnectionLost(f"The connection to the {self._audience} service broke.") from error
            raise Unavailable(f"The {self._audience} service does not answer.") from error
        except httpx.TimeoutException as error:
            raise UpstreamTimeout(f"The {self._audience} service took too long.") from error
        except (httpx.HTTPError, aiohttp.ClientError) as error:  # the transport leaves some of aiohttp's as they are
            raise UpstreamFailed(f"The connection to the {self._audience} service broke.") from error
        return _Answer(answer.status_code, answer.content)

    def _problem(self, answer: _Answer, expects: Collection[type[Problem]]) -> Problem:
        try:
            body = _PROBLEM.validate_json(answer.content)
        except ValidationError:
            return UpstreamFailed(f"The {self._audience} service failed.")
        slug = str(body.get("type", "")).removeprefix(PROBLEM_BASE)
        for kind in expects:
            # An error in Amazon's form, as services/lex answers it, has no type: its status has to say it.
            if kind.slug == slug or (not slug and kind.status == answer.status):
                standard = ("type", "title", "status", "detail", "request_id")
                members = {name: value for name, value in body.items() if name not in standard}
                return kind(str(body.get("detail", "")), members=members)
        return UpstreamFailed(f"The {self._audience} service failed.")

    def decode(self, adapter: TypeAdapter[T], content: bytes) -> T:
        """The answer in its schema. Raises UpstreamFailed when it is no JSON or of another shape."""
        try:
            return adapter.validate_json(content)
        except ValidationError as error:
            raise UpstreamFailed(f"The {self._audience} service gave an answer of the wrong shape.") from error


def _was_connected(error: httpx.TransportError) -> bool:
    """The aiohttp transport calls a connection that broke later a failure to connect as well."""
    broken = isinstance(error.__cause__, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError)
    return broken and not isinstance(error.__cause__, aiohttp.ClientConnectorError)


def _header_value(text: str) -> str:
    if not _HEADER_VALUE.fullmatch(text):
        raise InvalidRequest("The idempotency key must be 1 to 255 visible ASCII characters.")
    return text


_PROBLEM: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])
