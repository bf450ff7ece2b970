import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from services.media.analysis import RejectedSource, Transcript, read_transcript


def word(text: str, start: float | None, end: float | None, **more: object) -> dict[str, object]:
    item: dict[str, object] = {
        "type": "pronunciation",
        "alternatives": [{"content": text, "confidence": "0.9"}],
        **more,
    }
    if start is not None:
        item |= {"start_time": str(start), "end_time": str(end)}
    return item


def mark(text: str, **more: object) -> dict[str, object]:
    return {"type": "punctuation", "alternatives": [{"content": text, "confidence": "0.0"}], **more}


def read(tmp_path: Path, results: object) -> Transcript:
    path = tmp_path / "job.json"
    path.write_text(json.dumps({"jobName": "job", "status": "COMPLETED", "results": results}))
    return read_transcript("transcribe", path)


def said(transcript: Transcript) -> dict[str, str]:
    return {one.speaker: one.text for one in transcript.utterances}


def test_new_shape_has_the_speaker_on_the_item(tmp_path: Path) -> None:
    items = [
        word("Hello", 0.0, 0.4, speaker_label="spk_0"),
        mark(",", speaker_label="spk_0"),
        word("hi", 0.5, 0.7, speaker_label="spk_1"),
        mark(".", speaker_label="spk_1"),
        word("there", 0.8, 1.0, speaker_label="spk_0"),
    ]
    segments = [{"id": 0, "transcript": "Hello,", "start_time": "0.0", "end_time": "0.4", "items": [0, 1]}]
    found = read(tmp_path, {"items": items, "audio_segments": segments, "language_code": "en-GB"})
    assert said(found) == {"spk_0": "Hello, there", "spk_1": "hi."}
    assert (found.separation, found.language, found.kind) == ("participant", "en-GB", "call")


def test_old_shape_lists_the_speakers_apart_by_times(tmp_path: Path) -> None:
    """Two words with the same times keep their own texts, in the order listed."""
    labels = {
        "speakers": 2,
        "segments": [
            {"speaker_label": "spk_0", "start_time": "0.0", "end_time": "1.0", "items": [
                {"speaker_label": "spk_0", "start_time": "0.0", "end_time": "0.4"},
                {"speaker_label": "spk_0", "start_time": "0.5", "end_time": "0.5"},
            ]},
            {"speaker_label": "spk_1", "start_time": "0.5", "end_time": "1.0", "items": [
                {"start_time": "0.5", "end_time": "0.5"},
            ]},
        ],
    }  # fmt: skip
    items = [word("one", 0.0, 0.4), mark("."), word("two", 0.5, 0.5), word("three", 0.5, 0.5), mark("?")]
    found = read(tmp_path, {"items": items, "speaker_labels": labels})
    assert said(found) == {"spk_0": "one. two", "spk_1": "three?"}


def test_channels_have_items_of_their_own(tmp_path: Path) -> None:
    channels = [
        {"channel_label": "ch_0", "items": [word("Good", 0.1, 0.3), word("day", 0.3, 0.5), mark(".")]},
        {"channel_label": "ch_1", "items": [word("Hi", 0.4, 0.6)]},
    ]
    found = read(tmp_path, {"items": [], "channel_labels": {"number_of_channels": 2, "channels": channels}})
    assert said(found) == {"ch_0": "Good day.", "ch_1": "Hi"}
    assert found.separation == "channel"


def test_channels_may_stand_on_the_items_only(tmp_path: Path) -> None:
    items = [word("Good", 0.1, 0.3, channel_label="ch_0"), word("Hi", 0.4, 0.6, channel_label="ch_1")]
    assert said(read(tmp_path, {"items": items})) == {"ch_0": "Good", "ch_1": "Hi"}


def test_without_labels_there_is_one_voice(tmp_path: Path) -> None:
    found = read(tmp_path, {"items": [word("Good", 0.1, 0.3), mark("!")]})
    assert (said(found), found.separation) == ({"spk_0": "Good!"}, "single")


def test_the_alternative_with_the_highest_number_wins(tmp_path: Path) -> None:
    """As strings "0.99" would lose to "1e-3"; as numbers it wins."""
    item = word("x", 0.0, 0.1) | {
        "alternatives": [{"content": "low", "confidence": "1e-3"}, {"content": "high", "confidence": "0.99"}]
    }
    found = read(tmp_path, {"items": [item]})
    assert [(one.text, one.confidence) for one in found.utterances[0].words] == [("high", 0.99)]


def test_a_masked_word_takes_the_confidence_of_its_redaction(tmp_path: Path) -> None:
    item = word("x", 0.0, 0.1) | {
        "alternatives": [{"content": "[PII]", "redactions": [{"confidence": "0.95", "type": "NAME"}]}]
    }
    found = read(tmp_path, {"items": [item]})
    assert found.utterances[0].words[0].confidence == 0.95


