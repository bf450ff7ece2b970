"""Calls of the gateway about what analysis found: explanations, exports, and the rules of categories."""

from urllib.parse import quote

import httpx
from pydantic import JsonValue, TypeAdapter

from services.cli.connection import Connection, decoded
from shared.schemas.categories import CategoryRules, CategoryTrial
from shared.schemas.explanation import Explanation
from shared.schemas.interaction import Interaction

_TRIAL_TIMEOUT = httpx.Timeout(130.0, connect=3.0)  # the gateway gives it 120 s
_INTERACTION = TypeAdapter(Interaction)
_EXPLANATION = TypeAdapter(Explanation)
_EXPORT: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])
_RULES = TypeAdapter(CategoryRules)
_TRIAL = TypeAdapter(CategoryTrial)


class InteractionCalls(Connection):
    async def interaction(self, token: str, interaction_id: str) -> Interaction:
        return await self._call(_INTERACTION, "GET", _path(interaction_id), token=token)

    async def explanation(self, token: str, interaction_id: str, query: dict[str, str]) -> Explanation:
        path = f"{_path(interaction_id)}/explanation"
        return await self._call(_EXPLANATION, "GET", path, token=token, query=query)

    async def export(self, token: str, interaction_id: str) -> dict[str, JsonValue]:
        return await self._call(_EXPORT, "GET", f"{_path(interaction_id)}/export", token=token)

    async def category_rules(self, token: str, version: int | None = None) -> CategoryRules:
        """Those in force where no version is named."""
        path = "/api/v1/categories" + (f"/versions/{version}" if version is not None else "")
        return await self._call(_RULES, "GET", path, token=token)

    async def try_category_rules(self, token: str, rules: CategoryRules, limit: int) -> CategoryTrial:
        request = self._http.build_request(
            "POST",
            "/api/v1/categories/trial",
            params={"limit": limit},
            json=rules.model_dump(mode="json"),
            headers={"authorization": f"Bearer {token}"},
            timeout=_TRIAL_TIMEOUT,
        )
        return decoded(_TRIAL, await self._answer(request))

    async def save_category_rules(self, token: str, rules: CategoryRules) -> CategoryRules:
        body = rules.model_dump(mode="json")
        return await self._call(_RULES, "PUT", "/api/v1/categories", token=token, body=body)


def _path(interaction_id: str) -> str:
    return f"/api/v1/interactions/{quote(interaction_id, safe='')}"
