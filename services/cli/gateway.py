"""The command line's door to the system: the gateway's public API."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from services.cli.settings import CliSettings
from shared.schemas.base import Page
from shared.schemas.bulk import Bulk
from shared.schemas.channels import ChannelReports
from shared.schemas.chat import ChatReply, ChatSession
from shared.schemas.erasures import Erasure
from shared.schemas.identity import AuditProof, AuditRecord
from shared.schemas.imports import ImportBatch, ImportReport
from shared.schemas.ledger import LedgerCounts, LedgerDetail, LedgerEntry, Reconciliation, Retried
from shared.schemas.staff import Login
from shared.schemas.uploads import UploadForm, UploadRequest

DEFAULT_URL = "http://127.0.0.1:8080"
TIMEOUT = httpx.Timeout(40.0, connect=3.0)  # a turn of the bot may wait 30 s for the code hook
PROOF_TIMEOUT = httpx.Timeout(130.0, connect=3.0)  # the gateway gives it 120 s
UPLOAD_TIMEOUT = httpx.Timeout(300.0, connect=3.0)

M = TypeVar("M")
N = TypeVar("N", bound=BaseModel)
_CHUNK_BYTES = 256 * 1024
_AWAY = (502, 503, 504)
_NOT_OFFERED = (404, 405, 409)  # the first two by a gateway of an earlier release
_STORE_CODE = re.compile(r"<Code>(\w{1,60})</Code>")
_FORM = TypeAdapter(UploadForm)
_SESSION = TypeAdapter(ChatSession)
_REPLY = TypeAdapter(ChatReply)
_LOGIN = TypeAdapter(Login)
_ENTRIES = TypeAdapter(list[LedgerEntry])
_ENTRY = TypeAdapter(LedgerEntry)
_LEDGER = TypeAdapter(Page[LedgerEntry])
_DETAIL = TypeAdapter(LedgerDetail)
_COUNTS = TypeAdapter(LedgerCounts)
_RETRIED = TypeAdapter(Retried)
_RECONCILIATION = TypeAdapter(Reconciliation)
_BULK = TypeAdapter(Bulk)
_BULKS = TypeAdapter(Page[Bulk])
_ERASURE = TypeAdapter(Erasure)
_ERASURES = TypeAdapter(Page[Erasure])
_AUDIT = TypeAdapter(Page[AuditRecord])
_PROOF = TypeAdapter(AuditProof)
_REPORT = TypeAdapter(ImportReport)
_CHANNELS = TypeAdapter(ChannelReports)


class CommandFailed(Exception):
    """What went wrong, in a sentence for the person at the terminal."""


class Unreachable(CommandFailed):
    """The system, or a part of it, does not answer; it may a little later."""


class Refused(CommandFailed):
    """The system said no, with this HTTP status."""

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.status = status


class Gateway:
    """One method per thing that a command does. Every refusal is raised as CommandFailed."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def open_chat(self) -> ChatSession:
        return await self._call(_SESSION, "POST", "/api/v1/chat/sessions")

    async def say(self, token: str, text: str) -> ChatReply:
        return await self._call(_REPLY, "POST", "/api/v1/chat/messages", token=token, body={"text": text})

    async def end_chat(self, token: str) -> None:
        await self._send("DELETE", "/api/v1/chat/sessions", token=token)

    async def login(self, username: str, password: str) -> Login:
        return await self._call(_LOGIN, "POST", "/api/v1/auth/login", body={"username": username, "password": password})

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
        return _decoded(_ENTRIES, await self._answer(request))[0]

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
            kind = Unreachable if answer.status_code in _AWAY else CommandFailed
            raise kind(f"{words} (HTTP {answer.status_code}).")

    async def upload_arrived(self, token: str, key: str) -> LedgerEntry:
        return await self._call(
            _ENTRY, "POST", "/api/v1/interactions/presigned/arrived", token=token, body={"key": key}
        )

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
        return _decoded(_RECONCILIATION, await self._answer(request))

    async def ledger_events(self, token: str, after: str | None) -> AsyncIterator[tuple[str, LedgerEntry]]:
        """Changes of the ledger with their ids, until the gateway ends the stream. Raises Unreachable."""
        headers = {"authorization": f"Bearer {token}"} | ({"last-event-id": after} if after else {})
        try:
            async with self._http.stream("GET", "/api/v1/ledger/events", headers=headers) as answer:
                if not answer.is_success:
                    await answer.aread()
                    raise (Unreachable if answer.status_code in _AWAY else CommandFailed)(_refusal(answer))
                event_id = ""
                async for line in answer.aiter_lines():
                    name, _, value = line.partition(": ")
                    if name == "id":
                        event_id = value
                    elif name == "data":
                        yield event_id, _decoded(_ENTRY, value.encode())
        except httpx.HTTPError as error:
            raise Unreachable(f"The connection to {self._http.base_url} broke off: {type(error).__name__}.") from error

    async def start_bulk(self, token: str, body: dict[str, str]) -> Bulk:
        return await self._call(_BULK, "POST", "/api/v1/bulk", token=token, body=body)

    async def bulks(self, token: str, query: dict[str, str]) -> Page[Bulk]:
        return await self._call(_BULKS, "GET", "/api/v1/bulk", token=token, query=query)

    async def bulk(self, token: str, bulk_id: str) -> Bulk:
        return await self._call(_BULK, "GET", f"/api/v1/bulk/{quote(bulk_id, safe='')}", token=token)

    async def change_bulk(self, token: str, bulk_id: str, change: str) -> Bulk:
        """`change` is pause, resume, cancel or complete."""
        return await self._call(_BULK, "POST", f"/api/v1/bulk/{quote(bulk_id, safe='')}/{change}", token=token)

    async def erase(self, token: str, body: dict[str, str]) -> Erasure:
        return await self._call(_ERASURE, "POST", "/api/v1/erasures", token=token, body=body)

    async def erasure(self, token: str, erasure_id: str) -> Erasure:
        return await self._call(_ERASURE, "GET", f"/api/v1/erasures/{quote(erasure_id, safe='')}", token=token)

    async def erasures(self, token: str, query: dict[str, str]) -> Page[Erasure]:
        return await self._call(_ERASURES, "GET", "/api/v1/erasures", token=token, query=query)

    async def ledger(self, token: str, query: dict[str, str]) -> Page[LedgerEntry]:
        return await self._call(_LEDGER, "GET", "/api/v1/ledger", token=token, query=query)

    async def import_customers(self, token: str, batch: ImportBatch) -> ImportReport:
        """Sends customers with their PINs; what was imported before is left as it is."""
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        request = self._http.build_request(
            "POST", "/api/v1/imports/customers", content=batch.plain_json(), headers=headers, timeout=UPLOAD_TIMEOUT
        )
        return _decoded(_REPORT, await self._answer(request))

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
            timeout=PROOF_TIMEOUT,
        )
        return _decoded(_PROOF, await self._answer(request))

    async def _call(
        self,
        adapter: TypeAdapter[M],
        method: str,
        path: str,
        *,
        token: str | None = None,
        body: dict[str, object] | dict[str, str] | None = None,
        query: dict[str, str] | None = None,
    ) -> M:
        return _decoded(adapter, await self._send(method, path, token=token, body=body, query=query))

    async def _send(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        body: object = None,
        query: dict[str, str] | None = None,
    ) -> bytes:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return await self._answer(self._http.build_request(method, path, json=body, params=query, headers=headers))

    async def _answer(self, request: httpx.Request) -> bytes:
        try:
            answer = await self._http.send(request)
        except httpx.ConnectError as error:
            raise Unreachable(f"Nobody answers at {self._http.base_url}. Is the system up? Try: omnilex up") from error
        except httpx.HTTPError as error:
            raise Unreachable(f"The connection to {self._http.base_url} broke off: {type(error).__name__}.") from error
        if answer.is_success:
            return answer.content
        if answer.status_code in _AWAY:
            raise Unreachable(_refusal(answer))
        raise Refused(_refusal(answer), answer.status_code)


