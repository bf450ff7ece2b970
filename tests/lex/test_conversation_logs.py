"""Conversation logs: one object per session, in Lex's own format, without a trace of a PIN."""

import json
import logging
from datetime import date
from pathlib import Path

import pytest

from services.lex.conversation_logs import BUCKET, object_key
from services.lex.service import LexRuntime
from shared.blobs import FolderBlobs
from shared.errors import Conflict, NotFound
from shared.schemas.lex import PutSessionRequest, RecognizeTextRequest
from tests.conftest import eventually, without_chance
from tests.lex.test_sessions import AT, Clock, files_in, running, say

KEY = object_key("OMNILEXBOT", "2026-03-04", "web:1")
Entry = dict[str, object]


async def written(data_dir: Path, key: str = KEY) -> list[Entry]:
    try:
        content = await FolderBlobs(data_dir / "objects").get(BUCKET, key)
    except NotFound:
        return []
    return [json.loads(line) for line in content.decode().splitlines()]


def transcripts(entries: list[Entry]) -> list[object]:
    return [entry["inputTranscript"] for entry in entries]


async def flushed(runtime: LexRuntime) -> None:
    """What the background task does between two of its pauses."""
    await runtime._logs.write_due()


SLOW = {"lex_log_poll_seconds": 1000.0}  # the test itself says when


async def test_the_log_is_written_after_a_quiet_minute_and_again_whole_when_the_session_goes_on(
    database_url: str, data_dir: Path
) -> None:
    clock = Clock()
    async with running(database_url, data_dir, clock, **SLOW) as runtime:
        await say(runtime, "help")
        clock.wait(59)
        await flushed(runtime)
        assert await written(data_dir) == []
        clock.wait(2)
        await flushed(runtime)
        assert transcripts(await written(data_dir)) == ["help"]
        clock.wait(60)
        await say(runtime, "what is my balance")
        clock.wait(600)  # past midnight: the key keeps the day on which the session began
        await flushed(runtime)
        assert transcripts(await written(data_dir)) == ["help", "what is my balance"]


async def test_the_log_is_written_when_the_session_is_deleted(database_url: str, data_dir: Path) -> None:
    clock = Clock()
    async with running(database_url, data_dir, clock, **SLOW) as runtime:
        await say(runtime, "help")
        await runtime.delete_session(AT)
        await flushed(runtime)
        assert transcripts(await written(data_dir)) == ["help"]


async def test_a_session_id_used_again_on_the_same_day_continues_the_log(database_url: str, data_dir: Path) -> None:
    clock = Clock()
    async with running(database_url, data_dir, clock, **SLOW) as runtime:
        await say(runtime, "help")
        await runtime.delete_session(AT)
        await flushed(runtime)
        await say(runtime, "hello")
        await runtime.delete_session(AT)
        await flushed(runtime)
        assert transcripts(await written(data_dir)) == ["help", "hello"]


async def test_entries_that_wait_survive_a_restart(database_url: str, data_dir: Path) -> None:
    clock = Clock()
    async with running(database_url, data_dir, clock, **SLOW) as runtime:
        await say(runtime, "help")
    clock.wait(3600)
    async with running(database_url, data_dir, clock, lex_log_poll_seconds=0.05):
        await eventually((data_dir / "objects" / BUCKET / KEY).is_file)
    assert transcripts(await written(data_dir)) == ["help"]


async def test_a_log_that_cannot_be_stored_stays_due(database_url: str, data_dir: Path) -> None:
    clock = Clock()
    async with running(database_url, data_dir, clock, **SLOW) as runtime:
        await say(runtime, "help")
        clock.wait(61)
        (data_dir / "objects").write_text("in the way")
        with pytest.raises(Conflict):
            await flushed(runtime)
        (data_dir / "objects").unlink()
        clock.wait(61)
        await flushed(runtime)
        assert transcripts(await written(data_dir)) == ["help"]


async def test_written_entries_are_forgotten_when_the_session_can_no_longer_go_on(
    database_url: str, data_dir: Path
) -> None:
    clock = Clock()
    async with running(database_url, data_dir, clock, **SLOW) as runtime:
        await say(runtime, "help")
        clock.wait(61)
        await flushed(runtime)
        clock.wait(4 * 24 * 3600)
        await runtime._logs.tidy()
        await say(runtime, "hello")
        clock.wait(61)
        await flushed(runtime)
        day = clock.now.date()
        assert day > date(2026, 3, 4)
        assert transcripts(await written(data_dir, object_key("OMNILEXBOT", day.isoformat(), "web:1"))) == ["hello"]


