"""The Lex runtime of `services/lex`."""

from collections.abc import Mapping

from shared.clients.lex import LexClient
from shared.schemas.lex import RecognizeTextRequest, RecognizeTextResponse


class EmbeddedLex:
    def __init__(self, client: LexClient, *, bot_id: str, alias_id: str, locale_id: str) -> None:
        self._client = client
        self._bot_id = bot_id
        self._alias_id = alias_id
        self._locale_id = locale_id

    async def recognize(
        self, session_id: str, text: str, request_attributes: Mapping[str, str], locale_id: str | None
    ) -> RecognizeTextResponse:
        request = RecognizeTextRequest(text=text, request_attributes=dict(request_attributes))
        return await self._client.recognize_text(
            bot_id=self._bot_id,
            alias_id=self._alias_id,
            locale_id=locale_id or self._locale_id,
            session_id=session_id,
            request=request,
        )

    async def end(self, session_id: str, locale_id: str | None) -> None:
        await self._client.delete_session(
            bot_id=self._bot_id,
            alias_id=self._alias_id,
            locale_id=locale_id or self._locale_id,
            session_id=session_id,
        )
