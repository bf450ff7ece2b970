import gzip
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from services.media.analysis import RejectedSource, Transcript, identify, read_transcript
from services.media.analysis.redaction import redactions_in
from services.media.analysis.sentiment import score_text
from services.media.analysis.settings import AnalysisSettings

START = datetime(2026, 5, 6, 10, 0, 0, tzinfo=UTC)


def entry(seconds: int, said: str, *answers: object, request: str | None = None, **more: object) -> dict[str, object]:
    messages = [one if isinstance(one, dict) else {"contentType": "PlainText", "content": one} for one in answers]
    return {
        "message-version": "2.0",
        "bot": {"id": "OMNILEXBOT", "aliasId": "TSTALIASID", "localeId": "en_US", "version": "1"},
        "sessionId": "web-session-1",
        "inputTranscript": said,
        "messages": messages,
        "requestId": request or f"r{seconds}",
        "requestAttributes": {"omnilex:channel": "web"},
        "missedUtterance": False,
        "timestamp": f"2026-05-06T10:00:{seconds:02}Z",
        "operationName": "RecognizeText",
        **more,
    }


def read(tmp_path: Path, content: bytes) -> Transcript:
    path = tmp_path / "session.jsonl"
    path.write_bytes(content)
    assert identify(path, path.name).kind == "lex_log"
    return read_transcript("lex_log", path)


def lines(entries: Sequence[object]) -> bytes:
    return "\n".join(json.dumps(one) for one in entries).encode()


def turns(transcript: Transcript) -> list[tuple[float, str | None, str]]:
    return [(one.start, one.role, one.text) for one in transcript.utterances]


def test_a_session_reads_as_a_chat(tmp_path: Path) -> None:
    found = read(
        tmp_path, lines([entry(0, "hello", "Hi, how can I help?"), entry(12, "my balance", "One moment.", "Done.")])
    )
    assert turns(found) == [
        (0.0, "CALLER", "hello"),
        (0.0, "BOT", "Hi, how can I help?"),
        (12.0, "CALLER", "my balance"),
        (12.0, "BOT", "One moment."),
        (12.0, "BOT", "Done."),
    ]
    assert (found.kind, found.channel, found.guid, found.language) == ("chat", "web", "web-session-1", "en-US")
    assert (found.started_at, found.duration) == (START, 12.0)


def test_entries_are_sorted_and_each_request_counts_once(tmp_path: Path) -> None:
    late, early = entry(9, "second", "b"), entry(3, "first", "a")
    found = read(tmp_path, lines([late, early, late]))
    assert [text for _, _, text in turns(found)] == ["first", "a", "second", "b"]
    assert found.utterances[2].start == 6.0


def test_a_missed_utterance_is_kept(tmp_path: Path) -> None:
    found = read(tmp_path, lines([entry(0, "blorp", "Sorry?", missedUtterance=True)]))
    assert turns(found)[0] == (0.0, "CALLER", "blorp")


def test_a_card_reads_as_text(tmp_path: Path) -> None:
    card = {
        "title": "Plans",
        "subtitle": "Choose one",
        "buttonsList": [{"text": "Basic", "value": "b"}, {"text": "Plus", "value": "p"}],
    }
    message = {"contentType": "ImageResponseCard", "imageResponseCard": card}
    assert read(tmp_path, lines([entry(0, "plans", message)])).utterances[1].text == "Plans\nChoose one\nBasic\nPlus"


def test_speech_marks_are_not_text(tmp_path: Path) -> None:
    message = {"contentType": "SSML", "content": "<speak>One <break/>moment.</speak>"}
    assert read(tmp_path, lines([entry(0, "hi", message)])).utterances[1].text == "One moment."


def test_a_turn_of_the_bot_alone_has_no_caller(tmp_path: Path) -> None:
    assert turns(read(tmp_path, lines([entry(0, "", "Welcome")]))) == [(0.0, "BOT", "Welcome")]


def test_version_1_is_flat(tmp_path: Path) -> None:
    flat = {
        "messageVersion": "1.0",
        "botName": "OldBot",
        "botAlias": "prod",
        "inputTranscript": "hi",
        "botResponse": "Hello",
        "missedUtterance": False,
        "developerOverride": "true",
        "requestId": "1",
        "userId": "u-9",
        "locale": "en-US",
        "timestamp": "2026-05-06T10:00:00",
    }
    found = read(tmp_path, json.dumps([flat]).encode())
    assert turns(found) == [(0.0, "CALLER", "hi"), (0.0, "BOT", "Hello")]
    assert (found.guid, found.language, found.channel, found.started_at) == ("u-9", "en-US", None, START)


