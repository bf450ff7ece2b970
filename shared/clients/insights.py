"""Client of the insights service."""

from urllib.parse import quote

from shared.clients.base import ServiceClient
from shared.schemas.interaction import Interaction


class InsightsClient(ServiceClient):
    async def index(self, document: Interaction) -> None:
        """Puts the document in the index in place of an earlier one with the same id."""
        await self.send("PUT", f"/interactions/{quote(document.interaction_id, safe='')}", body=document)

    async def remove(self, interaction_id: str) -> None:
        """Takes the document out of the index; one that is not there is no error."""
        await self.send("DELETE", f"/interactions/{quote(interaction_id, safe='')}")
