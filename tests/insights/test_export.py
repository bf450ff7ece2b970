"""The layout of Post Call Analytics, value by value: scores times five, a turn's without its sign."""

import httpx
from pydantic import JsonValue

from services.insights.reference_layout import in_reference_layout
from shared.schemas.interaction import Interaction
from tests.insights.documents import Document, document, media


def speaker(name: str, role: str, shown: str, **more: JsonValue) -> Document:
    empty = {"score": None, "begin": None, "end": None}
    return {
        "speaker": name,
        "role": role,
        "name": shown,
        "role_source": "channel",
        "role_confidence": 1.0,
        "quarters": [empty] * 4,
        **more,
    }


def call() -> Document:
    quarters = [{"score": -0.5, "begin": 0.0, "end": 2.5}, *[{"score": None, "begin": None, "end": None}] * 3]
    angry = {
        "start": 0.4,
        "end": 2.5,
        "speaker": "ch_1",
        "role": "CALLER",
        "text": "My gold card is lost.",
        "words": [{"text": "My", "start": 0.4, "end": 0.6, "confidence": 0.9}],
        "sentiment": {
            "score": -0.5,
            "label": "NEGATIVE",
            "positive": 0.1,
            "negative": 0.7,
            "neutral": 0.15,
            "mixed": 0.05,
        },
        "entities": [{"type": "PRODUCT", "text": "gold card", "begin": 3, "end": 12, "score": 1.0}],
        "interruption": True,
        "categories": ["loss"],
        "issues": ["card is lost", "not said"],
    }
    pleased = {
        "start": 3.0,
        "end": 4.0,
        "speaker": "ch_0",
        "role": "AGENT",
        "text": "Good",
        "sentiment": {"score": 0.2, "label": "POSITIVE"},
    }
    silent = {"start": 8.0, "end": 9.0, "speaker": "ivr", "role": "IVR", "text": "…", "sentiment": {"reason": "none"}}
    return document(
        "I-1",
        guid="g-1",
        customer="c-7",
        turns=[angry, pleased, silent],
        speakers=[
            speaker("ch_1", "CALLER", "Kunde", average=-0.5, trend=-0.25, talk_time=2.1, quarters=quarters),
            speaker("ch_0", "AGENT", "Berater", average=0.2, talk_time=1.0),
            speaker("ivr", "IVR", "IVR"),
            speaker("ch_2", "AGENT", "Unknown-3"),
        ],
        entities=[{"type": "PRODUCT", "count": 3, "values": ["gold card", "loan"]}],
        silences=[{"start": 4.0, "end": 8.0}],
        non_talk_time=4.0,
        word_confidence=0.9,
        loudness={"ch_0": [-30.0, -31.0, -32.0, -33.0], "ch_1": [-10.0, -11.0, -12.0, None]},
    )


def exported() -> dict[str, JsonValue]:
    return in_reference_layout(Interaction.model_validate(call()))


def test_the_header() -> None:
    header = exported()["ConversationAnalytics"]
    assert isinstance(header, dict)
    assert {name: header[name] for name in ("GUID", "Agent", "Agents", "Cust", "Duration", "LanguageCode")} == {
        "GUID": "g-1",
        "Agent": "Ada",
        "Agents": ["Ada"],
        "Cust": "c-7",
        "Duration": "12.5",
        "LanguageCode": "en-US",
    }
    assert (header["ConversationTime"], header["ConversationLocation"]) == ("2026-03-01 10:00:00.000000", "Etc/UTC")
    assert header["SpeakerLabels"] == [
        {"Speaker": "spk_0", "DisplayText": "Customer"},
        {"Speaker": "spk_1", "DisplayText": "Agent"},
        {"Speaker": "spk_2", "DisplayText": "IVR"},
        {"Speaker": "spk_3", "DisplayText": "Unknown-3"},
    ]
    assert header["CustomEntities"] == [{"Name": "PRODUCT", "Instances": 2, "Values": ["gold card", "loan"]}]
    assert header["CategoriesDetected"] == [
        {"Name": "loss", "Instances": 1, "Timestamps": [{"BeginOffsetSecs": 0.4, "EndOffsetSecs": 2.5}]}
    ]


def test_trends_are_times_five_and_null_stays_null() -> None:
    """-0.5 x 5 = -2.5; -0.25 x 5 = -1.25. The reference makes 0 of an empty quarter: a recovery that never was."""
    header = exported()["ConversationAnalytics"]
    assert isinstance(header, dict)
    trends = header["SentimentTrends"]
    assert isinstance(trends, dict)
    assert trends["spk_0"] == {
        "SentimentScore": -2.5,
        "SentimentChange": -1.25,
        "SentimentPerQuarter": [
            {"Quarter": 1, "Score": -2.5, "BeginOffsetSecs": 0.0, "EndOffsetSecs": 2.5},
            *[{"Quarter": n, "Score": None, "BeginOffsetSecs": None, "EndOffsetSecs": None} for n in (2, 3, 4)],
        ],
    }
    assert header["SpeakerTime"] == {
        "spk_0": {"TotalTimeSecs": 2.1},
        "spk_1": {"TotalTimeSecs": 1.0},
        "spk_2": {"TotalTimeSecs": 0},
        "spk_3": {"TotalTimeSecs": 0},
        "NonTalkTime": {
            "TotalTimeSecs": 4.0,
            "Instances": [{"BeginOffsetSecs": 4.0, "EndOffsetSecs": 8.0, "DurationSecs": 4.0}],
        },
    }


def test_segments() -> None:
    """-0.5 x 5 = 2.5 with the negative flag; 0.1, 0.7 and 0.15 x 5 = 0.5, 3.5, 0.75; loudness of seconds 0, 1, 2."""
    segments = exported()["SpeechSegments"]
    assert isinstance(segments, list)
    assert segments[0] == {
        "SegmentStartTime": 0.4,
        "SegmentEndTime": 2.5,
        "SegmentSpeaker": "spk_0",
        "SegmentInterruption": True,
        "IVRSegment": False,
        "OriginalText": "My gold card is lost.",
        "DisplayText": "My gold card is lost.",
        "TextEdited": False,
        "LoudnessScores": [-10.0, -11.0, -12.0],
        "SentimentIsPositive": 0,
        "SentimentIsNegative": 1,
        "SentimentScore": 2.5,
        "BaseSentimentScores": {"Positive": 0.5, "Negative": 3.5, "Neutral": 0.75},
        "EntitiesDetected": [{"Type": "PRODUCT", "Text": "gold card", "BeginOffset": 3, "EndOffset": 12, "Score": 1.0}],
        "CategoriesDetected": ["loss"],
        "FollowOnCategories": [],
        "IssuesDetected": [{"Text": "card is lost", "BeginOffset": 8, "EndOffset": 20}],
        "WordConfidence": [{"Text": "My", "Confidence": 0.9, "StartTime": 0.4, "EndTime": 0.6}],
    }
    shown = [
        (one["SentimentScore"], one["SentimentIsPositive"], one["IVRSegment"], one["LoudnessScores"])
        for one in segments[1:]
        if isinstance(one, dict)
    ]
    assert shown == [(1.0, 1, False, [-33.0]), (None, 0, True, [])]


async def test_an_interaction_is_exported_as_it_was_indexed(insights: httpx.AsyncClient) -> None:
    assert (await insights.put("/interactions/I-1", json=call(), headers=media())).status_code == 204
    answer = await insights.get("/interactions/I-1/export")
    assert (answer.status_code, answer.json()) == (200, exported())
    assert (await insights.get("/interactions/I-2/export")).status_code == 404
