"""What a session is, keeps and forgets: docs/reference/lex-dialog.md, "The session"."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import JsonValue

from services.lex.errors import ResourceNotFound, SessionConflict
from services.lex.lambda_handler import LambdaContext
from services.lex.service import LexRuntime
from services.lex.sessions import Address
from shared.schemas.lex import RecognizeTextRequest, RecognizeTextResponse
from tests.lex.exports import LOCALE, unpacked, v2
from tests.lex.test_sessions import Clock, running

HERE = Address("PIZZABOT01", "TSTALIASID", "en_US", "web:1")


@asynccontextmanager
async def pizza(data_dir: Path, clock: Clock | None = None, **settings: object) -> AsyncIterator[LexRuntime]:
    """A runtime with a small bot that speaks two locales."""
    files = v2()
    british = {path.replace("en_US", "en_GB"): document for path, document in files.items() if "en_US" in path}
    british[LOCALE.replace("en_US", "en_GB")] = {"name": "English (GB)", "identifier": "en_GB"}
    bots = unpacked(files | british, data_dir / "bots-to-serve")
    async with running("sqlite", data_dir, clock, lex_bots_dir=bots, **settings) as runtime:
        yield runtime


async def say(runtime: LexRuntime, text: str, at: Address = HERE) -> RecognizeTextResponse:
    return await runtime.recognize_text(at, RecognizeTextRequest(text=text), request_id="r-1")


def waits(answer: RecognizeTextResponse) -> str | None:
    action = answer.session_state.dialog_action
    return action.slot_to_elicit or action.type if action else None


@pytest.mark.rule("session-1")
async def test_a_conversation_belongs_to_its_session_id_and_locale(data_dir: Path) -> None:
    async with pizza(data_dir) as runtime:
        await say(runtime, "I want a pizza")
        for other in (HERE._replace(session_id="web:2"), HERE._replace(locale_id="en_GB")):
            with pytest.raises(ResourceNotFound):
                await runtime.get_session(other, request_id="r-1")
            assert waits(await say(runtime, "little", other)) == "Close"  # no size was asked for there
        assert waits(await say(runtime, "purple elephants")) == "Size"


@pytest.mark.rule("session-2")
async def test_the_session_keeps_intent_question_misses_attributes_contexts_messages_and_interpretations(
    data_dir: Path,
) -> None:
    async with pizza(data_dir) as runtime:
        context = {"name": "here", "timeToLive": {"timeToLiveInSeconds": 90, "turnsToLive": 5}, "contextAttributes": {}}
        state = {"sessionAttributes": {"a": "1"}, "activeContexts": [context]}
        request = RecognizeTextRequest.model_validate({"text": "I want a pizza", "sessionState": state})
        await runtime.recognize_text(HERE, request, request_id="r-1")
        for _ in range(2):
            assert waits(await say(runtime, "purple elephants")) == "Size"
        kept = await runtime.get_session(HERE, request_id="r-1")
        assert kept.session_state.intent is not None
        assert kept.session_state.intent.name == "Order"
        assert waits(kept) == "Size"
        assert kept.session_state.session_attributes == {"a": "1"}
        assert [held.name for held in kept.session_state.active_contexts or []] == ["here"]
        assert [message.content for message in kept.messages] == ["Which size?"]
        assert kept.interpretations[0].intent.name == "Order"
        gone = await say(runtime, "purple elephants")  # the third miss: those before were kept, too
        assert gone.session_state.intent is not None
        assert gone.session_state.intent.name == "FallbackIntent"


@pytest.mark.rule("session-3")
async def test_after_the_idle_time_everything_is_forgotten_and_the_next_call_begins_anew(data_dir: Path) -> None:
    clock = Clock()
    async with pizza(data_dir, clock) as runtime:
        await say(runtime, "I want a pizza")
        clock.wait(299)
        assert waits(await say(runtime, "purple elephants")) == "Size"
        clock.wait(301)
        with pytest.raises(ResourceNotFound):
            await runtime.get_session(HERE, request_id="r-1")
        assert waits(await say(runtime, "little")) == "Close"


@pytest.mark.rule("session-4")
async def test_a_conversation_may_last_for_hours(data_dir: Path) -> None:
    clock = Clock()
    async with pizza(data_dir, clock) as runtime:
        await say(runtime, "I want a pizza")
        session = await runtime._claims.find(HERE)
        assert session is not None
        for _ in range(40):
            clock.wait(250)
            await say(runtime, "I want a pizza")
        later = await runtime._claims.find(HERE)
        assert later is not None
        assert (later.started_at, later.turns) == (session.started_at, 41)


ASKED, TOLD = threading.Event(), threading.Event()


def patient(event: dict[str, JsonValue], context: LambdaContext) -> JsonValue:
    """A code hook that answers when it is told to."""
    ASKED.set()
    TOLD.wait(20)
    return {"sessionState": {"dialogAction": {"type": "Delegate"}}}


@pytest.mark.rule("session-5")
@pytest.mark.parametrize("patience", [60.0, 0.05])
async def test_requests_for_one_session_are_carried_out_one_after_the_other(data_dir: Path, patience: float) -> None:
    ASKED.clear()
    TOLD.clear()
    bots = unpacked(v2(dialogCodeHook={"enabled": True}, initialResponseSetting=None), data_dir / "bots-to-serve")
    binding = f"*/*/*=python:{__name__}:patient"
    settings = {"lex_bots_dir": bots, "code_hook_bindings": binding, "lex_turn_wait_seconds": patience}
    async with running("sqlite", data_dir, **settings) as runtime:
        first = asyncio.create_task(say(runtime, "I want a pizza"))
        await asyncio.to_thread(ASKED.wait, 20)
        second = asyncio.create_task(say(runtime, "little"))
        if patience < 1:
            with pytest.raises(SessionConflict):
                await second
        TOLD.set()
        assert waits(await first) == "Size"
        if patience > 1:
            assert waits(await second) == "Close"  # it was read as the answer to the first one's question
