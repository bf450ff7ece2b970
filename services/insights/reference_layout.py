"""An interaction in the layout of Amazon Transcribe Post Call Analytics, for reports that were built on it.

Layout: "Transcribe Parser" (docs/output_json_structure.md) of aws-samples/amazon-transcribe-post-call-analytics, as its
code writes it: a score of a turn is 0..5 with its sign in two flags, all other scores are -5..+5, the duration is text,
and `Instances` of entities counts distinct values. What OmniLex does not know is null there too, never 0. Times of day
are UTC, and `ConversationLocation` says so.
"""

import math
from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePosixPath

from pydantic import JsonValue

from shared.schemas.interaction import Interaction, RoleName, Speaker, Turn

_SCALE = 5
_LABELS: dict[RoleName, str] = {"AGENT": "Agent", "CALLER": "Customer"}
_Names = dict[str, str]


def in_reference_layout(document: Interaction) -> dict[str, JsonValue]:
    """`ConversationAnalytics` and `SpeechSegments`. Speakers are numbered `spk_0`, `spk_1`, … as they first appear."""
    names = {one.speaker: f"spk_{at}" for at, one in enumerate(document.speakers)}
    return {
        "ConversationAnalytics": _header(document, names),
        "SpeechSegments": [_segment(turn, names, document) for turn in document.turns],
    }


def _header(document: Interaction, names: _Names) -> dict[str, JsonValue]:
    return {
        "GUID": document.guid or document.interaction_id,
        "Agent": document.agent or "",
        "Agents": [document.agent] if document.agent else [],
        "Cust": document.customer or "",
        "ConversationTime": _naive(document.started_at),
        "ConversationLocation": "Etc/UTC",
        "ProcessTime": _naive(document.processed_at),
        "Duration": str(document.duration),
        "LanguageCode": document.language or "",
        "EntityRecognizerName": "",
        "SpeakerLabels": _labels(document.speakers, names),
        "SentimentTrends": {names[one.speaker]: _trend(one) for one in document.speakers},
        "SpeakerTime": _times(document, names),
        "CustomEntities": [
            {"Name": one.type, "Instances": len(one.values), "Values": list(one.values)} for one in document.entities
        ],
        "CategoriesDetected": _categories(document.turns),
        "IssuesDetected": [issue for turn in document.turns for issue in _issues(turn)],
        "ActionItemsDetected": [],
        "OutcomesDetected": [],
        "SourceInformation": [{"TranscribeJobInfo": _job(document)}],
    }


def _naive(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def _labels(speakers: Sequence[Speaker], names: _Names) -> list[JsonValue]:
    """The first of each side has the word that the reference's index looks for; others have their own."""
    taken: set[str] = set()
    labels: list[JsonValue] = []
    for one in speakers:
        word = _LABELS.get(one.role, one.name)
        labels.append({"Speaker": names[one.speaker], "DisplayText": one.name if word in taken else word})
        taken.add(word)
    return labels


def _scaled(score: float | None) -> float | None:
    return None if score is None else round(_SCALE * score, 4)


def _trend(speaker: Speaker) -> dict[str, JsonValue]:
    return {
        "SentimentScore": _scaled(speaker.average),
        "SentimentChange": _scaled(speaker.trend),
        "SentimentPerQuarter": [
            {
                "Quarter": number,
                "Score": _scaled(part.score),
                "BeginOffsetSecs": part.begin,
                "EndOffsetSecs": part.end,
            }
            for number, part in enumerate(speaker.quarters, start=1)
        ],
    }


def _times(document: Interaction, names: _Names) -> dict[str, JsonValue]:
    talk: dict[str, JsonValue] = {names[one.speaker]: {"TotalTimeSecs": one.talk_time} for one in document.speakers}
    silences: list[JsonValue] = [
        {"BeginOffsetSecs": one.start, "EndOffsetSecs": one.end, "DurationSecs": round(one.end - one.start, 3)}
        for one in document.silences
    ]
    return talk | {"NonTalkTime": {"TotalTimeSecs": document.non_talk_time, "Instances": silences}}


def _categories(turns: Sequence[Turn]) -> list[JsonValue]:
    found: dict[str, list[JsonValue]] = {}
    for turn in turns:
        for name in turn.categories:
            found.setdefault(name, []).append({"BeginOffsetSecs": turn.start, "EndOffsetSecs": turn.end})
    return [{"Name": name, "Instances": len(times), "Timestamps": times} for name, times in found.items()]


def _issues(turn: Turn) -> list[JsonValue]:
    """Issues whose text stands in the turn, with its place."""
    places = [(issue, turn.text.find(issue)) for issue in turn.issues]
    return [
        {"Text": issue, "BeginOffset": begin, "EndOffset": begin + len(issue)} for issue, begin in places if begin >= 0
    ]


def _job(document: Interaction) -> dict[str, JsonValue]:
    source = document.source
    place = f"s3://{source.bucket}/{source.key}"
    return {
        "TranscriptionJobName": source.name,
        "TranscribeApiType": "analytics" if source.kind == "call_analytics" else "standard",
        "CompletionTime": _naive(document.processed_at),
        "MediaFormat": PurePosixPath(source.name).suffix.removeprefix(".").lower(),
        "MediaFileUri": place,
        "MediaOriginalUri": place,
        "RedactedTranscript": any(turn.redactions for turn in document.turns),
        "ChannelIdentification": any(one.speaker.startswith("ch_") for one in document.speakers),
        "AverageWordConfidence": document.word_confidence,
    }


def _segment(turn: Turn, names: _Names, document: Interaction) -> dict[str, JsonValue]:
    feeling = turn.sentiment
    score = _scaled(feeling.score)
    return {
        "SegmentStartTime": turn.start,
        "SegmentEndTime": turn.end,
        "SegmentSpeaker": names.get(turn.speaker, turn.speaker),
        "SegmentInterruption": turn.interruption,
        "IVRSegment": turn.role == "IVR",
        "OriginalText": turn.text,
        "DisplayText": turn.text,
        "TextEdited": False,
        "LoudnessScores": _loudness(turn, document),
        "SentimentIsPositive": int(feeling.label == "POSITIVE"),
        "SentimentIsNegative": int(feeling.label == "NEGATIVE"),
        "SentimentScore": None if score is None else abs(score),
        "BaseSentimentScores": {
            "Positive": _scaled(feeling.positive),
            "Negative": _scaled(feeling.negative),
            "Neutral": _scaled(feeling.neutral),
        },
        "EntitiesDetected": [
            {
                "Type": one.type,
                "Text": one.text,
                "BeginOffset": one.begin,
                "EndOffset": one.end,
                "Score": one.score,
            }
            for one in turn.entities
        ],
        "CategoriesDetected": list(turn.categories),
        "FollowOnCategories": [],
        "IssuesDetected": _issues(turn),
        "WordConfidence": [
            {"Text": word.text, "Confidence": word.confidence, "StartTime": word.start, "EndTime": word.end}
            for word in turn.words
        ],
    }


def _loudness(turn: Turn, document: Interaction) -> list[JsonValue]:
    """dBFS of the seconds that the turn touches, of its speaker's channel where there is one."""
    row = document.loudness.get(turn.speaker) or next(iter(document.loudness.values()), [])
    return list(row[math.floor(turn.start) : math.ceil(turn.end)])
