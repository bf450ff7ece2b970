"""Client of services/lex: the Lex V2 runtime API, as far as the gateway speaks it."""

from contextlib import suppress
from functools import lru_cache
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter

from shared.clients.base import ServiceClient
from shared.errors import NotFound
from shared.schemas.lex import RecognizeTextRequest, RecognizeTextResponse

_RESPONSE = TypeAdapter(RecognizeTextResponse)
# A turn may wait for the code hook, which may take the 30 s that Lex gives it.
_TURN_TIMEOUT = httpx.Timeout(35.0, connect=1.0)


class LexClient(ServiceClient):
    async def recognize_text(
        self, *, bot_id: str, alias_id: str, locale_id: str, session_id: str, request: RecognizeTextRequest
    ) -> RecognizeTextResponse:
        path = f"{_session_path(bot_id, alias_id, locale_id, session_id)}/text"
        content = await self.send("POST", path, body=request, timeout=_TURN_TIMEOUT)
        return self.decode(_RESPONSE, content)

    async def delete_session(self, *, bot_id: str, alias_id: str, locale_id: str, session_id: str) -> None:
        """Ends the session; one that is not there is no error."""
        with suppress(NotFound):
            await self.send("DELETE", _session_path(bot_id, alias_id, locale_id, session_id), expects=(NotFound,))


def _session_path(bot_id: str, alias_id: str, locale_id: str, session_id: str) -> str:
    return f"{_bot_path(bot_id, alias_id, locale_id)}/sessions/{quote(session_id, safe='')}"


@lru_cache(256)
def _bot_path(bot_id: str, alias_id: str, locale_id: str) -> str:
    return "/bots/{}/botAliases/{}/botLocales/{}".format(
        *(quote(part, safe="") for part in (bot_id, alias_id, locale_id))
    )
