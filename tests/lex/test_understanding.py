"""The OmniLex bot understood: text it has never seen, and the slots in it."""

from datetime import date
from pathlib import Path

import pytest

from services.lex.definition.model import LocaleDefinition
from services.lex.definition.reader import read_bots
from services.lex.nlu.classifier import IntentClassifier
from services.lex.nlu.understanding import Understanding
from services.lex.nlu.words import language_of
from services.lex.settings import LexSettings
from services.lex.slots.resolver import Reading
from tests.lex.utterances import UNSEEN

READING = Reading(today=date(2026, 3, 4))


# A value for each slot that sample utterances name.
VALUES = {
    "en_US": {
        "Pin": "2468",
        "PhoneNumber": "555 555 0100",
        "CustomerNumber": "40012345",
        "AccountType": "savings",
        "DetailType": "transactions",
        "Payee": "City Power",
        "Amount": "$40",
        "FromAccount": "checking",
        "PayDate": "tomorrow",
        "PlanType": "personal loan",
        "OpeningDeposit": "$100",
        "MortgageTopic": "payoff",
        "LoanAmount": "$300,000",
        "TermYears": "30",
        "InterestRate": "6.5%",
    },
    "es_US": {
        "Pin": "2468",
        "PhoneNumber": "555 555 0100",
        "CustomerNumber": "40012345",
        "AccountType": "ahorros",
        "DetailType": "movimientos",
        "Payee": "City Power",
        "Amount": "$40",
        "FromAccount": "cuenta corriente",
        "PayDate": "mañana",
        "PlanType": "préstamo personal",
        "OpeningDeposit": "$100",
        "MortgageTopic": "liquidación",
        "LoanAmount": "$300,000",
        "TermYears": "30",
        "InterestRate": "6.5%",
    },
}


@pytest.fixture(scope="module")
def locale() -> LocaleDefinition:
    return read_bots(LexSettings().lex_bots_dir)[0].locales["en_US"]


@pytest.fixture(scope="module")
def bank(locale: LocaleDefinition) -> Understanding:
    return Understanding(locale)


def top(bank: Understanding, locale: LocaleDefinition, text: str) -> str | None:
    eligible = [name for name, intent in locale.intents.items() if not intent.fallback]
    best = bank.candidates(text, eligible, READING)[0]
    return best.intent if best.confidence >= bank.threshold else None


def filled(bank: Understanding, intent: str, text: str) -> dict[str, str]:
    return {name: finding.interpreted for name, finding in bank.fill(intent, text, READING).items()}


def test_unseen_utterances_are_none_of_the_samples(locale: LocaleDefinition) -> None:
    normalise = language_of("en_US").normalise
    samples = {normalise(u.utterance) for intent in locale.intents.values() for u in intent.sample_utterances}
    assert not samples & {normalise(text) for _, text in UNSEEN}


def test_unseen_utterances_reach_their_intent(bank: Understanding, locale: LocaleDefinition) -> None:
    wrong = [(want, top(bank, locale, text), text) for want, text in UNSEEN if want and top(bank, locale, text) != want]
    known = sum(want is not None for want, _ in UNSEEN)
    assert known >= 40
    assert 1 - len(wrong) / known >= 0.96, wrong


def test_text_that_is_none_of_the_bots_business_falls_back(bank: Understanding, locale: LocaleDefinition) -> None:
    taken = [text for want, text in UNSEEN if want is None and top(bank, locale, text) is not None]
    foreign = sum(want is None for want, _ in UNSEEN)
    assert 1 - len(taken) / foreign >= 0.91, taken


@pytest.mark.parametrize("locale_id", ["en_US", "es_US"])
def test_every_sample_utterance_reaches_its_own_intent(locale_id: str) -> None:
    locale = read_bots(LexSettings().lex_bots_dir)[0].locales[locale_id]
    bank, values = Understanding(locale), VALUES[locale_id]
    eligible = [name for name, intent in locale.intents.items() if not intent.fallback]
    for name, intent in locale.intents.items():
        for sample in intent.sample_utterances:
            text = sample.utterance
            for slot, value in values.items():
                text = text.replace(f"{{{slot}}}", value)
            best = bank.candidates(text, eligible, READING)[0]
            assert (best.intent, best.exact) == (name, True), text
            assert best.confidence >= 0.99


