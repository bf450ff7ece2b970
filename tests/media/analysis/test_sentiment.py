from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.media.sentiment import judged, macro_f1, read_turns
from services.media.analysis.feeling.evidence import Term, terms
from services.media.analysis.sentiment import class_probabilities, rescore, score_text, signed_score
from shared.schemas.interaction import Sentiment
from tests.media.analysis.builders import settings

DEFAULTS = settings()


def feeling(positive: float, negative: float, neutral: float = 0.0, mixed: float = 0.0) -> Sentiment:
    return Sentiment(positive=positive, negative=negative, neutral=neutral, mixed=mixed)


@pytest.mark.parametrize(
    ("positive", "negative", "score", "label"),
    [
        (0.0, 1.0, -1.0, "NEGATIVE"),
        (0.0, 0.7, -0.5, "NEGATIVE"),  # -(0.7 - 0.4) / 0.6
        (0.5, 0.4, 0.0, "NEGATIVE"),  # negative is tested first, and 0.4 is at the threshold: -(0.4 - 0.4) / 0.6
        (0.55, 0.39, 0.25, "POSITIVE"),  # (0.55 - 0.4) / 0.6
        (0.4, 0.0, 0.0, "POSITIVE"),
        (0.399, 0.399, 0.0, "NEUTRAL"),
        (1.0, 0.0, 1.0, "POSITIVE"),
    ],
)
def test_scores_by_hand(positive: float, negative: float, score: float, label: str) -> None:
    found = rescore(feeling(positive, negative, neutral=0.21), DEFAULTS)
    assert (found.score, found.label) == (score, label if positive or negative else "NEUTRAL")


def test_mixed_is_the_label_when_it_is_highest_and_no_threshold_is_met() -> None:
    assert rescore(feeling(0.2, 0.2, 0.1, 0.5), DEFAULTS).label == "MIXED"
    assert rescore(feeling(0.1, 0.41, 0.0, 0.49), DEFAULTS).label == "NEGATIVE"


def test_labels_alone_are_not_changed_by_thresholds() -> None:
    labelled = Sentiment(score=-1.0, label="NEGATIVE", scale="label")
    assert rescore(labelled, DEFAULTS) == labelled


def test_classes_follow_from_valence_by_hand() -> None:
    """P = 2: p = 2 / sqrt(4 + 5) = 2/3; N = 1 + 1: n = 2/3. Both: 2/3 x 1/3 = 2/9, mixed 4/9, neutral 1/9."""
    good, bad = Term("good", 0, 4, 2.0), Term("bad", 5, 8, -1.0)
    assert class_probabilities([good, bad, bad]) == pytest.approx(
        {"positive": 2 / 9, "negative": 2 / 9, "mixed": 4 / 9, "neutral": 1 / 9}
    )
    assert class_probabilities([good])["positive"] == pytest.approx(2 / 3)
    assert class_probabilities([]) == {"positive": 0.0, "negative": 0.0, "neutral": 1.0, "mixed": 0.0}


def test_service_talk_falls_on_the_expected_side() -> None:
    assert (score_text("Thank you so much, you were very helpful!", "en-US", DEFAULTS).score or 0) > 0.3
    assert (score_text("This is terrible, I am really angry and upset.", "en-US", DEFAULTS).score or 0) < -0.3
    plain = score_text("The branch is on Main Street.", "en-GB", DEFAULTS)
    assert (plain.score, plain.label, plain.neutral) == (0.0, "NEUTRAL", 1.0)


def test_short_turns_are_scored() -> None:
    assert score_text("Great!", "en-US", DEFAULTS).label == "POSITIVE"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Muy bien", "es-US"),
        ("...", "en-US"),
        ("••••", "en-US"),
        ("", "en-US"),
        ("[PII:CARD]", "en-US"),
        ("Hei", "fi-FI"),
    ],
)
def test_what_cannot_be_analysed_is_null_with_a_reason(text: str, language: str) -> None:
    found = score_text(text, language, DEFAULTS)
    assert (found.score, found.label, found.positive) == (None, None, None)
    assert found.reason


