"""The FAQ, by the bot: searched by staff, changed by its editors."""

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Path, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from services.gateway.ports import RelayCall
from services.gateway.routes.callers import Service, StaffCaller, Supervisor, Uploader
from services.gateway.routes.openapi import problems
from services.gateway.routes.relaying import incoming_body, passed_back, query_pairs
from shared.schemas.base import Page
from shared.schemas.faq import FaqChanges, FaqFormat, FaqImport, FaqResults, FaqVersion, UnansweredQuestion

router = APIRouter(prefix="/api/v1/faq", tags=["faq"])

MAX_FILE_BYTES = 5 * 1024 * 1024
_IMPORT_SECONDS = 60.0
_LOCALE = r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})?$"
_FILE = {
    "description": "A file in one of Amazon Kendra's formats: basic CSV, CSV with a header, or JSON. In UTF-8. Beyond "
    "Kendra's fields, `topic` names an entry in every language, and `alternatives` holds other ways to ask, between "
    "vertical bars.",
    "required": True,
    "content": {
        "text/csv": {
            "schema": {"type": "string"},
            "example": "_question,_answer,_source_uri\nWhen are you open?,From 9 to 5.,https://bank.example/hours\n",
        },
        "application/json": {"schema": {"type": "object"}},
    },
}
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
QuestionId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]


class FaqQuery(BaseModel):
    q: str = Field(min_length=1, max_length=500, description="the question", examples=["How do I order a new card?"])
    limit: int = Field(5, ge=1, le=20)
    locale: str = Field("en_US", pattern=_LOCALE, description="whose language is searched, if the FAQ has it")


class ImportQuery(BaseModel):
    language: str = Field("en", pattern=_LOCALE, description="of rows that name none")
    mode: Literal["replace", "merge"] = Field(
        "replace", description="replace the languages that are in the file; or only add and change, by topic"
    )
    note: str = Field("", max_length=500, description="for the list of versions")
    dry_run: bool = Field(False, description="tell what would happen, and change nothing")


class ExportQuery(BaseModel):
    format: FaqFormat = Field("csv", description="whole, to be read in again; or as Amazon Kendra wants it")
    language: str | None = Field(None, pattern=_LOCALE)
    version: int | None = Field(None, ge=1, le=2**31 - 1, description="else the one in use")


class VersionQuery(BaseModel):
    cursor: str = Field("", max_length=64, description="`next_cursor` of the page before")
    limit: int = Field(25, ge=1, le=100)


class UnansweredQuery(BaseModel):
    status: Literal["open", "done"] = "open"
    sort: Literal["asked", "recent"] = Field("asked", description="most asked, or asked last, first")
    language: str | None = Field(None, pattern=_LOCALE)
    cursor: str = Field("", max_length=64, description="`next_cursor` of a page of the same sort")
    limit: int = Field(25, ge=1, le=100)


@router.get(
    "/search",
    response_model=FaqResults,
    summary="Answers to a question, best first",
    responses=problems(401, 422, 502, 503, 504),
)
async def search(query: Annotated[FaqQuery, Query()], gateway: Service, caller: StaffCaller) -> StreamingResponse:
    """Entries for staff are among them: `groups` names who may read one."""
    return passed_back(await gateway.bot.relay(RelayCall("GET", "/faq/search", caller, query_pairs(query))))


@router.post(
    "",
    status_code=201,
    response_model=FaqImport,
    summary="Import a file as a new version",
    responses={
        200: {"model": FaqImport, "description": "Nothing changed, or a dry run"},
        **problems(401, 403, 409, 413, 415, 422, 502, 503, 504),
    },
    openapi_extra={"requestBody": _FILE},
)
async def import_file(
    request: Request,
    query: Annotated[ImportQuery, Query()],
    gateway: Service,
    caller: Supervisor,
    *,
    content_type: Annotated[str, Header(include_in_schema=False)] = "text/csv",
    if_match: Annotated[str | None, Header(description="number of the version that the edit began with")] = None,
) -> StreamingResponse:
    """For supervisors and admins. The version is in use at once. A refusal names every fault with its row."""
    headers = {"content-type": content_type} | ({"if-match": if_match} if if_match else {})
    call = RelayCall(
        "POST",
        "/faq",
        caller,
        query_pairs(query),
        headers=headers,
        body=incoming_body(request),
        seconds=_IMPORT_SECONDS,
    )
    return passed_back(await gateway.bot.relay(call))


