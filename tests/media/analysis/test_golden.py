"""Golden interactions, from the bytes of a source to the result: every number is worked out beside the test."""

import json
from pathlib import Path

from services.media.analysis import build_interaction, identify, read_transcript
from shared.schemas.interaction import Interaction, Silence
from tests.media.analysis.builders import settings, subject
from tests.media.analysis.test_call_analytics import lens, said
from tests.media.analysis.test_connect_chat import chat, entry
from tests.media.analysis.test_transcribe_documents import word


def result_of(tmp_path: Path, document: object, **metadata: object) -> Interaction:
    path = tmp_path / "source.json"
    path.write_text(json.dumps(document))
    identified = identify(path, path.name)
    transcript = read_transcript(identified.kind, path)
    return build_interaction(transcript, identified, subject(**metadata), settings(), audio=None)


def test_a_call_on_two_channels(tmp_path: Path) -> None:
    """Who talks when, in seconds:

        agent   Hello 0-0.5, there 0.5-1 | how 1.4-1.6, are 1.6-1.8, you 1.8-2.4 | Sorry 4-5.5 | So 10-10.5
        caller  Hi 1.4-1.6 | My 3-3.2, card 3.2-3.6, is 3.6-3.8, gone 3.8-6      | So 10-10.5  | ok 13.5-14

    Turns: pieces end at pauses over 0.1 s and are put in order of (start, end). "Hi" (1.4, 1.6) goes before "how are
    you" (1.4, 2.4), which begins at the same time; the two "So" are equal, and stay in the order of the channels. "ok"
    comes 13.5 - 10.5 = 3.0 s after the caller's "So": a turn of its own.
    Interruption: at 4 the caller has talked for 4 - 3 = 1.0 s, and both go on together for 5.5 - 4 = 1.5 s. "Hi" is
    none (0.2 s together), nor is either "So" (0 s before).
    Talk, over gaps under 0.5 s: agent (0-2.4) 2.4 + 1.5 + 0.5 = 4.4 s, 7 words: 60 x 7 / 4.4 = 95.45 a minute; caller
    0.2 + 3 + 0.5 + 0.5 = 4.2 s, 7 words: 60 x 7 / 4.2 = 100.
    Nobody: 6-10 is 4 s, 10.5-13.5 is 3 s; 1-1.4 and 2.4-3 are too short: 7 s of 14, the latest end. 7 / 14 = 0.5 is no
    flag yet. Confidence: 13 words of 0.9 and one of 0.2: 11.9 / 14 = 0.85.
    """
    agent = [("Hello", 0.0, 0.5), ("there", 0.5, 1.0), ("how", 1.4, 1.6), ("are", 1.6, 1.8), ("you", 1.8, 2.4)]
    agent += [("Sorry", 4.0, 5.5), ("So", 10.0, 10.5)]
    caller = [("Hi", 1.4, 1.6), ("My", 3.0, 3.2), ("card", 3.2, 3.6), ("is", 3.6, 3.8), ("gone", 3.8, 6.0)]
    caller += [("So", 10.0, 10.5)]
    unsure = word("ok", 13.5, 14.0) | {"alternatives": [{"content": "ok", "confidence": "0.2"}]}
    channels = [
        {"channel_label": "ch_0", "items": [word(*one) for one in agent]},
        {"channel_label": "ch_1", "items": [*(word(*one) for one in caller), unsure]},
    ]
    results = {"items": [], "channel_labels": {"channels": channels}, "language_code": "en-US"}
    found = result_of(tmp_path, {"jobName": "j", "results": results}, roles={"ch_0": "AGENT", "ch_1": "CALLER"})
    assert [(one.role, one.start, one.end, one.text, one.interruption) for one in found.turns] == [
        ("AGENT", 0.0, 1.0, "Hello there", False),
        ("CALLER", 1.4, 1.6, "Hi", False),
        ("AGENT", 1.4, 2.4, "how are you", False),
        ("CALLER", 3.0, 6.0, "My card is gone", False),
        ("AGENT", 4.0, 5.5, "Sorry", True),
        ("AGENT", 10.0, 10.5, "So", False),
        ("CALLER", 10.0, 10.5, "So", False),
        ("CALLER", 13.5, 14.0, "ok", False),
    ]
    assert [(one.talk_time, one.words_per_minute) for one in found.speakers] == [(4.4, 95.5), (4.2, 100.0)]
    assert found.silences == [Silence(start=6.0, end=10.0), Silence(start=10.5, end=13.5)]
    assert (found.non_talk_time, found.duration, found.word_confidence, found.quality) == (7.0, 14.0, 0.85, [])


