"""Roles that people put right. They are kept beside the results, and hold for every later analysis."""

import asyncio
import logging
from collections.abc import Mapping

from pydantic import ValidationError

from services.media import store
from services.media.analysis.categories import categorised
from services.media.analysis.relabelling import with_roles
from services.media.analysis.summary import summed_up
from services.media.category_rules import CategoryBook
from services.media.ports import Index
from services.media.settings import MediaSettings
from shared.blobs import Blobs
from shared.errors import InvalidRequest, NotFound
from shared.schemas.interaction import Interaction, RoleCorrection, RoleName, Speaker

log = logging.getLogger("omnilex.media.corrections")

FOLDER = "corrections"


class Corrections:
    """One object for each interaction that was corrected, in the bucket of the results. An `index` is told of them."""

    def __init__(self, settings: MediaSettings, blobs: Blobs, index: Index | None) -> None:
        self._settings = settings
        self._blobs = blobs
        self._index = index
        self._categories = CategoryBook(settings, blobs)

    async def set_roles(self, interaction_id: str, roles: Mapping[str, RoleName], *, subject: str) -> list[Speaker]:
        """The interaction's speakers, with these roles from now on. Others keep theirs, earlier corrections too.

        Averages, categories and the summary follow, by the rules of categories that are in force. Raises NotFound
        without a result, and InvalidRequest for a speaker that it does not have.
        """
        document = await self._result(interaction_id)
        known = {one.speaker for one in document.speakers}
        if unknown := sorted(set(roles) - known):
            raise InvalidRequest(f"The interaction has no such speaker: {', '.join(unknown)}.")
        kept = {**await self.roles(interaction_id), **roles}
        corrected = await self._with_roles(document, kept)
        correction = RoleCorrection(roles=kept, by=subject, at=store.now())
        await self._blobs.put(
            self._settings.output_bucket_name, roles_key(interaction_id), correction.model_dump_json().encode()
        )
        log.info("roles.corrected", extra={"interaction_id": interaction_id, "by": subject})
        await self._keep(corrected)
        if self._index is not None:
            await self._index.index(corrected)
        return corrected.speakers

    async def roles(self, interaction_id: str) -> dict[str, RoleName]:
        """What people have said so far; empty where nobody has."""
        try:
            raw = await self._blobs.get(self._settings.output_bucket_name, roles_key(interaction_id))
            return dict(RoleCorrection.model_validate_json(raw).roles)
        except NotFound:
            return {}
        except ValidationError:
            log.warning("roles.unreadable", extra={"interaction_id": interaction_id})
            return {}

    async def applied(self, document: Interaction) -> Interaction:
        """The result of a new analysis with what people have said; it is stored again where that changes it."""
        roles = await self.roles(document.interaction_id)
        corrected = await self._with_roles(document, roles) if roles else document
        if corrected is not document:
            await self._keep(corrected)
        return corrected

    async def _with_roles(self, document: Interaction, roles: Mapping[str, RoleName]) -> Interaction:
        """The same document where that changes nothing."""
        corrected = with_roles(document, roles, self._settings.speaker_names, store.now())
        if corrected is document:
            return document
        rules = await self._categories.last_good()
        return summed_up(await asyncio.to_thread(categorised, corrected, rules))

    async def _keep(self, document: Interaction) -> None:
        raw = await asyncio.to_thread(lambda: document.model_dump_json().encode())
        await self._blobs.put(self._settings.output_bucket_name, self._result_key(document.interaction_id), raw)

    async def _result(self, interaction_id: str) -> Interaction:
        try:
            raw = await self._blobs.get(self._settings.output_bucket_name, self._result_key(interaction_id))
        except NotFound:
            raise NotFound("There is no such interaction.") from None
        return await asyncio.to_thread(Interaction.model_validate_json, raw)

    def _result_key(self, interaction_id: str) -> str:
        return f"{self._settings.output_bucket_parsed_results}/{interaction_id}.json"


def roles_key(interaction_id: str) -> str:
    """Of what people said about an interaction, in the output bucket."""
    return f"{FOLDER}/{interaction_id}.roles.json"
