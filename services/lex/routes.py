"""The paths of the Lex V2 runtime API. Source: botocore model of `lexv2-runtime` (rest-json)."""

import logging
import re
from collections.abc import Callable, Coroutine
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json
from starlette.exceptions import HTTPException

from services.lex.admission import runtime_caller
from services.lex.errors import InternalFailure, LexFault, ValidationFailed
from services.lex.packed_headers import packed, unpacked
from services.lex.service import LexRuntime, UtteranceRequest
from services.lex.sessions import Address
from shared.callers import Caller
from shared.context import current_context
from shared.schemas.lex import (
    PutSessionRequest,
    RecognizeTextRequest,
    RecognizeTextResponse,
    SessionState,
    wire_dict,
    wire_json,
)

log = logging.getLogger("omnilex.lex.http")

_SESSION_ID = re.compile(r"[0-9a-zA-Z._:-]{2,100}")
_SESSION = "/bots/{bot_id}/botAliases/{alias_id}/botLocales/{locale_id}/sessions/{session_id}"
_TEXT = "text/plain; charset=utf-8"
_STATE: TypeAdapter[SessionState] = TypeAdapter(SessionState)
_ATTRIBUTES: TypeAdapter[dict[str, str]] = TypeAdapter(dict[str, str])
B = TypeVar("B", RecognizeTextRequest, PutSessionRequest)
T = TypeVar("T")
# The number a channel has proved saves the customer from naming it.
_VOUCHED, _VOUCHING = (
    frozenset({"omnilex:caller-number", "omnilex:channel-address", "x-amz-lex:channels:platform", "x-amz-lex:user-id"}),
    "gateway",
)


class LexRoute(APIRoute):
    """Every failure on these paths is answered as Lex answers: the exception's name in a header, a message in JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[None, None, Response]]:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                answer = await handle(request)
            except LexFault as error:
                answer = _refusal(error)
            except HTTPException:
                raise
            except Exception:
                log.exception("lex.request_failed")
                answer = _refusal(InternalFailure("The request could not be carried out."))
            answer.headers["x-amzn-RequestId"] = _request_id()
            return answer

        return handled


router = APIRouter(route_class=LexRoute, tags=["Lex V2 runtime"])


async def _address(bot_id: str, alias_id: str, locale_id: str, session_id: str) -> Address:
    if not _SESSION_ID.fullmatch(session_id):
        raise ValidationFailed("The session id must have 2 to 100 letters, digits or . _ : -")
    return Address(bot_id, alias_id, locale_id, session_id)


async def _runtime(request: Request) -> LexRuntime:
    service: LexRuntime = request.app.state.service
    return service


Allowed = Annotated[Caller, Depends(runtime_caller)]
At = Annotated[Address, Depends(_address)]
Runtime = Annotated[LexRuntime, Depends(_runtime)]


@router.post(f"{_SESSION}/text")
async def recognize_text(request: Request, caller: Allowed, address: At, runtime: Runtime) -> Response:
    """RecognizeText."""
    body = _believed(await _body(request, RecognizeTextRequest), caller)
    return _json(await runtime.recognize_text(address, body, request_id=_request_id()))


@router.post(f"{_SESSION}/utterance")
async def recognize_utterance(request: Request, caller: Allowed, address: At, runtime: Runtime) -> Response:
    """RecognizeUtterance: what is said is the body, everything else is in headers, there and back."""
    _text_wanted(request, "response-content-type")
    utterance = UtteranceRequest(
        await request.body(),
        request.headers.get("content-type", ""),
        _unpacked(request, "x-amz-lex-session-state", _STATE),
        _vouched(_unpacked(request, "x-amz-lex-request-attributes", _ATTRIBUTES), caller),
    )
    said, answer = await runtime.recognize_utterance(address, utterance, request_id=_request_id())
    headers = {
        "x-amz-lex-input-mode": said.mode,
        "x-amz-lex-interpretations": packed(to_json([wire_dict(entry) for entry in answer.interpretations])),
        "x-amz-lex-input-transcript": packed(to_json(said.text)),
    }
    return _in_headers(answer, headers)


@router.post(_SESSION)
async def put_session(request: Request, caller: Allowed, address: At, runtime: Runtime) -> Response:
    """PutSession: the answer is in headers."""
    _text_wanted(request, "responsecontenttype")
    body = _believed(await _body(request, PutSessionRequest), caller)
    return _in_headers(await runtime.put_session(address, body, request_id=_request_id()), {})


@router.get(_SESSION)
async def get_session(caller: Allowed, address: At, runtime: Runtime) -> Response:
    """GetSession."""
    return _json(await runtime.get_session(address, request_id=_request_id()))


@router.delete(_SESSION)
async def delete_session(caller: Allowed, address: At, runtime: Runtime) -> Response:
    """DeleteSession."""
    await runtime.delete_session(address)
    names = {
        "botId": address.bot_id,
        "botAliasId": address.alias_id,
        "localeId": address.locale_id,
        "sessionId": address.session_id,
    }
    return JSONResponse(names)


async def _body(request: Request, kind: type[B]) -> B:
    """The request's document. Raises ValidationFailed with the places that are wrong, never with what stood there."""
    try:
        return kind.model_validate_json(await request.body())
    except ValidationError as error:
        if error.errors()[0]["type"] == "json_invalid":
            raise ValidationFailed("The body is not valid JSON.") from error
        places = sorted({"/" + "/".join(str(part) for part in item["loc"]) for item in error.errors()})
        raise ValidationFailed(f"The request is not valid at {', '.join(places)}.") from error


def _believed(body: B, caller: Caller) -> B:
    return body.model_copy(update={"request_attributes": _vouched(body.request_attributes, caller)})


def _vouched(attributes: dict[str, str] | None, caller: Caller) -> dict[str, str] | None:
    """Without the attributes that only the gateway can vouch for, unless the gateway sent them."""
    if caller.subject == _VOUCHING or not attributes:
        return attributes
    return {name: value for name, value in attributes.items() if name.lower() not in _VOUCHED}


def _unpacked(request: Request, name: str, kind: TypeAdapter[T]) -> T | None:
    value = request.headers.get(name)
    return unpacked(value, kind, name) if value else None


def _text_wanted(request: Request, header: str) -> None:
    """Raises ValidationFailed for an answer in speech, which this runtime cannot give, or in what Lex does not know."""
    wanted = request.headers.get(header, _TEXT).partition(";")[0].strip().lower()
    if wanted.startswith("audio/"):
        raise ValidationFailed(f"No speech synthesis is configured for this runtime: ask for {_TEXT}.")
    if wanted != "text/plain":
        raise ValidationFailed(f"The content type of the answer must be {_TEXT}.")


def _in_headers(answer: RecognizeTextResponse, headers: dict[str, str]) -> Response:
    """The answer of an operation whose body is speech, or empty."""
    headers |= {
        "x-amz-lex-session-id": answer.session_id,
        "x-amz-lex-messages": packed(to_json([wire_dict(message) for message in answer.messages])),
        "x-amz-lex-session-state": packed(wire_json(answer.session_state)),
    }
    if answer.request_attributes is not None:
        headers["x-amz-lex-request-attributes"] = packed(to_json(answer.request_attributes))
    return Response(headers=headers, media_type="text/plain")


def _json(answer: RecognizeTextResponse) -> Response:
    return Response(wire_json(answer), media_type="application/json")


def _refusal(error: LexFault) -> Response:
    return JSONResponse({"message": error.message}, error.status, {"x-amzn-ErrorType": error.kind})


def _request_id() -> str:
    context = current_context()
    return context.request_id if context else ""
