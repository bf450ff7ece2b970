"""Fits the weights with which the embedded FAQ search decides between answering and refusing.

`python -m bench.bot.faq_fit` prints the `Calibration` that stands in `services/bot/embedded/scoring.py`, and what it
reaches on questions, lines and entries that it was not fitted to.

The questions of `faq_training.tsv` are left out of the index in turn, and so are the lines that no FAQ answers: what
the index has seen word for word it knows too well. To hold for the FAQ of any bank, the weights are fitted to three at
once: the whole one, half of its entries, and all of them without other ways to ask.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from services.bot.embedded.index import FaqIndex
from services.bot.embedded.language import language_of
from services.bot.embedded.scoring import Calibration, Evidence
from services.bot.embedded.words import spelt_out, written_lines
from services.bot.faq.entries import CUSTOMER, FaqEntry
from services.bot.faq.reading import read_faq
from services.bot.settings import BotSettings

Floats = NDArray[np.float64]

QUESTIONS = Path(__file__).parent / "faq_training.tsv"
FOLDS = 5
NEIGHBOURS = 15
PENALTY = 0.003
# Most of the lines left out are harder than what customers say beside the subject: a bank's words in other senses. With
# this much on the side of answering, 98 % of common talk and 88 % of questions to other businesses are refused.
LENIENCE = 0.4
REFUSED = (0.8, 0.85, 0.9, 0.92, 0.95)


@dataclass(frozen=True, slots=True)
class Trial:
    """A text that the index has not seen. `rank` of the right entry, from 0; None for a line that no FAQ answers."""

    regime: str
    fold: int
    rank: int | None
    weight: float
    evidence: Evidence | None


def fold_of(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest(), 16) % FOLDS


def questions() -> list[tuple[list[str], str]]:
    lines = [line for line in QUESTIONS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return [(topics.split(","), question) for topics, question in (line.split("\t") for line in lines)]


def regimes(entries: Sequence[FaqEntry]) -> dict[str, list[FaqEntry]]:
    return {
        "whole": list(entries),
        "half": [entry for entry in entries if fold_of("half" + entry.topic) % 2],
        "bare": [replace(entry, alternatives=()) for entry in entries],
    }


def trials(regime: str, entries: Sequence[FaqEntry], fold: int) -> list[Trial]:
    """What an index without the fold's questions and lines makes of them."""
    asked = [(topics, question) for topics, question in questions() if fold_of(topics[0]) == fold]
    left_out = {question for _, question in asked}
    rest = [
        replace(entry, alternatives=tuple(text for text in entry.alternatives if text not in left_out))
        for entry in entries
    ]
    written = written_lines("outside", "en")
    held = {line for number, line in enumerate(written) if number // NEIGHBOURS % FOLDS == fold}
    kept = [text for line in written if line not in held for text in spelt_out(line)]
    index = FaqIndex(rest, language_of("en", kept))
    hidden = index.hidden_from(CUSTOMER)
    open_topics = {entry.topic for entry in entries if entry.access.open}
    found = []
    for topics, question in asked:
        if open_topics.intersection(topics):
            likeliest = index.evidence(question, hidden)
            ranks = [rank for rank, (number, _) in enumerate(likeliest) if index.entries[number].topic in topics]
            best = likeliest[0][1] if likeliest else None
            found.append(Trial(regime, fold, min(ranks, default=len(entries)), 1, best))
    for line in held:
        for text in spelt_out(line):
            likeliest = index.evidence(text, hidden)
            found.append(Trial(regime, fold, None, 1 / len(spelt_out(line)), likeliest[0][1] if likeliest else None))
    return found


def fitted(tried: Sequence[Trial]) -> Calibration:
    """Logistic regression with a small ridge; both sides of every regime are equally heavy. Questions whose entry is
    not among the first three tell nothing about when to answer."""
    used = [t for t in tried if t.evidence is not None and t.evidence.covered and (t.rank is None or t.rank < 3)]
    weighable = [t.evidence.weighable() for t in used if t.evidence is not None]
    names = list(weighable[0])
    rows = np.array([[told[name] for name in names] for told in weighable])
    signs = np.array([-1.0 if t.rank is None else 1.0 for t in used])
    weights = np.array([t.weight for t in used])
    for regime in {t.regime for t in used}:
        for sign in (-1, 1):
            group = np.array([t.regime == regime for t in used]) & (signs == sign)
            weights[group] /= weights[group].sum()
    weights /= weights.sum()
    middle, spread = rows.mean(axis=0), rows.std(axis=0)
    scaled = (rows - middle) / spread

    def loss(at: Floats) -> tuple[float, Floats]:
        margin = signs * (scaled @ at[:-1] + at[-1])
        slope = -weights * signs / (1 + np.exp(margin))
        value = weights @ np.logaddexp(0, -margin) + PENALTY / 2 * at[:-1] @ at[:-1]
        return float(value), np.append(scaled.T @ slope + PENALTY * at[:-1], slope.sum())

    at = minimize(loss, np.zeros(len(names) + 1), jac=True, method="L-BFGS-B").x
    found = at[:-1] / spread
    return Calibration(
        **{name: round(float(weight), 2) for name, weight in zip(names, found, strict=True)},
        start=round(float(at[-1] - found @ middle) + LENIENCE, 2),
    )


def scores(calibration: Calibration, tried: Sequence[Trial]) -> Floats:
    return np.array([calibration.score(t.evidence) if t.evidence is not None else 0.0 for t in tried])


def told(regime: str, tried: Sequence[Trial], scored: Floats) -> str:
    """The share of questions answered and right, first and among three, at each share of lines refused."""
    ranks = np.array([-1 if t.rank is None else t.rank for t in tried])
    lines, asked = ranks < 0, ranks >= 0
    order = np.argsort(scored[lines])
    heavy = np.cumsum(np.array([t.weight for t in tried])[lines][order])
    text = f"{regime}: free {np.mean(ranks[asked] == 0):.3f} {np.mean(ranks[asked] < 3):.3f}"
    for share in REFUSED:
        limit = scored[lines][order][np.searchsorted(heavy, share * heavy[-1])]
        kept = scored[asked] > limit
        first, three = np.mean(kept & (ranks[asked] == 0)), np.mean(kept & (ranks[asked] < 3))
        text += f"; {share:.0%} refused (score {limit:.2f}): {first:.3f} {three:.3f}"
    return text


def main() -> None:
    settings = BotSettings()
    entries = read_faq(settings.faq_csv.read_bytes(), language="en")[0]
    tried = [
        trial
        for regime, some in regimes(entries).items()
        for fold in range(FOLDS)
        for trial in trials(regime, some, fold)
    ]
    scored = np.zeros(len(tried))
    for fold in range(FOLDS):
        calibration = fitted([t for t in tried if t.fold != fold])
        judged = [number for number, t in enumerate(tried) if t.fold == fold]
        scored[judged] = scores(calibration, [tried[number] for number in judged])
    for regime in regimes(entries):
        of_it = [number for number, t in enumerate(tried) if t.regime == regime]
        print(told(regime, [tried[number] for number in of_it], scored[of_it]))
    print(fitted(tried))


if __name__ == "__main__":
    main()
