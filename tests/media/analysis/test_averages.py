import pytest

from services.media.analysis import averages
from shared.schemas.interaction import Quarter
from tests.media.analysis.builders import turn


def test_the_average_is_over_turns_with_a_score() -> None:
    """(0.5 - 0.2 + 0.0) / 3 = 0.1; the turn without a score is not a zero."""
    turns = [turn(0, 1, 0.5), turn(1, 2, -0.2), turn(2, 3, None), turn(3, 4, 0.0)]
    assert averages.average(turns) == 0.1
    assert len(averages.scores(turns)) == 3


def test_without_a_score_there_is_no_average() -> None:
    assert averages.average([]) is None
    assert averages.average([turn(0, 1, None)]) is None


def test_a_turn_counts_where_its_midpoint_falls() -> None:
    """40 s: parts of 10 s. Midpoints 5, 9.5 (first), 10 (second), 40 (last, closed); the third part is empty."""
    turns = [turn(0, 10, 0.4), turn(1, 18, -0.2), turn(8, 12, 1.0), turn(40, 40, -1.0)]
    assert averages.quarters(turns, 40) == [
        Quarter(score=0.1, begin=0, end=18),
        Quarter(score=1.0, begin=8, end=12),
        Quarter(),
        Quarter(score=-1.0, begin=40, end=40),
    ]


def test_a_part_with_unscored_turns_only_has_bounds_but_no_score() -> None:
    assert averages.quarters([turn(1, 3, None)], 40)[0] == Quarter(score=None, begin=1, end=3)


def test_the_trend_leaves_empty_parts_out() -> None:
    """Scores -, 0.25, -, 0.75: 0.75 - 0.25 = 0.5. A silent last quarter must not look like a fall to 0."""
    parts = [Quarter(), Quarter(score=0.25), Quarter(), Quarter(score=0.75)]
    assert averages.trend(parts) == 0.5
    assert averages.trend([*parts[:3], Quarter()]) is None


def test_change_is_between_the_first_and_last_scored_turn() -> None:
    assert averages.change([turn(0, 1, None), turn(1, 2, -0.5), turn(2, 3, 0.1), turn(3, 4, 0.25)]) == 0.75
    assert averages.change([turn(0, 1, 0.3)]) == 0
    assert averages.change([turn(0, 1, None)]) is None


@pytest.mark.parametrize("duration", [0.0, 1.0])
def test_one_turn_makes_one_quarter(duration: float) -> None:
    parts = averages.quarters([turn(0, 0, 0.5)], duration)
    assert [part.score for part in parts] == [0.5, None, None, None]
    assert averages.trend(parts) is None
