"""Result documents as sources: scored again, or refused; never worked with when their times are impossible."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from services.media.analysis import Identified, RejectedSource, build_interaction, identify, read_transcript
from shared.schemas.interaction import Interaction
from tests.media.analysis.builders import felt, settings, spoken, subject
from tests.media.analysis.test_interaction import built, call

RESULT = Identified("result")


def document() -> dict[str, object]:
    words = spoken("b", ("hello", 5.0, 6.0))
    found: dict[str, object] = json.loads(built(call(felt("a", 0, 4, 0.7, 0.0), words)).model_dump_json())
    return found


def again(tmp_path: Path, changed: object) -> Interaction:
    path = tmp_path / "result.json"
    path.write_text(json.dumps(changed))
    transcript = read_transcript(identify(path, path.name).kind, path)
    return build_interaction(transcript, RESULT, subject(), settings(), audio=None)


def changed(**members: object) -> dict[str, object]:
    """The document with these members of its second turn."""
    whole = document()
    turns = whole["turns"]
    assert isinstance(turns, list)
    turns[1] |= members
    return whole


def test_analysed_again_it_is_the_same(tmp_path: Path) -> None:
    first = Interaction.model_validate(document())
    second = again(tmp_path, document())
    varying = {"processed_at", "source", "started_at"}
    assert second.model_dump(exclude=varying) == first.model_dump(exclude=varying)
    assert [one.role_source for one in second.speakers] == ["inferred", "inferred"]


def test_what_a_recording_showed_is_kept_and_what_words_show_is_found_again(tmp_path: Path) -> None:
    flags = [{"code": code, "sentence": "said"} for code in ("clipping", "low-confidence", "silence")]
    assert [flag.code for flag in again(tmp_path, document() | {"quality": flags}).quality] == ["clipping"]


def test_a_side_car_wins_over_the_roles_of_a_result(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_text(json.dumps(document()))
    transcript = read_transcript(identify(path, path.name).kind, path)
    found = build_interaction(transcript, RESULT, subject(roles={"a": "IVR"}), settings(), audio=None)
    assert (found.speakers[0].role, found.speakers[0].role_source) == ("IVR", "metadata")


@pytest.mark.parametrize(
    ("members", "place"),
    [
        ({"start": 1e308, "end": 1e308}, "turns.1"),
        ({"start": -1}, "turns.1"),
        ({"end": 4.0}, "turns.1"),
        ({"words": [{"text": "x", "start": 1, "end": 604_801}]}, "turns.1"),
        ({"role": "BOSS"}, "turns.1.role"),
    ],
)
def test_impossible_times_are_refused(tmp_path: Path, members: dict[str, object], place: str) -> None:
    with pytest.raises(RejectedSource) as refusal:
        again(tmp_path, changed(**members))
    sentence = f"The result document is malformed: see {place}."
    assert (refusal.value.code, refusal.value.sentence) == ("malformed_result", sentence)


def test_an_impossible_duration_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RejectedSource, match="see duration"):
        again(tmp_path, document() | {"duration": 1e300})


_VALUES = st.none() | st.booleans() | st.floats() | st.integers() | st.sampled_from(["", "AGENT", "label", "a"])
_FIELDS = ["start", "end", "speaker", "role", "text", "words", "sentiment", "entities", "redactions"]
_SENTIMENT = st.dictionaries(st.sampled_from(["score", "label", "positive", "negative", "scale", "mixed"]), _VALUES)


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    members=st.dictionaries(st.sampled_from(_FIELDS), _VALUES | st.lists(_VALUES, max_size=2), max_size=3),
    sentiment=st.none() | _SENTIMENT,
    top=st.dictionaries(st.sampled_from(["duration", "started_at", "language", "kind", "guid"]), _VALUES, max_size=2),
)
def test_any_document_is_analysed_or_refused(
    tmp_path: Path, members: dict[str, object], sentiment: object, top: dict[str, object]
) -> None:
    whole = changed(**(members if sentiment is None else members | {"sentiment": sentiment})) | top
    try:
        found = again(tmp_path, whole)
    except RejectedSource:
        return
    for turn in found.turns:
        assert turn.sentiment.score is None or -1 <= turn.sentiment.score <= 1
