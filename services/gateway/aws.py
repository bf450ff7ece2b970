"""The Lex runtime of Amazon Lex V2."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import aioboto3
from aiobotocore.config import AioConfig
from botocore.exceptions import ReadTimeoutError
from pydantic import ValidationError

from shared.aws import aws_session, translated_errors
from shared.errors import Conflict, NotFound, Problem, TooManyRequests, Unavailable, UpstreamFailed, UpstreamTimeout
from shared.schemas.lex import RecognizeTextResponse
from shared.traces import aws_span

if TYPE_CHECKING:
    from types_aiobotocore_lexv2_runtime import LexRuntimeV2Client

# A turn may wait the 30 s that Lex gives its code hook, and it may move money: it is never sent a second time.
_CONFIG = AioConfig(connect_timeout=2, read_timeout=35, retries={"mode": "standard", "total_max_attempts": 1})


class AmazonLex:
    """Takes an open client."""

    def __init__(self, client: "LexRuntimeV2Client", *, bot_id: str, alias_id: str, locale_id: str) -> None:
        self._client = client
        self._bot_id = bot_id
        self._alias_id = alias_id
        self._locale_id = locale_id

    async def recognize(
        self, session_id: str, text: str, request_attributes: Mapping[str, str], locale_id: str | None
    ) -> RecognizeTextResponse:
        with aws_span("Lex Runtime V2", "RecognizeText"), _turn_errors():
            answer = await self._client.recognize_text(
                botId=self._bot_id,
                botAliasId=self._alias_id,
                localeId=locale_id or self._locale_id,
                sessionId=session_id,
                text=text,
                requestAttributes=dict(request_attributes),
            )
        try:
            return RecognizeTextResponse.model_validate(answer)
        except ValidationError as error:
            raise UpstreamFailed("Amazon Lex gave an answer of the wrong shape.") from error

    async def end(self, session_id: str, locale_id: str | None) -> None:
        try:
            with aws_span("Lex Runtime V2", "DeleteSession"), translated_errors("Amazon Lex"):
                await self._client.delete_session(
                    botId=self._bot_id,
                    botAliasId=self._alias_id,
                    localeId=locale_id or self._locale_id,
                    sessionId=session_id,
                )
        except NotFound:
            return


@contextmanager
def _turn_errors() -> Iterator[None]:
    """Every failure of a turn is the bot's, never the customer's: 502, 503 or 504."""
    try:
        with translated_errors("Amazon Lex"):
            try:
                yield
            except ReadTimeoutError as error:
                raise UpstreamTimeout("Amazon Lex took too long.") from error
    except (Conflict, TooManyRequests) as error:
        raise Unavailable("Amazon Lex is busy.") from error
    except Problem as error:
        if error.status >= 500:
            raise
        raise UpstreamFailed("Amazon Lex refused the request.") from error


@asynccontextmanager
async def open_amazon_lex(
    *,
    bot_id: str,
    alias_id: str,
    locale_id: str,
    session: aioboto3.Session | None = None,
    endpoint_url: str | None = None,
) -> AsyncIterator[AmazonLex]:
    """Amazon Lex for the life of the block, with what the environment says where nothing is given."""
    opened = (session or aws_session()).client("lexv2-runtime", config=_CONFIG, endpoint_url=endpoint_url)
    async with opened as client:
        yield AmazonLex(client, bot_id=bot_id, alias_id=alias_id, locale_id=locale_id)
