"""Calls of the gateway about the bank itself: chats, staff, customers, channels and the audit trail."""

import httpx
from pydantic import TypeAdapter

from services.cli.connection import UPLOAD_TIMEOUT, Connection, decoded
from shared.schemas.base import Page
from shared.schemas.channels import ChannelReports
from shared.schemas.chat import ChatReply, ChatSession
from shared.schemas.identity import AuditProof, AuditRecord
from shared.schemas.imports import ImportBatch, ImportReport
from shared.schemas.staff import Login

_PROOF_TIMEOUT = httpx.Timeout(130.0, connect=3.0)  # the gateway gives it 120 s
_SESSION = TypeAdapter(ChatSession)
_REPLY = TypeAdapter(ChatReply)
_LOGIN = TypeAdapter(Login)
_AUDIT = TypeAdapter(Page[AuditRecord])
_PROOF = TypeAdapter(AuditProof)
_REPORT = TypeAdapter(ImportReport)
_CHANNELS = TypeAdapter(ChannelReports)


class BankCalls(Connection):
    async def open_chat(self) -> ChatSession:
        return await self._call(_SESSION, "POST", "/api/v1/chat/sessions")

    async def say(self, token: str, text: str) -> ChatReply:
        return await self._call(_REPLY, "POST", "/api/v1/chat/messages", token=token, body={"text": text})

    async def end_chat(self, token: str) -> None:
        await self._send("DELETE", "/api/v1/chat/sessions", token=token)

    async def login(self, username: str, password: str) -> Login:
        return await self._call(_LOGIN, "POST", "/api/v1/auth/login", body={"username": username, "password": password})

    async def import_customers(self, token: str, batch: ImportBatch) -> ImportReport:
        """Sends customers with their PINs; what was imported before is left as it is."""
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        request = self._http.build_request(
            "POST", "/api/v1/imports/customers", content=batch.plain_json(), headers=headers, timeout=UPLOAD_TIMEOUT
        )
        return decoded(_REPORT, await self._answer(request))

    async def add_user(self, token: str, username: str, password: str, roles: list[str]) -> None:
        body = {"username": username, "password": password, "roles": roles}
        await self._send("POST", "/api/v1/users", token=token, body=body)

    async def channels(self, token: str, *, test: bool) -> ChannelReports:
        query = {"test": "true" if test else "false"}
        return await self._call(_CHANNELS, "GET", "/api/v1/channels", token=token, query=query)

    async def audit(self, token: str, query: dict[str, str]) -> Page[AuditRecord]:
        return await self._call(_AUDIT, "GET", "/api/v1/audit", token=token, query=query)

    async def prove_audit(self, token: str, anchor: str | None) -> AuditProof:
        """Takes as long as it takes to read the whole trail."""
        request = self._http.build_request(
            "GET",
            "/api/v1/audit/proof",
            params={"anchor": anchor} if anchor else None,
            headers={"authorization": f"Bearer {token}"},
            timeout=_PROOF_TIMEOUT,
        )
        return decoded(_PROOF, await self._answer(request))
