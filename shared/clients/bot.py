"""Client of the bot service: its FAQ search. The code hook itself is called by Lex, with a signature of its own."""

from pydantic import TypeAdapter

from shared.callers import Caller
from shared.clients.base import ServiceClient
from shared.schemas.faq import FaqResults

_RESULTS = TypeAdapter(FaqResults)


class BotClient(ServiceClient):
    async def search_faq(self, query: str, *, limit: int, caller: Caller, locale: str | None = None) -> FaqResults:
        """The answers in the language of `locale`, such as `es_US`; in the FAQ's own without one."""
        parameters = {"q": query, "limit": str(limit)} | ({"locale": locale} if locale else {})
        content = await self.send("GET", "/faq/search", query=parameters, caller=caller)
        return self.decode(_RESULTS, content)
