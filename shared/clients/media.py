"""Client of the media service: how texts feel."""

from collections.abc import Sequence

from pydantic import TypeAdapter

from shared.clients.base import ServiceClient
from shared.schemas.handoffs import SentimentRequest, SentimentScores

_SCORES = TypeAdapter(SentimentScores)


class MediaClient(ServiceClient):
    async def scores(self, texts: Sequence[str], language: str) -> Sequence[float | None]:
        """One for each text, -1..+1, null when it cannot be known. Raises as `send` does."""
        request = SentimentRequest(texts=list(texts), language=language)
        return self.decode(_SCORES, await self.send("POST", "/sentiment", body=request)).scores
