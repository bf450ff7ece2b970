from services.media.analysis.timing import (
    Span,
    interruptions,
    response_gaps,
    silences,
    talk_spans,
    talk_time,
    words_per_minute,
)
from services.media.analysis.transcript import Utterance
from shared.schemas.interaction import Silence
from tests.media.analysis.builders import spoken


def test_talk_joins_words_over_gaps_under_half_a_second() -> None:
    """0.0-0.4, 0.8-1.0 (gap 0.4: joined), 1.5-2.0 (gap 0.5: not): 1.0 + 0.5 = 1.5 s; 3 words in that: 120 a minute."""
    spans = talk_spans([spoken("a", ("one", 0.0, 0.4), ("two", 0.8, 1.0), ("three", 1.5, 2.0))])
    assert spans == [Span(0.0, 1.0), Span(1.5, 2.0)]
    assert talk_time(spans) == 1.5
    assert words_per_minute(3, talk_time(spans)) == 120.0
    assert words_per_minute(3, 0.0) is None


def test_simultaneous_words_count_once() -> None:
    assert talk_time(talk_spans([spoken("a", ("one", 0.0, 1.0), ("uno", 0.0, 1.0), ("in", 0.2, 0.4))])) == 1.0


def test_silence_is_three_seconds_or_more_of_nobody() -> None:
    """30 s; talk 4-10 and 8-12, 15-20, 22.9-27: silent are 0-4, 12-15 and 27-30; 20-22.9 is short of 3 s by 0.1."""
    spans = [Span(4, 10), Span(8, 12), Span(15, 20), Span(22.9, 27)]
    assert silences(spans, 30) == [Silence(start=0, end=4), Silence(start=12, end=15), Silence(start=27, end=30)]


def test_without_talk_the_whole_is_silence() -> None:
    assert silences([], 5) == [Silence(start=0, end=5)]


def test_an_interruption_needs_a_second_before_and_a_second_together() -> None:
    """The other talks 0-5. Starts at 1.0 with 1.0 s together: yes. At 0.9: too early. For 0.9 s: too short."""
    assert interruptions([Span(1.0, 2.0)], [Span(0, 5)]) == [1.0]
    assert interruptions([Span(0.9, 4.0)], [Span(0, 5)]) == []
    assert interruptions([Span(2.0, 2.9)], [Span(0, 5)]) == []
    assert interruptions([Span(4.1, 9.0)], [Span(0, 5)]) == []
    assert interruptions([Span(5.0, 9.0)], [Span(0, 5)]) == []
    assert interruptions([Span(1, 2.5), Span(3.0, 4.5), Span(12, 14)], [Span(0, 5), Span(10, 14)]) == [1, 3.0, 12]


def test_a_gap_is_from_the_other_sides_last_message_to_the_first_that_answers() -> None:
    """b answers 20 - 5 = 15 s after a's second message; b's next answers nothing; a's comes 31.5 - 30 = 1.5 s later."""
    times = [("a", 0.0), ("a", 5.0), ("b", 20.0), ("b", 30.0), ("a", 31.5), ("c", 31.5)]
    messages = [Utterance(speaker=who, start=at, end=at, text="x") for who, at in times]
    assert response_gaps(messages) == [None, None, 15.0, None, 1.5, 0.0]
    assert response_gaps([]) == []
