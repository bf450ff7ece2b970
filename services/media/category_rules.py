"""The rules of categories: their versions, and what new ones would change among the interactions that there are."""

import asyncio
import heapq
import logging
from collections.abc import AsyncIterator
from contextlib import suppress

from pydantic import ValidationError

from services.media import store
from services.media.analysis.categories import FOLDER, built_in, detect
from services.media.settings import MediaSettings
from shared.blobs import BlobInfo, Blobs
from shared.errors import Conflict, NotFound, Unavailable
from shared.schemas.categories import CategoryRules, CategoryTrial, TrialChange
from shared.schemas.interaction import Interaction

log = logging.getLogger("omnilex.media.categories")

_PAGE = 1000
_SHOWN = 20


class CategoryBook:
    """One object for each version that was saved, among the support files."""

    def __init__(self, settings: MediaSettings, blobs: Blobs) -> None:
        self._settings = settings
        self._blobs = blobs

    async def current(self) -> CategoryRules:
        """The rules in force: the last that were saved, else what the product brings. Raises Unavailable."""
        last: BlobInfo | None = None
        async for info in self._objects(self._settings.support_files_bucket_name, f"{FOLDER}/"):
            last = info
        return await self._read(last.key) if last else built_in()

    async def last_good(self) -> CategoryRules:
        """The newest version that can be read, by which interactions are sorted; else what the product brings."""
        keys = [info.key async for info in self._objects(self._settings.support_files_bucket_name, f"{FOLDER}/")]
        for key in reversed(keys):
            with suppress(Unavailable, NotFound):
                return await self._read(key)
        return built_in()

    async def version(self, version: int) -> CategoryRules:
        """Raises NotFound for a version that there never was, and Unavailable for one that is damaged."""
        return await self._read(_key(version)) if version else built_in()

    async def save(self, rules: CategoryRules, *, subject: str) -> CategoryRules:
        """The rules under the next version. `rules.version` is the one they were made from.

        Raises Conflict when somebody has saved another meanwhile. Interactions that are analysed from now on are
        sorted by them.
        """
        current = await self.current()
        saved = rules.model_copy(
            update={"version": rules.version + 1, "changed_by": subject, "changed_at": store.now()}
        )
        bucket, content = self._settings.support_files_bucket_name, saved.model_dump_json().encode()
        # Of two who save at once, in whatever processes, one makes the object of the next version.
        if current.version != rules.version or not await self._blobs.put_new(bucket, _key(saved.version), content):
            in_force = (await self.current()).version
            raise Conflict(f"The rules have changed meanwhile: version {in_force} is in force.")
        log.info("categories.saved", extra={"version": saved.version, "by": subject})
        return saved

    async def trial(self, rules: CategoryRules, *, limit: int) -> CategoryTrial:
        """What the rules would gain and lose among the newest `limit` interactions. Nothing is changed."""
        current = await self.current()
        before: dict[str, set[str]] = {rule.name: set() for rule in current.rules}
        after: dict[str, set[str]] = {rule.name: set() for rule in rules.rules}
        looked_at = unreadable = 0
        for info in await self._newest(limit):
            document = await self._document(info)
            if document is None:
                unreadable += 1
                continue
            looked_at += 1
            for found, tried in ((before, current), (after, rules)):
                for one in await asyncio.to_thread(detect, document, tried):
                    found[one.name].add(document.interaction_id)
        names = dict.fromkeys([*before, *after])
        changes = [_change(name, before.get(name, set()), after.get(name, set())) for name in names]
        return CategoryTrial(looked_at=looked_at, unreadable=unreadable, changes=changes)

    async def _newest(self, limit: int) -> list[BlobInfo]:
        newest: list[tuple[float, str, BlobInfo]] = []
        prefix = f"{self._settings.output_bucket_parsed_results}/"
        async for info in self._objects(self._settings.output_bucket_name, prefix):
            entry = (info.modified.timestamp(), info.key, info)
            (heapq.heappush if len(newest) < limit else heapq.heappushpop)(newest, entry)
        return [info for _, _, info in sorted(newest, reverse=True)]

    async def _document(self, info: BlobInfo) -> Interaction | None:
        try:
            raw = await self._blobs.get(info.bucket, info.key)
            return await asyncio.to_thread(Interaction.model_validate_json, raw)
        except (NotFound, ValidationError):
            return None

    async def _objects(self, bucket: str, prefix: str) -> AsyncIterator[BlobInfo]:
        after: str | None = None
        while page := await self._blobs.page(bucket, prefix, after=after, limit=_PAGE):
            for info in page:
                yield info
            after = page[-1].key

    async def _read(self, key: str) -> CategoryRules:
        raw = await self._blobs.get(self._settings.support_files_bucket_name, key)
        try:
            return CategoryRules.model_validate_json(raw)
        except ValidationError as error:
            log.warning("categories.unreadable", extra={"key": key})
            raise Unavailable(f"The rules of categories cannot be read: {key} is damaged.") from error


def _key(version: int) -> str:
    return f"{FOLDER}/{version:06}.json"


def _change(name: str, before: set[str], after: set[str]) -> TrialChange:
    return TrialChange(
        name=name,
        before=len(before),
        after=len(after),
        gained=sorted(after - before)[:_SHOWN],
        lost=sorted(before - after)[:_SHOWN],
    )
