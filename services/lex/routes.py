"""The paths of the Lex V2 runtime API. Source: botocore model of `lexv2-runtime` (rest-json)."""

import base64
import gzip
import json
import logging
import re
from collections.abc import Callable, Coroutine
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import JsonValue, ValidationError
from starlette.exceptions import HTTPException

from services.lex.errors import AccessDenied, InternalFailure, LexFault, ValidationFailed
from services.lex.service import LexRuntime
from services.lex.sessions import Address
from services.lex.settings import LexSettings
from shared.callers import Caller, InternalTokens
from shared.context import current_context
from shared.errors import Unauthenticated
from shared.schemas.lex import PutSessionRequest, RecognizeTextRequest, RecognizeTextResponse, wire_dict

log = logging.getLogger("omnilex.lex.http")

_SESSION_ID = re.compile(r"[0-9a-zA-Z._:-]{2,100}")
_SESSION = "/bots/{bot_id}/botAliases/{alias_id}/botLocales/{locale_id}/sessions/{session_id}"
B = TypeVar("B", RecognizeTextRequest, PutSessionRequest)
# The number a channel has proved saves the customer from naming it.
_VOUCHED, _VOUCHING = frozenset({"omnilex:caller-number"}), "gateway"


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


def runtime_caller(request: Request) -> Caller:
    """The service an internal token names; without one, whoever the open runtime lets in. Raises AccessDenied."""
    authorization = request.headers.get("authorization", "")
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() == "bearer":
        tokens: InternalTokens = request.app.state.internal_tokens
        try:
            caller = tokens.verify(token, "lex")
        except Unauthenticated as error:
            raise AccessDenied("The token is not valid.") from error
        if caller.kind != "service":
            raise AccessDenied("Only a service may call this.")
        return caller
    settings: LexSettings = request.app.state.settings
    if not settings.lex_open_runtime:
        raise AccessDenied("A token of the calling service is needed.")
    return Caller("service", "developer")


def _address(bot_id: str, alias_id: str, locale_id: str, session_id: str) -> Address:
    if not _SESSION_ID.fullmatch(session_id):
        raise ValidationFailed("The session id must have 2 to 100 letters, digits or . _ : -")
    return Address(bot_id, alias_id, locale_id, session_id)


def _runtime(request: Request) -> LexRuntime:
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


@router.post(_SESSION)
async def put_session(request: Request, caller: Allowed, address: At, runtime: Runtime) -> Response:
    """PutSession: the answer is in headers, base64 of gzip of JSON."""
    body = _believed(await _body(request, PutSessionRequest), caller)
    answer = wire_dict(await runtime.put_session(address, body, request_id=_request_id()))
    headers = {
        "x-amz-lex-session-id": address.session_id,
        "x-amz-lex-messages": _packed(answer["messages"]),
        "x-amz-lex-session-state": _packed(answer["sessionState"]),
    }
    if "requestAttributes" in answer:
        headers["x-amz-lex-request-attributes"] = _packed(answer["requestAttributes"])
    return Response(status_code=200, headers=headers, media_type="text/plain; charset=utf-8")


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
        places = sorted({"/" + "/".join(str(part) for part in item["loc"]) for item in error.errors()})
        raise ValidationFailed(f"The request is not valid at {', '.join(places)}.") from error


def _believed(body: B, caller: Caller) -> B:
    """The request without the attributes that only the gateway can vouch for, unless the gateway sent it."""
    if caller.subject == _VOUCHING or not body.request_attributes:
        return body
    kept = {name: value for name, value in body.request_attributes.items() if name.lower() not in _VOUCHED}
    return body.model_copy(update={"request_attributes": kept})


def _json(answer: RecognizeTextResponse) -> Response:
    return JSONResponse(wire_dict(answer))


def _packed(value: JsonValue) -> str:
    return base64.b64encode(gzip.compress(json.dumps(value).encode(), mtime=0)).decode()


def _refusal(error: LexFault) -> Response:
    return JSONResponse({"message": error.message}, error.status, {"x-amzn-ErrorType": error.kind})


def _request_id() -> str:
    context = current_context()
    return context.request_id if context else ""
