"""A trigram model of what a bot's customers say, for a recogniser that hears them: few texts, a wide background.

Witten-Bell smoothing (Witten and Bell, 1991), down to single words, whose probability is shared between the texts and
common words of the language; without those, whatever a customer says would be heard as something the bot knows.
Format: ARPA, as Doug Paul described it and SRILM and CMU Sphinx read it.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

_ORDER = 3
_BEGIN, _END = "<s>", "</s>"
_NEVER = -99.0
Gram = tuple[str, ...]


def arpa(texts: Iterable[Sequence[str]], background: Mapping[str, float], share: float) -> str:
    """The model of the texts, each a sequence of words. `background` are words with their weights; together they have
    the `share` (0 to 1) of the probability of single words.
    """
    counts: list[Counter[Gram]] = [Counter() for _ in range(_ORDER)]
    for words in texts:
        line = (_BEGIN, *words, _END)
        for length in range(1, _ORDER + 1):
            counts[length - 1].update(line[at : at + length] for at in range(len(line) - length + 1))
    return _Model(counts, background, share).written()


class _Model:
    """Probabilities by length of the gram, and the weight that a context leaves to the shorter gram."""

    def __init__(self, counts: Sequence[Counter[Gram]], background: Mapping[str, float], share: float) -> None:
        self._probabilities: list[dict[Gram, float]] = [_single(counts[0], background, share)]
        self._left: dict[Gram, float] = {}
        for longer in counts[1:]:
            self._probabilities.append(self._interpolated(longer))

    def _interpolated(self, counts: Counter[Gram]) -> dict[Gram, float]:
        followers: dict[Gram, list[tuple[str, int]]] = defaultdict(list)
        for gram, count in counts.items():
            followers[gram[:-1]].append((gram[-1], count))
        found: dict[Gram, float] = {}
        for context, after in followers.items():
            seen = sum(count for _, count in after)
            kept = seen / (seen + len(after))
            shorter = {word: self._probabilities[-1][(*context[1:], word)] for word, _ in after}
            for word, count in after:
                found[(*context, word)] = kept * count / seen + (1 - kept) * shorter[word]
            unseen = 1 - sum(found[(*context, word)] for word, _ in after)
            self._left[context] = unseen / max(1 - sum(shorter.values()), 1e-9)
        return found

    def written(self) -> str:
        lines = ["\\data\\"]
        sections = [dict(self._probabilities[0]) | {(_BEGIN,): 0.0}, *self._probabilities[1:]]
        lines += [f"ngram {length}={len(grams)}" for length, grams in enumerate(sections, 1)]
        for length, grams in enumerate(sections, 1):
            lines += ["", f"\\{length}-grams:"]
            for gram, probability in sorted(grams.items()):
                weight = f"\t{_log(self._left.get(gram, 1.0)):.4f}" if length < _ORDER else ""
                lines.append(f"{_log(probability):.4f}\t{' '.join(gram)}{weight}")
        return "\n".join([*lines, "", "\\end\\", ""])


def _single(counts: Counter[Gram], background: Mapping[str, float], share: float) -> dict[Gram, float]:
    counted = {gram: count for gram, count in counts.items() if gram != (_BEGIN,)}
    total, weights = sum(counted.values()), sum(background.values())
    share = share if weights else 0.0
    found = {gram: (1 - share) * count / total for gram, count in counted.items()}
    for word, weight in background.items():
        found[(word,)] = found.get((word,), 0.0) + share * weight / weights
    return found


def _log(value: float) -> float:
    return math.log10(value) if value > 0 else _NEVER
