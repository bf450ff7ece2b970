"""Calls and chats: listing and detail by insights, uploads by media."""

from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from services.gateway.ports import RelayCall
from services.gateway.routes.callers import Service, StaffCaller, Uploader
from services.gateway.routes.openapi import problems
from services.gateway.routes.relaying import IndexedId, ResultId, incoming_body, json_call, passed_back, query_pairs
from services.gateway.settings import GatewaySettings
from shared.schemas.base import Moment, Page
from shared.schemas.interaction import Channel, Interaction, InteractionHeader, SortKey
from shared.schemas.ledger import LedgerEntry, UploadMetadata
from shared.schemas.uploads import ArrivedUpload, UploadForm, UploadRequest

router = APIRouter(prefix="/api/v1/interactions", tags=["interactions"])
_FORM: JsonValue = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "string", "format": "binary"},
            "description": "one part a file: audio, an Amazon Transcribe result, or a Lex conversation log",
        },
        "metadata": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": UploadMetadata.model_json_schema(),
            "description": "what is known of the files beside their content, as JSON",
            "examples": ['{"agent": "Kim", "guid": "4711", "roles": {"ch_0": "AGENT", "ch_1": "CALLER"}}'],
        },
    },
}


class InteractionFilter(BaseModel):
    """Which interactions; a parameter that is not here is refused."""

    model_config = ConfigDict(extra="forbid")

    channel: list[Channel] = Field(default_factory=list, description="any of these; may be repeated")
    kind: Literal["call", "chat"] | None = None
    sentiment: Literal["positive", "negative", "neutral", "unknown"] | None = Field(
        None, description="of the caller's average"
    )
    from_: Moment | None = Field(None, alias="from", description="started at this moment or later")
    to: Moment | None = Field(None, description="started before this moment")


class InteractionQuery(InteractionFilter):
    sort: SortKey = "started_at"
    order: Literal["asc", "desc"] = "desc"
    cursor: str | None = Field(None, max_length=1024, description="`next_cursor` of a page of the same sort and order")
    limit: int = Field(25, ge=1, le=100)


@router.get(
    "",
    response_model=Page[InteractionHeader],
    summary="List interactions, sorted and filtered",
    responses=problems(401, 422, 502, 503, 504),
)
async def list_interactions(
    query: Annotated[InteractionQuery, Query()], gateway: Service, caller: StaffCaller
) -> StreamingResponse:
    call = RelayCall("GET", "/interactions", caller, query_pairs(query))
    return passed_back(await gateway.insights.relay(call))


@router.get(
    "/{interaction_id}",
    response_model=Interaction,
    summary="One interaction with turns and sentiment",
    responses=problems(401, 404, 422, 502, 503, 504),
)
async def get_interaction(interaction_id: IndexedId, gateway: Service, caller: StaffCaller) -> StreamingResponse:
    call = RelayCall("GET", f"/interactions/{quote(interaction_id, safe='')}", caller)
    return passed_back(await gateway.insights.relay(call))


@router.get(
    "/{interaction_id}/recording",
    response_class=StreamingResponse,
    summary="Listen to an interaction",
    responses={
        200: {"content": {"audio/*": {"schema": {"type": "string", "format": "binary"}}}},
        206: {"description": "The part that `Range` asked for", "content": {"audio/*": {}}},
        **problems(401, 404, 416, 422, 502, 503, 504),
    },
)
async def get_recording(
    interaction_id: ResultId,
    gateway: Service,
    caller: StaffCaller,
    *,
    range_: Annotated[str | None, Header(alias="Range", max_length=200, description="one range of bytes")] = None,
    if_range: Annotated[str | None, Header(max_length=200, include_in_schema=False)] = None,
) -> StreamingResponse:
    """The recording; a copy of it (MP3) where browsers do not play it, or where personal data in it was silenced."""
    given = {"range": range_, "if-range": if_range}
    headers = {name: value for name, value in given.items() if value is not None}
    call = RelayCall("GET", f"/interactions/{interaction_id}/recording", caller, headers=headers)
    return passed_back(await gateway.media.relay(call))


@router.post(
    "",
    status_code=202,
    response_model=list[LedgerEntry],
    summary="Upload recordings, transcripts or logs",
    responses=problems(400, 401, 403, 409, 413, 415, 422, 502, 503, 504),
    openapi_extra={"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}},
)
async def upload(
    request: Request,
    gateway: Service,
    caller: Uploader,
    *,
    content_type: Annotated[str, Header(include_in_schema=False)] = "",
    content_length: Annotated[str | None, Header(include_in_schema=False)] = None,
    idempotency_key: Annotated[str | None, Header(max_length=128, description="makes a repeated upload one")] = None,
    bulk_id: Annotated[str | None, Query(pattern=r"^[0-9a-f]{32}$", description="hold the files for this bulk")] = None,
) -> StreamingResponse:
    """For supervisors, analysts and admins. Each file gets an entry in the ledger, which tells its fate."""
    settings: GatewaySettings = request.app.state.settings
    headers = {"content-type": content_type}
    headers |= {"content-length": content_length} if content_length else {}
    headers |= {"idempotency-key": idempotency_key} if idempotency_key else {}
    call = RelayCall(
        "POST",
        "/objects",
        caller,
        query=[("bulk_id", bulk_id)] if bulk_id else [],
        headers=headers,
        body=incoming_body(request),
        seconds=settings.upload_seconds,
    )
    return passed_back(await gateway.media.relay(call))


@router.post(
    "/presigned",
    status_code=201,
    response_model=UploadForm,
    summary="Have a form to upload one file directly",
    responses=problems(400, 401, 403, 409, 413, 422, 502, 503, 504),
)
async def offer_upload(asked: UploadRequest, gateway: Service, caller: Uploader) -> StreamingResponse:
    """For supervisors, analysts and admins. POST the fields, and after them the part `file`, to the address, then
    tell `/presigned/arrived`. 409 where files are taken in by this API only.
    """
    return passed_back(await gateway.media.relay(json_call("POST", "/objects/presigned", caller, asked)))


@router.post(
    "/presigned/arrived",
    status_code=202,
    response_model=LedgerEntry,
    summary="Tell that a direct upload has arrived",
    responses=problems(400, 401, 403, 404, 413, 422, 502, 503, 504),
)
async def upload_arrived(upload: ArrivedUpload, gateway: Service, caller: Uploader) -> StreamingResponse:
    """The file's entry in the ledger, the same however often it is told. 404 while the file is not there."""
    return passed_back(await gateway.media.relay(json_call("POST", "/objects/presigned/arrived", caller, upload)))
