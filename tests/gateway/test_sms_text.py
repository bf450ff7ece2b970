"""How text messages are counted and cut."""

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.channels.sms_text import TWILIO_MESSAGE_LENGTH, in_gsm, is_gsm, segments, split

LETTERS = st.sampled_from("ab é€^[ñá日😀\n\f ,.-'•“")
TEXTS = st.one_of(st.text(LETTERS, max_size=900), st.text(max_size=200), st.text("ab c€", max_size=3000))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),  # two of the extension table's for each
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 10, 2),  # the escape would be torn from its character at 153
        ("a" * 152 + "€" * 77, 3),  # 306 septets, and yet one character finds no room
        ("á" * 70, 1),
        ("á" * 71, 2),
        ("á" * 134, 2),
        ("á" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("😀" * 66, 2),  # 33 of two units a segment: the 67th unit stays empty
        ("😀" * 67, 3),
        ("\u00a0" + "a" * 69, 1),
        ("Δ_ΦΓΛΩΠΨΣΘΞ¿ñÑ§à" * 10, 1),
    ],
)
def test_segments(text: str, count: int) -> None:
    assert segments(text) == count


def test_characters_that_only_look_better_are_made_plain_if_that_saves() -> None:
    assert in_gsm("“Paid” – card ••••4321…") == '"Paid" - card ****4321...'
    assert in_gsm("“日本” – 4321") == "“日本” – 4321"


@given(TEXTS, st.integers(1, 10))
def test_split_loses_nothing_and_every_part_fits(text: str, most: int) -> None:
    parts = split(text, most)
    assert re.sub(r"\s+", "", "".join(parts)) == re.sub(r"\s+", "", text)
    for part in parts:
        assert part.strip()
        assert segments(part) <= most
        assert len(part.encode("utf-16-le", "surrogatepass")) // 2 <= TWILIO_MESSAGE_LENGTH


@given(TEXTS, st.integers(1, 10))
def test_words_are_cut_only_if_one_does_not_fit(text: str, most: int) -> None:
    short = all(len(word) * 2 <= 60 for word in text.split())
    if short:
        assert [word for part in split(text, most) for word in part.split()] == text.split()


@given(st.text(st.characters(codec="utf-8"), max_size=400))
def test_segments_grow_with_the_text(text: str) -> None:
    assert segments(text + "a") >= segments(text)
    if is_gsm(text):
        assert segments(text) <= segments(text + "日")


@given(TEXTS, st.integers(1, 4))
def test_as_few_messages_as_the_words_allow(text: str, most: int) -> None:
    """No two neighbours would have fitted into one."""
    parts = split(text, most)
    for one, other in itertools.pairwise(parts):
        first = re.split(r"\s+", other, maxsplit=1)[0]
        joined = f"{one} {first}"
        assert segments(joined) > most or len(joined) > TWILIO_MESSAGE_LENGTH or first not in text.split()
