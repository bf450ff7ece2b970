"""Rules as data: each kind of condition, and what a document says of them."""

import pytest
from pydantic import ValidationError

from services.media.analysis import Identified, Transcript, build_interaction
from services.media.analysis.categories import built_in, categorised, detect
from services.media.analysis.summary import summarised
from services.media.analysis.transcript import Utterance
from shared.schemas.categories import CategoryRules
from shared.schemas.interaction import Interaction
from tests.media.analysis.builders import settings, subject


def said(speaker: str, start: float, end: float, text: str) -> Utterance:
    return Utterance(speaker=speaker, start=start, end=end, text=text)


@pytest.fixture
def call() -> Interaction:
    turns = [
        said("rep", 0, 5, "Thank you for calling, how can I help you today?"),
        said("cust", 6, 12, "I lost my card on the train and I am really worried about it"),
        said("rep", 20, 24, "I have blocked it and I will send you a new card"),
        said("cust", 90, 96, "Great, thank you so much, you have been very helpful"),
        said("cust", 97, 100, "bye"),
    ]
    transcript = Transcript(kind="call", separation="participant", utterances=turns, language="en-US")
    metadata = {"roles": {"cust": "CALLER", "rep": "AGENT"}}
    return build_interaction(transcript, Identified("transcribe"), subject(**metadata), settings(), audio=None)


def rules(*conditions: dict[str, object]) -> CategoryRules:
    return CategoryRules.model_validate({"rules": [{"name": "it", "conditions": conditions}]})


@pytest.mark.parametrize(
    ("conditions", "turns"),
    [
        ([{"kind": "text", "phrases": ["lost my cards", "never said"]}], [1]),
        ([{"kind": "text", "phrases": ["LOST MY CARD"], "role": "AGENT"}], None),
        ([{"kind": "text", "phrases": ["card", "lost my card"]}], [1, 2]),
        ([{"kind": "text", "phrases": ["car"]}], None),
        ([{"kind": "text", "phrases": ["card"], "window": {"unit": "percent", "start": 0, "end": 15}}], [1]),
        ([{"kind": "text", "phrases": ["card"], "window": {"unit": "seconds", "start": 13}}], [2]),
        ([{"kind": "text", "phrases": ["account number"], "negated": True}], []),
        ([{"kind": "text", "phrases": ["card"], "negated": True}], None),
        ([{"kind": "text", "phrases": ["card"]}, {"kind": "text", "phrases": ["bye"]}], [1, 2, 4]),
        ([{"kind": "text", "phrases": ["card"]}, {"kind": "text", "phrases": ["hello"]}], None),
        ([{"kind": "sentiment", "labels": ["POSITIVE"], "role": "CALLER", "share": 0.3}], [3]),
        ([{"kind": "sentiment", "labels": ["POSITIVE"], "role": "CALLER"}], None),
        ([{"kind": "sentiment", "labels": ["NEGATIVE"], "window": {"end": 12}, "role": "CALLER"}], [1]),
        ([{"kind": "interruption"}], None),
        ([{"kind": "interruption", "negated": True}], []),
    ],
)
def test_conditions(call: Interaction, conditions: list[dict[str, object]], turns: list[int] | None) -> None:
    found = [one.turns for one in detect(call, rules(*conditions))]
    assert found == ([] if turns is None else [turns])


def test_silence_in_its_window(call: Interaction) -> None:
    """From 24 to 90: 66 seconds."""
    assert detect(call, rules({"kind": "non_talk", "seconds": 60}))
    assert not detect(call, rules({"kind": "non_talk", "seconds": 67}))
    assert not detect(call, rules({"kind": "non_talk", "seconds": 60, "window": {"unit": "percent", "start": 91}}))


def test_what_the_product_brings(call: Interaction) -> None:
    found = categorised(call, built_in())
    assert [(one.kind, one.name) for one in found.categories] == [
        ("issue", "Lost or stolen card"),
        ("action", "New card ordered"),
        ("category", "Long silence"),  # from 24 to 90
    ]
    assert (found.turns[1].issues, found.turns[2].categories) == (["Lost or stolen card"], ["New card ordered"])
    assert summarised(found) == [
        "Caller: I lost my card on the train and I am really worried about it",
        "Agent: I have blocked it and I will send you a new card",
        "Caller: Great, thank you so much, you have been very helpful",
    ]


def test_nothing_gives_nothing(call: Interaction) -> None:
    empty = call.model_copy(update={"turns": [], "silences": [], "duration": 0.0})
    assert detect(empty, built_in()) == []
    assert summarised(empty) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"rules": [{"name": "a", "conditions": []}]},
        {"rules": [{"name": "a", "conditions": [{"kind": "text", "phrases": []}]}]},
        {"rules": [{"name": "a", "conditions": [{"kind": "mood"}]}]},
        {"rules": [{"name": "a", "conditions": [{"kind": "interruption", "window": {"start": 9, "end": 1}}]}]},
        {"rules": [{"name": name, "conditions": [{"kind": "interruption"}]} for name in ("a", "A")]},
    ],
)
def test_rules_that_mean_nothing_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CategoryRules.model_validate(wrong)
