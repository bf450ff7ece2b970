"""The bot's routes: the code hook of Lex, and the search of its FAQ."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from services.bot.service import BotService
from services.bot.settings import BotSettings
from services.bot.signature import verify_signature
from shared.auth import AnyCaller
from shared.callers import Caller
from shared.errors import InvalidRequest
from shared.schemas.faq import FaqResults
from shared.schemas.lex import CodeHookEvent, wire_dict

router = APIRouter()


def bot_service(request: Request) -> BotService:
    service: BotService = request.app.state.service
    return service


Bot = Annotated[BotService, Depends(bot_service)]


async def signed_by_lex(
    request: Request, x_timestamp: Annotated[str, Header()] = "", x_signature: Annotated[str, Header()] = ""
) -> Caller:
    """The Lex runtime as the caller. Raises Unauthenticated when the body is not signed by it, within 5 minutes."""
    settings: BotSettings = request.app.state.settings
    secret = settings.code_hook_secret.get_secret_value()
    verify_signature(secret, x_timestamp, x_signature, await request.body())
    return Caller("service", "lex")


LexCaller = Annotated[Caller, Depends(signed_by_lex)]


async def code_hook_event(request: Request, caller: LexCaller) -> CodeHookEvent:
    """The event in the body, read only after its signature. Raises InvalidRequest, without repeating the body."""
    try:
        return CodeHookEvent.model_validate_json(await request.body())
    except ValidationError as error:
        raise InvalidRequest("This is not an event of a Lex V2 code hook.") from error


@router.post("/lex/fulfillment")
async def fulfil(
    event: Annotated[CodeHookEvent, Depends(code_hook_event)], caller: LexCaller, bot: Bot
) -> JSONResponse:
    """Answers an event of Amazon Lex V2, or of our runtime, in Lex's response format."""
    return JSONResponse(wire_dict(await bot.fulfil(event)))


@router.get("/faq/search")
async def search_faq(
    caller: AnyCaller,
    bot: Bot,
    q: Annotated[str, Query(min_length=1, max_length=500)],
    limit: Annotated[int, Query(ge=1, le=20)] = 5,
) -> FaqResults:
    """The FAQ's answers to a question, best first."""
    return await bot.search_faq(q, limit=limit)
