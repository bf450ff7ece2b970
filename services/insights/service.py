"""The index of interactions: what media found out, ready to be listed and read by staff."""

import asyncio

from pydantic import JsonValue

from services.insights import store
from services.insights.listing import Filters, ListQuery, cursor_after, position_of
from services.insights.reference_layout import in_reference_layout
from shared.db import Database
from shared.errors import NotFound
from shared.explanation import explain
from shared.schemas.base import Page
from shared.schemas.explanation import Explanation, Measure
from shared.schemas.interaction import Averages, Interaction, InteractionHeader


class Insights:
    """Takes an open, migrated database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ready(self) -> None:
        """Raises Unavailable when the database does not answer."""
        await self._database.ready()

    async def index(self, document: Interaction) -> None:
        """Puts the document in the place of an earlier one with its id; one processed earlier changes nothing."""
        async with self._database.transaction() as session:
            await store.put(session, document)

    async def remove(self, interaction_id: str) -> None:
        """Takes the document out of the index; one that is not there is no error."""
        async with self._database.transaction() as session:
            await store.remove(session, interaction_id)

    async def page(self, query: ListQuery) -> Page[InteractionHeader]:
        """The next stretch of the list. Raises InvalidRequest for a cursor that does not fit the query."""
        after = position_of(query)
        async with self._database.reading() as session:
            found = await store.page_of_headers(session, query, after, query.limit + 1)
        items = found[: query.limit]
        more = len(found) > query.limit
        return Page(items=items, next_cursor=cursor_after(items[-1], query) if more else None)

    async def document(self, interaction_id: str) -> str:
        """The JSON of a whole document, as it was put. Raises NotFound."""
        async with self._database.reading() as session:
            document = await store.get_document(session, interaction_id)
        if document is None:
            raise NotFound("There is no such interaction.")
        return document

    async def export(self, interaction_id: str) -> dict[str, JsonValue]:
        """The document in the layout of Amazon Transcribe Post Call Analytics. Raises NotFound."""
        document = await self.document(interaction_id)
        return await asyncio.to_thread(lambda: in_reference_layout(Interaction.model_validate_json(document)))

    async def explain(
        self, interaction_id: str, measure: Measure, *, speaker: str | None = None, turn: int | None = None
    ) -> Explanation:
        """The turns, thresholds and denominator of a number. Raises NotFound and InvalidRequest."""
        document = await self.document(interaction_id)
        return await asyncio.to_thread(
            lambda: explain(Interaction.model_validate_json(document), measure, speaker=speaker, turn=turn)
        )

    async def averages(self, query: Filters) -> Averages:
        """Over all interactions that the query asks for and that carry no flag."""
        async with self._database.reading() as session:
            return await store.averages(session, query)