def test_cloudwatch_wrappers_are_unpacked_even_when_run_together(tmp_path: Path) -> None:
    """Firehose puts gzip members behind each other without a line end between the documents."""

    def wrapper(number: int, *entries: object) -> bytes:
        events = [{"id": str(number), "timestamp": number, "message": json.dumps(one)} for one in entries]
        return gzip.compress(json.dumps({"messageType": "DATA_MESSAGE", "logGroup": "g", "logEvents": events}).encode())

    content = wrapper(1, entry(0, "one", "a")) + wrapper(2, entry(5, "two", "b"), entry(8, "three", "c"))
    assert [text for _, _, text in turns(read(tmp_path, content))] == ["one", "a", "two", "b", "three", "c"]


def test_an_export_to_s3_has_the_time_before_each_line(tmp_path: Path) -> None:
    content = b"2026-05-06T10:00:00.000Z " + lines([entry(0, "one", "a")])
    assert len(read(tmp_path, content).utterances) == 2


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([entry(0, "a"), entry(1, "b", timestamp="yesterday")], "malformed_log"),
        ([entry(0, "a"), entry(1, "b", timestamp="0001-01-01T00:00:00+09:00")], "malformed_log"),
        ([entry(0, "a"), entry(1, "b", sessionId="another")], "many_sessions"),
    ],
)
def test_a_bad_log_is_refused_without_quoting_it(tmp_path: Path, entries: list[object], code: str) -> None:
    with pytest.raises(RejectedSource) as refusal:
        read(tmp_path, lines(entries))
    assert refusal.value.code == code
    assert "yesterday" not in refusal.value.sentence


def test_an_obfuscated_slot_is_a_redaction_and_no_mood(tmp_path: Path) -> None:
    found = read(tmp_path, lines([entry(0, "{Pin}", "Thank you."), entry(5, "555 555 0100 and {Pin}", "{Pin}?")]))
    assert [text for _, _, text in turns(found)] == ["[PII:PIN]", "Thank you.", "555 555 0100 and [PII:PIN]", "{Pin}?"]
    feeling = score_text(found.utterances[0].text, "en-US", AnalysisSettings())
    assert (feeling.score, feeling.label, feeling.reason) == (None, None, "There are no words to analyse.")
    assert [one.type for one in redactions_in(found.utterances[0].text)] == ["PIN"]


_VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "hi", "{Pin}", "<a>", "en_US"])
_KEYS = st.sampled_from(["content", "contentType", "imageResponseCard", "title", "buttonsList", "text", "localeId"])
_JSON = st.recursive(_VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner), max_leaves=9)
_TIMES = st.sampled_from(["2026-05-06T10:00:00Z", "2026-05-06T10:00:05", "9999-12-31T23:59:59Z", "now", 1e12, 0, None])
_FIELDS = ["inputTranscript", "messages", "botResponse", "requestId", "requestAttributes", "bot", "locale"]
_ENTRY = st.fixed_dictionaries({"timestamp": _TIMES}, optional=dict.fromkeys(_FIELDS, _JSON))


@hypothesis_settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    entries=st.lists(
        st.fixed_dictionaries({"timestamp": _TIMES}, optional=dict.fromkeys(_FIELDS[:-1], _JSON)),
        min_size=1,
        max_size=4,
    ),
    version=st.sampled_from([{"message-version": "2.0", "sessionId": "s"}, {"messageVersion": "1.0", "botName": "b"}]),
)
def test_any_entries_are_read_or_refused(
    tmp_path: Path, entries: list[dict[str, object]], version: dict[str, str]
) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(lines([version | one for one in entries]))
    assert identify(path, path.name).kind == "lex_log"
    try:
        found = read_transcript("lex_log", path)
    except RejectedSource:
        return
    assert [one.start for one in found.utterances] == sorted(one.start for one in found.utterances)
    assert {one.role for one in found.utterances} <= {"CALLER", "BOT"}
