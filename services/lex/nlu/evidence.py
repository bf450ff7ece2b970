"""How much of a text the bot knows: with the best intent's score, what speaks for a text being the bot's business."""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple, TypeVar

import numpy as np

from services.lex.nlu.features import Bags, Widths
from services.lex.nlu.training import TrainingSet
from services.lex.nlu.vectors import Doubles, Integers

_Number = TypeVar("_Number", float, Doubles)
_CONCEPTS = 0.5


class Known(NamedTuple):
    """Of each training text, what the other utterances know, and what the utterances of other intents know."""

    held_out: Doubles
    foreign: Doubles


def known_share(bags: Bags) -> float:
    """The share of a text's stems that the bot knows plus half the share of its concepts, 0.25 to 1.5.

    Few words are little to go by: the shares are taken as if there were one unknown stem more, and two concepts more,
    one of them known.
    """
    stems, concepts = (len(set(ids) - {-1}) for ids in (bags.stems, bags.concepts))
    return _share(stems, stems + bags.stems.count(-1), concepts, concepts + bags.concepts.count(-1))


def known_shares(rows: TrainingSet, bags: Sequence[Bags], widths: Widths) -> Known:
    """What `known_share` would say of the training texts, had they not been learnt."""
    stems = _counts(rows, [bag.stems for bag in bags], widths["stems"])
    concepts = _counts(rows, [bag.concepts for bag in bags], widths["concepts"])
    return Known(
        _share(stems.held_out, stems.all, concepts.held_out, concepts.all),
        _share(stems.foreign, stems.all, concepts.foreign, concepts.all),
    )


def stem_shares(rows: TrainingSet, bags: Sequence[Bags], widths: Widths) -> Known:
    """The same with nothing but the share of known stems."""
    stems = _counts(rows, [bag.stems for bag in bags], widths["stems"])
    some = np.maximum(stems.all, 1)
    return Known(stems.held_out / some, stems.foreign / some)


def _share(known: _Number, stems: _Number, groups: _Number, concepts: _Number) -> _Number:
    return known / (stems + 1) + _CONCEPTS * (groups + 1) / (concepts + 2)


class _Counts(NamedTuple):
    all: Doubles
    held_out: Doubles
    foreign: Doubles


def _counts(rows: TrainingSet, features: Sequence[Sequence[int]], width: int) -> _Counts:
    """How many different features each text has, and how many of them are known without it."""
    text, feature = _different(np.arange(len(features)), features, width)
    utterance, spoken = _different(rows.utterances, features, width)
    seen = np.bincount(spoken, minlength=width)
    owner = np.zeros(int(rows.utterances.max()) + 1, np.int64)
    owner[rows.utterances] = rows.intents
    within = np.bincount(owner[utterance] * width + spoken, minlength=len(rows.names) * width)
    by_others = seen[feature] > within[rows.intents[text] * width + feature]
    often = [np.bincount(text[mask], minlength=len(features)) for mask in (text >= 0, seen[feature] > 1, by_others)]
    return _Counts(*(number.astype(np.float64) for number in often))


def _different(groups: Integers, features: Sequence[Sequence[int]], width: int) -> tuple[Integers, Integers]:
    """Which group of texts has which feature, each once."""
    group = np.repeat(groups, [len(ids) for ids in features])
    feature = np.fromiter(chain.from_iterable(features), np.int64, len(group))
    return np.divmod(np.unique(group * width + feature), max(width, 1))
