"""Two conversations of each of 500 customers at once: nobody reads what is another's."""

import asyncio
import itertools

import httpx
from fastapi import FastAPI, Request

from services.gateway.embedded import EmbeddedLex
from services.gateway.settings import GatewaySettings
from shared.callers import InternalTokens
from shared.clients.base import open_http
from shared.clients.lex import LexClient
from shared.schemas.lex import DialogAction, RecognizeTextRequest, RecognizeTextResponse, SessionState, plain
from tests.conftest import served
from tests.gateway.conftest import gateway_app, listening

CUSTOMERS = 500
SESSIONS, MESSAGES = "/api/v1/chat/sessions", "/api/v1/chat/messages"


def marking_runtime() -> FastAPI:
    """Answers in the name of the session, now and then late, so that later questions overtake earlier ones."""
    app = FastAPI()
    late = itertools.cycle((0.0, 0.02, 0.0, 0.005))

    @app.post("/bots/{bot}/botAliases/{alias}/botLocales/{locale}/sessions/{session_id}/text")
    async def text(session_id: str, request: Request) -> RecognizeTextResponse:
        asked = RecognizeTextRequest.model_validate_json(await request.body())
        await asyncio.sleep(next(late))
        state = SessionState(dialog_action=DialogAction(type="Close"), session_attributes={"mark": session_id})
        says = [plain(f"{session_id} said {asked.text}"), plain(f"for {session_id}")]
        return RecognizeTextResponse(session_id=session_id, messages=says, session_state=state)

    return app


async def test_no_answer_reaches_the_wrong_session(settings: GatewaySettings) -> None:
    crowded = settings.model_copy(update={"chat_sessions_per_minute": 10**6, "log_level": "WARNING"})
    async with listening(marking_runtime()) as url, open_http() as http:
        tokens = InternalTokens(settings.internal_secret.get_secret_value())
        client = LexClient(http, base_url=url, audience="lex", tokens=tokens, sender="gateway")
        runtime = EmbeddedLex(client, bot_id="B", alias_id="A", locale_id="en_US")
        async with gateway_app(crowded, lex=runtime) as app, served(app) as chat:
            talks = [await begun(chat) for _ in range(2 * CUSTOMERS)]
            assert len({session_id for session_id, _ in talks}) == 2 * CUSTOMERS
            # All conversations are open, and every turn waits for its neighbours': customers, runtime and gateway share
            # one event loop, where more on their way would only wait for each other.
            on_their_way = asyncio.Semaphore(64)
            await asyncio.gather(
                *(talk(chat, on_their_way, *one, f"customer {place // 2}") for place, one in enumerate(talks))
            )


async def begun(chat: httpx.AsyncClient) -> tuple[str, dict[str, str]]:
    session = (await chat.post(SESSIONS)).json()
    return session["sessionId"], {"authorization": f"Bearer {session['token']}"}


async def talk(
    chat: httpx.AsyncClient, on_their_way: asyncio.Semaphore, session_id: str, token: dict[str, str], name: str
) -> None:
    """What is answered, and what is kept, is this session's and nobody else's."""
    said = f"hello from {name}"
    async with on_their_way:
        answer = await chat.post(MESSAGES, json={"text": said}, headers=token)
    assert answer.status_code == 200, answer.text
    own = [f"{session_id} said {said}", f"for {session_id}"]
    assert [message["content"] for message in answer.json()["messages"]] == own
    kept = (await chat.get(MESSAGES, params={"after": 1}, headers=token)).json()["messages"]
    assert [one["message"]["content"] for one in kept] == [said, *own]
