"""What is asked of the issuer of OpenID Connect over HTTP: its keys, and a token for a code."""

from typing import Any

import aiohttp
import httpx
from pydantic import JsonValue, TypeAdapter, ValidationError

from shared.errors import Unauthenticated, Unavailable, UpstreamFailed, UpstreamTimeout
from shared.schemas.staff import SignInCode

_TIMEOUT = httpx.Timeout(5.0, connect=2.0)
_LONGEST = 512 * 1024
_ANSWER: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])


class OpenIdProvider:
    """Redirects are not followed: what the settings name is what is asked."""

    def __init__(self, http: httpx.AsyncClient, *, jwks_url: str, token_url: str, client_id: str) -> None:
        self._http = http
        self._jwks_url = jwks_url
        self._token_url = token_url
        self._client_id = client_id

    async def fetch(self) -> bytes:
        """The key set. Raises UpstreamFailed, Unavailable or UpstreamTimeout."""
        status, content = await self._asked("GET", self._jwks_url)
        if status != 200:
            raise UpstreamFailed("The sign-in service failed.")
        return content

    async def exchange(self, code: SignInCode) -> str:
        """The access token for a code (RFC 6749 §4.1.3, RFC 7636). Raises Unauthenticated for a code that is not good,
        and as `fetch` does.
        """
        form = {
            "grant_type": "authorization_code",
            "client_id": self._client_id,
            "code": code.code.get_secret_value(),
            "code_verifier": code.verifier.get_secret_value(),
            "redirect_uri": code.redirect_uri,
        }
        status, content = await self._asked("POST", self._token_url, data=form)
        if status in (400, 401):
            raise Unauthenticated("The sign-in was not completed, or took too long. Sign in again.")
        try:
            token = _ANSWER.validate_json(content).get("access_token") if status == 200 else None
        except ValidationError:
            token = None
        if not isinstance(token, str):
            raise UpstreamFailed("The sign-in service failed.")
        return token

    async def _asked(self, method: str, url: str, **sent: Any) -> tuple[int, bytes]:  # noqa: ANN401  httpx's own
        try:
            async with self._http.stream(method, url, timeout=_TIMEOUT, follow_redirects=False, **sent) as answer:
                pieces = bytearray()
                async for piece in answer.aiter_bytes():
                    pieces += piece
                    if len(pieces) > _LONGEST:
                        raise UpstreamFailed("The sign-in service gave too long an answer.")
                return answer.status_code, bytes(pieces)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Unavailable("The sign-in service does not answer.") from error
        except (httpx.TimeoutException, TimeoutError) as error:
            raise UpstreamTimeout("The sign-in service took too long.") from error
        except (httpx.HTTPError, aiohttp.ClientError) as error:
            raise UpstreamFailed("The connection to the sign-in service broke.") from error
