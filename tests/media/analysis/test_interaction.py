"""Golden interactions: every number is worked out in the test that states it."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.media.analysis import Identified, Transcript, build_interaction, identify, read_transcript
from services.media.analysis.transcript import Utterance
from shared.schemas.interaction import Interaction, Silence
from tests.media.analysis.builders import MODIFIED, felt, settings, spoken, subject
from tests.media.analysis.sounds import noise, save, silence, tone

AUDIO = Identified("audio", 40.0, 1, 8000, "pcm_s16le")
TEXT = Identified("transcribe")


def call(*utterances: Utterance, **more: object) -> Transcript:
    return Transcript.model_validate({"kind": "call", "utterances": utterances, "separation": "participant", **more})


def built(
    transcript: Transcript, identified: Identified = TEXT, *, audio: Path | None = None, **metadata: object
) -> Interaction:
    return build_interaction(transcript, identified, subject(**metadata), settings(), audio=audio)


def test_golden_sentiment_with_an_empty_quarter() -> None:
    """40 s, quarters of 10 s; score = (p - 0.4) / 0.6 or -(n - 0.4) / 0.6.

    Caller: 0-4 n 0.7 -> -0.5 (midpoint 2, Q1); 6-8 neutral -> 0 (7, Q1); 24-30 p 0.7 -> 0.5 (27, Q3);
            36-40 p 1.0 -> 1.0 (38, Q4). Q2 is empty.
      average (-0.5 + 0 + 0.5 + 1.0) / 4 = 0.25; Q1 (-0.5 + 0) / 2 = -0.25; trend 1.0 - -0.25 = 1.25;
      change 1.0 - -0.5 = 1.5.
    Agent: 12-16 p 0.55 -> 0.25 (14, Q2); 17-19 p 0.7 -> 0.5 (18, Q2).
      average 0.75 / 2 = 0.375; one quarter only: no trend; change 0.5 - 0.25 = 0.25.
    """
    found = built(
        call(
            felt("cust", 0, 4, 0.0, 0.7),
            felt("cust", 6, 8, 0.1, 0.1),
            felt("rep", 12, 16, 0.55, 0.0),
            felt("rep", 17, 19, 0.7, 0.0),
            felt("cust", 24, 30, 0.7, 0.0),
            felt("cust", 36, 40, 1.0, 0.0),
        ),
        AUDIO,
        roles={"cust": "CALLER", "rep": "AGENT"},
    )
    caller, agent = found.speakers
    assert [turn.sentiment.score for turn in found.turns] == [-0.5, 0.0, 0.25, 0.5, 0.5, 1.0]
    assert (caller.average, caller.trend, caller.change, caller.turns, caller.turns_scored) == (0.25, 1.25, 1.5, 4, 4)
    assert [(part.score, part.begin, part.end) for part in caller.quarters] == [
        (-0.25, 0, 8),
        (None, None, None),
        (0.5, 24, 30),
        (1.0, 36, 40),
    ]
    assert (agent.average, agent.trend, agent.change) == (0.375, None, 0.25)
    assert (found.caller_average, found.caller_trend) == (0.25, 1.25)
    assert (found.agent_average, found.agent_trend) == (0.375, None)
    assert found.duration == 40


def test_golden_times_with_overlap_and_a_start_at_zero() -> None:
    """Agent words 0-1, 1.2-2 (gap 0.2), 2.4-4 (gap 0.4): one span 0-4, 4 s, 3 words: 45 a minute.
    Caller words 2-3.5, 3.6-4.5: one span 2-4.5, 2.5 s, 2 words: 48 a minute; starts when the agent has talked for
    2 s and both go on for 2 s: an interruption. Then nobody from 4.5 to 9 and from 9.5 to 20 (the media's length):
    4.5 + 10.5 = 15 s. The caller's word at 9-9.5 makes 3 s of talk, 3 words: 60 a minute.
    Pieces (gaps over 0.1): agent 0-1, agent 1.2-2, caller 2-4.5, agent 2.4-4, caller 9-9.5. In order of start: the
    agent's first two are one turn; then caller, agent, caller.
    """
    agent = spoken("spk_0", ("How", 0.0, 1.0), ("are", 1.2, 2.0), ("you", 2.4, 4.0))
    caller = spoken("spk_1", ("My", 2.0, 3.5), ("account", 3.6, 4.5), ("please", 9.0, 9.5))
    found = built(
        call(agent, caller),
        Identified("audio", 20.0, 1, 8000, "pcm_s16le"),
        roles={"spk_0": "AGENT", "spk_1": "CALLER"},
    )
    assert [(turn.role, turn.start, turn.end, turn.text, turn.interruption) for turn in found.turns] == [
        ("AGENT", 0.0, 2.0, "How are", False),
        ("CALLER", 2.0, 4.5, "My account", True),
        ("AGENT", 2.4, 4.0, "you", False),
        ("CALLER", 9.0, 9.5, "please", False),
    ]
    first, second = found.speakers
    assert (first.talk_time, first.words_per_minute) == (4.0, 45.0)
    assert (second.talk_time, second.words_per_minute) == (3.0, 60.0)
    assert found.silences == [Silence(start=4.5, end=9.0), Silence(start=9.5, end=20.0)]
    assert found.non_talk_time == 15.0
    assert found.turn_count == 4


def test_golden_one_turn() -> None:
    """4-5 of 5 s: midpoint 4.5, in the last quarter; one score has no trend; change 0.5 - 0.5 = 0."""
    found = built(call(felt("spk_0", 4, 5, 0.7, 0.0, text="my account")))
    [only] = found.speakers
    assert [part.score for part in only.quarters] == [None, None, None, 0.5]
    assert (only.average, only.trend, only.change, found.duration) == (0.5, None, 0.0, 5.0)
    assert found.silences == [Silence(start=0, end=4)]


def test_an_interaction_without_words_is_a_result_too() -> None:
    found = built(call(warnings=["No words were recognised in the recording."]), AUDIO)
    assert (found.turns, found.speakers, found.caller_average) == ([], [], None)
    assert found.silences == [Silence(start=0, end=40)]


def test_a_bot_is_never_an_agent() -> None:
    chat = Transcript(
        kind="chat",
        separation="log",
        channel="sms",
        guid="session-1",
        started_at=datetime(2026, 5, 6, 10, tzinfo=UTC),
        utterances=[
            Utterance(speaker="caller", start=0, end=0, text="This is terrible", role="CALLER"),
            Utterance(speaker="bot", start=0, end=0, text="I am happy to help!", role="BOT"),
            Utterance(speaker="caller", start=20, end=20, text="Great, thank you!", role="CALLER"),
        ],
    )
    found = built(chat, Identified("lex_log"))
    assert (found.agent_average, found.agent_trend) == (None, None)
    assert found.caller_average is not None
    assert [(one.role, one.name, one.role_source, one.role_confidence) for one in found.speakers] == [
        ("CALLER", "Caller", "log", 1.0),
        ("BOT", "Bot", "log", 1.0),
    ]
    assert (found.kind, found.channel, found.guid, found.duration) == ("chat", "sms", "session-1", 20.0)
    assert found.started_at == datetime(2026, 5, 6, 10, tzinfo=UTC)
    assert (found.silences, found.speakers[0].talk_time, found.speakers[0].words_per_minute) == ([], 0, None)


def test_what_is_known_beside_the_file_wins() -> None:
    when = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    given_metadata = {"guid": "g", "agent": "Kim", "customer": "c-1", "channel": "voice", "language": "en-GB"}
    found = built(call(felt("a", 0, 1, 0, 0), guid="other", language="en-US"), conversation_time=when, **given_metadata)
    assert (found.guid, found.agent, found.customer, found.channel, found.language) == (
        "g",
        "Kim",
        "c-1",
        "voice",
        "en-GB",
    )
    assert found.started_at == when
    plain = built(call(felt("a", 0, 1, 0, 0)))
    assert (plain.channel, plain.started_at, plain.language) == ("call", MODIFIED, "en-US")


def test_an_unknown_channel_is_not_used_and_said_so() -> None:
    found = built(call(felt("a", 0, 1, 0, 0)), channel="pigeon")
    assert found.channel == "call"
    assert "The channel given with the file is not one that is known; it was not used." in found.warnings


def test_guesses_are_said_to_be_guesses() -> None:
    found = built(
        call(felt("spk_0", 0, 1, 0, 0), felt("spk_1", 1, 2, 0, 0), separation="voice", separation_confidence=0.8)
    )
    assert found.warnings == [
        "The speakers were told apart automatically by their voices (80% sure).",
        "Who is the agent and who the caller could only be guessed from the words.",
    ]


def test_nothing_personal_reaches_the_document() -> None:
    asked, answered = ["What", "is", "your", "PIN?"], ["two", "four", "six", "eight", "thanks"]
    agent = spoken("spk_0", *[(text, at / 2, at / 2 + 0.4) for at, text in enumerate(asked)])
    caller = spoken("spk_1", *[(text, 5 + at / 2, 5.4 + at / 2) for at, text in enumerate(answered)])
    found = built(call(agent, caller))
    assert found.turns[1].text == "[PII:PIN] thanks"
    assert [(one.type, one.begin, one.end) for one in found.turns[1].redactions] == [("PIN", 0, 9)]
    assert (found.turns[1].words[0].start, found.turns[1].words[0].end) == (5.0, 6.9)
    assert "two four" not in found.model_dump_json()


def test_loudness_is_by_channel_when_there_is_audio(tmp_path: Path) -> None:
    path = save(tmp_path / "two.wav", np.stack([tone(2, level=0.5), tone(2, level=0.05)]), codec="pcm_s16le")
    words = [spoken("ch_0", ("hi", 0, 1)), spoken("ch_1", ("yes", 1, 2))]
    by_channel = built(call(*words, separation="channel"), identify(path, path.name), audio=path)
    assert {name: len(row) for name, row in by_channel.loudness.items()} == {"ch_0": 2, "ch_1": 2}
    assert list(built(call(*words), identify(path, path.name), audio=path).loudness) == ["ch_0"]
    assert built(call(*words)).loudness == {}


def test_a_result_is_scored_again_without_a_new_analysis(tmp_path: Path) -> None:
    """p 0.7: (0.7 - 0.4) / 0.6 = 0.5; with the threshold 0.6 it is (0.7 - 0.6) / 0.4 = 0.25."""
    first = built(
        call(felt("cust", 0, 4, 0.7, 0.0), felt("rep", 5, 9, 0.0, 0.7)),
        roles={"cust": "CALLER", "rep": "AGENT"},
        guid="g",
    )
    path = tmp_path / "result.json"
    path.write_text(first.model_dump_json())
    identified = identify(path, path.name)
    again = read_transcript(identified.kind, path)
    same = build_interaction(again, identified, subject(), settings(), audio=None)
    assert (same.caller_average, same.agent_average, same.guid) == (0.5, -0.5, "g")
    other = build_interaction(again, identified, subject(), settings(min_sentiment_positive=0.6), audio=None)
    assert (other.caller_average, other.agent_average) == (0.25, -0.5)
    assert [turn.text for turn in other.turns] == [turn.text for turn in first.turns]


def test_silence_as_audio_gives_a_clear_result(tmp_path: Path) -> None:
    path = save(tmp_path / "dead.wav", silence(5), codec="pcm_s16le")
    found = built(call(warnings=["No words were recognised in the recording."]), identify(path, path.name), audio=path)
    assert found.loudness == {"ch_0": [None] * 5}
    assert found.duration == 5.0
    assert noise(1).size == 8000


_TIMES = st.integers(0, 100_000).map(lambda ms: ms / 1000)
_VOCABULARY = st.sampled_from(
    ["thanks", "terrible", "my", "account", "4111111111111111", "hello", "pin", "2468", "no.", "great"]
)
_WORDS = st.lists(st.tuples(st.sampled_from(["spk_0", "spk_1"]), _VOCABULARY, _TIMES, _TIMES), max_size=40)


@given(_WORDS)
def test_any_transcript_gives_a_consistent_document(words: list[tuple[str, str, float, float]]) -> None:
    by_speaker = {
        speaker: spoken(speaker, *[(text, min(a, b), max(a, b)) for who, text, a, b in words if who == speaker])
        for speaker in dict.fromkeys(who for who, *_ in words)
    }
    found = built(call(*by_speaker.values()))
    for turn in found.turns:
        assert turn.text == " ".join(word.text for word in turn.words)
        assert turn.sentiment.score is None or -1 <= turn.sentiment.score <= 1
        assert "4111111111111111" not in turn.text
    for speaker in found.speakers:
        assert speaker.talk_time <= found.duration + 0.001
        assert speaker.turns_scored <= speaker.turns
        for value in (speaker.trend, speaker.change):
            assert value is None or -2 <= value <= 2
    assert found.non_talk_time <= found.duration + 0.001
    assert found.turn_count == len(found.turns) == sum(speaker.turns for speaker in found.speakers)


@pytest.mark.parametrize("count", [5_000])
def test_analysis_takes_far_less_time_than_the_call(count: int) -> None:
    """A guard against quadratic work; 5,000 words are half an hour."""
    words = [(f"word{at % 50}.", at / 4, at / 4 + 0.2) for at in range(count)]
    found = built(call(spoken("spk_0", *words[::2]), spoken("spk_1", *words[1::2])))
    assert sum(len(turn.words) for turn in found.turns) == count