def test_scores_from_stored_probabilities(tmp_path: Path) -> None:
    """40 s, thresholds 0.4, quarters of 10 s.

    Caller 0-2: n 0.55 and p 0.45, negative is tested first: -(0.55 - 0.4) / 0.6 = -0.25. 2-4: mixed 0.5 is the highest:
    0, MIXED. 30-34: p 0.64: 0.24 / 0.6 = 0.4. 39-40: p 0.4, at the threshold: 0, POSITIVE.
      Q1 (midpoints 1, 3) (-0.25 + 0) / 2 = -0.125; Q2 and Q3 empty; Q4 (32, 39.5) (0.4 + 0) / 2 = 0.2
      average (-0.25 + 0 + 0.4 + 0) / 4 = 0.0375; trend 0.2 + 0.125 = 0.325; change 0 + 0.25 = 0.25
    Agent 10-20: not analysed: no average, no trend, and one turn of which none is scored.
    """

    def turn(who: str, start: float, end: float, **sentiment: object) -> dict[str, object]:
        role = "CALLER" if who == "c" else "AGENT"
        return {"start": start, "end": end, "speaker": who, "role": role, "text": "said", "sentiment": sentiment}

    document = {
        "schema_name": "omnilex/1",
        "interaction_id": "old",
        "kind": "call",
        "channel": "call",
        "started_at": "2026-03-01T10:00:00Z",
        "duration": 40.0,
        "processed_at": "2026-03-01T11:00:00Z",
        "source": {
            "kind": "audio",
            "bucket": "b",
            "key": "k",
            "name": "n",
            "sentiment_engine": "e",
            "min_sentiment_negative": 0.1,
            "min_sentiment_positive": 0.1,
        },
        "speakers": [],
        "turns": [
            turn("c", 0, 2, positive=0.45, negative=0.55, neutral=0.0, mixed=0.0, score=0.99, label="POSITIVE"),
            turn("c", 2, 4, positive=0.2, negative=0.3, neutral=0.0, mixed=0.5),
            turn("a", 10, 20, reason="The language fi-FI is not among the configured ones."),
            turn("c", 30, 34, positive=0.64, negative=0.0, neutral=0.36, mixed=0.0),
            turn("c", 39, 40, positive=0.4, negative=0.0, neutral=0.6, mixed=0.0),
        ],
    }
    found = result_of(tmp_path, document)
    caller, agent = found.speakers
    scored = [(one.sentiment.score, one.sentiment.label) for one in found.turns]
    assert scored == [(-0.25, "NEGATIVE"), (0.0, "MIXED"), (None, None), (0.4, "POSITIVE"), (0.0, "POSITIVE")]
    assert [part.score for part in caller.quarters] == [-0.125, None, None, 0.2]
    assert [(part.begin, part.end) for part in caller.quarters] == [(0, 4), (None, None), (None, None), (30, 40)]
    assert (caller.average, caller.trend, caller.change, caller.turns_scored) == (0.0375, 0.325, 0.25, 4)
    assert (agent.average, agent.trend, agent.change, agent.turns, agent.turns_scored) == (None, None, None, 1, 0)
    assert (found.caller_average, found.agent_average) == (0.0375, None)


def test_labels_of_contact_lens(tmp_path: Path) -> None:
    """32 s, quarters of 8 s. Customer 0-4 NEGATIVE (midpoint 2, Q1), 10-14 POSITIVE (12, Q2), 28-32 POSITIVE (30, Q4).

    average (-1 + 1 + 1) / 3 = 0.3333; trend 1 - -1 = 2; change 1 - -1 = 2; Q3 is empty. Nobody talks in 4-10, 14-28:
    6 + 14 = 20 s, and 20 / 32 = 0.625 is flagged.
    """
    labels = [("NEGATIVE", 0, 4000), ("POSITIVE", 10_000, 14_000), ("POSITIVE", 28_000, 32_000)]
    found = result_of(tmp_path, lens(*[said("CUSTOMER", "x", start, end, Sentiment=one) for one, start, end in labels]))
    [caller] = found.speakers
    assert [part.score for part in caller.quarters] == [-1.0, 1.0, None, 1.0]
    assert (caller.average, caller.trend, caller.change) == (0.3333, 2.0, 2.0)
    assert [(flag.code, flag.share) for flag in found.quality] == [("silence", 0.625)]


def test_a_chat_has_gaps_instead_of_talk(tmp_path: Path) -> None:
    """Customer at 0, 5 and 31.5 s, agent at 20 and 30 s. The agent answers after 20 - 5 = 15 s, the customer after
    31.5 - 30 = 1.5 s; a second message in a row answers nothing."""
    moments = [("CUSTOMER", 1.0), ("CUSTOMER", 6.0), ("AGENT", 21.0), ("AGENT", 31.0), ("CUSTOMER", 32.5)]
    found = result_of(tmp_path, chat(*[entry(at, who, "text") for who, at in moments]))
    assert [(one.start, one.end, one.response_gap) for one in found.turns] == [
        (0.0, 0.0, None),
        (5.0, 5.0, None),
        (20.0, 20.0, 15.0),
        (30.0, 30.0, None),
        (31.5, 31.5, 1.5),
    ]
    assert [(one.role, one.response_gap, one.talk_time) for one in found.speakers] == [
        ("CALLER", 1.5, 0),
        ("AGENT", 15.0, 0),
    ]
    assert (found.duration, found.silences, found.quality) == (31.5, [], [])
