"""The bots that accuracy is measured on, by what they show."""

import random
from collections.abc import Iterator
from pathlib import Path

from bench.lex.bots import DATA, TRADES, Bot, folded, joined, misspelt, near_misses, off_topic, trade
from bench.lex.grammar import Generated, generated, read_grammar

Kind = tuple[str, list[Bot]]
WALLET, ASSISTANT = DATA / "wallet.grammar", DATA / "assistant.grammar"
SEEDS = (0, 1, 2)
_APART = ("travel", "telecom", "clinic", "home")  # trades whose intents hardly overlap
_SHOTS = (5, 10, 20, 30, 80)
_TESTS = 12
_SMALL = 15
_SMALL_BOTS = 10
_FOREIGN_SEED = 9  # of texts that are another bot's


def suite(*, quick: bool = False) -> Iterator[Kind]:
    """The kinds in the order of `docs/benchmarks.md`; `quick` takes one bot in three of each, and at least one."""
    for name, bots in (*_written(), *_generated()):
        yield name, bots[::3] if quick else bots


def _written() -> Iterator[Kind]:
    yield "other words, 6 an intent", [trade(name) for name in TRADES]
    yield "mixed, 4 an intent", [folded(name, fold, few=True) for name in TRADES for fold in range(5)]
    mixed = [folded(name, fold) for name in TRADES for fold in range(5)]
    yield "mixed, 8 an intent", mixed
    yield "misspelt", [misspelt(bot) for bot in mixed]
    yield "near misses", [near_misses(bot, n % 4) for n, bot in enumerate(mixed)]
    yield "four trades in one", [joined([folded(name, fold) for name in _APART]) for fold in range(5)]


def _generated() -> Iterator[Kind]:
    for path in (WALLET, ASSISTANT):
        for shots in _SHOTS:
            seeds = SEEDS if shots < max(_SHOTS) else SEEDS[:1]
            yield f"{path.stem}, {shots} an intent", [of_grammar(path, shots, seed) for seed in seeds]
        yield f"{path.stem}, 10 an intent, near misses", [a_quarter_gone(of_grammar(path, 10, s), s) for s in SEEDS]
        yield f"{path.stem}, 8 an intent, noisy tests", [_noisy(path, seed) for seed in SEEDS]
    yield "15 intents of 10", [_small(seed) for seed in range(_SMALL_BOTS)]
    yield "six bots in one, 8 an intent", [_six_in_one(seed) for seed in SEEDS]


def of_grammar(path: Path, shots: int, seed: int) -> Bot:
    """All intents of a grammar; what the other grammar and other trades say is foreign to it."""
    train, tests = generated(path, shots, _TESTS, seed)
    return Bot(f"{path.stem} {shots} seed {seed}", train, tests, _foreign(path))


def _foreign(path: Path) -> list[str]:
    if path == WALLET:
        others = [*generated(ASSISTANT, 1, 4, _FOREIGN_SEED).tests, *trade("shop").tests]
        return [*off_topic(), *(text for text, _ in others)]
    others = [*generated(WALLET, 1, 3, _FOREIGN_SEED).tests]
    others += [test for name in ("bank", "clinic", "shop", "telecom") for test in trade(name).tests]
    return [text for text, _ in others]


def a_quarter_gone(bot: Bot, seed: int) -> Bot:
    """The bot without a quarter of its intents, drawn by chance, whose tests become the foreign texts."""
    names = sorted(bot.train)
    gone = set(random.Random(seed).sample(names, max(1, len(names) // 4)))  # noqa: S311
    return Bot(
        f"{bot.name} near",
        {intent: texts for intent, texts in bot.train.items() if intent not in gone},
        [test for test in bot.tests if test[1] not in gone],
        [text for text, intent in bot.tests if intent in gone],
    )


def _noisy(path: Path, seed: int) -> Bot:
    """Clean training texts, tests of which half have an aside, a slip or a lost word; near and far foreign texts."""
    train = generated(path, 8, 2, seed, noise=0).train
    tests = generated(path, 8, _TESTS, seed + 50, noise=0.5).tests
    known = {text for texts in train.values() for text in texts}
    bot = a_quarter_gone(Bot(f"{path.stem} noisy {seed}", train, tests, []), seed)
    asked = [test for test in bot.tests if test[0] not in known]
    return Bot(bot.name, bot.train, asked, [*bot.foreign[: len(asked) // 3], *_foreign(path)])


def _small(seed: int) -> Bot:
    """15 intents of a grammar, drawn by chance; its other intents are foreign too."""
    path = (WALLET, ASSISTANT)[seed % 2]
    chosen = set(random.Random(seed).sample(sorted(read_grammar(path).intents), _SMALL))  # noqa: S311
    train, tests = generated(path, 10, _TESTS, seed, intents=chosen)
    others = generated(path, 1, 2, seed + _FOREIGN_SEED).tests
    foreign = [*_foreign(path), *(text for text, intent in others if intent not in chosen)]
    return Bot(f"{path.stem} {_SMALL} seed {seed}", train, tests, foreign)


def _six_in_one(seed: int) -> Bot:
    """Both grammars and four trades in one bot, without 15 of its intents, whose tests are foreign."""
    every: list[tuple[str, Generated]] = [(path.stem, generated(path, 8, 8, seed)) for path in (WALLET, ASSISTANT)]
    for name in ("travel", "telecom", "clinic", "library"):
        part = folded(name, seed)
        every.append((name, Generated(part.train, part.tests)))
    train = {f"{name}{intent}": texts for name, part in every for intent, texts in part.train.items()}
    tests = [(text, f"{name}{intent}") for name, part in every for text, intent in part.tests]
    gone = set(random.Random(seed).sample(sorted(train), 15))  # noqa: S311
    return Bot(
        f"six in one {seed}",
        {intent: texts for intent, texts in train.items() if intent not in gone},
        [test for test in tests if test[1] not in gone],
        [*off_topic(), *(text for text, intent in tests if intent in gone)],
    )
