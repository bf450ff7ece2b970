"""The hand-written bots of `data/`, and what is derived from them without chance."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

DATA = Path(__file__).parent / "data"
TRADES = ("travel", "telecom", "library", "clinic", "shop", "bank", "home")
_SEPARATOR = " | "


@dataclass(frozen=True, slots=True)
class Bot:
    """`train` is intent → utterances, `tests` are (text, intent), `foreign` are texts of no intent."""

    name: str
    train: dict[str, list[str]]
    tests: list[tuple[str, str]]
    foreign: list[str]


def off_topic() -> list[str]:
    return texts_of(DATA / "offtopic.txt")


def texts_of(path: Path) -> list[str]:
    return [text for line in path.read_text().splitlines() for text in line.split(_SEPARATOR)]


def trade(name: str, shots: int = 6) -> Bot:
    """One trade's bot with `shots` utterances an intent. Home tests are foreign to the others, and theirs to it."""
    train, tests, _ = _read(name)
    foreign = [
        text for other in (("bank", "travel") if name == "home" else ("home",)) for text, _ in _read(other).tests
    ]
    train = {intent: utterances[:shots] for intent, utterances in train.items()}
    return Bot(f"{name} {shots}", train, tests, [*off_topic(), *foreign])


def near_misses(bot: Bot, part: int) -> Bot:
    """The bot without every fourth intent, whose tests become the foreign texts."""
    gone = set(list(bot.train)[part::4])
    train = {intent: utterances for intent, utterances in bot.train.items() if intent not in gone}
    tests = [(text, intent) for text, intent in bot.tests if intent not in gone]
    return Bot(f"{bot.name} near {part}", train, tests, [text for text, intent in bot.tests if intent in gone])


def misspelt(bot: Bot) -> Bot:
    """The bot with one slip of the fingers in every test: two letters swapped, one left out, or one doubled."""
    return Bot(f"{bot.name} typo", bot.train, [(_slip(text), intent) for text, intent in bot.tests], bot.foreign)


def _slip(text: str) -> str:
    words = text.split()
    number = zlib.crc32(text.encode())
    long = [place for place, word in enumerate(words) if len(word) >= 5] or [
        max(range(len(words)), key=lambda n: len(words[n]))
    ]
    place = long[number % len(long)]
    word = words[place]
    at = 1 + number // 7 % max(len(word) - 2, 1)
    slips = (
        word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :],
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
    )
    words[place] = slips[number // 3 % 3]
    return " ".join(words)


class Written(NamedTuple):
    """`train` is intent → utterances, `tests` are (text, intent), `near` texts are close to the trade, of no intent."""

    train: dict[str, list[str]]
    tests: list[tuple[str, str]]
    near: list[str]


def read_bot(path: Path) -> Written:
    """The form is described in `data/README.md`."""
    found = Written({}, [], [])
    intent = ""
    for line in path.read_text().splitlines():
        texts = line[2:].split(_SEPARATOR)
        match line[:2]:
            case "+ ":
                found.train[intent] = texts
            case "? ":
                found.tests.extend((text, intent) for text in texts)
            case "! ":
                found.near.extend(texts)
            case _ if line.startswith("["):
                intent = line.strip("[]")
    return found


def _read(name: str) -> Written:
    return read_bot(DATA / f"{name}.txt")


def folded(name: str, fold: int, *, few: bool = False) -> Bot:
    """Training and test utterances pooled: a fifth of them tests, the rest (or another fifth and a half) training."""
    given, more, _ = _read(name)
    pooled = {intent: [*texts, *(text for text, own in more if own == intent)] for intent, texts in given.items()}
    train = {intent: [text for n, text in enumerate(texts) if n % 5 != fold] for intent, texts in pooled.items()}
    tests = [(text, intent) for intent, texts in pooled.items() for text in texts[fold::5]]
    if few:
        train = {intent: texts[::2] for intent, texts in train.items()}
    return Bot(f"{name} fold {fold}", train, tests, trade(name).foreign)


def joined(bots: Sequence[Bot]) -> Bot:
    """Several bots in one."""
    train = {f"{bot.name.split()[0]}_{intent}": texts for bot in bots for intent, texts in bot.train.items()}
    tests = [(text, f"{bot.name.split()[0]}_{intent}") for bot in bots for text, intent in bot.tests]
    return Bot("+".join(bot.name for bot in bots), train, tests, off_topic())
