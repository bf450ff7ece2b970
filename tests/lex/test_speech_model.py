"""What the recogniser is told to expect: the bot's texts, as words, in a model whose probabilities are true ones."""

import math
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.lex.phrases import phrases_of
from services.lex.speech.common_words import common_words, counted
from services.lex.speech.language_model import arpa
from services.lex.speech.spelled_out import spoken
from services.lex.speech.sphinx import pronunciations
from tests.lex.conversation import enumeration, intent, served, slot

WORDS = st.sampled_from(["pay", "my", "bill", "the", "card"])
TEXTS = st.lists(st.lists(WORDS, min_size=1, max_size=5), min_size=1, max_size=8)
COMMON = {"and": 3.0, "the": 5.0}
Grams = dict[tuple[str, ...], tuple[float, float]]


def read(model: str) -> Grams:
    """Probability and weight of each gram of an ARPA file."""
    grams: Grams = {}
    for line in model.splitlines():
        parts = line.split("\t")
        if len(parts) > 1:
            weight = 10 ** float(parts[2]) if len(parts) > 2 else 1.0
            grams[tuple(parts[1].split())] = 10 ** float(parts[0]), weight
    return grams


def probability(grams: Grams, words: tuple[str, ...]) -> float:
    """What a decoder makes of the file: the longest gram there is, else the weight of the context and a shorter one."""
    if words in grams:
        return grams[words][0]
    return grams.get(words[:-1], (0.0, 1.0))[1] * probability(grams, words[1:])


@given(TEXTS, st.sampled_from([0.0, 0.3]))
def test_what_may_follow_any_words_adds_up_to_one(texts: list[list[str]], share: float) -> None:
    grams = read(arpa(texts, COMMON if share else {}, share))
    follows = [gram[0] for gram in grams if len(gram) == 1 and gram != ("<s>",)]
    for context in {gram for gram in grams if len(gram) < 3 and gram[-1] != "</s>"} | {()}:
        total = sum(probability(grams, (*context, word)) for word in follows)
        assert math.isclose(total, 1.0, rel_tol=0.01), context


def test_the_header_counts_what_is_there() -> None:
    model = arpa([["pay", "my", "bill"]], {}, 0.0)
    sizes: defaultdict[int, int] = defaultdict(int)
    for gram in read(model):
        sizes[len(gram)] += 1
    assert [line for line in model.splitlines() if line.startswith("ngram")] == [
        f"ngram {length}={size}" for length, size in sorted(sizes.items())
    ]
    assert model.rstrip().endswith("\\end\\")


def test_what_was_said_is_likelier_than_what_was_not() -> None:
    grams = read(arpa([["pay", "my", "bill"], ["block", "my", "card"]], COMMON, 0.3))
    assert probability(grams, ("pay", "my", "bill")) > probability(grams, ("pay", "my", "card")) > 0
    assert probability(grams, ("my", "and")) > 0, "any common word may follow"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Pay $25 to City-Power!", "pay twenty five dollars to city power"),
        ("2 4 6 8", "two four six eight"),
        ("0042", "zero zero four two"),
        ("1,250.50", "one thousand two hundred fifty point five zero"),
        ("$3.07 and 5%", "three dollars and zero seven cents and five percent"),
        ("at 3pm or 11 a.m.", "at three p m or eleven a m"),
        ("I'm José’s friend", "i'm jose's friend"),
        ("3000000000", "three zero zero zero zero zero zero zero zero zero"),
        ("999,999", "nine hundred ninety nine thousand nine hundred ninety nine"),
        ("…?!", ""),
    ],
)
def test_a_text_as_the_words_one_says(text: str, words: str) -> None:
    assert " ".join(spoken(text)) == words


def test_a_bots_phrases_are_its_utterances_and_the_answers_to_its_prompts() -> None:
    sizes = enumeration("SizeType", {"small": ["tiny"], "large": []})
    pin = {"valueSelectionSetting": {"regexFilter": {"pattern": "[0-9]{4}"}}}
    code = enumeration("Code", {}).model_validate(
        {"name": "Code", "parentSlotTypeSignature": "AMAZON.AlphaNumeric", **pin}
    )
    order = intent("Order", "order a {Size} one", slots=[slot("Size", "SizeType"), slot("Pin", "Code")])
    when = intent("When", "come on {Day}", slots=[slot("Day", "AMAZON.Date")])
    phrases = phrases_of(served(order, when, types=(sizes, code)))
    texts = set(phrases.texts)
    assert {"order a small one", "order a tiny one", "large", "yes", "no", "next Monday", "2 4 6 9"} <= texts
    assert all(len(text.split()) == 4 for text in texts if text.replace(" ", "").isdigit())
    assert any(text.startswith("come on ") and text.endswith("day") for text in texts)
    assert phrases_of(served(order, when, types=(sizes, code))).key == phrases.key
    assert phrases_of(served(order, types=(sizes, code))).key != phrases.key


def test_the_kept_word_list_is_that_of_the_recognisers_own_model() -> None:
    assert common_words() == counted(pronunciations())
