"""Client of the bot service: its FAQ search. The code hook itself is called by Lex, with a signature of its own."""

from pydantic import TypeAdapter

from shared.callers import Caller
from shared.clients.base import ServiceClient
from shared.schemas.faq import FaqResults

_RESULTS = TypeAdapter(FaqResults)


class BotClient(ServiceClient):
    async def search_faq(self, query: str, *, limit: int, caller: Caller) -> FaqResults:
        content = await self.send("GET", "/faq/search", query={"q": query, "limit": str(limit)}, caller=caller)
        return self.decode(_RESULTS, content)
