"""Customers who talk with a bot for as long as it is measured: the same texts in the same order on every run."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Protocol

from bench.lex.exports import BotSketch


class Customer(Protocol):
    """One conversation."""

    def says(self, waits_for: "Waiting") -> str:
        """The next text, where the bot waits for that."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the last answer left open, as its `sessionState` says: the type of the dialog action, intent and slot."""

    action: str = "ElicitIntent"
    intent: str = ""
    slot: str = ""


class Reciting:
    """Says its texts one after the other, whatever the bot answers."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = cycle(texts)

    def says(self, waits_for: Waiting) -> str:
        return next(self._texts)


class Answering:
    """Answers what the bot asks, by the type of the slot; says yes four times in five; asks for the next thing else."""

    def __init__(
        self, bot: BotSketch, requests: Sequence[str], answers: Mapping[str, Sequence[str]], begin: int
    ) -> None:
        self._bot = bot
        self._requests = _from(requests, begin)
        self._answers = {kind: _from(texts, begin) for kind, texts in answers.items()}
        self._decisions = _from(("yes", "yes please", "no", "yeah", "go ahead"), begin)

    def says(self, waits_for: Waiting) -> str:
        if waits_for.action == "ConfirmIntent":
            return next(self._decisions)
        if waits_for.action == "ElicitSlot":
            return next(self._answers[self._bot.slot_type(waits_for.intent, waits_for.slot)])
        return next(self._requests)


def _from(texts: Sequence[str], begin: int) -> Iterator[str]:
    """The texts over and over; each customer begins elsewhere, so that they do not say the same at a time."""
    start = begin * 37 % len(texts)
    return cycle([*texts[start:], *texts[:start]])


Customers = Callable[[int], Customer]
"""The customer of a number."""
