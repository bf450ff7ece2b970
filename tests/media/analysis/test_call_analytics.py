import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from services.media.analysis import RejectedSource, Transcript, build_interaction, identify, read_transcript
from services.media.analysis.source import Identified
from shared.schemas.interaction import Word
from tests.media.analysis.builders import settings, subject

Document = dict[str, object]


def read(tmp_path: Path, *documents: object) -> Transcript:
    path = tmp_path / "call.json"
    path.write_text("\n".join(json.dumps(one) for one in documents))
    identified = identify(path, path.name)
    assert identified.kind == "call_analytics"
    return read_transcript(identified.kind, path)


def item(text: str, start: int, end: int, **more: object) -> Document:
    """Call Analytics writes confidence as a string."""
    return {
        "Type": "pronunciation",
        "Content": text,
        "BeginOffsetMillis": start,
        "EndOffsetMillis": end,
        "Confidence": "0.97",
        **more,
    }


def mark(text: str, at: int) -> Document:
    return {"Type": "punctuation", "Content": text, "BeginOffsetMillis": at, "EndOffsetMillis": at, "Confidence": "0.0"}


def turn(role: str, text: str, start: int, end: int, **more: object) -> Document:
    return {
        "Id": f"t{start}",
        "ParticipantRole": role,
        "BeginOffsetMillis": start,
        "EndOffsetMillis": end,
        "Content": text,
        "Sentiment": "NEUTRAL",
        "LoudnessScores": [78.63, 78.37, None],
        **more,
    }


def analysis(*turns: Document, **more: object) -> Document:
    """What a batch job of Call Analytics writes."""
    return {
        "JobStatus": "COMPLETED",
        "JobName": "omnilex-1",
        "LanguageCode": "en-US",
        "Channel": "VOICE",
        "Participants": [{"ParticipantRole": "AGENT"}, {"ParticipantRole": "CUSTOMER"}],
        "ConversationCharacteristics": {"NonTalkTime": {"TotalTimeMillis": 60000, "Instances": []}},
        "Categories": {"MatchedCategories": ["positive-resolution"], "MatchedDetails": {}},
        "Transcript": list(turns),
        **more,
    }


def lens(*turns: Document, output: str = "Raw", **more: object) -> Document:
    """What Contact Lens writes of a call: participants by id, no words."""
    return {
        "Version": "1.1.0",
        "AccountId": "111122223333",
        "Channel": "VOICE",
        "ContentMetadata": {"Output": output},
        "JobStatus": "COMPLETED",
        "LanguageCode": "en-US",
        "Participants": [
            {"ParticipantId": "CUSTOMER", "ParticipantRole": "CUSTOMER"},
            {"ParticipantId": "AGENT", "ParticipantRole": "AGENT"},
        ],
        "CustomerMetadata": {
            "ContactId": "c-1",
            "InputS3Uri": "s3://bucket/connect/CallRecordings/2026/03/05/c-1_20260305T14:03_UTC.wav",
            "InstanceId": "i-1",
        },
        "Transcript": list(turns),
        **more,
    }


def said(speaker: str, text: str, start: int, end: int, **more: object) -> Document:
    return {
        "BeginOffsetMillis": start,
        "EndOffsetMillis": end,
        "Id": f"t{start}",
        "ParticipantId": speaker,
        "Content": text,
        "Sentiment": "POSITIVE",
        "LoudnessScore": [79.11, 81.7],
        **more,
    }


def test_turns_keep_words_times_roles_and_labels(tmp_path: Path) -> None:
    words = [item("Well", 770, 1200), mark(",", 1200), item("cancel", 1300, 1900, Confidence=0.5), mark(".", 1900)]
    found = read(
        tmp_path,
        analysis(
            turn("AGENT", "How can I help?", 0, 700),
            turn("CUSTOMER", "Well, cancel.", 770, 1900, Sentiment="NEGATIVE", Items=words),
        ),
    )
    agent, caller = found.utterances
    assert (agent.speaker, agent.role, agent.start, agent.end, agent.text) == (
        "AGENT",
        "AGENT",
        0.0,
        0.7,
        "How can I help?",
    )
    assert (caller.speaker, caller.role, caller.text) == ("CUSTOMER", "CALLER", "Well, cancel.")
    assert caller.words == [
        Word(text="Well,", start=0.77, end=1.2, confidence=0.97),
        Word(text="cancel.", start=1.3, end=1.9, confidence=0.5),
    ]
    assert (found.kind, found.language, found.channel, found.transcriber) == (
        "call",
        "en-US",
        None,
        "Amazon Transcribe Call Analytics",
    )


