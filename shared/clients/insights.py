"""Client of the insights service."""

from urllib.parse import quote

from shared.clients.base import ServiceClient
from shared.schemas.interaction import Interaction


class InsightsClient(ServiceClient):
    async def index(self, document: Interaction) -> None:
        """Puts the document in the index in place of an earlier one with the same id."""
        await self.send("PUT", f"/interactions/{quote(document.interaction_id, safe='')}", body=document)
