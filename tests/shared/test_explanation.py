"""Every number of a document can be worked out again from what its explanation shows."""

import pytest

from services.media.analysis import Identified, Transcript, build_interaction
from shared.errors import InvalidRequest, NotFound
from shared.explanation import explain
from shared.schemas.interaction import Interaction
from tests.media.analysis.builders import felt, settings, subject


@pytest.fixture
def document() -> Interaction:
    """40 s, quarters of 10 s: -0.5 and 0 in the first, 0.5 in the third, 1.0 in the fourth; see test_interaction."""
    said = [
        felt("cust", 0, 4, 0.0, 0.7),
        felt("cust", 6, 8, 0.1, 0.1),
        felt("rep", 12, 16, 0.55, 0.0, text="great"),
        felt("cust", 24, 30, 0.7, 0.0),
        felt("cust", 36, 40, 1.0, 0.0),
    ]
    transcript = Transcript(kind="call", separation="participant", utterances=said, duration=40)
    metadata = {"roles": {"cust": "CALLER", "rep": "AGENT"}}
    return build_interaction(transcript, Identified("transcribe"), subject(**metadata), settings(), audio=None)


def scores(found: list[float | None]) -> list[float]:
    return [one for one in found if one is not None]


@pytest.mark.parametrize(
    ("measure", "turns", "denominator", "value"),
    [
        ("average", [0, 1, 3, 4], 4, 0.25),  # (-0.5 + 0 + 0.5 + 1.0) / 4
        ("quarter_1", [0, 1], 2, -0.25),
        ("quarter_2", [], 0, None),
        ("quarter_3", [3], 1, 0.5),
        ("quarter_4", [4], 1, 1.0),
        ("trend", [0, 1, 4], None, 1.25),  # 1.0 - -0.25
        ("change", [0, 4], None, 1.5),  # 1.0 - -0.5
    ],
)
def test_numbers_of_a_speaker(
    document: Interaction, measure: str, turns: list[int], denominator: int | None, value: float | None
) -> None:
    found = explain(document, measure, speaker="cust")  # type: ignore[arg-type]
    assert ([one.turn for one in found.turns], found.denominator, found.value) == (turns, denominator, value)
    assert (found.min_sentiment_negative, found.min_sentiment_positive) == (0.4, 0.4)
    if denominator:
        total = sum(scores([one.sentiment.score for one in found.turns]))
        assert total / denominator == pytest.approx(value)


def test_one_turn_and_one_quarter(document: Interaction) -> None:
    found = explain(document, "turn", turn=0)
    assert (found.value, found.turns[0].sentiment.negative) == (-0.5, 0.7)
    assert "negative" in found.formula
    lone = explain(document, "trend", speaker="rep")
    assert (lone.value, lone.turns, lone.formula) == (None, [], "fewer than two quarters have a score")


def test_what_is_not_there(document: Interaction) -> None:
    with pytest.raises(NotFound):
        explain(document, "average", speaker="nobody")
    with pytest.raises(NotFound):
        explain(document, "turn", turn=5)
    with pytest.raises(InvalidRequest):
        explain(document, "average")
    with pytest.raises(InvalidRequest):
        explain(document, "turn")
