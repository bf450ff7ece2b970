"""The code hook of Lex."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import JSONResponse

from services.bot.hook_calls import HookCall, read_call
from services.bot.service import BotService
from services.bot.settings import BotSettings
from services.bot.signature import verify_signature
from shared.callers import Caller
from shared.errors import Unauthenticated

router = APIRouter()


def bot_service(request: Request) -> BotService:
    service: BotService = request.app.state.service
    return service


Bot = Annotated[BotService, Depends(bot_service)]


async def signed_by_lex(
    request: Request, x_timestamp: Annotated[str, Header()] = "", x_signature: Annotated[str, Header()] = ""
) -> Caller:
    """The Lex runtime as the caller. Raises Unauthenticated when the body is not signed by it, within 5 minutes.

    A header that is there twice is refused: somebody on the way may have believed the other one.
    """
    if any(len(request.headers.getlist(name)) > 1 for name in ("x-timestamp", "x-signature")):
        raise Unauthenticated("The request is signed more than once.")
    settings: BotSettings = request.app.state.settings
    secret = settings.code_hook_secret.get_secret_value()
    verify_signature(secret, x_timestamp, x_signature, await request.body())
    return Caller("service", "lex")


LexCaller = Annotated[Caller, Depends(signed_by_lex)]


async def hook_call(request: Request, caller: LexCaller) -> HookCall:
    """The event in the body, read only after its signature. Raises MalformedRequest, without repeating the body."""
    return read_call(await request.body())


@router.post("/lex/fulfillment")
async def fulfil(call: Annotated[HookCall, Depends(hook_call)], caller: LexCaller, bot: Bot) -> JSONResponse:
    """Answers an event of Amazon Lex V1 or V2, or of our runtime, in the format of the version that asks."""
    return JSONResponse(await bot.answer(call))