def test_labels_become_scores_of_the_scale_label(tmp_path: Path) -> None:
    """+1, -1, 0 and 0: MIXED is not a half of anything. A turn without a label is left to our own engine."""
    labels = ["POSITIVE", "NEGATIVE", "NEUTRAL", "MIXED", None]
    turns = [turn("AGENT", "text", at * 1000, at * 1000 + 500, Sentiment=one) for at, one in enumerate(labels)]
    feelings = [one.sentiment for one in read(tmp_path, analysis(*turns)).utterances]
    assert [(one.score, one.label, one.scale) for one in feelings if one] == [
        (1.0, "POSITIVE", "label"),
        (-1.0, "NEGATIVE", "label"),
        (0.0, "NEUTRAL", "label"),
        (0.0, "MIXED", "label"),
    ]
    assert feelings[4] is None


def test_a_contact_lens_call(tmp_path: Path) -> None:
    found = read(tmp_path, lens(said("CUSTOMER", "Awesome. Thank you.", 22610, 24140)))
    [one] = found.utterances
    assert (one.speaker, one.role, one.start, one.end, one.words) == ("CUSTOMER", "CALLER", 22.61, 24.14, [])
    assert (found.channel, found.guid, found.transcriber) == ("connect", "c-1", "Contact Lens")
    assert found.started_at is not None
    assert found.started_at.isoformat() == "2026-03-05T14:03:00+00:00"


def test_what_contact_lens_has_hidden_is_a_redaction(tmp_path: Path) -> None:
    """In a redacted file only: in any other, square brackets are what somebody wrote."""
    text = "My name is [NAME] and my card is [CREDIT_DEBIT_NUMBER], [PII]."
    hidden = read(tmp_path, lens(said("CUSTOMER", text, 0, 900), output="Redacted")).utterances[0].text
    assert hidden == "My name is [PII:NAME] and my card is [PII:CARD], [PII]."
    assert read(tmp_path, lens(said("CUSTOMER", text, 0, 900))).utterances[0].text == text


def test_a_masked_word_says_what_it_hides(tmp_path: Path) -> None:
    masked = item("[PII]", 0, 400, Confidence=None, Redaction=[{"Confidence": "0.9998", "Type": "NAME"}])
    [one] = read(
        tmp_path, analysis(turn("AGENT", "[PII] here", 0, 900, Items=[masked, item("here", 500, 900)]))
    ).utterances
    assert one.text == "[PII:NAME] here"
    assert one.words[0].confidence == 0.9998


def test_segments_and_streams_read_alike(tmp_path: Path) -> None:
    spoken = {"Transcript": said("AGENT", "Hello", 0, 500) | {"ParticipantRole": "AGENT"}}
    live = {"Channel": "VOICE", "ContactId": "c-9", "Segments": [spoken, {"Categories": {"MatchedCategories": []}}]}
    found = read(tmp_path, live)
    assert [(one.text, one.role) for one in found.utterances] == [("Hello", "AGENT")]
    assert (found.guid, found.channel) == ("c-9", "connect")

    def event(text: str, partial: bool) -> Document:
        words = [{"ItemType": "pronunciation", "Content": text, "BeginOffsetMillis": 0, "EndOffsetMillis": 300}]
        utterance = {"ParticipantRole": "CUSTOMER", "Transcript": text, "Items": words, "IsPartial": partial}
        return {"UtteranceEvent": utterance | {"BeginOffsetMillis": 0, "EndOffsetMillis": 300}}

    streamed = read(tmp_path, {"CategoryEvent": {}}, event("goo", True), event("good", False))
    assert [(one.text, one.role, one.end) for one in streamed.utterances] == [("good", "CALLER", 0.3)]


