"""Custom slot types: lists of values, several values, composites; and slots that share one utterance."""

from itertools import product

import pytest

from services.lex.definition.model import LocaleDefinition
from services.lex.nlu.filling import IntentFiller
from services.lex.slots.composite import CompositeResolver
from services.lex.slots.enumeration import EnumerationResolver
from services.lex.slots.languages.en import ENGLISH
from services.lex.slots.languages.es import SPANISH
from services.lex.slots.multiple import MultipleValuesResolver
from services.lex.slots.types import slot_resolvers
from tests.lex.conversation import intent, slot
from tests.lex.slot_answers import READING, resolver

TOPPINGS = {"mushroom": ["mushrooms", "champiñón"], "extra cheese": ["cheese"], "mac and cheese": [], "jalapeño": []}
CLOSED = EnumerationResolver(TOPPINGS, closed=True)
OPEN = EnumerationResolver(TOPPINGS, closed=False)


@pytest.mark.parametrize("text", ["MUSHROOMS", "champinon", "mush room", "Mush-Room", "  mushroom! "])
def test_case_blanks_and_diacritics_do_not_matter(text: str) -> None:
    finding = CLOSED.answer(text, READING)
    assert finding is not None
    assert (finding.interpreted, finding.resolved) == ("mushroom", ("mushroom",))


@pytest.mark.parametrize("text", ["mushrom", "mushroomy", "ham", "", "🙂"])
def test_a_closed_type_takes_no_slips_and_nothing_else(text: str) -> None:
    assert CLOSED.answer(text, READING) is None


@pytest.mark.parametrize("text", ["mushrom", "mushroms", "muhsrooms", "i want jalapenno please", "extra chese"])
def test_an_open_type_forgives_slips_and_keeps_what_was_typed(text: str) -> None:
    finding = OPEN.answer(text, READING)
    assert finding is not None
    assert finding.interpreted == finding.original
    assert finding.interpreted in text
    assert finding.resolved[0] in TOPPINGS
    assert finding.known


def test_a_spelling_of_two_values_resolves_to_both() -> None:
    both = EnumerationResolver({"cola": ["coke"], "coal": ["coke"]}, closed=False).answer("coke", READING)
    assert both is not None
    assert both.resolved == ("cola", "coal")


def test_at_most_five_values_are_resolved_best_first() -> None:
    many = EnumerationResolver({f"orangen{letter}": [] for letter in "abcdefgh"}, closed=False)
    finding = many.answer("orangenx", READING)
    assert finding is not None
    assert len(finding.resolved) == 5


def test_values_of_signs_are_values() -> None:
    signs = EnumerationResolver({"C++": [], "C": [], "👍": []}, closed=True)
    resolved = [finding.interpreted for text in ("c++", "c", "👍") if (finding := signs.answer(text, READING))]
    assert resolved == ["C++", "C", "👍"]


def test_a_slip_is_never_in_a_figure() -> None:
    sizes = EnumerationResolver({"oak table 60 cm": [], "oak table 80 cm": []}, closed=False)
    assert resolved(sizes, "oak tabel 80 cm") == ("oak table 80 cm",)
    assert resolved(sizes, "oak table 90 cm") == ()


def test_more_letters_that_are_right_win() -> None:
    drinks = EnumerationResolver({"cola": [], "cola light": [], "a cola": []}, closed=False)
    assert resolved(drinks, "give me one cola ligth") == ("cola light",)
    assert resolved(drinks, "give me a cola ligth") == ("cola light",)
    assert resolved(drinks, "give me a cola") == ("a cola",)


_MATERIALS = ("oak", "walnut", "birch", "steel", "glass", "marble", "linen", "bamboo", "leather", "velvet")
_ROOMS = ("garden", "kitchen", "bathroom", "bedroom", "office", "hallway", "balcony", "nursery", "cellar", "attic")
_PIECES = ("table", "chair", "lamp", "shelf", "cupboard", "carpet", "mirror", "curtain", "coffee table", "night stand")
_SIZES = ("60 cm", "80 cm", "120 cm", "140 cm", "small", "medium", "large", "foldable", "painted", "two seater")
CATALOGUE = {
    f"{material} {room} {piece} {size}": [f"{size} {room} {piece} in {material}"]
    for material, room, piece, size in product(_MATERIALS, _ROOMS, _PIECES, _SIZES)
}
SOME = [*enumerate(CATALOGUE)][::211]
LISTED = EnumerationResolver(CATALOGUE, closed=True)
ANY = EnumerationResolver(CATALOGUE, closed=False)


def swapped(value: str, number: int) -> str:
    """The value with two neighbouring letters swapped, behind the first one."""
    places = [n for n in range(1, len(value) - 1) if value[n : n + 2].isalpha() and value[n] != value[n + 1]]
    at = places[number % len(places)]
    return value[:at] + value[at + 1] + value[at] + value[at + 2 :]


def resolved(resolver: EnumerationResolver, text: str) -> tuple[str, ...]:
    finding = resolver.answer(text, READING)
    return finding.resolved if finding else ()


@pytest.mark.parametrize("text", ["{}", "please add the {} to my list", "{}!"])
def test_each_of_ten_thousand_values_is_found(text: str) -> None:
    assert len(CATALOGUE) == 10_000
    for _, value in SOME:
        for spelling in (value, value.upper(), *CATALOGUE[value]):
            assert resolved(LISTED, text.format(spelling)) == (value,)
            assert resolved(ANY, text.format(spelling)) == (value,)