def test_words_without_times_stand_where_the_one_before_ends(tmp_path: Path) -> None:
    found = read(tmp_path, {"items": [word("a", 1.0, 1.5), word("b", None, None), word("c", 2.0, 2.2)]})
    assert [(one.start, one.end) for one in found.utterances[0].words] == [(1.0, 1.5), (1.5, 1.5), (2.0, 2.2)]


@pytest.mark.parametrize(
    ("more", "language"),
    [
        ({"language_code": "es-US"}, "es-US"),
        ({"language_identification": [{"code": "en-US", "score": "0.2"}, {"code": "fr-CA", "score": "0.8"}]}, "fr-CA"),
        (
            {"language_codes": [{"language_code": "en-US", "duration_in_seconds": 9.5},
                                {"language_code": "de-DE", "duration_in_seconds": 12.0}]},
            "de-DE",
        ),
        ({}, None),
    ],
)  # fmt: skip
def test_language_is_the_stated_or_the_likeliest(tmp_path: Path, more: dict[str, object], language: str | None) -> None:
    assert read(tmp_path, {"items": [word("a", 0, 1)], **more}).language == language


def test_a_transcript_without_words_says_so(tmp_path: Path) -> None:
    assert read(tmp_path, {"items": []}).warnings == ["The transcript holds no words."]


@pytest.mark.parametrize(
    ("results", "sentence"),
    [
        ({"transcripts": []}, "The transcript is malformed: results.items is missing."),
        ({"items": "many"}, "The transcript is malformed: results.items is not what Amazon Transcribe writes."),
        ({"items": [7]}, "The transcript is malformed: results.items.0 is not what Amazon Transcribe writes."),
        (
            {"items": [], "channel_labels": {"channels": [{"channel_label": "ch_0"}]}},
            "The transcript is malformed: results.channel_labels.channels.0.items is missing.",
        ),
    ],
)
def test_what_is_malformed_is_named(tmp_path: Path, results: object, sentence: str) -> None:
    with pytest.raises(RejectedSource) as refusal:
        read(tmp_path, results)
    assert (refusal.value.code, refusal.value.sentence) == ("malformed_transcript", sentence)


def test_times_beyond_a_week_are_broken_and_count_as_missing(tmp_path: Path) -> None:
    found = read(tmp_path, {"items": [word("a", 1.0, 1.5), word("b", 1e308, 1e308), word("c", 604_801, 604_802)]})
    assert [(one.start, one.end) for one in found.utterances[0].words] == [(1.0, 1.5), (1.5, 1.5), (1.5, 1.5)]


_VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "0.5", "1e999", "-1", "x", "[PII]"])
)
_NAMES = st.sampled_from(
    ["type", "start_time", "end_time", "alternatives", "content", "confidence", "redactions", "speaker_label"]
)
_JSON = st.recursive(_VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner), max_leaves=9)
_ALTERNATIVE = st.fixed_dictionaries({}, optional={"content": _VALUES, "confidence": _VALUES, "redactions": _JSON})
_ITEM = st.fixed_dictionaries(
    {"alternatives": st.lists(_ALTERNATIVE, max_size=3) | _JSON},
    optional={
        "type": st.sampled_from(["pronunciation", "punctuation"]) | _VALUES,
        "start_time": _VALUES | st.floats(0, 100).map(str),
        "end_time": _VALUES | st.floats(0, 100).map(str),
        "speaker_label": st.sampled_from(["spk_0", "spk_1"]) | _VALUES,
        "channel_label": _VALUES,
    },
)
_CHANNEL = st.fixed_dictionaries({"channel_label": _VALUES, "items": st.lists(_ITEM)})
_SEGMENT = st.fixed_dictionaries({}, optional={"items": st.lists(_ITEM | _VALUES, max_size=3) | _JSON})


@hypothesis_settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    items=st.lists(_ITEM | _VALUES, max_size=5),
    segments=st.lists(_SEGMENT | _VALUES, max_size=3),
    channels=st.none()
    | st.lists(st.fixed_dictionaries({"channel_label": _VALUES, "items": st.lists(_ITEM)}), max_size=2),
)
def test_any_items_are_read_or_refused(
    tmp_path: Path, items: list[object], segments: list[object], channels: list[object] | None
) -> None:
    results: dict[str, object] = {"items": items, "speaker_labels": {"segments": segments}}
    if channels is not None:
        results["channel_labels"] = {"channels": channels}
    try:
        found = read(tmp_path, results)
    except RejectedSource:
        return
    for one in found.utterances:
        assert one.text == " ".join(each.text for each in one.words)
        assert all(0 <= each.start <= each.end <= 604_800 for each in one.words)