async def test_an_entry_is_in_the_format_of_lex(data_dir: Path) -> None:
    clock = Clock()
    async with running("sqlite", data_dir, clock, **SLOW) as runtime:
        request = RecognizeTextRequest.model_validate(
            {
                "text": "pay 25 dollars to city power",
                "sessionState": {"sessionAttributes": {"identityToken": "abc.def", "plan": "gold"}},
                "requestAttributes": {"omnilex:channel": "web"},
            }
        )
        await runtime.recognize_text(AT, request, request_id="request-7")
        await say(runtime, "sing a song about pirates")
        await say(runtime, "sing a song about pirates")
        await say(runtime, "sing a song about pirates")
        clock.wait(61)
        await flushed(runtime)
    first, *_, last = await written(data_dir)
    assert first["message-version"] == "2.0"
    assert first["bot"] == {
        "id": "OMNILEXBOT", "name": "OmniLex", "aliasId": "TSTALIASID", "aliasName": "TestBotAlias",
        "localeId": "en_US", "version": "DRAFT",
    }  # fmt: skip
    assert first["timestamp"] == "2026-03-04T23:50:00.000Z"
    assert (first["requestId"], first["sessionId"], first["inputMode"]) == ("request-7", "web:1", "Text")
    assert first["operationName"] == "RecognizeText"
    assert (first["missedUtterance"], first["developerOverride"]) == (False, False)
    assert first["requestAttributes"] == {"omnilex:channel": "web"}
    state = first["sessionState"]
    assert isinstance(state, dict)
    assert state["sessionAttributes"] == {"identityToken": "{identityToken}", "plan": "gold"}
    assert state["dialogAction"] == {"type": "ConfirmIntent"}
    assert state["intent"]["slots"]["Amount"]["value"]["interpretedValue"] == "USD 25.00"
    listed = first["interpretations"]
    assert isinstance(listed, list)
    assert listed[0]["nluConfidence"] == "1.0"
    assert first["messages"] == [
        {"contentType": "PlainText", "content": "You would like to pay USD 25.00 to city power. "
         "Shall I make this payment?"}
    ]  # fmt: skip
    assert last["missedUtterance"] is True
    missed = last["sessionState"]
    assert isinstance(missed, dict)
    assert "intent" not in missed


TRACES = ("2468", "two four six eight", "2 4 6 8")
PIN_TALKS = {
    "asked for": ["verify me", "555 555 0100", "2468"],
    "unasked": ["2468"],
    "in a phrase": ["verify me", "555 555 0100", "well, my pin is 2468, I think"],
    "with the number": ["my number is 555 555 0100 and my pin is 2468"],
    "spoken": ["verify me", "555 555 0100", "two four six eight"],
    "spoken, unasked": ["the thing is two four six eight you know"],
    "apart": ["verify me", "555 555 0100", "2 4 6 8"],
    "apart, unasked": ["2 4 6 8"],
    "too early": ["verify me", "2468", "555 555 0100"],
    "wrongly typed": ["verify me", "555 555 0100", "24689", "pin2468"],
    "with more digits": ["verify me", "555 555 0100", "2468 9"],
    "at a payment": ["pay city power", "oh, and 2468 is my pin", "25 dollars", "2468", "yes"],
    "as nonsense": ["purple 2468 elephants", "code:2468;", "#2468#"],
    "at a confirmation": ["pay city power 25 dollars", "2468"],
    "as a payee": ["make a payment", "2468"],
    "kept": ["verify me", "2468", "help", "555 555 0100"],
}


async def test_a_pin_is_nowhere_in_logs_database_or_objects(data_dir: Path, caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    caplog.set_level(logging.INFO)
    async with running("sqlite", data_dir, clock, **SLOW) as runtime:
        for n, talk in enumerate(PIN_TALKS.values()):
            for text in talk:
                await say(runtime, text, AT._replace(session_id=f"web:{n}"))
        clock.wait(61)
        await flushed(runtime)
        for n, (name, talk) in enumerate(PIN_TALKS.items()):
            entries = await written(data_dir, object_key("OMNILEXBOT", "2026-03-04", f"web:{n}"))
            assert len(entries) == len(talk), name
            assert any("{Pin}" in str(entry["inputTranscript"]) for entry in entries), name
            assert not [trace for trace in TRACES if trace in json.dumps(entries)], name
        stored = b"".join(files_in(data_dir).values())
    for trace in TRACES:
        assert trace.encode() not in stored
        assert trace not in caplog.text


async def test_an_amount_that_looks_like_a_pin_stays_when_a_slot_took_it(data_dir: Path) -> None:
    clock = Clock()
    async with running("sqlite", data_dir, clock, **SLOW) as runtime:
        await say(runtime, "pay city power")
        await say(runtime, "1250 dollars")
        clock.wait(61)
        await flushed(runtime)
    assert transcripts(await written(data_dir)) == ["pay city power", "1250 dollars"]


async def test_an_answer_that_did_not_resolve_is_replaced_whole(data_dir: Path) -> None:
    clock = Clock()
    async with running("sqlite", data_dir, clock, **SLOW) as runtime:
        for text in ("verify me", "555 555 0100", "it's my mother's birthday"):
            await say(runtime, text)
        clock.wait(61)
        await flushed(runtime)
    last = (await written(data_dir))[-1]
    assert (last["inputTranscript"], last["rawInputTranscript"]) == ("{Pin}", "{Pin}")
    assert "birthday" not in json.dumps(last)


async def test_a_value_is_hidden_in_slots_and_wherever_it_was_copied(data_dir: Path) -> None:
    clock = Clock()
    async with running("sqlite", data_dir, clock, **SLOW) as runtime:
        await say(runtime, "my number is 555 555 0100 and my pin is 2468")
        state = {"sessionState": {"sessionAttributes": {"note": "the pin 2468 again"}}}
        await runtime.put_session(AT, PutSessionRequest.model_validate(state), request_id="r-2")
        clock.wait(61)
        await flushed(runtime)
    first, second = await written(data_dir)
    assert first["inputTranscript"] == "my number is 555 555 0100 and my pin is {Pin}"
    shown = first["sessionState"]
    assert isinstance(shown, dict)
    assert shown["intent"]["slots"]["Pin"]["value"]["originalValue"] == "{Pin}"
    assert shown["intent"]["slots"]["PhoneNumber"]["value"]["interpretedValue"] == "5555550100"
    assert "2468" not in without_chance(json.dumps(second))
    assert second["operationName"] == "PutSession"
