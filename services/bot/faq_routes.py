"""The routes of the FAQ: searching it, changing it, and what nobody could answer."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response

from services.bot.faq.desk import FaqDesk
from services.bot.faq.entries import language_of, reader
from services.bot.faq.writing import MEDIA_TYPES, write_faq
from shared.auth import AnyCaller, StaffCaller, staff_with
from shared.callers import Caller
from shared.errors import InvalidRequest, Unavailable, UnsupportedMedia
from shared.schemas.base import Page
from shared.schemas.faq import FaqChanges, FaqFormat, FaqImport, FaqResults, FaqVersion, UnansweredQuestion

router = APIRouter(prefix="/faq")

MAX_FILE_BYTES = 5 * 1024 * 1024  # what Amazon Kendra takes
_FILES = ("text/csv", "application/json", "application/csv", "application/vnd.ms-excel", "application/octet-stream")
_LOCALE = r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})?$"


async def faq_desk(request: Request) -> FaqDesk:
    """Raises Unavailable in a bot that was started without its FAQ."""
    desk: FaqDesk | None = request.app.state.service.faq
    if desk is None:
        raise Unavailable("The FAQ is not open.")
    return desk


Desk = Annotated[FaqDesk, Depends(faq_desk)]
Editor = Annotated[Caller, Depends(staff_with("supervisor"))]
Reviewer = Annotated[Caller, Depends(staff_with("supervisor", "analyst"))]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
QuestionId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
_CHANNELS = {"customer": "web", "staff": "staff", "service": "lex"}


@router.get("/search")
async def search_faq(
    caller: AnyCaller,
    desk: Desk,
    q: Annotated[str, Query(min_length=1, max_length=500)],
    limit: Annotated[int, Query(ge=1, le=20)] = 5,
    locale: Annotated[str, Query(pattern=_LOCALE)] = "en_US",
) -> FaqResults:
    """The FAQ's answers to a question, best first; staff see those for staff as well."""
    return await desk.ask(q, limit=limit, locale=locale, reader=reader(caller), channel=_CHANNELS[caller.kind])


async def _file(request: Request, caller: Editor) -> bytes:
    kind = request.headers.get("content-type", "text/csv").partition(";")[0].strip().lower()
    if kind not in _FILES:
        raise UnsupportedMedia("A CSV or a JSON file is due.")
    content = await request.body()
    if not content.strip():
        raise InvalidRequest("The file is empty.")
    return content


def _version_tag(text: str | None) -> int | None:
    """The number in `If-Match: "12"`. Raises InvalidRequest for any other tag."""
    if text is None or text.strip() == "*":
        return None
    number = text.strip().strip('"')
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise InvalidRequest("If-Match is the number of a version, as the export tells it.")
    return int(number)


@router.post("")
async def import_faq(
    response: Response,
    caller: Editor,
    desk: Desk,
    *,
    content: Annotated[bytes, Depends(_file)],
    language: Annotated[str, Query(pattern=_LOCALE)] = "en",
    mode: Literal["replace", "merge"] = "replace",
    note: Annotated[str, Query(max_length=500)] = "",
    dry_run: bool = False,
    if_match: Annotated[str | None, Header()] = None,
) -> FaqImport:
    """Takes over a file in one of Kendra's formats as a new version, in use at once: 201; 200 when nothing changed."""
    done = await desk.versions.import_file(
        content,
        language=language_of(language),
        mode=mode,
        note=note,
        user=caller.subject,
        dry_run=dry_run,
        expected=_version_tag(if_match),
    )
    response.status_code = 201 if done.version else 200
    return done


@router.get("/export")
async def export_faq(
    caller: StaffCaller,
    desk: Desk,
    format: FaqFormat = "csv",  # noqa: A002  the name on the wire
    language: Annotated[str | None, Query(pattern=_LOCALE)] = None,
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> Response:
    """The FAQ as a file, the version in use unless another is named; its number is the entity tag."""
    number, entries = await desk.versions.entries_of(version)
    wanted = [entry for entry in entries if language is None or entry.language == language_of(language)]
    name = f"omni-lex-faq.v{number}.{format.rpartition('-')[2]}"
    headers = {"content-disposition": f'attachment; filename="{name}"', "etag": f'"{number}"'}
    return Response(write_faq(wanted, format), media_type=MEDIA_TYPES[format], headers=headers)


@router.get("/versions")
async def list_versions(
    caller: StaffCaller,
    desk: Desk,
    cursor: Annotated[str, Query(max_length=64)] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 25,
) -> Page[FaqVersion]:
    """Newest first."""
    return await desk.versions.page(cursor, limit)


@router.get("/versions/{number}/changes")
async def compare_versions(
    number: Number,
    caller: StaffCaller,
    desk: Desk,
    against: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> FaqChanges:
    """What the version changed against another, else against the one before it."""
    return await desk.versions.difference(number, against)


@router.post("/versions/{number}/activate")
async def activate_version(number: Number, caller: Editor, desk: Desk) -> FaqVersion:
    """Puts an earlier version to use again."""
    return await desk.versions.activate(number, user=caller.subject)


@router.get("/unanswered")
async def list_unanswered(
    caller: Reviewer,
    desk: Desk,
    *,
    status: Literal["open", "done"] = "open",
    sort: Literal["asked", "recent"] = "asked",
    language: Annotated[str | None, Query(pattern=_LOCALE)] = None,
    cursor: Annotated[str, Query(max_length=64)] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 25,
) -> Page[UnansweredQuestion]:
    """Questions that nothing in the FAQ answered, most asked or most recent first."""
    return await desk.unanswered.page(
        done=status == "done",
        sort=sort,
        language=language_of(language) if language else None,
        cursor=cursor,
        limit=limit,
    )


@router.post("/unanswered/{question_id}/done")
async def mark_done(question_id: QuestionId, caller: Editor, desk: Desk) -> UnansweredQuestion:
    """Takes a question off the list; it comes back when it is asked again without an answer."""
    return await desk.unanswered.mark(question_id, user=caller.subject)


@router.post("/unanswered/{question_id}/reopen")
async def reopen(question_id: QuestionId, caller: Editor, desk: Desk) -> UnansweredQuestion:
    """Puts a question back on the list."""
    return await desk.unanswered.mark(question_id, user=caller.subject, done=False)
