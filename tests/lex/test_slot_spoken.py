"""What is said digit by digit, written without its diacritics, or misspelt, in each of the six languages."""

import re
from functools import cache
from itertools import groupby

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.lex.definition.model import LocaleDefinition
from services.lex.slots.alphanumeric import AlphaNumericResolver
from services.lex.slots.locales import locale_of
from services.lex.slots.resolver import Resolver
from services.lex.slots.types import slot_resolvers
from tests.lex.conversation import enumeration
from tests.lex.slot_answers import READING, answered, found

SIX = ("en_US", "es_ES", "pt_BR", "fr_FR", "de_DE", "it_IT")
DIGITS = st.text("0123456789", min_size=2, max_size=15)
DISHES = {
    "en_US": ("jalapeño", "crème fraîche", "mac and cheese"),
    "es_ES": ("jamón ibérico", "champiñones", "piña colada"),
    "pt_BR": ("pão de queijo", "maçã verde", "limão siciliano"),
    "fr_FR": ("crème brûlée", "pâté en croûte", "bœuf bourguignon"),
    "de_DE": ("Käsespätzle", "Grünkohl", "Weißwurst"),
    "it_IT": ("tiramisù", "caffè corretto", "ragù bolognese"),
}
PLAIN = str.maketrans("àáâãäçèéêëìíîïñòóôõöùúûü", "aaaaaceeeeiiiinooooouuuu", "")


def digit_words(locale: str) -> dict[str, str]:
    """The first word of each digit."""
    words = locale_of(locale).language.numbers.values
    return {str(value): next(word for word, known in words.items() if known == value) for value in range(10)}


def said(digits: str, locale: str, *, repeats: bool) -> str:
    """Digit by digit; with `repeats` two or three alike as "double five", "triple zero"."""
    words = digit_words(locale)
    times = {count: word for word, count in reversed(locale_of(locale).language.numbers.repeats.items())}
    parts: list[str] = []
    for digit, alike in groupby(digits):
        count = len(list(alike))
        parts += [times[count], words[digit]] if repeats and count in times else [words[digit]] * count
    return " ".join(parts)


@given(DIGITS, st.sampled_from(SIX), st.booleans())
def test_digits_said_one_by_one_are_digits(digits: str, locale: str, repeats: bool) -> None:
    text = said(digits, locale, repeats=repeats)
    if len(digits) >= 7:
        assert answered("PhoneNumber", locale, text) == digits
    assert answered("Number", locale, text) == str(int(digits))
    assert answered("AlphaNumeric", locale, text) == digits
    four = AlphaNumericResolver(re.compile(r"\d{4}"), locale_of(locale)).answer(text, READING)
    assert (four is not None and four.interpreted == digits) is (len(digits) == 4)


@given(st.text("0123456789", min_size=4, max_size=8))
def test_oh_is_zero_among_digits(digits: str) -> None:
    assume(digits.strip("0"))
    text = said(digits, "en_US", repeats=True).replace("zero", "oh")
    assert answered("AlphaNumeric", "en_US", text) == digits


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a b one two", "ab12"),
        ("A B double seven", "AB77"),
        ("double s twelve", "ss12"),
        ("x y z", None),
        ("one apple", None),
        ("oh 2468", "2468"),
    ],
)
def test_letters_and_digits_are_spelled_out(text: str, value: str | None) -> None:
    assert answered("AlphaNumeric", "en_US", text) == value


def test_a_spelled_code_fits_its_pattern_in_either_case() -> None:
    code = AlphaNumericResolver(re.compile("[A-Z]{2}[0-9]{2}"), locale_of("en_GB"))
    finding = code.answer("a b one double", READING) or code.answer("a b double one", READING)
    assert finding is not None
    assert finding.interpreted == "AB11"


def test_numbers_beside_spelled_digits_stay_numbers_in_their_order() -> None:
    assert found("Number", "en_US", "twenty of item one two three, then five") == ["20", "123", "5"]
    assert found("Number", "en_US", "oh oh, I forgot") == []
    assert found("Number", "es_ES", "dos pizzas y tres postres") == ["2", "3"]


@cache
def dishes(locale: str, strategy: str) -> Resolver:
    """The resolver of a type with these values, as a bot of the locale has it."""
    kind = enumeration("Dish", {dish: [] for dish in DISHES[locale]}, strategy)
    bot = LocaleDefinition(identifier=locale).model_copy(update={"slot_types": {"Dish": kind}})
    return slot_resolvers(bot)["Dish"]


@pytest.mark.parametrize(("locale", "dish"), [(locale, dish) for locale, dishes in DISHES.items() for dish in dishes])
def test_a_value_is_known_without_its_diacritics(locale: str, dish: str) -> None:
    closed = dishes(locale, "TOP_RESOLUTION")
    spellings = {dish.upper(), dish.lower().translate(PLAIN), dish.replace(" ", "")}
    if locale == "de_DE":
        spellings.add(dish.lower().replace("ä", "ae").replace("ü", "ue").replace("ß", "ss"))
    for text in spellings:
        finding = closed.answer(text, READING)
        assert finding is not None, text
        assert finding.interpreted == dish


@given(st.sampled_from(SIX), st.data())
def test_a_slip_in_a_value_of_an_open_type_is_forgiven(locale: str, data: st.DataObject) -> None:
    open_type = dishes(locale, "ORIGINAL_VALUE")
    dish = data.draw(st.sampled_from(DISHES[locale]))
    plain = dish.lower().translate(PLAIN)
    at = data.draw(st.sampled_from([n for n in range(1, len(plain) - 1) if plain[n - 1 : n + 2].isalpha()]))
    swapped = plain[:at] + plain[at + 1] + plain[at] + plain[at + 2 :]
    slip = data.draw(st.sampled_from([plain[:at] + plain[at + 1 :], plain[:at] + plain[at] + plain[at:], swapped]))
    finding = open_type.answer(slip, READING)
    assert finding is not None, slip
    assert finding.resolved[:1] == (dish,), slip