@router.get(
    "/export",
    response_class=StreamingResponse,
    summary="The FAQ as a file",
    responses={
        200: {
            "description": "The file; its entity tag is the version's number",
            "content": {"text/csv": {"schema": {"type": "string"}}, "application/json": {"schema": {"type": "object"}}},
        },
        **problems(401, 404, 422, 502, 503, 504),
    },
)
async def export(query: Annotated[ExportQuery, Query()], gateway: Service, caller: StaffCaller) -> StreamingResponse:
    return passed_back(await gateway.bot.relay(RelayCall("GET", "/faq/export", caller, query_pairs(query))))


@router.get(
    "/versions",
    response_model=Page[FaqVersion],
    summary="List the versions, newest first",
    responses=problems(401, 422, 502, 503, 504),
)
async def versions(query: Annotated[VersionQuery, Query()], gateway: Service, caller: StaffCaller) -> StreamingResponse:
    return passed_back(await gateway.bot.relay(RelayCall("GET", "/faq/versions", caller, query_pairs(query))))


@router.get(
    "/versions/{number}/changes",
    response_model=FaqChanges,
    summary="What a version changed",
    responses=problems(401, 404, 422, 502, 503, 504),
)
async def changes(
    number: Number,
    gateway: Service,
    caller: StaffCaller,
    against: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="else the version before it")] = None,
) -> StreamingResponse:
    query = [("against", str(against))] if against else []
    return passed_back(await gateway.bot.relay(RelayCall("GET", f"/faq/versions/{number}/changes", caller, query)))


@router.post(
    "/versions/{number}/activate",
    response_model=FaqVersion,
    summary="Put an earlier version to use again",
    responses=problems(401, 403, 404, 422, 502, 503, 504),
)
async def activate(number: Number, gateway: Service, caller: Supervisor) -> StreamingResponse:
    """For supervisors and admins."""
    call = RelayCall("POST", f"/faq/versions/{number}/activate", caller, seconds=_IMPORT_SECONDS)
    return passed_back(await gateway.bot.relay(call))


@router.get(
    "/unanswered",
    response_model=Page[UnansweredQuestion],
    summary="List questions that nothing answered",
    responses=problems(401, 403, 422, 502, 503, 504),
)
async def unanswered(
    query: Annotated[UnansweredQuery, Query()], gateway: Service, caller: Uploader
) -> StreamingResponse:
    """For supervisors, analysts and admins. Digits are masked before a question is kept."""
    return passed_back(await gateway.bot.relay(RelayCall("GET", "/faq/unanswered", caller, query_pairs(query))))


@router.post(
    "/unanswered/{question_id}/done",
    response_model=UnansweredQuestion,
    summary="Take a question off the list",
    responses=problems(401, 403, 404, 422, 502, 503, 504),
)
async def mark_done(question_id: QuestionId, gateway: Service, caller: Supervisor) -> StreamingResponse:
    """For supervisors and admins. It comes back when it is asked again without an answer."""
    return passed_back(await gateway.bot.relay(RelayCall("POST", f"/faq/unanswered/{question_id}/done", caller)))


@router.post(
    "/unanswered/{question_id}/reopen",
    response_model=UnansweredQuestion,
    summary="Put a question back on the list",
    responses=problems(401, 403, 404, 422, 502, 503, 504),
)
async def reopen(question_id: QuestionId, gateway: Service, caller: Supervisor) -> StreamingResponse:
    """For supervisors and admins."""
    return passed_back(await gateway.bot.relay(RelayCall("POST", f"/faq/unanswered/{question_id}/reopen", caller)))