@pytest.mark.parametrize("text", ["{}", "please add the {} to my list"])
def test_each_of_ten_thousand_values_is_found_though_it_is_misspelt(text: str) -> None:
    for number, value in SOME:
        wrong = swapped(value, number)
        finding = ANY.answer(text.format(wrong), READING)
        assert finding is not None
        assert finding.resolved[0] == value, wrong
        assert finding.interpreted == finding.original == wrong
        assert resolved(LISTED, text.format(wrong)) == ()


def test_what_is_none_of_ten_thousand_values_is_none() -> None:
    for text in ("oak garden piano small", "umbrella", "oak 60", "garden oak table 60 cm"):
        assert resolved(ANY, text) == ()
        assert LISTED.answer(text, READING) is None


def listed(text: str, single: EnumerationResolver = OPEN) -> list[str | None]:
    finding = MultipleValuesResolver(single, ENGLISH).answer(text, READING)
    return [value.interpreted for value in finding.values or ()] if finding else []


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("mushroom", ["mushroom"]),
        ("mushrooms, cheese and jalapeño", ["mushrooms", "cheese", "jalapeño"]),
        ("mushrooms cheese", ["mushrooms", "cheese"]),
        ("mac and cheese and mushrooms", ["mac and cheese", "mushrooms"]),
        ("mushrooms and olives", ["mushrooms", "olives"]),
    ],
)
def test_several_values_are_a_list_and_so_is_one(text: str, values: list[str]) -> None:
    assert listed(text) == values


def test_a_closed_list_drops_what_is_no_value() -> None:
    assert listed("mushrooms, ham and cheese", CLOSED) == ["mushroom", "extra cheese"]
    spanish = MultipleValuesResolver(CLOSED, SPANISH).answer("champiñón y jalapeño", READING)
    assert spanish is not None
    filled = spanish.slot()
    assert (filled.shape, len(filled.values or [])) == ("List", 2)
    assert filled.value is not None
    assert filled.value.original_value == "champiñón y jalapeño"


def test_a_composite_is_filled_from_its_parts() -> None:
    address = CompositeResolver({"count": resolver("Number", "en_US"), "city": resolver("City", "en_US")})
    filled = address.answer("3 to New York", READING)
    assert filled is not None
    parts = {name: part.interpreted if part else None for name, part in filled.parts or ()}
    assert parts == {"count": "3", "city": "New York"}
    partly = address.answer("three", READING)
    assert partly is not None
    assert partly.slot().sub_slots is not None
    assert dict(partly.parts or ())["city"] is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12 main street, Springfield", {"street": "main street", "number": "12", "city": "Springfield"}),
        ("Elm Street, 5, Little Rock", {"street": "Elm Street", "number": "5", "city": "Little Rock"}),
        ("Elm Street, Dallas", {"street": "Elm Street", "number": None, "city": "Dallas"}),
        ("Little Rock", {"street": "Little Rock", "number": None, "city": None}),
    ],
)
def test_open_parts_of_a_composite_are_told_apart_by_commas(text: str, expected: dict[str, str | None]) -> None:
    kinds = {"street": "StreetName", "number": "Number", "city": "City"}
    address = CompositeResolver({name: resolver(kind, "en_US") for name, kind in kinds.items()})
    found = address.answer(text, READING)
    assert found is not None
    assert {name: part.interpreted if part else None for name, part in found.parts or ()} == expected


def filled(text: str, locale: str, **kinds: str) -> dict[str, str | None]:
    travel = intent("Travel", "travel", slots=[slot(name, f"AMAZON.{kind}") for name, kind in kinds.items()])
    definition = LocaleDefinition(identifier=locale, intents={"Travel": travel})
    found = IntentFiller(travel, slot_resolvers(definition)).fill(text, READING)
    return {name: finding.interpreted for name, finding in found.items()}


@pytest.mark.parametrize(
    ("locale", "text", "expected"),
    [
        ("en_US", "2 rooms from may 1 at 3 pm for two weeks under $200",
         {"N": "2", "D": "2021-05-01", "T": "15:00", "L": "P2W", "M": "USD 200.00"}),
        ("es_ES", "dos habitaciones mañana a las tres de la tarde por diez días por 200 euros",
         {"N": "2", "D": "2020-11-26", "T": "15:00", "L": "P10D", "M": "EUR 200.00"}),
        ("pt_BR", "dois quartos amanhã às 15h30 por três dias por 200 reais",
         {"N": "2", "D": "2020-11-26", "T": "15:30", "L": "P3D", "M": "BRL 200.00"}),
        ("fr_FR", "deux chambres demain à 15h30 pour trois jours à 200 euros",
         {"N": "2", "D": "2020-11-26", "T": "15:30", "L": "P3D", "M": "EUR 200.00"}),
        ("de_DE", "zwei Zimmer ab morgen um 15 Uhr für drei Tage zu 200 Euro",
         {"N": "2", "D": "2020-11-26", "T": "15:00", "L": "P3D", "M": "EUR 200.00"}),
        ("it_IT", "due camere domani alle 15:30 per tre giorni a 200 euro",
         {"N": "2", "D": "2020-11-26", "T": "15:30", "L": "P3D", "M": "EUR 200.00"}),
    ],
)  # fmt: skip
def test_slots_of_one_utterance_do_not_take_each_others_text(locale: str, text: str, expected: dict[str, str]) -> None:
    kinds = {"N": "Number", "D": "Date", "T": "Time", "L": "Duration", "M": "Currency"}
    assert filled(text, locale, **kinds) == expected


def test_slots_of_one_type_are_filled_in_the_order_of_the_text() -> None:
    assert filled("from may 1 to may 15", "en_US", Start="Date", End="Date") == {
        "Start": "2021-05-01", "End": "2021-05-15",
    }  # fmt: skip
