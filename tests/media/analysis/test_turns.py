from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from services.media.analysis.transcript import Utterance
from services.media.analysis.turns import form_turns, word_separator
from shared.schemas.interaction import Sentiment, Word
from tests.media.analysis.builders import spoken


def shown(turns: list[Utterance]) -> list[tuple[str, float, float, str]]:
    return [(turn.speaker, turn.start, turn.end, turn.text) for turn in turns]


def test_a_turn_ends_when_the_speaker_changes() -> None:
    turns = form_turns(
        [spoken("a", ("good", 0.0, 0.4), ("day", 0.5, 0.8), ("well", 2.0, 2.2)), spoken("b", ("hi", 1.0, 1.3))]
    )
    assert shown(turns) == [("a", 0.0, 0.8, "good day"), ("b", 1.0, 1.3, "hi"), ("a", 2.0, 2.2, "well")]


def test_a_pause_of_exactly_three_seconds_ends_a_turn() -> None:
    """5.1 - 2.1 is 2.9999999999999996 in binary; in milliseconds it is 3.000."""
    turns = form_turns([spoken("a", ("one", 2.0, 2.1), ("two", 5.1, 5.2), ("three", 8.199, 8.3))])
    assert shown(turns) == [("a", 2.0, 2.1, "one"), ("a", 5.1, 8.3, "two three")]


def test_a_turn_that_begins_at_zero_keeps_its_start() -> None:
    assert shown(form_turns([spoken("a", ("now", 0.0, 0.2), ("then", 0.3, 0.6))])) == [("a", 0.0, 0.6, "now then")]


def test_talk_at_the_same_time_interleaves_at_pauses_above_a_tenth() -> None:
    """a speaks 0.0-1.0 and 1.2-2.0 (a gap of 0.2), b 1.05-1.1: b stands between the two pieces of a."""
    a = spoken("a", ("first", 0.0, 1.0), ("last", 1.2, 2.0))
    assert shown(form_turns([a, spoken("b", ("mhm", 1.05, 1.1))])) == [
        ("a", 0.0, 1.0, "first"),
        ("b", 1.05, 1.1, "mhm"),
        ("a", 1.2, 2.0, "last"),
    ]
    close = spoken("a", ("first", 0.0, 1.0), ("last", 1.1, 2.0))
    assert [text for *_, text in shown(form_turns([close, spoken("b", ("mhm", 1.05, 1.1))]))] == ["first last", "mhm"]


def test_chat_messages_stay_as_they_are() -> None:
    messages = [
        Utterance(speaker="caller", start=at, end=at, text=text) for at, text in [(0.0, "a"), (0.0, "b"), (1.0, "c")]
    ]
    assert [turn.text for turn in form_turns(messages)] == ["a", "b", "c"]


def test_turns_that_bring_their_sentiment_are_not_joined() -> None:
    first = spoken("a", ("one", 0.0, 0.5)).model_copy(update={"sentiment": Sentiment(score=1.0)})
    assert len(form_turns([first, spoken("a", ("two", 0.6, 0.9))])) == 2


def test_languages_without_spaces_are_joined_without_them() -> None:
    assert [word_separator(code) for code in ("ja-JP", "zh-CN", "en-US", None)] == ["", "", " ", " "]
    assert form_turns([spoken("a", ("こん", 0, 1), ("にちは", 1, 2))], "")[0].text == "こんにちは"


_TIMES = st.integers(0, 60_000).map(lambda ms: ms / 1000)
_WORDS = st.lists(st.tuples(st.sampled_from("abc"), _TIMES, st.integers(0, 1500)), max_size=60)


@given(_WORDS)
def test_every_word_is_in_one_turn_in_time_order(words: list[tuple[str, float, int]]) -> None:
    by_speaker: dict[str, list[tuple[str, float, float]]] = defaultdict(list)
    for number, (speaker, start, length) in enumerate(words):
        by_speaker[speaker].append((f"w{number}", start, round(start + length / 1000, 3)))
    turns = form_turns([spoken(speaker, *listed) for speaker, listed in by_speaker.items()])
    kept = [word for turn in turns for word in turn.words]
    assert sorted(word.text for word in kept) == sorted(f"w{number}" for number in range(len(words)))
    assert [turn.start for turn in turns] == sorted(turn.start for turn in turns)
    for speaker in by_speaker:
        starts = [word.start for turn in turns if turn.speaker == speaker for word in turn.words]
        assert starts == sorted(starts)
    for turn in turns:
        assert turn.text == " ".join(word.text for word in turn.words)
        assert turn.start <= turn.end
        assert _pauses_are_short(turn.words)


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.lists(st.tuples(_TIMES, st.integers(0, 1500)), min_size=1)), max_size=9
    )
)
def test_utterances_of_one_speaker_may_overlap(talk: list[tuple[str, list[tuple[float, int]]]]) -> None:
    """Whatever way a speaker's words are cut into utterances, the turns are the same."""
    apart = [
        spoken(who, *[(f"{at}.{start}.{length}", start, round(start + length / 1000, 3)) for start, length in words])
        for at, (who, words) in enumerate(talk)
    ]
    whole = [
        spoken(who, *[(word.text, word.start, word.end) for one in apart if one.speaker == who for word in one.words])
        for who in dict.fromkeys(one.speaker for one in apart)
    ]
    turns = form_turns(apart)
    assert shown(turns) == shown(form_turns(whole))
    for who in "ab":
        starts = [word.start for turn in turns if turn.speaker == who for word in turn.words]
        assert starts == sorted(starts)
        assert len(starts) == sum(len(words) for speaker, words in talk if speaker == who)


def _pauses_are_short(words: list[Word]) -> bool:
    end = words[0].end
    for word in words:
        if round(word.start - end, 3) >= 3.0:
            return False
        end = max(end, word.end)
    return True
