"""Sample utterances with `{Slot}` placeholders, as training texts."""

from services.lex.definition.model import IntentDefinition
from services.lex.nlu.classifier import IntentClassifier
from services.lex.nlu.samples import EXPANSIONS, expand
from services.lex.nlu.understanding import MOST_TEXTS, expansions

MANY = [f"Value {n}" for n in range(10_000)]


def test_an_utterance_without_a_placeholder_stays_as_it_is() -> None:
    assert expand("pay my bill", {}, 3) == ["pay my bill"]


def test_placeholders_are_filled_with_examples_and_once_with_their_names() -> None:
    texts = expand("pay {Amount} to {PayeeName}", {"Amount": ["$25", "100 dollars"], "PayeeName": ["Ben", "Ann"]}, 0)
    assert texts[0].lower() == "pay amount to payee name"
    assert "pay $25 to Ben" in texts


def test_a_value_with_braces_is_not_filled_again() -> None:
    assert "say {B}" in expand("say {A}", {"A": ["{B}"], "B": ["never"]}, 0)


def test_ten_thousand_values_add_no_more_texts_than_a_few() -> None:
    for turn in (0, 1, 9_999):
        assert len(expand("find {Thing} near {Place}", {"Thing": MANY, "Place": MANY}, turn)) <= EXPANSIONS


def test_utterances_of_one_slot_take_turns_with_its_values() -> None:
    assert set(expand("find {Thing}", {"Thing": MANY}, 0)[1:]).isdisjoint(
        expand("find {Thing}", {"Thing": MANY}, 1)[1:]
    )


def test_a_bare_placeholder_is_filled_with_values_only() -> None:
    assert expand("{City}", {"City": ["Paris", "Rome"]}, 0) == ["Paris", "Rome"]
    assert [text.lower() for text in expand("{City}", {}, 0)] == ["city"]


def test_values_never_seen_in_training_are_understood_in_the_place_of_a_slot() -> None:
    examples = {"Amount": ["$25", "100 dollars"], "Payee": ["City Power", "Metro Wireless"]}
    sentences = {
        "Pay": ["pay {Amount} to {Payee}", "send {Payee} {Amount}"],
        "Balance": ["what is my balance", "how much do i have"],
        "City": ["{Payee}"],
    }
    bot = IntentClassifier(
        {i: [expand(t, examples, n) for n, t in enumerate(s)] for i, s in sentences.items()}, "en_US"
    )
    best = bot.ranked("pay 1,300 dollars to Oakdale")[0]
    assert best.intent == "Pay"
    assert best.confidence >= 0.40
    assert bot.ranked("what is my balance")[0].exact


def test_an_intent_of_bare_placeholders_does_not_swallow_everything() -> None:
    examples = {"Anything": ["something"], "City": ["Paris", "Rome", "Oslo"]}
    sentences = {"Catch": ["{Anything}", "{City}"], "Help": ["help me", "what can you do"], "Stop": ["stop it"]}
    bot = IntentClassifier(
        {i: [expand(t, examples, n) for n, t in enumerate(s)] for i, s in sentences.items()}, "en_US"
    )
    for text in ("my knee hurts", "quantum zebra", "who painted the mona lisa"):
        best = bot.ranked(text)[0]
        assert best.intent != "Catch" or best.confidence < 0.40, text
    assert bot.ranked("rome")[0].intent == "Catch"


def test_a_large_bot_is_given_fewer_texts_for_each_placeholder() -> None:
    def intents(number: int) -> list[IntentDefinition]:
        samples = [{"utterance": f"order {n} of {{Thing}}"} for n in range(100)]
        return [IntentDefinition.model_validate({"name": f"I{n}", "sampleUtterances": samples}) for n in range(number)]

    assert expansions(intents(1)) == EXPANSIONS
    assert expansions(intents(10)) * 1000 <= MOST_TEXTS
    assert expansions(intents(100)) == 1
