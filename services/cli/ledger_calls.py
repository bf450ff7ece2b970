"""Calls of the gateway about what became of what came in: the ledger and erasures."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter

from services.cli.connection import AWAY, UPLOAD_TIMEOUT, CommandFailed, Connection, Unreachable, decoded, refusal
from shared.schemas.base import Page
from shared.schemas.erasures import Erasure
from shared.schemas.ledger import LedgerCounts, LedgerDetail, LedgerEntry, Reconciliation, Retried

_CHUNK_BYTES = 256 * 1024
_ENTRY = TypeAdapter(LedgerEntry)
_LEDGER = TypeAdapter(Page[LedgerEntry])
_DETAIL = TypeAdapter(LedgerDetail)
_COUNTS = TypeAdapter(LedgerCounts)
_RETRIED = TypeAdapter(Retried)
_RECONCILIATION = TypeAdapter(Reconciliation)
_ERASURE = TypeAdapter(Erasure)
_ERASURES = TypeAdapter(Page[Erasure])


class LedgerCalls(Connection):
    async def ledger(self, token: str, query: dict[str, str]) -> Page[LedgerEntry]:
        return await self._call(_LEDGER, "GET", "/api/v1/ledger", token=token, query=query)

    async def ledger_entry(self, token: str, entry_id: str) -> LedgerEntry:
        return await self._call(_ENTRY, "GET", f"/api/v1/ledger/{quote(entry_id, safe='')}", token=token)

    async def ledger_detail(self, token: str, entry_id: str) -> LedgerDetail:
        return await self._call(_DETAIL, "GET", f"/api/v1/ledger/{quote(entry_id, safe='')}", token=token)

    async def ledger_counts(self, token: str, query: dict[str, str]) -> LedgerCounts:
        return await self._call(_COUNTS, "GET", "/api/v1/ledger/counts", token=token, query=query)

    async def retry(self, token: str, entry_id: str) -> LedgerEntry:
        return await self._call(_ENTRY, "POST", f"/api/v1/ledger/{quote(entry_id, safe='')}/retry", token=token)

    async def retry_all(self, token: str, query: dict[str, str]) -> Retried:
        return await self._call(_RETRIED, "POST", "/api/v1/ledger/retry", token=token, query=query)

    async def reconcile(self, token: str, file: Path, query: dict[str, str]) -> Reconciliation:
        """Sends a list of expected calls, read as it is sent."""

        async def chunks() -> AsyncIterator[bytes]:
            with file.open("rb") as reader:
                while chunk := reader.read(_CHUNK_BYTES):
                    yield chunk

        request = self._http.build_request(
            "POST",
            "/api/v1/ledger/reconciliation",
            content=chunks(),
            params=query,
            headers={"authorization": f"Bearer {token}", "content-type": "text/csv"},
            timeout=UPLOAD_TIMEOUT,
        )
        return decoded(_RECONCILIATION, await self._answer(request))

    async def ledger_events(self, token: str, after: str | None) -> AsyncIterator[tuple[str, LedgerEntry]]:
        """Changes of the ledger with their ids, until the gateway ends the stream. Raises Unreachable."""
        headers = {"authorization": f"Bearer {token}"} | ({"last-event-id": after} if after else {})
        try:
            async with self._http.stream("GET", "/api/v1/ledger/events", headers=headers) as answer:
                if not answer.is_success:
                    await answer.aread()
                    raise (Unreachable if answer.status_code in AWAY else CommandFailed)(refusal(answer))
                event_id = ""
                async for line in answer.aiter_lines():
                    name, _, value = line.partition(": ")
                    if name == "id":
                        event_id = value
                    elif name == "data":
                        yield event_id, decoded(_ENTRY, value.encode())
        except httpx.HTTPError as error:
            raise Unreachable(f"The connection to {self._http.base_url} broke off: {type(error).__name__}.") from error

    async def erase(self, token: str, body: dict[str, str]) -> Erasure:
        return await self._call(_ERASURE, "POST", "/api/v1/erasures", token=token, body=body)

    async def erasure(self, token: str, erasure_id: str) -> Erasure:
        return await self._call(_ERASURE, "GET", f"/api/v1/erasures/{quote(erasure_id, safe='')}", token=token)

    async def erasures(self, token: str, query: dict[str, str]) -> Page[Erasure]:
        return await self._call(_ERASURES, "GET", "/api/v1/erasures", token=token, query=query)
