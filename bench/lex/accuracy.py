"""Accuracy in scope, recall of out-of-scope texts and calibration on the bots of `data/`.

`python -m bench.lex.accuracy [--quick]`. With `OMNILEX_BENCH_REFERENCE=path.py`, another classifier is scored beside
the runtime's own (`bench.lex.systems.reference` says what the module holds) and shown in brackets.
"""

import argparse
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench.lex.bots import Bot
from bench.lex.suite import Kind, suite
from bench.lex.systems import System, ours, reference

THRESHOLD = 0.40
_BINS = 10
_REFERENCE = "OMNILEX_BENCH_REFERENCE"


class Accuracy(NamedTuple):
    """In percent: right without a threshold; right and accepted at 0.40; foreign texts rejected at 0.40; area under
    the curve of accepted texts against foreign ones; expected calibration error in scope."""

    right: float
    accepted: float
    rejected: float
    area: float
    error: float


def accuracy(bot: Bot, system: System = ours) -> Accuracy:
    found = system(bot.train, [*(text for text, _ in bot.tests), *bot.foreign])
    inside, outside = found[: len(bot.tests)], found[len(bot.tests) :]
    right = np.array([best[0] == intent for best, (_, intent) in zip(inside, bot.tests, strict=True)])
    sure = np.array([best[1] for best in inside])
    foreign = np.array([best[1] for best in outside])
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


def mean(found: Iterable[Accuracy]) -> Accuracy:
    return Accuracy(*np.mean(list(found), axis=0).tolist())


def systems() -> list[System]:
    """The runtime's own, and the one that the environment names."""
    path = os.environ.get(_REFERENCE)
    return [ours, reference(Path(path))] if path else [ours]


def table(kinds: Iterable[Kind], asked: Sequence[System]) -> None:
    """Prints one row for each kind of bot, the mean of its bots, the second system's figures in brackets."""
    print("| bots | right | right at 0.40 | foreign rejected | AUROC | ECE |\n|---|---|---|---|---|---|", flush=True)
    for kind, bots in kinds:
        columns = zip(*(mean(accuracy(bot, system) for bot in bots) for system in asked), strict=True)
        print(f"| {kind} ({len(bots)}) | " + " | ".join(map(_cell, columns)) + " |", flush=True)


def _cell(figures: Sequence[float]) -> str:
    first, *others = (f"{figure:.1f}" for figure in figures)
    return " ".join([first, *(f"({other})" for other in others)])


def main(*, quick: bool = False) -> None:
    table(suite(quick=quick), systems())


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(prog="python -m bench.lex.accuracy", description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="one bot in three of each kind")
    main(quick=arguments.parse_args().quick)
