"""Bots generated from the patterns of `data/*.grammar`, whose form `data/README.md` describes."""

import random
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

_PART = re.compile(r"~(\w+) = (.+)")
_USE = re.compile(r"~(\w+)")
_NOISE = 0.08
_TRIES_A_TEXT = 60
_ASIDES = (
    " because i am travelling", " and my kids are waiting", ", i already asked twice", " since the update",
    " thank you so much", " it is really annoying", ", my neighbour told me about it", " before my holiday",
    " right after breakfast", " i have been a customer for years", " on my tablet", " while walking the dog",
    " and it makes me angry", " for the party", " as usual", " somehow",
)  # fmt: skip


class GrammarFault(ValueError):
    """A grammar that cannot be read; the message names the pattern."""


class Choice(NamedTuple):
    """One of several patterns, of which earlier ones are likelier: 1/2, 1/3, 1/4 … before they are scaled to 1."""

    ways: "list[Pattern]"

    def drawn(self, chance: random.Random) -> "Pattern":
        return chance.choices(self.ways, [1 / (n + 2) for n in range(len(self.ways))])[0]


Pattern = list[str | Choice]


@dataclass(frozen=True, slots=True)
class Grammar:
    """Parts by name, and the patterns of each intent."""

    parts: dict[str, Choice] = field(default_factory=dict)
    intents: dict[str, list[Pattern]] = field(default_factory=dict)

    def text(self, intent: str, chance: random.Random, noise: float = _NOISE) -> str:
        """One utterance. An aside, a slip of the fingers and a lost word each befall `noise` of them."""
        patterns = Choice(self.intents[intent])
        drawn: Pattern = [self.parts["open"], *patterns.drawn(chance), self.parts["close"]]
        text = re.sub(" +", " ", said(drawn, chance)).strip()
        if chance.random() < noise:
            text += chance.choice(_ASIDES)
        if chance.random() < noise:
            text = _slipped(text, chance)
        if chance.random() < noise and len(text.split()) > 3:
            words = text.split()
            del words[chance.randrange(len(words))]
            text = " ".join(words)
        return text


def read_grammar(path: Path) -> Grammar:
    """Raises GrammarFault, and OSError."""
    grammar = Grammar()
    intent = ""
    for line in path.read_text().splitlines():
        if part := _PART.fullmatch(line):
            grammar.parts[part[1]] = _as_choice(parsed(part[2], grammar.parts))
        elif line.startswith("["):
            intent = line.strip("[]")
            grammar.intents[intent] = []
        elif line:
            grammar.intents[intent].append(parsed(line, grammar.parts))
    for name in ("open", "close"):
        grammar.parts.setdefault(name, Choice([[]]))
    return grammar


def parsed(text: str, parts: dict[str, Choice]) -> Pattern:
    """`(a|b|)` is a choice, `~name` a part that has been defined before, everything else is said as it stands."""
    pattern, end = _sequence(text, 0, parts, "")
    if end != len(text):
        raise GrammarFault(f"a bracket too many in {text!r}")
    return pattern


def _sequence(text: str, at: int, parts: dict[str, Choice], stops: str) -> tuple[Pattern, int]:
    pattern: Pattern = []
    while at < len(text) and text[at] not in (stops or ")"):
        if text[at] == "(":
            choice, at = _choice(text, at + 1, parts)
            pattern.append(choice)
        elif use := _USE.match(text, at):
            if use[1] not in parts:
                raise GrammarFault(f"there is no part ~{use[1]} for {text!r}")
            pattern.append(parts[use[1]])
            at = use.end()
        else:
            if pattern and isinstance(pattern[-1], str):
                pattern[-1] += text[at]
            else:
                pattern.append(text[at])
            at += 1
    return pattern, at


def _choice(text: str, at: int, parts: dict[str, Choice]) -> tuple[Choice, int]:
    ways: list[Pattern] = []
    while True:
        way, at = _sequence(text, at, parts, "|)")
        ways.append(way)
        if at == len(text):
            raise GrammarFault(f"a bracket is left open in {text!r}")
        at += 1
        if text[at - 1] == ")":
            return Choice(ways), at


def _as_choice(pattern: Pattern) -> Choice:
    match pattern:
        case [Choice() as only]:
            return only
    return Choice([pattern])


def said(pattern: Pattern, chance: random.Random) -> str:
    return "".join(item if isinstance(item, str) else said(item.drawn(chance), chance) for item in pattern)


def _slipped(text: str, chance: random.Random) -> str:
    """Two letters of one word swapped, one left out, or one doubled."""
    words = text.split()
    place = chance.randrange(len(words))
    word = words[place]
    if len(word) >= 4:
        at, kind = chance.randrange(1, len(word) - 1), chance.randrange(3)
        words[place] = (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
        )[kind]
    return " ".join(words)


class Generated(NamedTuple):
    """`train` is intent → distinct utterances, `tests` are (text, intent), none of them in `train` of its intent."""

    train: dict[str, list[str]]
    tests: list[tuple[str, str]]


def generated(
    path: Path, shots: int, tests: int, seed: int, *, noise: float = _NOISE, intents: Collection[str] | None = None
) -> Generated:
    """`shots` utterances and `tests` test texts an intent, the same for the same seed.

    An intent whose patterns give fewer distinct texts has as many tests as the others and less training.
    """
    grammar = read_grammar(path)
    chance = random.Random(f"{path.stem}{seed}")  # noqa: S311 - the same bot each time
    train: dict[str, list[str]] = {}
    asked: list[tuple[str, str]] = []
    for intent in grammar.intents:
        if intents is not None and intent not in intents:
            continue
        texts = _distinct(grammar, intent, shots + tests, noise, chance)
        train[intent] = texts[:-tests][:shots]
        asked += [(text, intent) for text in texts[-tests:]]
    return Generated(train, asked)


def _distinct(grammar: Grammar, intent: str, count: int, noise: float, chance: random.Random) -> list[str]:
    found: dict[str, None] = {}
    for _ in range(_TRIES_A_TEXT * count + 2000):
        if len(found) == count:
            break
        found[grammar.text(intent, chance, noise)] = None
    texts = list(found)
    chance.shuffle(texts)
    return texts
