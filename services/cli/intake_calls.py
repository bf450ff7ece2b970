"""Calls of the gateway about files that come in: uploads and bulks."""

import re
from typing import BinaryIO
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter

from services.cli.connection import AWAY, UPLOAD_TIMEOUT, CommandFailed, Connection, Refused, Unreachable, decoded
from shared.schemas.base import Page
from shared.schemas.bulk import Bulk
from shared.schemas.ledger import LedgerEntry
from shared.schemas.uploads import UploadForm, UploadRequest

_NOT_OFFERED = (404, 405, 409)  # the first two by a gateway of an earlier release
_STORE_CODE = re.compile(r"<Code>(\w{1,60})</Code>")
_FORM = TypeAdapter(UploadForm)
_ENTRIES = TypeAdapter(list[LedgerEntry])
_ENTRY = TypeAdapter(LedgerEntry)
_BULK = TypeAdapter(Bulk)
_BULKS = TypeAdapter(Page[Bulk])


class IntakeCalls(Connection):
    async def upload(
        self,
        token: str,
        name: str,
        file: BinaryIO,
        *,
        metadata: str | None = None,
        idempotency_key: str,
        bulk_id: str | None = None,
    ) -> LedgerEntry:
        """Sends one file, read as it is sent. `metadata` is the JSON of its side-car."""
        headers = {"authorization": f"Bearer {token}", "idempotency-key": idempotency_key}
        request = self._http.build_request(
            "POST",
            "/api/v1/interactions",
            params={"bulk_id": bulk_id} if bulk_id else None,
            files={"file": (name, file, "application/octet-stream")},
            data={"metadata": metadata} if metadata else None,
            headers=headers,
            timeout=UPLOAD_TIMEOUT,
        )
        return decoded(_ENTRIES, await self._answer(request))[0]

    async def offer_upload(self, token: str, request: UploadRequest) -> UploadForm | None:
        """A form to send the file directly to the object store; null where that takes files from nobody but us."""
        try:
            body = request.model_dump(mode="json", exclude_none=True)
            return await self._call(_FORM, "POST", "/api/v1/interactions/presigned", token=token, body=body)
        except Refused as refusal:
            if refusal.status in _NOT_OFFERED:
                return None
            raise

    async def send_form(self, form: UploadForm, name: str, file: BinaryIO) -> None:
        """Sends the file by the form, read as it is sent. Raises Unreachable when nobody answers at its address."""
        file_part = {"file": (name, file, "application/octet-stream")}
        request = self._http.build_request("POST", form.url, data=form.fields, files=file_part, timeout=UPLOAD_TIMEOUT)
        try:
            answer = await self._http.send(request)
        except httpx.HTTPError as error:
            raise Unreachable(f"The object store does not answer: {type(error).__name__}.") from error
        if not answer.is_success:
            code = _STORE_CODE.search(answer.text)
            words = f"The object store refused the file: {code[1] if code else 'no reason given'}"
            kind = Unreachable if answer.status_code in AWAY else CommandFailed
            raise kind(f"{words} (HTTP {answer.status_code}).")

    async def upload_arrived(self, token: str, key: str) -> LedgerEntry:
        return await self._call(
            _ENTRY, "POST", "/api/v1/interactions/presigned/arrived", token=token, body={"key": key}
        )

    async def start_bulk(self, token: str, body: dict[str, str]) -> Bulk:
        return await self._call(_BULK, "POST", "/api/v1/bulk", token=token, body=body)

    async def bulks(self, token: str, query: dict[str, str]) -> Page[Bulk]:
        return await self._call(_BULKS, "GET", "/api/v1/bulk", token=token, query=query)

    async def bulk(self, token: str, bulk_id: str) -> Bulk:
        return await self._call(_BULK, "GET", f"/api/v1/bulk/{quote(bulk_id, safe='')}", token=token)

    async def change_bulk(self, token: str, bulk_id: str, change: str) -> Bulk:
        """`change` is pause, resume, cancel or complete."""
        return await self._call(_BULK, "POST", f"/api/v1/bulk/{quote(bulk_id, safe='')}/{change}", token=token)
