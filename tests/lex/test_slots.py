"""Resolution of slot values."""

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.lex.slots.alphanumeric import AlphaNumericResolver
from services.lex.slots.confirmation import ConfirmationResolver
from services.lex.slots.currency import CurrencyResolver
from services.lex.slots.dates import DateResolver
from services.lex.slots.digits import digit_runs
from services.lex.slots.enumeration import EnumerationResolver
from services.lex.slots.languages.en import ENGLISH
from services.lex.slots.numbers import NumberResolver
from services.lex.slots.phone import PhoneNumberResolver
from services.lex.slots.resolver import Reading, Resolver
from services.lex.slots.spoken import numbers

READING = Reading(today=date(2026, 3, 4))
PIN = AlphaNumericResolver(re.compile("[0-9]{4}"))
ACCOUNTS = EnumerationResolver({"checking": ["current account"], "credit card": ["visa"]}, closed=True)
PAYEES = EnumerationResolver({"City Power": ["electric company"]}, closed=False)


def found(resolver: Resolver, text: str) -> list[str]:
    return [finding.interpreted for finding in resolver.find(text, READING)]


def answered(resolver: Resolver, text: str) -> str | None:
    finding = resolver.answer(text, READING)
    return finding.interpreted if finding else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$25", "USD 25.00"),
        ("25 dollars", "USD 25.00"),
        ("twenty five dollars", "USD 25.00"),
        ("USD 25.00", "USD 25.00"),
        ("pay $1,250.50 today", "USD 1250.50"),
        ("5c", "USD 0.05"),
        ("3 dimes", "USD 0.30"),
        ("five dollars and fifteen cents", "USD 5.15"),
        ("a hundred bucks", "USD 100.00"),
        ("one thousand two hundred dollars", "USD 1200.00"),
        ("€10", "EUR 10.00"),
    ],
)
def test_currency_is_found_in_a_phrase(text: str, expected: str) -> None:
    assert found(CurrencyResolver(), text) == [expected]


def test_a_bare_number_is_an_amount_only_when_it_was_asked_for() -> None:
    assert found(CurrencyResolver(), "25.50") == []
    assert answered(CurrencyResolver(), "25.50") == "USD 25.50"
    assert answered(CurrencyResolver(), "forty") == "USD 40.00"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+15555550100", "+15555550100"),
        ("(555) 555-0100", "5555550100"),
        ("it's 555 555 0100 thanks", "5555550100"),
        ("+1 (509) 555-1212", "+15095551212"),
        ("555-1212", "5551212"),
        ("my number is 555-555-0100 and my pin is 2468", "5555550100"),
        ("555 555 0100 2468", "5555550100"),
    ],
)
def test_phone_number_keeps_digits_and_a_leading_plus(text: str, expected: str) -> None:
    assert found(PhoneNumberResolver(), text) == [expected]


def test_spoken_digits_are_a_phone_number_when_it_was_asked_for() -> None:
    assert answered(PhoneNumberResolver(), "five five five, five five five, oh one double oh") == "5555550100"


def test_four_digits_are_no_phone_number() -> None:
    assert answered(PhoneNumberResolver(), "2468") is None


@pytest.mark.parametrize("text", ["2468", "my pin is 2468", "it's 2468.", "2468!"])
def test_a_token_that_matches_the_regex_is_found_inside_a_phrase(text: str) -> None:
    assert found(PIN, text) == ["2468"]


@pytest.mark.parametrize("text", ["$2468", "2468.50", "24680", "pay 25 dollars", "a2468"])
def test_what_only_contains_such_digits_is_not(text: str) -> None:
    assert found(PIN, text) == []


@pytest.mark.parametrize(
    "text", ["2 4 6 8", "2-4-6-8", "two four six eight", "it is two four six eight", "24 68", "Two, four, six, eight."]
)
def test_digits_apart_or_spoken_answer_the_prompt(text: str) -> None:
    assert answered(PIN, text) == "2468"


def test_double_and_oh_count_as_digits() -> None:
    assert answered(PIN, "double four oh one") == "4401"
    assert answered(PIN, "triple seven five") == "7775"


@pytest.mark.parametrize("text", ["123", "12345", "no idea", ""])
def test_another_number_of_digits_does_not(text: str) -> None:
    assert answered(PIN, text) is None