def _decoded(adapter: TypeAdapter[M], content: bytes) -> M:
    try:
        return adapter.validate_json(content)
    except ValidationError as error:
        raise CommandFailed("The gateway gave an answer of an unknown shape. Are both of one release?") from error


def _refusal(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
        text = problem.get("detail") or problem["title"]
        if faults := [f"{fault['pointer'].strip('/')}: {fault['detail']}" for fault in problem.get("errors", [])]:
            text += f" {'; '.join(faults)}"
        return f"{text} (HTTP {answer.status_code}, request {problem.get('request_id', '-')})"
    except (ValueError, KeyError, AttributeError, TypeError):
        return f"The gateway refused: HTTP {answer.status_code}."


class StaffLogin(BaseModel):
    username: str
    password: str


class Running(BaseModel):
    """What `omnilex up` notes in the data folder while it runs."""

    pid: int
    gateway_url: str


def gateway_url(settings: CliSettings) -> str:
    if settings.gateway_url:
        return settings.gateway_url
    running = read_note(settings.data_dir / "up.json", Running)
    return running.gateway_url if running else DEFAULT_URL


def read_note(path: Path, kind: type[N]) -> N | None:
    """A note that `omnilex up` left, or None when there is none that can be read."""
    try:
        return kind.model_validate(json.loads(path.read_text()))
    except (OSError, ValueError):
        return None


def _is_address(text: str) -> bool:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        return False
    return url.scheme in ("http", "https") and bool(url.host)


@asynccontextmanager
async def open_gateway(settings: CliSettings) -> AsyncIterator[Gateway]:
    """Raises CommandFailed when the address is none."""
    address = gateway_url(settings)
    if not _is_address(address):
        raise CommandFailed(f"OMNILEX_GATEWAY_URL is not an address like {DEFAULT_URL}: {address}")
    async with httpx.AsyncClient(base_url=address, timeout=TIMEOUT) as http:
        yield Gateway(http)


async def staff_token(gateway: Gateway, settings: CliSettings) -> str:
    """Signs in. Raises CommandFailed when no login is known or it is refused."""
    login = read_note(settings.data_dir / "staff-login.json", StaffLogin)
    if settings.username and settings.password:
        login = StaffLogin(username=settings.username, password=settings.password.get_secret_value())
    if login is None:
        raise CommandFailed("No staff login is known. Set OMNILEX_USERNAME and OMNILEX_PASSWORD.")
    return (await gateway.login(login.username, login.password)).access_token
