"""Least-squares kernel classifier: all intents in one Cholesky factorisation, deterministic, no pretrained weight."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.linalg import lapack

from services.lex.nlu.calibration import START, Calibration, Fitted, calibrate
from services.lex.nlu.features import Vocabulary, name_as_text
from services.lex.nlu.vectors import Floats, Integers, VectorSpace

_RIDGE = 0.1
_EXACT = 0.99


class IntentClassifier:
    """Learns from `samples`: intent → sample utterances, each a list of its expansions (one where it has no slot).

    An intent's name counts as one more utterance. Memory grows with the square of the number of expansions.
    """

    def __init__(self, samples: Mapping[str, Sequence[Sequence[str]]], locale: str) -> None:
        self.intents = sorted(samples)
        texts, intents, groups = _rows(samples, self.intents)
        real = len(texts) - len(self.intents)
        alone = len(self.intents) == 1
        if alone:  # nothing to tell it from: set it against an empty utterance
            texts, intents, groups = [*texts, ""], np.append(intents, 0), np.append(groups, groups.max() + 1)
        self._vocabulary = Vocabulary(locale)
        bags = [self._vocabulary.bags(text) for text in texts]
        self._vocabulary.freeze()
        self._exact = _exact([bag.stems for bag in bags[:real]], intents)
        self._space = VectorSpace(bags, [len(table) for table in self._vocabulary.tables])
        target = -np.ones((len(texts), len(self.intents)), np.float32)
        target[np.arange(len(texts)), intents] = 1
        if alone:
            target[-1] = -1
        inverse, self._alpha = _solve(self._space.gram(), target)
        self.calibration: Calibration = START
        if not alone and real:
            stems, words = [set(bag.stems) for bag in bags], len(self._vocabulary.tables[0])
            self.calibration = calibrate(Fitted(inverse, target, self._alpha, intents, groups), real, stems, words)

    def confidences(self, text: str) -> dict[str, float]:
        """Every intent's confidence, best first. The text of a sample utterance is at least 0.99 sure."""
        bags = self._vocabulary.bags(text)
        scores = self._space.similarity(bags) @ self._alpha
        known = float(np.mean([stem >= 0 for stem in bags.stems])) if bags.stems else 0.0
        slope, offset = self.calibration
        confidence = 1 / (1 + np.exp(-(slope * (scores + known) + offset)))
        hit = self._exact.get(tuple(bags.stems))
        if hit is not None:
            confidence[hit] = max(_EXACT, float(confidence[hit]))
        order = np.argsort(-confidence, kind="stable")
        return {self.intents[n]: round(float(confidence[n]), 4) for n in order}


def _rows(
    samples: Mapping[str, Sequence[Sequence[str]]], intents: Sequence[str]
) -> tuple[list[str], Integers, Integers]:
    texts: list[str] = []
    labels: list[int] = []
    groups: list[int] = []
    for label, intent in enumerate(intents):
        for expansions in samples[intent]:
            group = groups[-1] + 1 if groups else 0
            texts += expansions
            labels += [label] * len(expansions)
            groups += [group] * len(expansions)
    start = groups[-1] + 1 if groups else 0
    texts += [name_as_text(intent) for intent in intents]
    labels += range(len(intents))
    groups += range(start, start + len(intents))
    return texts, np.array(labels, np.int64), np.array(groups, np.int64)


def _exact(stems: Sequence[Sequence[int]], intents: Integers) -> dict[tuple[int, ...], int]:
    """Which texts are samples of one intent and of no other."""
    found: dict[tuple[int, ...], int] = {}
    for bag, intent in zip(stems, intents.tolist(), strict=False):
        key = tuple(bag)
        found[key] = intent if found.get(key, intent) == intent else -1
    return {key: intent for key, intent in found.items() if key and intent >= 0}


def _solve(kernel: Floats, target: Floats) -> tuple[Floats, Floats]:
    """The inverse of the ridged kernel matrix, and its product with the target."""
    kernel[np.diag_indices(len(kernel))] += _RIDGE
    factor, failed = lapack.spotrf(kernel.T, lower=1, overwrite_a=1)
    if failed:
        raise ArithmeticError(f"the kernel matrix is not positive definite ({failed})")
    alpha = np.ascontiguousarray(lapack.spotrs(factor, target, lower=1)[0])
    inverse, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
    lower = np.tril(inverse, -1)
    return lower + lower.T + np.diag(np.diag(inverse)), alpha
