"""What a turn knows of its request: how it was heard, where the customer's clock is, how long a hook may take."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import JsonValue, ValidationError

from services.lex.claims import Claim
from services.lex.errors import SessionConflict
from services.lex.lambda_handler import LambdaContext
from services.lex.main import wire
from services.lex.ports import Phrases, Sound, Transcript
from services.lex.service import LexRuntime, UtteranceRequest
from services.lex.sessions import Address
from services.lex.settings import LexSettings
from shared.schemas.lex import RecognizeTextRequest
from tests.lex.exports import NO_STEP, SLOT, Document, said, unpacked, v2
from tests.lex.test_sessions import AT, Clock, one_more, replica

HERE = Address("PIZZABOT01", "TSTALIASID", "en_US", "web:1")
AUDIO = "audio/l16; rate=16000; channels=1"
EVENTS: list[dict[str, JsonValue]] = []


def listening(event: dict[str, JsonValue], context: LambdaContext) -> JsonValue:
    """A code hook that remembers what it was told."""
    EVENTS.append(event)
    return {"sessionState": {"dialogAction": {"type": "Delegate"}}}


class Ear:
    """Hears one sentence in everything."""

    async def transcribe(self, sound: Sound, *, locale_id: str, phrases: Phrases) -> Transcript:
        return Transcript("I want a pizza", 0.61)


def told(text: str, expression: str) -> Document:
    return {
        "name": text,
        "condition": {"expressionString": expression},
        "response": said(text),
        "nextStep": NO_STEP,
    }


SPOKEN: Document = {
    "nextStep": NO_STEP | {"dialogAction": {"type": "EvaluateConditional"}},
    "conditional": {
        "isActive": True,
        "conditionalBranches": [
            told("Heard badly.", '$.inputMode = "Speech" AND $.transcriptions[0].transcriptionConfidence < 0.8'),
            told("Heard.", '$.inputMode = "Speech"'),
        ],
        "defaultBranch": {"response": said("Read."), "nextStep": NO_STEP},
    },
}


@asynccontextmanager
async def runtime(data_dir: Path, documents: dict[str, Document], **changes: object) -> AsyncIterator[LexRuntime]:
    settings = {"data_dir": data_dir, "code_hook_url": "", "lex_bots_dir": unpacked(documents, data_dir / "served")}
    clock = lambda: datetime(2026, 3, 5, 3, 0, tzinfo=UTC)  # noqa: E731  a clock that stands still
    async with wire(LexSettings.model_validate(settings | changes), clock, Ear()) as running:
        yield running


async def test_conditions_know_whether_the_customer_speaks_and_how_well_it_was_heard(data_dir: Path) -> None:
    async with runtime(data_dir, v2(initialResponseSetting=SPOKEN)) as lex:
        for body, kind, expected in (
            (b"I want a pizza", "text/plain; charset=utf-8", "Read."),
            (b"\0\0" * 800, AUDIO, "Heard badly."),
        ):
            _, answer = await lex.recognize_utterance(HERE, UtteranceRequest(body, kind), request_id="r-1")
            assert [message.content for message in answer.messages] == [expected]


async def test_the_hook_is_told_how_the_customer_was_heard(data_dir: Path) -> None:
    EVENTS.clear()
    binding = f"*/*/*=python:{__name__}:listening"
    bot = v2(dialogCodeHook={"enabled": True}, initialResponseSetting=None)
    async with runtime(data_dir, bot, code_hook_bindings=binding) as lex:
        for body, kind in ((b"I want a pizza", "text/plain; charset=utf-8"), (b"\0\0" * 800, AUDIO)):
            await lex.recognize_utterance(HERE, UtteranceRequest(body, kind), request_id="r-1")
    assert [event["inputMode"] for event in EVENTS] == ["Text", "Speech"]
    heard = [event["transcriptions"] for event in EVENTS]
    assert [entry[0]["transcriptionConfidence"] for entry in heard if isinstance(entry, list)] == [1.0, 0.61]


def on_a_day() -> dict[str, Document]:
    bot = v2()
    bot[SLOT] = bot[SLOT] | {"slotTypeName": "AMAZON.Date"}
    return bot


@pytest.mark.parametrize(
    ("setting", "attribute", "expected"),
    [
        (None, None, "2026-03-04"),  # 22:00 of the day before in New York
        ("Asia/Tokyo", None, "2026-03-05"),
        ("Asia/Tokyo", "America/Los_Angeles", "2026-03-04"),
        ("Asia/Tokyo", "Nowhere/Land", "2026-03-05"),
    ],
)
async def test_days_are_counted_where_the_setting_says_unless_the_request_names_a_zone(
    data_dir: Path, setting: str | None, attribute: str | None, expected: str
) -> None:
    zone = {"lex_time_zone": setting} if setting else {}
    async with runtime(data_dir, on_a_day(), **zone) as lex:
        for text in ("I want a pizza", "today"):
            attributes = {"x-amz-lex:time-zone": attribute} if attribute else None
            request = RecognizeTextRequest(text=text, request_attributes=attributes)
            answer = await lex.recognize_text(HERE, request, request_id="r-1")
    intent = answer.session_state.intent
    assert intent is not None
    assert intent.slots["Size"] is not None
    assert intent.slots["Size"].value is not None
    assert intent.slots["Size"].value.interpreted_value == expected


@pytest.mark.parametrize("name", ["", "Nowhere/Land", "America", "+02:00"])
def test_a_time_zone_that_is_none_is_refused_at_the_start(name: str) -> None:
    with pytest.raises(ValidationError, match="not a time zone"):
        LexSettings(lex_time_zone=name)


async def test_a_session_is_kept_for_a_turn_as_long_as_its_definition_lets_the_hook_take(database_url: str) -> None:
    clock = Clock()
    async with replica(database_url, clock) as slow, replica(database_url, clock) as other:
        await Claim(slow, AT, None).take(longest=timedelta(seconds=900))
        clock.wait(900)
        with pytest.raises(SessionConflict):
            await other.turn(AT, one_more)
        clock.wait(76)
        assert await other.turn(AT, one_more) == 1
