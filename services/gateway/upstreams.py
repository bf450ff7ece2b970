"""The services behind the gateway over HTTP: bodies and answers pass through in pieces, never held whole."""

from collections.abc import AsyncIterator, Mapping

import aiohttp
import httpx

from services.gateway.ports import RelayCall, RelayedAnswer
from shared.callers import InternalTokens, Service
from shared.clients.base import ServiceClient, pool_timeout
from shared.errors import PROBLEM_MEDIA_TYPE, Problem, Unavailable, UpstreamFailed, UpstreamTimeout
from shared.traces import call_span

_CALLERS_OWN_DOING = frozenset({400, 403, 404, 409, 413, 415, 416, 422, 429})
_PASSED_BACK = (
    "accept-ranges",
    "cache-control",
    "content-disposition",
    "content-length",
    "content-range",
    "content-type",
    "etag",
    "retry-after",
)
_ALIVE_TIMEOUT = httpx.Timeout(1.0)


class HttpUpstream(ServiceClient):
    def __init__(
        self, http: httpx.AsyncClient, *, base_url: str, audience: Service, tokens: InternalTokens, seconds: float
    ) -> None:
        super().__init__(http, base_url=base_url, audience=audience, tokens=tokens, sender="gateway")
        self._seconds = seconds

    @property
    def name(self) -> str:
        return self._audience

    async def relay(self, call: RelayCall) -> RelayedAnswer:
        with call_span(self._audience, call.method) as span:
            answer = await self._relayed(call)
            span.answered(answer.status)
            return answer

    async def _relayed(self, call: RelayCall) -> RelayedAnswer:
        if self._pool is not None and not isinstance(call.body, AsyncIterator):
            return await self._by_pool_relayed(self._pool, call, call.body)
        body = _OutgoingBody(call.body) if isinstance(call.body, AsyncIterator) else call.body
        request = self._http.build_request(
            call.method,
            self._base_url + call.path,
            params=httpx.QueryParams(list(call.query)) if call.query else None,
            headers=self._relayed_headers(call),
            content=body,
            timeout=self._patience(call),
        )
        try:
            answer = await self._http.send(request, stream=True)
        except httpx.HTTPError as error:
            if isinstance(body, _OutgoingBody) and body.error is not None:
                raise body.error from error  # it was our caller who broke off, or sent too much
            raise self._broken(error) from error
        if answer.is_success or _is_callers_own_doing(answer.status_code, answer.headers):
            return RelayedAnswer(answer.status_code, _passed_back(answer.headers), _chunks(answer))
        await answer.aclose()
        raise self._refused(answer.status_code)

    async def _by_pool_relayed(self, pool: aiohttp.ClientSession, call: RelayCall, body: bytes | None) -> RelayedAnswer:
        url = self._base_url + call.path
        if call.query:
            url += f"?{httpx.QueryParams(list(call.query))}"
        timeout = pool_timeout(self._patience(call))
        try:
            answer = await pool.request(
                call.method,
                url,
                data=body,
                headers=self._relayed_headers(call),
                timeout=timeout,
                allow_redirects=False,
            )
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Unavailable(f"The {self._audience} service does not answer.") from error
        except TimeoutError as error:
            raise UpstreamTimeout(f"The {self._audience} service took too long.") from error
        except aiohttp.ClientError as error:
            raise UpstreamFailed(f"The connection to the {self._audience} service broke.") from error
        if 200 <= answer.status < 300 or _is_callers_own_doing(answer.status, answer.headers):
            return RelayedAnswer(answer.status, _passed_back(answer.headers), self._pool_chunks(answer))
        answer.close()
        raise self._refused(answer.status)

    async def _pool_chunks(self, answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
        try:
            async for chunk in answer.content.iter_any():
                yield chunk
        except TimeoutError as error:
            raise UpstreamTimeout(f"The {self._audience} service took too long.") from error
        except aiohttp.ClientError as error:
            raise UpstreamFailed(f"The connection to the {self._audience} service broke.") from error
        finally:
            answer.release()

    def _relayed_headers(self, call: RelayCall) -> dict[str, str]:
        return {**call.headers, **self.headers(call.caller), "accept-encoding": "identity"}

    def _patience(self, call: RelayCall) -> httpx.Timeout:
        return httpx.Timeout(call.seconds or self._seconds, connect=1.0)

    async def alive(self) -> bool:
        try:
            answer = await self._http.get(self._base_url + "/health", timeout=_ALIVE_TIMEOUT)
        except httpx.HTTPError:
            return False
        return answer.is_success

    def _broken(self, error: httpx.HTTPError) -> Problem:
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            return Unavailable(f"The {self._audience} service does not answer.")
        if isinstance(error, httpx.TimeoutException):
            return UpstreamTimeout(f"The {self._audience} service took too long.")
        return UpstreamFailed(f"The connection to the {self._audience} service broke.")

    def _refused(self, status: int) -> Problem:
        match status:
            case 503:
                return Unavailable(f"The {self._audience} service is not available at the moment.")
            case 504:
                return UpstreamTimeout(f"The {self._audience} service took too long.")
            case _:  # 401 too: our own token was refused, which is no fault of our caller
                return UpstreamFailed(f"The {self._audience} service failed.")


class _OutgoingBody:
    """Remembers why a body could not be read: the HTTP client tells only that sending failed."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self.error: Exception | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._chunks:
                if chunk:
                    yield chunk
        except Exception as error:
            self.error = error
            raise


def _is_callers_own_doing(status: int, headers: Mapping[str, str]) -> bool:
    """A refusal that our caller may see; without a problem document it is a mistake of ours (an unknown route)."""
    kind = headers.get("content-type", "").partition(";")[0].strip()
    return status in _CALLERS_OWN_DOING and kind == PROBLEM_MEDIA_TYPE


def _passed_back(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: headers[name] for name in _PASSED_BACK if name in headers}


async def _chunks(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_raw():
            yield chunk
    except httpx.HTTPError as error:
        raise UpstreamFailed("The service behind this one broke off its answer.") from error
    finally:
        await answer.aclose()
