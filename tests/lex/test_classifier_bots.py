"""The bots that the classifier is measured on: what a grammar says, and that tests are never training."""

import random
from collections import Counter
from pathlib import Path

import pytest

from bench.lex.bots import TRADES, folded, near_misses, off_topic, read_bot, trade
from bench.lex.grammar import GrammarFault, generated, parsed, read_grammar, said
from bench.lex.suite import ASSISTANT, SEEDS, WALLET, a_quarter_gone, of_grammar, suite
from bench.lex.systems import door, ours, reference

TRAINING = {"Greet": ["hello there", "good morning"], "Leave": ["see you later", "goodbye"]}
TEXTS = ("good morning to you", "see you", "quantum zebra")


@pytest.fixture
def grammar(tmp_path: Path) -> Path:
    path = tmp_path / "some.grammar"
    path.write_text(
        "~open = (|please )\n~thing = (book|pen)( case|)\n\n[Buy]\n(buy|get) a ~thing\n[Count]\none\n(two|three(|s))\n"
    )
    return path


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        ("plain words", {"plain words"}),
        ("(a|b)c", {"ac", "bc"}),
        ("x( y|)", {"x y", "x"}),
        ("(a|b(c|d))!", {"a!", "bc!", "bd!"}),
        ("(|||)", {""}),
    ],
)
def test_a_pattern_says_each_of_its_ways(pattern: str, texts: set[str]) -> None:
    assert {said(parsed(pattern, {}), random.Random(n)) for n in range(200)} == texts  # noqa: S311  no secret


def test_earlier_ways_are_likelier() -> None:
    chance = random.Random(1)  # noqa: S311  the same each time
    found = Counter(said(parsed("(a|b|c)", {}), chance) for _ in range(2000))
    assert found["a"] > found["b"] > found["c"] > 0


def test_a_grammar_says_its_parts_around_and_inside_its_patterns(grammar: Path) -> None:
    chance = random.Random(1)  # noqa: S311  the same each time
    texts = {read_grammar(grammar).text("Buy", chance, noise=0) for _ in range(400)}
    things = ("book", "pen", "book case", "pen case")
    assert texts == {f"{start}{verb} a {it}" for start in ("", "please ") for verb in ("buy", "get") for it in things}


@pytest.mark.parametrize(
    ("line", "fault"),
    [("(a|b", "left open"), ("a)b", "too many"), ("say ~nothing", "no part ~nothing"), ("((a|b)", "left open")],
)
def test_a_pattern_that_cannot_be_read_is_named(grammar: Path, line: str, fault: str) -> None:
    grammar.write_text(f"{grammar.read_text()}{line}\n")
    with pytest.raises(GrammarFault, match=fault):
        read_grammar(grammar)


def test_a_seed_gives_the_same_bot_and_another_seed_another(grammar: Path) -> None:
    assert generated(WALLET, 5, 3, 0) == generated(WALLET, 5, 3, 0)
    assert generated(WALLET, 5, 3, 0) != generated(WALLET, 5, 3, 1)


def test_an_intent_of_few_texts_keeps_its_tests(grammar: Path) -> None:
    train, tests = generated(grammar, 50, 4, 0, noise=0)
    assert Counter(intent for _, intent in tests) == {"Buy": 4, "Count": 4}
    assert 0 < len(train["Count"]) < len(train["Buy"]) < 50


@pytest.mark.parametrize("path", [WALLET, ASSISTANT], ids=lambda path: path.stem)
def test_generated_bots_keep_training_and_tests_apart(path: Path) -> None:
    for seed in SEEDS:
        bot = of_grammar(path, 10, seed)
        for intent, texts in bot.train.items():
            assert len(texts) == len(set(texts)) == 10
            assert not {text for text, own in bot.tests if own == intent} & {*texts}
        near = a_quarter_gone(bot, seed)
        assert {intent for _, intent in near.tests} == near.train.keys() < bot.train.keys()
        assert len(near.foreign) + len(near.tests) == len(bot.tests)


def test_the_written_bots_keep_training_and_tests_apart() -> None:
    for name in TRADES:
        for bot in (trade(name), folded(name, 1), near_misses(folded(name, 2), 1)):
            known = {text for texts in bot.train.values() for text in texts}
            assert not known & {text for text, _ in bot.tests}, bot.name
            assert not known & {*bot.foreign, *off_topic()}, bot.name
            assert {intent for _, intent in bot.tests} <= bot.train.keys()


def test_the_quick_suite_has_every_kind() -> None:
    whole, quick = dict(suite()), dict(suite(quick=True))
    assert whole.keys() == quick.keys()
    assert all(0 < len(quick[kind]) <= len(bots) for kind, bots in whole.items())
    assert sum(map(len, quick.values())) < sum(map(len, whole.values())) / 2


def test_a_written_bot_has_tests_and_near_texts(tmp_path: Path) -> None:
    path = tmp_path / "bot.txt"
    path.write_text("[Hi]\n+ hello | hi\n? good day\n[Bye]\n+ bye\n? see you | so long\n! what is rain | sing\n")
    train, tests, near = read_bot(path)
    assert train == {"Hi": ["hello", "hi"], "Bye": ["bye"]}
    assert tests == [("good day", "Hi"), ("see you", "Bye"), ("so long", "Bye")]
    assert near == ["what is rain", "sing"]


def test_the_door_answers_what_the_runtimes_classifier_answers() -> None:
    assert door(TRAINING, TEXTS) == ours(TRAINING, TEXTS)


def test_another_design_is_asked_in_the_same_form(tmp_path: Path) -> None:
    module = tmp_path / "longest.py"
    module.write_text(
        "class Longest:\n"
        "    def fit(self, utterances):\n"
        "        self.name = max(utterances, key=lambda name: sum(map(len, utterances[name])))\n"
        "        return self\n"
        "    def predict_many(self, texts):\n"
        "        return [{'interpretations': [{'intent': self.name, 'score': 0.5}], 'fallback': False}] * len(texts)\n"
        "create = Longest\n"
    )
    assert reference(module)(TRAINING, TEXTS) == [("Greet", 0.5)] * 3
    with pytest.raises(ImportError, match=r"missing\.py is no Python module"):
        reference(tmp_path / "missing.py")
