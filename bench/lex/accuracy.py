"""Accuracy in scope, recall of out-of-scope texts and calibration on the hand-written bots of `data/`."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from bench.lex.bots import Bot, suite
from services.lex.nlu.classifier import IntentClassifier

THRESHOLD = 0.40
_BINS = 10

Rank = Callable[[str], tuple[str, float]]
"""The best intent and its confidence."""
Train = Callable[[Mapping[str, Sequence[str]]], Rank]


class Accuracy(NamedTuple):
    """In percent: right without a threshold; right and accepted at 0.40; foreign texts rejected at 0.40; area under
    the curve of accepted texts against foreign ones; expected calibration error in scope."""

    right: float
    accepted: float
    rejected: float
    area: float
    error: float


def accuracy(bot: Bot, train: Train) -> Accuracy:
    rank = train(bot.train)
    inside = [(rank(text), intent) for text, intent in bot.tests]
    right = np.array([best[0] == intent for best, intent in inside])
    sure = np.array([best[1] for best, _ in inside])
    foreign = np.array([rank(text)[1] for text in bot.foreign])
    above = (sure[:, None] > foreign).mean() + (sure[:, None] == foreign).mean() / 2
    figures = (
        right.mean(),
        (right & (sure >= THRESHOLD)).mean(),
        (foreign < THRESHOLD).mean(),
        above,
        _gap(sure, right),
    )
    return Accuracy(*(100 * float(figure) for figure in figures))


def _gap(sure: np.ndarray, right: np.ndarray) -> float:
    """Expected calibration error: how far confidence is from the share that is right, over ten bins."""
    bins = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    return float(
        sum((bins == n).mean() * abs(sure[bins == n].mean() - right[bins == n].mean()) for n in set(bins.tolist()))
    )


def ours(utterances: Mapping[str, Sequence[str]]) -> Rank:
    """The runtime's own classifier."""
    classifier = IntentClassifier({intent: [[text] for text in texts] for intent, texts in utterances.items()}, "en_US")
    return lambda text: next(iter(classifier.confidences(text).items()))


def table(train: Train = ours) -> list[tuple[str, Accuracy]]:
    """One row for each kind of bot, the mean of its bots."""
    return [
        (kind, Accuracy(*np.mean([accuracy(bot, train) for bot in bots], axis=0).tolist())) for kind, bots in suite()
    ]


def main() -> None:
    print("| bots | right | right at 0.40 | foreign rejected | AUROC | ECE |\n|---|---|---|---|---|---|")
    for kind, figures in table():
        print(f"| {kind} | " + " | ".join(f"{figure:.1f}" for figure in figures) + " |")


if __name__ == "__main__":
    main()
