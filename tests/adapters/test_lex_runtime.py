"""The port LexRuntime of the gateway: one contract, kept by the embedded runtime and by Amazon Lex."""

import asyncio
from collections.abc import AsyncIterator

import aioboto3
import pytest
from pydantic import JsonValue
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.gateway.aws import open_amazon_lex
from services.gateway.embedded import EmbeddedLex
from services.gateway.ports import LexRuntime
from shared.callers import InternalTokens
from shared.clients.base import open_http
from shared.clients.lex import LexClient
from shared.errors import Problem
from shared.settings import DEVELOPMENT_SECRET
from tests.gateway.conftest import listening

PLACE = {"bot_id": "OMNILEXBOT", "alias_id": "TSTALIASID", "locale_id": "en_US"}
SESSION = "/bots/OMNILEXBOT/botAliases/TSTALIASID/botLocales/en_US/sessions/{session_id}"
CARD: JsonValue = {"title": "Which account?", "buttons": [{"text": "Checking", "value": "checking"}]}
ANSWER: JsonValue = {
    "messages": [
        {"contentType": "PlainText", "content": "Which account?"},
        {"contentType": "ImageResponseCard", "imageResponseCard": CARD},
    ],
    "sessionState": {
        "dialogAction": {"type": "ElicitSlot", "slotToElicit": "AccountType"},
        "intent": {
            "name": "ProvideAccountDetails",
            "state": "InProgress",
            "confirmationState": "None",
            "slots": {"AccountType": None},
        },
        "sessionAttributes": {"identityToken": "proof"},
        "originatingRequestId": "d2a55d2d",
    },
    "interpretations": [{"intent": {"name": "ProvideAccountDetails"}, "nluConfidence": {"score": 0.9}}],
    "requestAttributes": {"omnilex:channel": "web"},
    "sessionId": "web:abc",
}


class LexServer:
    """Answers as the Lex V2 runtime does: its paths, its documents, its errors."""

    def __init__(self) -> None:
        self.turns: list[JsonValue] = []
        self.sessions = {"web:abc"}
        self.answer: JsonValue = ANSWER
        self.failure: tuple[int, str] | None = None
        self.app = Starlette(
            routes=[
                Route(f"{SESSION}/text", self._text, methods=["POST"]),
                Route(SESSION, self._delete, methods=["DELETE"]),
            ]
        )

    async def _text(self, request: Request) -> Response:
        self.turns.append(await request.json())
        return _error(*self.failure) if self.failure else JSONResponse(self.answer)

    async def _delete(self, request: Request) -> Response:
        if self.failure:
            return _error(*self.failure)
        session_id = request.path_params["session_id"]
        if session_id not in self.sessions:
            return _error(404, "ResourceNotFoundException")
        self.sessions.discard(session_id)
        names = {"botId": "OMNILEXBOT", "botAliasId": "TSTALIASID", "localeId": "en_US"}
        return JSONResponse(names | {"sessionId": session_id})


def _error(status: int, kind: str) -> Response:
    return JSONResponse({"message": f"{kind} of the runtime"}, status, {"x-amzn-ErrorType": kind})


@pytest.fixture
def server() -> LexServer:
    return LexServer()


@pytest.fixture(params=["embedded", "aws"])
async def runtime(request: pytest.FixtureRequest, server: LexServer) -> AsyncIterator[LexRuntime]:
    async with listening(server.app) as url:
        if request.param == "embedded":
            tokens = InternalTokens(DEVELOPMENT_SECRET)
            async with open_http() as http:
                client = LexClient(http, base_url=url, audience="lex", tokens=tokens, sender="gateway")
                yield EmbeddedLex(client, **PLACE)
        else:
            session = aioboto3.Session("test", "test", region_name="us-east-1")
            async with open_amazon_lex(**PLACE, session=session, endpoint_url=url) as amazon:
                yield amazon


async def test_turn_goes_out_and_comes_back_whole(runtime: LexRuntime, server: LexServer) -> None:
    answer = await runtime.recognize("web:abc", "my balance", {"omnilex:channel": "web"}, None)
    turn = server.turns[0]
    assert isinstance(turn, dict)
    assert (turn["text"], turn["requestAttributes"]) == ("my balance", {"omnilex:channel": "web"})
    assert [message.content for message in answer.messages] == ["Which account?", None]
    card = answer.messages[1].image_response_card
    assert card is not None
    assert card.model_dump(exclude_none=True, by_alias=True) == CARD
    state = answer.session_state
    assert state.dialog_action is not None
    assert state.intent is not None
    assert (state.dialog_action.type, state.dialog_action.slot_to_elicit) == ("ElicitSlot", "AccountType")
    assert (state.intent.name, state.intent.state) == ("ProvideAccountDetails", "InProgress")
    assert state.session_attributes == {"identityToken": "proof"}


async def test_turn_without_messages_is_a_turn(runtime: LexRuntime, server: LexServer) -> None:
    server.answer = {"sessionState": {"dialogAction": {"type": "Close"}}, "sessionId": "web:abc"}
    answer = await runtime.recognize("web:abc", "bye", {}, None)
    assert answer.messages == []


async def test_session_is_ended_once_and_again(runtime: LexRuntime, server: LexServer) -> None:
    await runtime.end("web:abc", None)
    assert not server.sessions
    await runtime.end("web:abc", None)
    await runtime.end("web:never-there", None)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "ValidationException"),
        (403, "AccessDeniedException"),
        (404, "ResourceNotFoundException"),
        (409, "ConflictException"),
        (424, "DependencyFailedException"),
        (429, "ThrottlingException"),
        (500, "InternalServerException"),
        (502, "BadGatewayException"),
    ],
)
async def test_failure_of_a_turn_is_never_the_customers(
    runtime: LexRuntime, server: LexServer, status: int, kind: str
) -> None:
    server.failure = (status, kind)
    with pytest.raises(Problem) as failed:
        await runtime.recognize("web:abc", "hello", {}, None)
    assert failed.value.status in (502, 503, 504)
    assert len(server.turns) == 1, "a turn that may have moved money was sent twice"


async def test_failure_to_end_is_told(runtime: LexRuntime, server: LexServer) -> None:
    server.failure = (500, "InternalServerException")
    with pytest.raises(Problem) as failed:
        await runtime.end("web:abc", None)
    assert failed.value.status >= 500


async def test_turns_of_different_sessions_run_at_once(runtime: LexRuntime, server: LexServer) -> None:
    await asyncio.gather(*(runtime.recognize(f"web:{number}", "hello", {}, None) for number in range(5)))
    assert len(server.turns) == 5
