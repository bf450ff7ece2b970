"""The four sources of errors in one shape: `Problem`, Starlette's HTTPException, bad input, the unexpected."""

import logging
from typing import TypedDict

from fastapi import Request, Response
from fastapi.exceptions import HTTPException, RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import JsonValue
from starlette.exceptions import HTTPException as StarletteHTTPException

from shared.context import current_context
from shared.errors import PROBLEM_MEDIA_TYPE, InvalidRequest, PayloadTooLarge, Problem, problem_body

log = logging.getLogger("omnilex.http")

_ERRORS_SHOWN = 50
_NO_JSON = "The body is not valid JSON."
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


class BodyTooLarge(HTTPException):
    """FastAPI turns any other error raised while it reads a body into "400 error parsing the body"."""

    def __init__(self, limit: int) -> None:
        super().__init__(413)
        self.limit = limit


def too_large(limit: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"At most {limit} bytes are accepted here.")


def answer(problem: Problem) -> JSONResponse:
    """The problem as an HTTP answer, with the id of the request being served."""
    context = current_context()
    body = problem_body(
        slug=problem.slug,
        title=problem.title,
        status=problem.status,
        detail=problem.detail,
        request_id=context.request_id if context else "",
        members=problem.members,
    )
    headers = dict(problem.headers)
    if problem.status == 401:  # RFC 9110 demands a challenge
        headers.setdefault("WWW-Authenticate", "Bearer")
    return JSONResponse(body, problem.status, headers, media_type=PROBLEM_MEDIA_TYPE)


def refusals() -> dict[int | str, dict[str, object]]:
    """For an OpenAPI document: every status with which a `Problem` may be answered."""
    content = {PROBLEM_MEDIA_TYPE: {"schema": {"type": "object", "required": ["type", "title", "status"]}}}
    kinds = sorted(Problem.__subclasses__(), key=lambda kind: kind.status)
    return {kind.status: {"description": kind.title, "content": content} for kind in kinds}


async def on_problem(request: Request, error: Exception) -> Response:
    if not isinstance(error, Problem):
        raise error
    if error.status >= 500:
        log.warning("request.problem", extra={"slug": error.slug, "status": error.status}, exc_info=error)
    return answer(error)


async def on_http_exception(request: Request, error: Exception) -> Response:
    if not isinstance(error, StarletteHTTPException):
        raise error
    if isinstance(error, BodyTooLarge):
        return answer(too_large(error.limit))
    if error.status_code == 400:  # the framework's word for a body that broke its parser
        return answer(_invalid([{"in": "body", "pointer": "", "detail": _unread(request, error)}]))
    context = current_context()
    title = str(error.detail)
    body = problem_body(
        slug=None,
        title=title,
        status=error.status_code,
        detail="",
        request_id=context.request_id if context else "",
        members={},
    )
    headers = dict(error.headers or {})
    return JSONResponse(body, error.status_code, headers, media_type=PROBLEM_MEDIA_TYPE)


async def on_invalid(request: Request, error: Exception) -> Response:
    """Names each bad place by a JSON pointer and says what is wrong; never repeats the input."""
    if not isinstance(error, RequestValidationError):
        raise error
    return answer(_invalid([_place(item) for item in error.errors()[:_ERRORS_SHOWN]]))


def _invalid(errors: list[JsonValue]) -> InvalidRequest:
    return InvalidRequest("One or more fields are not valid.", members={"errors": errors})


def _unread(request: Request, error: StarletteHTTPException) -> str:
    """Why a body could not be read: the form parser says it, without quoting."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return str(error.detail) if kind in _FORMS else _NO_JSON


class _Invalid(TypedDict):
    type: str
    loc: tuple[str | int, ...]
    msg: str


def _place(item: _Invalid) -> JsonValue:
    source, *path = item["loc"] or ("body",)
    if item["type"] == "json_invalid":
        path = []  # the parser's place is an offset in the text
    pointer = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
    return {"in": str(source), "pointer": pointer, "detail": _cause(item)}


def _cause(item: _Invalid) -> str:
    """Pydantic's sentence, except where a validator or the JSON parser may have quoted the input in it."""
    if item["type"] == "json_invalid":
        return _NO_JSON
    if item["type"] in ("value_error", "assertion_error", "union_tag_invalid"):
        return "The value is not valid."
    return item["msg"]
