"""What a classifier is fitted on: one row for each text, with its intent and the utterance it comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from services.lex.nlu.features import name_as_text
from services.lex.nlu.vectors import Floats, Integers

Samples = Mapping[str, Sequence[Sequence[str]]]
"""Intent → sample utterances, each a list of its expansions (one where it has no slot)."""


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """`texts` are `real` expansions of utterances, then the intents' names, each an utterance of its own."""

    names: tuple[str, ...]
    texts: tuple[str, ...]
    intents: Integers
    utterances: Integers
    real: int

    @property
    def alone(self) -> bool:
        """Whether there is one intent only; the last text is then an empty one that is not the intent's."""
        return len(self.names) == 1

    def target(self) -> Floats:
        """+1 where a text is of the intent, -1 elsewhere: texts by intents."""
        target = -np.ones((len(self.texts), len(self.names)), np.float32)
        target[np.arange(len(self.texts)), self.intents] = 1
        if self.alone:
            target[-1] = -1
        return target


def training_set(samples: Samples) -> TrainingSet:
    """Intents in the order of their names, so that the order of a definition's files does not matter."""
    names = tuple(sorted(samples))
    texts: list[str] = []
    intents: list[int] = []
    utterances: list[int] = []
    number = 0
    for label, name in enumerate(names):
        for expansions in samples[name]:
            texts += expansions
            intents += [label] * len(expansions)
            utterances += [number] * len(expansions)
            number += 1
    real = len(texts)
    more = [*(name_as_text(name) for name in names), *([""] if len(names) == 1 else [])]
    intents += [min(label, len(names) - 1) for label in range(len(more))]
    utterances += range(number, number + len(more))
    return TrainingSet(names, (*texts, *more), np.array(intents, np.int64), np.array(utterances, np.int64), real)


def thinned(samples: Samples, rows: int) -> Samples:
    """About `rows` texts: of every intent the same number of utterances, evenly spaced."""
    most = max(2, rows // max(len(samples), 1) - 1)
    thin: dict[str, list[list[str]]] = {}
    for name, utterances in samples.items():
        places = np.unique(np.linspace(0, len(utterances) - 1, min(most, len(utterances))).astype(int))
        thin[name] = [list(utterances[place][:1]) for place in places.tolist()] if len(utterances) else []
    return thin
