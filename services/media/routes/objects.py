"""Files that come in over HTTP."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from pydantic import JsonValue, ValidationError
from starlette.datastructures import FormData, UploadFile

from services.media.analysis.side_car import contact_in
from services.media.analysis.source import RejectedSource
from services.media.routes.parts import STORABLE, Service
from shared.auth import AnyCaller, require_role
from shared.blobs import CHUNK_BYTES
from shared.callers import Caller
from shared.errors import InvalidRequest
from shared.schemas.ledger import LedgerEntry, UploadMetadata

router = APIRouter()

_MAX_FILES = 200
_UPLOADERS = frozenset({"supervisor", "analyst", "admin"})


def _uploader(caller: AnyCaller) -> Caller:
    return caller if caller.kind == "service" else require_role(caller, _UPLOADERS)


Uploader = Annotated[Caller, Depends(_uploader)]
IdempotencyKey = Annotated[str | None, Header(min_length=1, max_length=128)]


@router.post("/objects", status_code=202)
async def upload(
    request: Request,
    caller: Uploader,
    service: Service,
    *,
    idempotency_key: IdempotencyKey = None,
    bulk_id: Annotated[str | None, Query(max_length=64, pattern=STORABLE)] = None,
) -> list[LedgerEntry]:
    # The form is read here, not by FastAPI, which would take a whole body in before it asks who sent it.
    async with request.form(max_files=_MAX_FILES, max_fields=10) as form:
        return await service.upload(
            [Received(part) for part in form.getlist("file") if isinstance(part, UploadFile)],
            metadata=_metadata(form),
            subject=caller.subject,
            idempotency_key=idempotency_key,
            bulk_id=bulk_id,
        )


@dataclass(frozen=True)
class Received:
    """A part of the form, spooled to disk by now."""

    part: UploadFile

    @property
    def name(self) -> str:
        """Browsers and HTTP libraries send these three letters of a file's name escaped, and no other."""
        name = self.part.filename or ""
        return name.replace("%22", '"').replace("%0D", "").replace("%0A", "")

    @property
    def size(self) -> int:
        return self.part.size or 0

    async def chunks(self) -> AsyncIterator[bytes]:
        await self.part.seek(0)
        while chunk := await self.part.read(CHUNK_BYTES):
            yield chunk


def _metadata(form: FormData) -> UploadMetadata | None:
    given = form.get("metadata")
    if given is None:
        return None
    if not isinstance(given, str):
        raise InvalidRequest("The part named metadata must be a field, not a file.")
    try:
        return contact_in(given) or UploadMetadata.model_validate_json(given)
    except RejectedSource as refusal:
        raise InvalidRequest(refusal.sentence) from None
    except ValidationError as error:
        errors: list[JsonValue] = [
            {"in": "metadata", "pointer": "".join(f"/{part}" for part in item["loc"]), "detail": item["msg"]}
            for item in error.errors(include_input=False, include_url=False)
        ]
        raise InvalidRequest("The metadata is not valid.", members={"errors": errors}) from None