def test_missing_parts_do_no_harm(tmp_path: Path) -> None:
    """A turn without times begins where the one before ends; without words or text it is none."""
    bare = {"Content": "and then", "ParticipantRole": "AGENT"}
    found = read(tmp_path, {"JobStatus": "COMPLETED", "Transcript": [turn("AGENT", "First", 0, 900), bare, {}]})
    assert [(one.text, one.start, one.end) for one in found.utterances] == [("First", 0, 0.9), ("and then", 0.9, 0.9)]
    assert read(tmp_path, analysis()).warnings == ["The transcript holds no words."]


def test_language_is_the_stated_or_the_likeliest(tmp_path: Path) -> None:
    likely = [{"Code": "en-NZ", "Score": "0.07"}, {"Code": "en-GB", "Score": "0.83"}]
    assert read(tmp_path, analysis(LanguageCode=None, LanguageIdentification=likely)).language == "en-GB"


def test_languages_without_spaces_are_joined_without_them(tmp_path: Path) -> None:
    words = [item("こん", 0, 100), item("にちは", 100, 300)]
    found = read(tmp_path, analysis(turn("AGENT", "こんにちは", 0, 300, Items=words), LanguageCode="ja-JP"))
    assert found.utterances[0].text == "こんにちは"


def test_times_and_interruptions_are_our_own_not_the_sources(tmp_path: Path) -> None:
    """The agent talks 0-4 s, the customer 2-6 s: in after 2 s, together for 2 s: an interruption. Then nobody until the
    agent's 10-11 s: 4 s of silence, whatever the source says (60 s)."""
    found = read(
        tmp_path,
        analysis(
            turn("AGENT", "How can I help you", 0, 4000),
            turn("CUSTOMER", "I lost it", 2000, 6000),
            turn("AGENT", "I see", 10000, 11000),
        ),
    )
    built = build_interaction(found, Identified("call_analytics"), subject(), settings(), audio=None)
    assert [one.interruption for one in built.turns] == [False, True, False]
    assert (built.non_talk_time, built.duration, built.loudness) == (4.0, 11.0, {})
    assert [one.talk_time for one in built.speakers] == [5.0, 4.0]
    assert [one.categories for one in built.turns] == [[], [], []]


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (
            analysis({"Content": "x", "Items": "many"}),
            "The call analysis is malformed: Transcript.0.Items is not what Call Analytics or Contact Lens writes.",
        ),
        (
            {"JobStatus": "COMPLETED", "Transcript": [7]},
            "The call analysis is malformed: Transcript.0 is not what Call Analytics or Contact Lens writes.",
        ),
        (
            analysis(*[turn(f"P{at}", "hi", at, at + 1) for at in range(31)]),
            "The transcript names more than 30 speakers.",
        ),
    ],
)
def test_what_is_malformed_is_named(tmp_path: Path, document: Document, sentence: str) -> None:
    with pytest.raises(RejectedSource) as refusal:
        read(tmp_path, document)
    assert (refusal.value.code, refusal.value.sentence) == ("malformed_transcript", sentence)


_KEYS = (
    "Transcript Items Content BeginOffsetMillis EndOffsetMillis ParticipantRole ParticipantId Sentiment Confidence "
    "Type Redaction Participants CustomerMetadata ContentMetadata Segments UtteranceEvent LanguageCode IsPartial "
    "Code Score"
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.sampled_from(["", "AGENT", "[PII]", "9", "x y"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_KEYS.split()), inner, max_size=6),
    max_leaves=40,
)


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(turns=st.lists(_JSON, max_size=4), more=st.dictionaries(st.sampled_from(_KEYS.split()), _JSON, max_size=6))
def test_any_json_is_read_or_refused(tmp_path: Path, turns: list[object], more: Document) -> None:
    path = tmp_path / "any.json"
    for document in ({**more, "JobStatus": "x", "Transcript": turns}, {**more, "Segments": turns}):
        path.write_text(json.dumps(document))
        try:
            found = read_transcript(identify(path, path.name).kind, path)
        except RejectedSource:
            continue
        for one in found.utterances:
            assert 0 <= one.start <= one.end
            assert all(one.start <= word.start <= word.end <= one.end for word in one.words)