def test_long_texts_are_averaged_by_length_and_do_not_saturate() -> None:
    """Each sentence alone leans by about 0.44; in one sum of hundreds VADER would say 1.0."""
    alone = score_text("It was good there on that day in the morning.", "en", DEFAULTS)
    long = score_text(
        "It was good there on that day in the morning. " + "The table stood at the wall of the room. " * 1000,
        "en",
        DEFAULTS,
    )
    assert (alone.positive or 0) > 0.4
    assert (long.positive or 0) < 0.1


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("I'm not happy.", [("not happy", -1)]),
        ("They were never polite to us.", [("polite", -1)]),
        ("You have been so helpful, but I am still waiting", [("been so helpful", 1), ("still waiting", -1)]),
        ("Thank you for calling. How may I help you today?", []),
        ("Thanks, bye.", []),
        ("No problem, take care!", []),
        ("What is the interest on a gold card?", []),
        ("Is there a better rate?", []),
        ("If there is a mistake we will call you", []),
        ("NOBODY knows anything", [("NOBODY knows", -1)]),
        ("That's not bad at all!", [("not bad at all", 1)]),
        ("it was 👍 😀", [("😀", 1)]),
        ("I don’t recommend it.", [("don’t recommend", -1)]),
    ],
)
def test_evidence_is_the_terms_that_made_it(text: str, evidence: list[tuple[str, int]]) -> None:
    found = score_text(text, "en-US", DEFAULTS)
    strong = [one for one in found.evidence if abs(one.valence) >= 0.9]
    assert [(one.text, 1 if one.valence > 0 else -1) for one in strong] == evidence
    assert all(text[one.begin : one.end] == one.text for one in found.evidence)


def test_what_is_hidden_keeps_its_place_in_the_evidence() -> None:
    text = "My card [PII:CARD] is broken again."
    [one] = score_text(text, "en-US", DEFAULTS).evidence
    assert (one.text, text[one.begin : one.end]) == ("broken again", "broken again")


def test_capitals_and_exclamation_add_to_what_is_said() -> None:
    said = [score_text(text, "en-US", DEFAULTS).score or 0 for text in ("It is awful.", "It is awful!", "It is AWFUL!")]
    assert 0 > said[0] > said[1] > said[2]


@pytest.mark.parametrize("name", ["service_turns", "other_trades"])
def test_labelled_turns_that_nothing_was_tuned_on(name: str) -> None:
    """The labels and their rules: docs/reference/sentiment-labels.md. The figures: docs/benchmarks.md."""
    assert macro_f1(judged(read_turns(f"{name}_holdout"))) >= 0.75


@given(st.text(max_size=300))
def test_terms_stand_in_order_in_any_text(text: str) -> None:
    found = terms(text)
    assert all(text[one.begin : one.end] == one.text for one in found)
    assert all(one.end <= after.begin for one, after in pairwise(found) if one.end != after.end)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 0.99), st.floats(0, 0.99))
def test_scores_stay_in_range_and_have_the_side_of_their_label(p: float, n: float, tp: float, tn: float) -> None:
    score, label = signed_score(p, n, threshold_positive=tp, threshold_negative=tn)
    assert -1 <= score <= 1
    assert score == 0 or (score < 0) == (label == "NEGATIVE")


@given(st.text(max_size=200), st.floats(0, 0.99), st.floats(0, 0.99))
def test_rescoring_equals_scoring(text: str, negative: float, positive: float) -> None:
    other = settings(min_sentiment_negative=negative, min_sentiment_positive=positive)
    assert rescore(score_text(text, "en-US", DEFAULTS), other) == score_text(text, "en-US", other)


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("Closing account had enough.", "Closing account had enough"),  # the longer of had_enough|had
        ("Closing my own account had been fine", "Closing my own account had"),
        ("I waited 3 hours", "waited 3 hours"),  # any figure
        ("Closing the one not account today", None),  # no phrase reaches over a denial
        ("Closing account , today", None),  # nor over a mark
    ],
)
def test_phrases_take_the_words_that_their_elements_name(text: str, phrase: str | None) -> None:
    assert [term.text for term in terms(text)] == ([phrase] if phrase else [])
