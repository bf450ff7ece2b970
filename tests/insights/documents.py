"""Interactions as media would send them."""

from pydantic import JsonValue

from tests.conftest import internal_headers, staff


def media() -> dict[str, str]:
    """Made for each request: an internal token is short-lived."""
    return internal_headers("insights")


def analyst() -> dict[str, str]:
    return internal_headers("insights", staff("analyst"))


Document = dict[str, JsonValue]


def document(interaction_id: str, **changes: JsonValue) -> Document:
    """A short call; `changes` are its members."""
    return {
        "schema_name": "omnilex/1",
        "interaction_id": interaction_id,
        "kind": "call",
        "channel": "call",
        "started_at": "2026-03-01T10:00:00Z",
        "duration": 12.5,
        "language": "en-US",
        "agent": "Ada",
        "customer": None,
        "guid": None,
        "caller_average": 0.25,
        "caller_trend": -0.5,
        "agent_average": None,
        "agent_trend": None,
        "turn_count": 1,
        "warnings": ["mono"],
        "processed_at": "2026-03-01T11:00:00Z",
        "source": {
            "kind": "audio",
            "bucket": "omni-lex-sentiment-source-audio",
            "key": "originalAudio/a.wav",
            "name": "a.wav",
            "transcriber": "pocketsphinx",
            "sentiment_engine": "vader",
            "min_sentiment_negative": 0.4,
            "min_sentiment_positive": 0.4,
        },
        "speakers": [],
        "turns": [
            {
                "start": 0.0,
                "end": 2.5,
                "speaker": "spk_0",
                "role": "CALLER",
                "text": "Café, 10 £ \u0000 — déjà\u2028vu 🙂",
            }
        ],
        "entities": [],
        "non_talk_time": 0.0,
        "silences": [],
        "loudness": {"0": [-30.5, None]},
        **changes,
    }
