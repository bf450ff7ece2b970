from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.media.analysis.dates import DATE, MAY_HOLD_DATE
from services.media.analysis.entities import Terms, entities_in, find_entities, read_terms, summarise
from shared.schemas.interaction import EntityMention, Turn
from tests.media.analysis.builders import settings


@pytest.fixture
def terms(tmp_path: Path) -> Terms:
    path = tmp_path / "list-en.csv"
    path.write_text(
        "Text,Type\nach,PAYMENT\ncard,PRODUCT\nGold Card,PRODUCT\nMain Street,branch\ngold card,OTHER\n,NONE\n"
    )
    return read_terms(path)


def found(text: str, terms: Terms) -> list[tuple[str, str]]:
    return [(one.type, text[one.begin : one.end]) for one in find_entities(text, terms)]


def test_whole_words_only(terms: Terms) -> None:
    assert found("Each coach has an ACH form.", terms) == [("PAYMENT", "ACH")]


def test_plurals_and_any_case_in_the_transcripts_own_spelling(terms: Terms) -> None:
    assert found("Two CARDS on main street", terms) == [("PRODUCT", "CARDS"), ("BRANCH", "main street")]


def test_the_longest_match_wins_without_overlaps(terms: Terms) -> None:
    assert found("my gold card and card", terms) == [("PRODUCT", "gold card"), ("PRODUCT", "card")]


def test_the_count_is_of_mentions_and_values_are_distinct(terms: Terms) -> None:
    turns = [
        Turn(start=0, end=1, speaker="a", role="CALLER", text=text, entities=find_entities(text, terms))
        for text in ("my card, the Card", "an ach")
    ]
    assert [(one.type, one.count, one.values) for one in summarise(turns)] == [
        ("PAYMENT", 1, ["ach"]),
        ("PRODUCT", 2, ["card"]),
    ]


def test_without_a_list_nothing_is_found(tmp_path: Path) -> None:
    assert read_terms(tmp_path / "absent.csv") == Terms()
    assert find_entities("my card", Terms()) == []


def test_thousands_of_terms_cost_no_more_than_one() -> None:
    """Counted, not timed: how often a stretch of the text is looked up."""
    few, many = Looked(), Looked()
    for number in range(5_000):
        many.add(f"term {number} of many", "TERM")
    few.add("gold card", "PRODUCT")
    many.add("gold card", "PRODUCT")
    text = "a gold card and a silver one " * 200
    assert len(find_entities(text, few)) == len(find_entities(text, many)) == 200
    assert many.lookups == few.lookups == 200


class Looked(Terms):
    def __init__(self) -> None:
        super().__init__(kinds=Counted())

    @property
    def lookups(self) -> int:
        return self.kinds.lookups  # type: ignore[attr-defined]


class Counted(dict[tuple[str, ...], str]):
    lookups = 0

    def __getitem__(self, key: tuple[str, ...]) -> str:
        self.lookups += 1
        return super().__getitem__(key)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I paid $1,250.50 yesterday", [("MONEY", "$1,250.50"), ("DATE", "yesterday")]),
        ("250 dollars and forty five cents", [("MONEY", "250 dollars"), ("MONEY", "forty five cents")]),
        ("two hundred and fifty dollars", [("MONEY", "two hundred and fifty dollars")]),
        ("€20 or 20€", [("MONEY", "€20"), ("MONEY", "20€")]),
        ("3.5% or two point five percent", [("PERCENT", "3.5%"), ("PERCENT", "two point five percent")]),
        ("due on May 2nd, 2026", [("DATE", "May 2nd, 2026")]),
        ("on 2026-05-02 and next Friday", [("DATE", "2026-05-02"), ("DATE", "next Friday")]),
        ("order number 77123-A", [("REFERENCE", "77123-A")]),
        ("the reference is AB123456.", [("REFERENCE", "AB123456")]),
        ("my card [PII:CARD] of 5 dollars", [("MONEY", "5 dollars")]),
        ("in case you may call me", []),
    ],
)
def test_forms_of_their_own(text: str, expected: list[tuple[str, str]]) -> None:
    found = entities_in(text, "en-US", Terms(), settings())
    assert [(one.type, one.text) for one in found] == expected
    assert all(text[one.begin : one.end] == one.text for one in found)
    assert entities_in(text, "de-DE", Terms(), settings()) == []


def test_terms_go_before_forms_and_longer_ones_before_others() -> None:
    terms = Terms()
    terms.add("May 2nd", "EVENT")
    model = [EntityMention(type="PERSON", text="May", begin=3, end=6, score=0.9)]
    text = "on May 2nd, 2026"
    assert [one.type for one in entities_in(text, "en", terms, settings(), found=model)] == ["EVENT"]
    assert [one.type for one in entities_in(text, "en", Terms(), settings(), found=model)] == ["DATE"]


@given(st.text(alphabet="0123456789 $,.%maytondlrsc[PI:CARD]", max_size=80))
def test_mentions_never_overlap(text: str) -> None:
    found = entities_in(text, "en", Terms(), settings())
    assert all(one.end <= after.begin for one, after in pairwise(found))
    assert all(text[one.begin : one.end] == one.text for one in found)


@given(st.from_regex(DATE, fullmatch=True))
def test_no_date_is_passed_over(text: str) -> None:
    """Texts that the quick look rules out are not searched for dates."""
    assert MAY_HOLD_DATE.search(text)