def test_numbers_in_figures_and_words() -> None:
    spoken = "one hundred twenty three point four five"
    assert [found(NumberResolver(), text) for text in (spoken, "point four two", "minus 15", "232.998", "50")] == [
        ["123.45"], ["0.42"], ["-15"], ["232.998"], ["50"],
    ]  # fmt: skip


def test_dates_in_their_plain_forms() -> None:
    texts = ("2026-05-01", "today", "tomorrow", "3/1", "3/5", "12/24/2027", "2026-02-30")
    expected = [["2026-05-01"], ["2026-03-04"], ["2026-03-05"], ["2027-03-01"], ["2026-03-05"], ["2027-12-24"], []]
    assert [found(DateResolver(), text) for text in texts] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("yeah", "Yes"), ("OK, go ahead", "Yes"), ("that's right", "Yes"), ("nope", "No"), ("No, thank you", "No"),
     ("perhaps", "Maybe"), ("i don’t know", "Don't know"), ("not sure", "Don't know"), ("blue", None)],
)  # fmt: skip
def test_confirmation_words(text: str, expected: str | None) -> None:
    assert answered(ConfirmationResolver(), text) == expected


def test_a_closed_type_passes_on_the_canonical_value() -> None:
    finding = ACCOUNTS.find("from my Credit-Card account please", READING)[0]
    assert (finding.original, finding.interpreted, finding.resolved) == ("Credit-Card", "credit card", ("credit card",))
    assert found(ACCOUNTS, "the CURRENT account and the creditcard") == ["checking", "credit card"]
    assert answered(ACCOUNTS, "the gym") is None


def test_an_open_type_passes_on_what_was_typed_and_what_it_matched() -> None:
    finding = PAYEES.answer("to the electric company please", READING)
    assert finding is not None
    assert (finding.interpreted, finding.resolved, finding.known) == ("electric company", ("City Power",), True)
    finding = PAYEES.answer("it's for Corner Bakery please", READING)
    assert finding is not None
    assert (finding.interpreted, finding.resolved, finding.known) == ("Corner Bakery", (), False)


def test_a_value_is_only_found_as_whole_words() -> None:
    assert found(EnumerationResolver({"CD": []}, closed=True), "a cdrom and a CD") == ["CD"]


@given(st.decimals(min_value=0, max_value=999_999, places=2))
def test_any_amount_comes_back_as_it_was_written(amount: Decimal) -> None:
    for text in (f"${amount:,}", f"{amount} dollars", f"USD {amount}"):
        assert found(CurrencyResolver(), text) == [f"USD {amount:.2f}"]


@given(st.from_regex(r"[0-9]{4}", fullmatch=True), st.sampled_from(["{}", "my pin is {}", "{} is the pin", "pin: {}."]))
def test_any_pin_is_found_in_any_phrase(pin: str, phrase: str) -> None:
    assert pin in found(PIN, phrase.format(pin))
    assert answered(PIN, phrase.format(" ".join(pin))) == pin


@given(st.from_regex(r"[2-9][0-9]{9}", fullmatch=True))
def test_any_grouping_gives_the_same_phone_number(number: str) -> None:
    area, middle, last = number[:3], number[3:6], number[6:]
    for text in (number, f"({area}) {middle}-{last}", f"{area} {middle} {last}", f"{area}.{middle}.{last}"):
        assert answered(PhoneNumberResolver(), text) == number
    assert answered(PhoneNumberResolver(), f"+1{number}") == f"+1{number}"


@given(st.text(max_size=80))
def test_no_text_breaks_a_resolver_and_every_finding_lies_where_it_says(text: str) -> None:
    for resolver in (
        CurrencyResolver(), PhoneNumberResolver(), PIN, NumberResolver(), DateResolver(), ConfirmationResolver(),
        ACCOUNTS, PAYEES, AlphaNumericResolver(),
    ):  # fmt: skip
        answer = resolver.answer(text, READING)
        for finding in [*resolver.find(text, READING), *([answer] if answer else [])]:
            assert 0 <= finding.start < finding.end <= len(text)
    list(numbers(text, ENGLISH.numbers))
    list(digit_runs(text))


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("twenty four sixty eight", "2468"),
        ("ninety nine, ninety-nine", "9999"),
        ("twelve fifty", "1250"),
        ("twenty oh five", "2005"),
        ("quadruple nine", "9999"),
        ("double twelve", "1212"),
        ("two\u200b468", "2468"),
    ],
)
def test_pairs_are_digits_too(said: str, digits: str) -> None:
    assert [run.digits for run in digit_runs(said)] == [digits]
