"""Sample utterances: their placeholders, filled for training and matched against what the customer typed."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from services.lex.nlu.features import name_as_text

PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_LITERAL = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[$€£%]")
# Said around a request in any of the languages that slots are read in; none of them is a value.
_COURTESY = (
    r"(?:please|thanks|thank you|now|today|right away|for me|por favor|gracias|ahora|ahora mismo|agora|obrigad[oa]"
    r"|s'il vous plaît|s'il te plaît|merci|bitte|danke|jetzt|per favore|per piacere|grazie|adesso)"
)
_OPENING = (
    r"(?:please|ok|okay|oh|and|so|well|um|uh|hey|hi|hello|actually|then|yes|por favor|bueno|pues|oye|oiga|hola|sí|mejor"
    r"|então|olá|alors|bonjour|bitte|also|hallo|allora|ciao|buongiorno)"
)
_SEPARATORS = re.compile(r"[\s,.;:!?]+")
EXPANSIONS = 4


def expand(utterance: str, examples: Mapping[str, Sequence[str]], turn: int, *, most: int = EXPANSIONS) -> list[str]:
    """At most `most` texts for the utterance: its placeholders' names as words, then example values in their places.

    A placeholder that stands alone is filled with values only: its name is nothing that a customer would say for it.
    `turn` rotates which values are taken, so that a list of ten thousand adds no more texts than a list of three.
    """
    if not PLACEHOLDER.search(utterance):
        return [utterance]
    named = PLACEHOLDER.sub(lambda match: name_as_text(match[1]), utterance)
    worded = bool(_LITERAL.search(PLACEHOLDER.sub(" ", utterance)))
    texts = [named] if worded or not any(examples.get(name) for name in PLACEHOLDER.findall(utterance)) else []
    for n in range(most):

        def value(match: re.Match[str], n: int = n) -> str:
            values = examples.get(match[1]) or (name_as_text(match[1]),)
            return values[(turn * most + n) % len(values)]

        texts.append(PLACEHOLDER.sub(value, utterance))
    return list(dict.fromkeys(texts))[:most]


@dataclass(frozen=True, slots=True)
class Span:
    """What stands at a placeholder, or at several that follow one another with no word between them."""

    slots: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Match:
    """A text that reads like the sample. `exact` when nothing but courtesies stands around it."""

    spans: tuple[Span, ...]
    exact: bool
    literals: int


@lru_cache(16)
def words_of(text: str) -> frozenset[str]:
    """What stands between the separators of a text, in lower case."""
    return frozenset(_SEPARATORS.split(text.lower()))


class Pattern:
    """One sample utterance with placeholders as a matcher. Literal words compare without case and punctuation.

    A text in whose words (`words_of`) those `needed` are not all found does not match.
    """

    def __init__(self, utterance: str) -> None:
        self.slots: tuple[str, ...] = tuple(PLACEHOLDER.findall(utterance))
        parts, position, self._literals = [], 0, 0
        self._groups: list[list[str]] = []
        for match in PLACEHOLDER.finditer(utterance):
            literal = self._words(utterance[position : match.start()])
            if literal or not self._groups:
                parts += [*literal, rf"(?P<s{len(self._groups)}>\S.*?)"]
                self._groups.append([])
            self._groups[-1].append(match[1])
            position = match.end()
        parts += self._words(utterance[position:])
        self.needed = frozenset(word.lower() for word in _LITERAL.findall(PLACEHOLDER.sub(" ", utterance)))
        body = r"[\s,.;:!?]+".join(parts)
        self._regex = re.compile(
            rf"(?:{_OPENING}[\s,.;:!?]+)*(?P<before>(?:.*?[\s,.;:!?])??)(?<![\w'’]){body}"
            rf"(?P<after>(?:[\s,.;:!?]+{_COURTESY})*)[\s.,;:!?]*",
            re.IGNORECASE | re.DOTALL,
        )

    def match(self, text: str) -> Match | None:
        """How the text's end reads like the whole sample; None when it does not."""
        found = self._regex.fullmatch(text)
        if found is None:
            return None
        before = re.sub(rf"\b{_OPENING}\b", "", found["before"], flags=re.IGNORECASE).strip(" \t\n,.;:!?")
        if before and not self._literals:
            return None  # a bare placeholder says nothing about words before it
        spans = tuple(Span(tuple(slots), *found.span(f"s{n}")) for n, slots in enumerate(self._groups))
        return Match(spans, not before, self._literals)

    def _words(self, literal: str) -> list[str]:
        words = [re.escape(word) for word in _LITERAL.findall(literal)]
        self._literals += len(words)
        return words


class SampleIndex:
    """Which intents have a sample that a text may read like, told by the rarest word of each sample."""

    def __init__(self, samples: Iterable[tuple[str, Pattern]]) -> None:
        known = list(samples)
        often = Counter(word for _, pattern in known for word in pattern.needed)
        self._wordless = {intent for intent, pattern in known if not pattern.needed}
        self._by_word: dict[str, set[str]] = {}
        for intent, pattern in known:
            if pattern.needed:
                rarest = min(sorted(pattern.needed), key=lambda word: often[word])
                self._by_word.setdefault(rarest, set()).add(intent)

    def of(self, text: str) -> set[str]:
        """The intents; of every other one, no sample matches."""
        return self._wordless.union(*(self._by_word[word] for word in words_of(text) if word in self._by_word))
