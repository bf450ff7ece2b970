"""Least-squares kernel classifier: all intents in one Cholesky factorisation, deterministic, no pretrained weight."""

import logging
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.linalg import lapack

from services.lex.nlu.calibration import START, Calibration, Fitted, calibrate
from services.lex.nlu.features import Bags, Vocabulary
from services.lex.nlu.training import Samples, TrainingSet, thinned, training_set
from services.lex.nlu.vectors import Floats, Integers, VectorSpace

log = logging.getLogger("omnilex.lex.nlu")

_RIDGE = 0.1
_EXACT = 0.99
_CALIBRATED_UP_TO = 4000
_SLOW_FROM = 5000


class Ranked(NamedTuple):
    """`exact` when the text is one of the intent's sample utterances, and of no other's."""

    intent: str
    confidence: float
    exact: bool


class IntentClassifier:
    """Learns from `samples`; an intent's name counts as one more utterance.

    Time grows with the cube of the number of texts and memory with its square: 2,000 take a quarter of a second,
    10,000 some ten seconds and most of a gigabyte while it learns.
    """

    def __init__(self, samples: Samples, locale: str) -> None:
        rows = training_set(samples)
        self.intents: Sequence[str] = rows.names
        if len(rows.texts) > _SLOW_FROM:
            log.warning("lex.training_is_slow", extra={"texts": len(rows.texts), "advice": "fewer sample utterances"})
        self._vocabulary = Vocabulary(locale)
        bags = [self._vocabulary.bags(text) for text in rows.texts]
        self._vocabulary.freeze()
        self._exact = _exact([bag.stems for bag in bags[: rows.real]], rows.intents)
        self._space = VectorSpace(bags, [len(table) for table in self._vocabulary.tables])
        self.calibration: Calibration = START
        factor, self._alpha = _solve(self._space.gram(), rows.target())
        if len(rows.texts) > _CALIBRATED_UP_TO:
            self.calibration = IntentClassifier(thinned(samples, _CALIBRATED_UP_TO), locale).calibration
        elif rows.real and not rows.alone:
            self.calibration = self._calibrated(rows, factor, bags)

    def ranked(self, text: str) -> list[Ranked]:
        """Every intent, best first. The text of a sample utterance is at least 0.99 sure."""
        if not self.intents:
            return []
        bags = self._vocabulary.bags(text)
        known = sum(stem >= 0 for stem in bags.stems) / max(len(bags.stems), 1)
        scores = self._space.similarity(bags) @ self._alpha
        confidence = self.calibration.confidence(scores.astype(np.float64) + known)
        hit = self._exact.get(tuple(bags.stems))
        if hit is not None:
            confidence[hit] = max(_EXACT, float(confidence[hit]))
        order = np.argsort(-confidence, kind="stable").tolist()
        return [Ranked(self.intents[n], round(float(confidence[n]), 4), n == hit) for n in order]

    def confidences(self, text: str) -> dict[str, float]:
        """Every intent's confidence, best first."""
        return {ranked.intent: ranked.confidence for ranked in self.ranked(text)}

    def _calibrated(self, rows: TrainingSet, factor: Floats, bags: Sequence[Bags]) -> Calibration:
        inverse, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
        fitted = Fitted(inverse, rows.target(), self._alpha, rows.intents, rows.utterances)
        return calibrate(fitted, rows.real, [bag.stems for bag in bags], len(self._vocabulary.tables[0]))


def _exact(stems: Sequence[Sequence[int]], intents: Integers) -> dict[tuple[int, ...], int]:
    """Which texts are samples of one intent and of no other."""
    found: dict[tuple[int, ...], int] = {}
    for bag, intent in zip(stems, intents.tolist(), strict=False):
        key = tuple(bag)
        found[key] = intent if found.get(key, intent) == intent else -1
    return {key: intent for key, intent in found.items() if key and intent >= 0}


def _solve(kernel: Floats, target: Floats) -> tuple[Floats, Floats]:
    """The Cholesky factor of the ridged kernel matrix, in the lower triangle, and the solution for the target."""
    kernel[np.diag_indices(len(kernel))] += _RIDGE
    factor, failed = lapack.spotrf(kernel.T, lower=1, overwrite_a=1)
    if failed:
        raise ArithmeticError(f"the kernel matrix is not positive definite ({failed})")
    return factor, np.ascontiguousarray(lapack.spotrs(factor, target, lower=1)[0])