def test_a_bare_four_digit_number_is_a_pin_and_no_other_number_is(
    bank: Understanding, locale: LocaleDefinition
) -> None:
    assert top(bank, locale, "2468") == "VerifyIdentity"
    assert filled(bank, "VerifyIdentity", "2468") == {"Pin": "2468"}
    assert filled(bank, "VerifyIdentity", "24") == {}


@pytest.mark.parametrize(
    ("intent", "text", "expected"),
    [
        ("MakePayment", "pay 25 dollars to city power", {"Amount": "USD 25.00", "Payee": "city power"}),
        ("MakePayment", "pay 25 to city power", {"Amount": "USD 25.00", "Payee": "city power"}),
        ("MakePayment", "hey, could you pay my mortgage from checking please",
         {"Payee": "my mortgage", "FromAccount": "checking"}),
        ("MakePayment", "use my credit card to pay metro wireless",
         {"FromAccount": "credit card", "Payee": "metro wireless"}),
        ("MakePayment", "send forty bucks to Aunt Rosa", {"Amount": "USD 40.00", "Payee": "Aunt Rosa"}),
        ("MakePayment", "pay my credit card $50 from my savings account",
         {"Payee": "my credit card", "Amount": "USD 50.00", "FromAccount": "savings"}),
        ("ProvideAccountDetails", "how much is in the saver now", {"AccountType": "savings"}),
        ("OpenAccount", "open a HELOC with $500", {"PlanType": "home equity line", "OpeningDeposit": "USD 500.00"}),
        ("VerifyIdentity", "my number is (555) 555-0100 and my pin is 2468",
         {"PhoneNumber": "5555550100", "Pin": "2468"}),
    ],
)  # fmt: skip
def test_slots_are_filled_from_the_utterance(
    bank: Understanding, intent: str, text: str, expected: dict[str, str]
) -> None:
    assert filled(bank, intent, text) == expected


def test_training_twice_gives_the_same_confidences() -> None:
    samples = {"Hi": [["good day"], ["hello there"]], "Bye": [["see you"], ["good night"]]}
    texts = ("good evening", "see you later", "hello")
    first, second = (IntentClassifier(samples, "en_US") for _ in range(2))
    assert [first.confidences(text) for text in texts] == [second.confidences(text) for text in texts]


def test_a_bot_of_one_intent_still_rejects_what_it_does_not_know() -> None:
    alone = IntentClassifier({"OrderPizza": [["i want a pizza"], ["order a pizza"], ["pizza please"]]}, "en_US")
    assert alone.confidences("can i order a pizza")["OrderPizza"] > 0.4
    assert alone.confidences("quantum zebra")["OrderPizza"] < 0.4


def test_a_language_without_a_stemmer_is_served_too() -> None:
    samples = {"Kaufen": [["ピザ を ください"]], "Hilfe": [["助けて ください"]]}
    assert next(iter(IntentClassifier(samples, "ja_JP").confidences("ピザ を ください"))) == "Kaufen"


def test_the_default_folder_of_bots_is_the_projects_own() -> None:
    assert (LexSettings().lex_bots_dir / "OmniLex" / "Manifest.json").is_file()
    assert Path(__file__).parents[2] in LexSettings().lex_bots_dir.parents


def test_a_plans_own_name_reaches_the_bot_although_the_type_is_closed(bank: Understanding) -> None:
    for name in ("Goal Savings", "High-Yield Savings", "30-Year Fixed Mortgage", "Low-Rate Card"):
        found = bank.fill("OpenAccount", f"open a {name.lower()}", READING)
        assert found["PlanType"].interpreted == name
    assert bank.fill("OpenAccount", "open a savings account", READING)["PlanType"].interpreted == "savings"


def test_another_amount_is_a_payment_and_no_cancellation(bank: Understanding, locale: LocaleDefinition) -> None:
    for text in ("make it 30", "actually make it 1482.60", "change the amount to 40"):
        assert top(bank, locale, text) == "MakePayment"
        assert "Amount" in bank.fill("MakePayment", text, READING)
