"""What of a text is compared: its words, what they may stand for, their pairs, and parts of words."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from services.bot.embedded.concepts import Concepts
from services.bot.embedded.words import Token, Words

WORD, CONCEPT, ASKING, PAIR, SUBJECTS, PART = "wcqpsg"
"""Kinds of features, the first letter of each: a word with a subject; a group of concepts; a word that asks; two
neighbours, or a phrase of the concepts; two words with a subject; four letters in a row."""

_GRAM = 4


def features(words: Words, concepts: Concepts, tokens: Sequence[Token]) -> frozenset[str]:
    """Each feature once, whatever its number: a question says a thing once."""
    stems = [token.stem for token in tokens]
    subjects = [token.stem for token in tokens if token.subject]
    found = {WORD + stem for stem in subjects}
    found.update(ASKING + token.word for token in tokens if words.asks(token))
    found.update(PAIR + " ".join(pair) for pair in pairwise(stems))
    found.update(SUBJECTS + " ".join(pair) for pair in pairwise(subjects))
    for phrase, groups in concepts.phrases(stems):
        found.update(f"{CONCEPT}{group}" for group in groups)
        if len(phrase) > 1:
            found.add(PAIR + " ".join(phrase))
    found.update(PART + gram for stem in subjects for gram in _grams(stem))
    return frozenset(found)


def _grams(stem: str) -> Iterable[str]:
    framed = f"^{stem}$"
    return (framed[start : start + _GRAM] for start in range(len(framed) - _GRAM + 1)) if len(stem) >= _GRAM else ()
