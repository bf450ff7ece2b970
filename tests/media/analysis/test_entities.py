from pathlib import Path

import pytest

from services.media.analysis.entities import Terms, find_entities, read_terms, summarise
from shared.schemas.interaction import Turn


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
    assert read_terms(tmp_path / "absent.csv") == {}
    assert find_entities("my card", {}) == []
