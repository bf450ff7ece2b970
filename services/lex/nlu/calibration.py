"""From evidence to a confidence that a threshold can be held against.

The evidence for a text is its best score and how much of it the bot knows. Two things are learnt from the training
texts, each of them without itself. Where confidence is `PIVOT`: synonyms make right answers surer and foreign texts
too, so that place is the one below which as many texts fall in a bot without their intent as would with a confidence
that knows no synonyms. And how steeply confidence rises there: as steeply as answers turn from wrong to right.
"""

from typing import NamedTuple

import numpy as np

from services.lex.nlu.vectors import Doubles

PIVOT = 0.40
_OUT_OF_SCOPE_SHARE = 0.10
_TEXTS_OF_START = 2.0  # as how many texts `START` counts


class Calibration(NamedTuple):
    slope: float
    offset: float

    def confidence(self, evidence: Doubles) -> Doubles:
        return np.asarray(1 / (1 + np.exp(-np.clip(self.slope * evidence + self.offset, -30, 30))))


class Evidence(NamedTuple):
    """Of every training text: without its utterance, whether the answer was right then, and without its intent."""

    held_out: Doubles
    right: Doubles
    foreign: Doubles


# Where a bot has too little to tell; without synonyms there is no share of concepts, which is a quarter at least.
START = Calibration(4.5, -3.0)
_START_WRITTEN = Calibration(4.5, -2.0)


def calibrate(evidence: Evidence, written: Evidence) -> Calibration:
    """`written` is the evidence without synonyms: the score and the share of known stems."""
    pivot = float(np.log(PIVOT / (1 - PIVOT)))
    rejected = float((_as_written(written).confidence(written.foreign) < PIVOT).mean())
    place = float(np.quantile(evidence.foreign, rejected))
    texts = len(evidence.foreign)
    place = (texts * place + _TEXTS_OF_START * (pivot - START.offset) / START.slope) / (texts + _TEXTS_OF_START)
    slope = _slope(evidence.held_out - place, evidence.right, pivot)
    return Calibration(slope, pivot - slope * place)


def _slope(x: Doubles, truth: Doubles, offset: float, *, pull: float = 0.1, rounds: int = 50) -> float:
    """Logistic regression of one variable with a given offset by Newton steps, drawn towards `START`."""
    slope = START.slope
    for _ in range(rounds):
        p = 1 / (1 + np.exp(-np.clip(slope * x + offset, -30, 30)))
        step = (x @ (p - truth) + pull * (slope - START.slope)) / (x**2 @ (p * (1 - p)) + pull)
        slope -= float(np.clip(step, -2, 2))
        if abs(step) < 1e-6:
            break
    return max(slope, 0.5)


def _as_written(evidence: Evidence, *, pull: float = 0.02, rounds: int = 50) -> Calibration:
    """Weighted logistic regression by Newton steps: right or wrong, and wrong where the intent was left out."""
    x = np.concatenate([evidence.held_out, evidence.foreign])
    truth = np.concatenate([evidence.right, np.zeros(len(evidence.foreign))])
    weight = np.repeat([1 - _OUT_OF_SCOPE_SHARE, _OUT_OF_SCOPE_SHARE], len(evidence.foreign))
    start = np.array(_START_WRITTEN)
    beta = start.copy()
    design = np.stack([x, np.ones_like(x)], 1)
    for _ in range(rounds):
        p = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
        slope = design.T @ (weight * (p - truth)) + pull * (beta - start)
        curve = (design * (weight * p * (1 - p))[:, None]).T @ design + pull * np.eye(2)
        step = np.linalg.solve(curve, slope)
        beta = beta - np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-6:
            break
    return Calibration(float(max(beta[0], 0.5)), float(beta[1]))
