"""Least-squares kernel classifier: all intents in one solution, deterministic, no pretrained weight."""

import logging
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from services.lex.nlu.calibration import START, Calibration, Evidence, calibrate
from services.lex.nlu.evidence import Known, known_share, known_shares, stem_shares
from services.lex.nlu.features import Bags, Vocabulary
from services.lex.nlu.held_out import Fitted, HeldOut, fit, held_out
from services.lex.nlu.training import Samples, TrainingSet, thinned, training_set
from services.lex.nlu.vectors import WRITTEN, Integers, VectorSpace

log = logging.getLogger("omnilex.lex.nlu")

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

    Time grows with the cube of the number of texts and memory with its square: 2,000 take half a second, 10,000 some
    ten seconds and most of a gigabyte while it learns.
    """

    def __init__(self, samples: Samples, locale: str) -> None:
        rows = training_set(samples)
        self.intents: Sequence[str] = rows.names
        if len(rows.texts) > _SLOW_FROM:
            log.warning("lex.training_is_slow", extra={"texts": len(rows.texts), "advice": "fewer sample utterances"})
        self._vocabulary = Vocabulary(locale)
        bags = self._vocabulary.learn(rows.texts)
        self._exact = _exact([bag.stems for bag in bags[: rows.real]], rows.intents)
        self._space = VectorSpace(bags, self._vocabulary.widths)
        self.calibration: Calibration = START
        fitted = fit(self._space.gram(), rows)
        self._alpha = fitted.alpha
        if len(rows.texts) > _CALIBRATED_UP_TO:
            self.calibration = IntentClassifier(thinned(samples, _CALIBRATED_UP_TO), locale).calibration
        elif rows.real and not rows.alone:
            self.calibration = self._calibrated(rows, bags, fitted)

    def ranked(self, text: str) -> list[Ranked]:
        """Every intent, best first. The text of a sample utterance is at least 0.99 sure."""
        if not self.intents:
            return []
        bags = self._vocabulary.bags(text)
        scores = self._space.similarity(bags) @ self._alpha
        confidence = self.calibration.confidence(scores.astype(np.float64) + known_share(bags))
        hit = self._exact.get(tuple(bags.stems))
        if hit is not None:
            confidence[hit] = max(_EXACT, float(confidence[hit]))
        order = np.argsort(-confidence, kind="stable").tolist()
        return [Ranked(self.intents[n], round(float(confidence[n]), 4), n == hit) for n in order]

    def confidences(self, text: str) -> dict[str, float]:
        """Every intent's confidence, best first."""
        return {ranked.intent: ranked.confidence for ranked in self.ranked(text)}

    def _calibrated(self, rows: TrainingSet, bags: Sequence[Bags], fitted: Fitted) -> Calibration:
        widths = self._vocabulary.widths
        evidence = _evidence(held_out(fitted, rows), known_shares(rows, bags, widths), rows)
        written = fit(VectorSpace(bags, widths, WRITTEN, self._space).gram(), rows)
        return calibrate(evidence, _evidence(held_out(written, rows), stem_shares(rows, bags, widths), rows))


def _evidence(found: HeldOut, known: Known, rows: TrainingSet) -> Evidence:
    real = slice(rows.real)
    return Evidence(found.score + known.held_out[real], found.right, found.foreign + known.foreign[real])


def _exact(stems: Sequence[Sequence[int]], intents: Integers) -> dict[tuple[int, ...], int]:
    """Which texts are samples of one intent and of no other."""
    found: dict[tuple[int, ...], int] = {}
    for bag, intent in zip(stems, intents.tolist(), strict=False):
        key = tuple(bag)
        found[key] = intent if found.get(key, intent) == intent else -1
    return {key: intent for key, intent in found.items() if key and intent >= 0}
