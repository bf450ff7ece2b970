"""The intent classifier: what a score promises, on bots and texts of many kinds."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.lex.accuracy import Accuracy, accuracy, mean
from bench.lex.bots import TRADES, folded, misspelt, near_misses, trade
from bench.lex.suite import ASSISTANT, WALLET, of_grammar
from services.lex.nlu.classifier import IntentClassifier
from services.lex.nlu.features import name_as_text
from services.lex.nlu.training import thinned

SHOP = {
    "TrackOrder": ["where is my order", "track my parcel", "has my package been sent"],
    "ReturnItem": ["i want to return this", "how do i send it back", "start a return"],
    "OpeningHours": ["when are you open", "are you open on sunday", "what time do you close"],
}


def trained(utterances: dict[str, list[str]], locale: str = "en_US") -> IntentClassifier:
    return IntentClassifier({intent: [[text] for text in texts] for intent, texts in utterances.items()}, locale)


@pytest.fixture(scope="module")
def shop() -> IntentClassifier:
    return trained(SHOP)


def test_a_sample_utterance_is_at_least_99_percent_sure_whatever_its_case_and_punctuation(
    shop: IntentClassifier,
) -> None:
    for intent, texts in SHOP.items():
        for text in texts:
            best = shop.ranked(f"  {text.upper()}?! ")[0]
            assert (best.intent, best.exact) == (intent, True)
            assert best.confidence >= 0.99


def test_a_text_that_is_no_sample_is_not_exact(shop: IntentClassifier) -> None:
    assert not any(ranked.exact for ranked in shop.ranked("where is my red order"))


def test_a_sample_of_two_intents_is_certain_for_neither() -> None:
    both = trained({"One": ["hello there", "first thing"], "Two": ["hello there", "second thing"]})
    assert not any(ranked.exact for ranked in both.ranked("hello there"))


def test_equal_scores_keep_the_order_of_names() -> None:
    twins = trained({"Zed": ["same words"], "Abe": ["same words"]})
    first, second = twins.ranked("quite unknown")
    assert first.confidence >= second.confidence
    assert sorted(twins.intents) == list(twins.intents)


def test_words_the_bot_does_not_know_fall_below_the_threshold(shop: IntentClassifier) -> None:
    for text in ("quantum zebra", "purple monkeys dance", "asdf qwer", "", "?!", "12 34"):
        assert shop.ranked(text)[0].confidence < 0.40, text


def test_a_bot_of_a_handful_of_samples_accepts_what_is_made_of_their_words() -> None:
    tiny = trained({"Greet": ["hello there", "good morning"], "Leave": ["see you later", "goodbye"]})
    best = tiny.ranked("hello, good morning")[0]
    assert best.intent == "Greet"
    assert best.confidence >= 0.40
    assert tiny.ranked("please book me a hotel room")[0].confidence < 0.40


def test_the_name_of_an_intent_is_data_too() -> None:
    bot = trained({"CancelSubscription": [], "PlayMusic": ["put on a song"], "OpeningHours": ["when are you open"]})
    assert bot.ranked("cancel subscription")[0].intent == "CancelSubscription"
    assert name_as_text("book_hotel-now") == "book hotel now"
    assert name_as_text("BookHotel") == "Book Hotel"


@pytest.mark.parametrize("text", ["wher is my ordr", "track my parcle", "has my pakage been sent"])
def test_a_slip_of_the_fingers_is_read_as_what_was_meant(shop: IntentClassifier, text: str) -> None:
    best = shop.ranked(text)[0]
    assert best.intent == "TrackOrder"
    assert best.confidence >= 0.40


def test_a_synonym_reaches_the_intent_that_never_used_it(shop: IntentClassifier) -> None:
    assert shop.ranked("locate my shipment")[0].intent == "TrackOrder"


def test_numbers_do_not_tell_texts_apart() -> None:
    bot = trained({"Pay": ["pay 50 dollars"], "Book": ["a table for 2"]})
    assert bot.ranked("pay 1,250.75 dollars")[0].exact


@pytest.mark.parametrize(
    ("locale", "utterances", "text", "intent"),
    [
        ("es_ES", {"Cancelar": ["quiero cancelar mi reservación"], "Pagar": ["pagar mi factura"]},
         "cancela la reservacion", "Cancelar"),
        ("pt_BR", {"Saldo": ["qual é o saldo da minha conta"], "Ajuda": ["preciso de ajuda"]},
         "saldos das contas", "Saldo"),
        ("fr_FR", {"Annuler": ["annuler ma réservation"], "Payer": ["régler l'addition"]},
         "regle l’addition", "Payer"),
        ("de_DE", {"Kündigen": ["ich möchte meinen Vertrag kündigen"], "Zahlen": ["Rechnung bezahlen"]},
         "die Rechnungen", "Zahlen"),
        ("it_IT", {"Prenota": ["prenotare un tavolo"], "Paga": ["pagare il conto"]},
         "prenotazione di tavoli", "Prenota"),
        ("ja_JP", {"買う": ["ピザをください"], "助け": ["助けてください"]}, "ピザがほしい", "買う"),
        ("zh_CN", {"余额": ["我的账户余额是多少"], "转账": ["我想转账给朋友"]}, "查询余额", "余额"),
        ("hi_IN", {"भुगतान": ["मुझे बिल चुकाना है"], "मदद": ["मेरी मदद करो"]}, "बिल चुकाना", "भुगतान"),
        ("xx_XX", {"Uno": ["abra kadabra"], "Dos": ["hokus pokus"]}, "kadabra", "Uno"),
    ],
)  # fmt: skip
def test_each_locale_is_understood_in_its_own_words(
    locale: str, utterances: dict[str, list[str]], text: str, intent: str
) -> None:
    assert trained(utterances, locale).ranked(text)[0].intent == intent


def test_training_knows_no_chance_and_no_order() -> None:
    backwards = dict(reversed(SHOP.items()))
    for text in ("open a parcel", "return on sunday", "nothing of the kind"):
        assert trained(SHOP).ranked(text) == trained(backwards).ranked(text)


def test_repeated_samples_change_no_decision() -> None:
    doubled = trained({intent: texts * 3 for intent, texts in SHOP.items()})
    assert doubled.ranked("is my parcel sent")[0].intent == "TrackOrder"
    assert doubled.ranked("quantum zebra")[0].confidence < 0.40


def test_a_large_bot_is_calibrated_on_a_part_that_has_every_intent() -> None:
    samples = {f"I{n}": [[f"text {n} {k}"] for k in range(100)] for n in range(20)}
    part = thinned({**samples, "Empty": []}, 400)
    assert part.keys() == {*samples, "Empty"}
    assert all(len(utterances) == 18 for intent, utterances in part.items() if intent != "Empty")


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=300))
def test_any_text_gets_every_intent_once_in_order_of_confidence(text: str) -> None:
    ranked = HYPOTHESIS_BOT.ranked(text)
    scores = [candidate.confidence for candidate in ranked]
    assert {candidate.intent for candidate in ranked} == SHOP.keys()
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


HYPOTHESIS_BOT = trained(SHOP)


@settings(max_examples=40, deadline=None)
@given(
    utterances=st.dictionaries(st.text(max_size=20), st.lists(st.text(max_size=30), max_size=4), min_size=1, max_size=5)
)
def test_any_definition_can_be_learnt(utterances: dict[str, list[str]]) -> None:
    assert len(trained(utterances).ranked("hello")) == len(utterances)


def test_written_bots_are_understood_with_their_own_test_texts() -> None:
    """Floors a point under what was measured, as below; `python -m bench.lex.accuracy` prints the figures."""
    found = mean(accuracy(folded(name, 0)) for name in TRADES)
    assert found.right >= 83.7
    assert found.accepted >= 72.7
    assert found.rejected >= 95.4
    assert found.area >= 96.0


def test_texts_in_other_words_are_mostly_understood() -> None:
    found = mean(accuracy(trade(name)) for name in TRADES)
    assert found.right >= 63.5
    assert found.accepted >= 34.0
    assert found.rejected >= 94.5
    assert found.area >= 86.1


def test_misspelt_texts_are_mostly_understood() -> None:
    found = mean(accuracy(misspelt(folded(name, 0))) for name in TRADES)
    assert found.right >= 76.1
    assert found.accepted >= 60.8
    assert found.area >= 91.8


def test_texts_of_an_intent_that_the_bot_lacks_are_mostly_rejected() -> None:
    found = mean(accuracy(near_misses(folded(name, 0), 1)) for name in TRADES)
    assert found.accepted >= 74.7
    assert found.rejected >= 71.1
    assert found.area >= 86.4


@pytest.mark.parametrize(
    ("path", "floor"),
    [
        (WALLET, Accuracy(right=88.6, accepted=87.1, rejected=91.6, area=97.1, error=5.3)),
        (ASSISTANT, Accuracy(right=90.1, accepted=87.1, rejected=88.1, area=96.9, error=5.1)),
    ],
    ids=lambda given: given.stem if isinstance(given, Path) else "",
)
def test_ten_utterances_an_intent_are_enough_for_texts_of_their_kind(path: Path, floor: Accuracy) -> None:
    found = accuracy(of_grammar(path, 10, 0))
    assert all(figure >= least for figure, least in zip(found[:4], floor[:4], strict=True)), found
    assert found.error <= floor.error
